"""What a design takes of a limit: the strictest value of it that the design keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from trialopt.core.instance import Instance
from trialopt.evaluation import Evaluation
from trialopt.evaluation.limits import requirements_bind
from trialopt.evaluation.result import ArmSize

Taken = Callable[[Instance, tuple[int, ...], Evaluation], float]
"""Of the instance, the limit's place in its array and an evaluated design."""


def _risk(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    g, e, s = at
    arm = next(a for a in found.arms if i.subgroups[g] in a.arm.subgroups)
    return float(arm.risk[arm.arm.subgroups.index(i.subgroups[g]), s, e])


def _cumulative_risk(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    return max(float(arm.cumulative_risk[:, at[0]].max()) for arm in found.arms)


def _coverage(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    """Least coverage of the mechanism where a requirement binds."""
    binds, m, least = requirements_bind(i, np.arange(len(i.subgroups))), at[0], np.inf
    for arm in found.arms:
        rows = [i.subgroups.index(g) for g in arm.arm.subgroups]
        least = min(least, float(arm.mechanism_coverage[:, :, m].min(initial=np.inf, where=binds[rows][:, :, m])))
    return least


def _sizes(found: Evaluation) -> list[ArmSize]:
    return [arm.size for arm in found.arms if arm.size is not None]


def _patients(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    return sum(size.patients + size.control_patients for size in _sizes(found))


def _months(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    return max(np.inf if size.accrual_months is None else size.accrual_months for size in _sizes(found))


def _cost(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    return sum(size.cost for size in _sizes(found))


def _least_difference(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    return min((size.p1 or 0.0) - (size.p0 or 0.0) for size in _sizes(found))


def _largest_ratio(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    return max(size.hazard_ratio or 0.0 for size in _sizes(found))


TAKEN: Mapping[str, Taken] = {
    "limit": _risk,
    "cumulative_limit": _cumulative_risk,
    "min_coverage": _coverage,
    "max_patients": _patients,
    "max_accrual_months": _months,
    "budget": _cost,
    "target_difference": _least_difference,
    "target_hazard_ratio": _largest_ratio,
}
"""Family -> what a design takes of it. Counts of arms and agents are not here: each of their few values is tried."""
