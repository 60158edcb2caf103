"""What an arm is predicted to do against its control, whether the trial is sized or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.evaluation import Evaluation, control_coverage
from trialopt.evaluation.effect import Unsizable, progression, response
from trialopt.evaluation.resolve import resolve_arm
from trialopt.instance import Instance


@dataclass(frozen=True)
class ArmEffect:
    """Predicted effect of an arm, before any shrinking.

    Attributes
    ----------
    p1, p0
        Response rates of the arm and of its control; `None` for `pfs`, or where they cannot be told.
    hazard_ratio
        Against the control; `None` for a response endpoint.
    note
        Why the effect cannot be told, or why an arm of a sized trial could not be sized; empty otherwise.
    """

    p1: float | None = None
    p0: float | None = None
    hazard_ratio: float | None = None
    note: str = ""

    @property
    def difference(self) -> float | None:
        """Difference in response rates."""
        return None if self.p1 is None or self.p0 is None else self.p1 - self.p0


def effect_of(instance: Instance, evaluation: Evaluation, k: int) -> ArmEffect:
    """Effect of the k-th arm of an evaluated design."""
    numbers = evaluation.arms[k]
    name = numbers.arm.name
    unsized = [v.sentence for v in evaluation.violations if v.rule in ("size", "target") and v.arm == name]
    note = unsized[0] if unsized else ""
    resolved = resolve_arm(instance, numbers.arm)
    try:
        if instance.trial.endpoint == "pfs":
            if np.isnan(instance.hazard_ratio).all():
                return ArmEffect(note=note)
            return ArmEffect(hazard_ratio=progression(instance, resolved).hazard_ratio, note=note)
        control = control_coverage(instance) if instance.control is not None else None
        found = response(instance, resolved, numbers, control)
    except Unsizable as reason:
        return ArmEffect(note=note or f"{name} {reason}")
    return ArmEffect(found.mean_p1, found.mean_p0, note=note)
