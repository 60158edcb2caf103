"""No subgroup is served worse than by the control regimen (model section 6, `no_harm`)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.result import ArmNumbers, Violation
from trialopt.evaluation.words import apart
from trialopt.instance import TOLERANCE, Floats, Instance


def harmed(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers, control: Floats) -> Iterator[Violation]:
    """Subgroups whose `sum over s of v * reach * coverage` is below the control's; `control` is (G, S)."""
    groups = list(resolved.groups)
    weight = instance.weight * instance.reach[groups]
    arm = (weight * numbers.coverage).sum(axis=1)
    least = (weight * control[groups]).sum(axis=1)
    for g in np.flatnonzero(arm < least - TOLERANCE).tolist():
        reached, needed = apart(arm[g], least[g])
        subgroup = resolved.arm.subgroups[g]
        yield Violation(
            "no_harm",
            f"weighted coverage of {subgroup} is {reached}, "
            f"below {needed} of the control regimen ({resolved.arm.name})",
            resolved.arm.name,
            subgroup,
        )
