"""What a design takes of a limit: the strictest value of it that the design keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from trialopt.core.design import Design
from trialopt.core.instance import Floats, Instance
from trialopt.evaluation import Evaluation
from trialopt.evaluation.confidence import excess_over_control
from trialopt.evaluation.limits import requirements_bind
from trialopt.evaluation.numbers import excess_risk
from trialopt.evaluation.resolve import resolve
from trialopt.evaluation.result import ArmSize
from trialopt.evaluation.truths import DrawnArm, drawn_arm

Taken = Callable[[Instance, tuple[int, ...], Evaluation], float]
"""Of the instance, the limit's place in its array and an evaluated design."""


def _drawn(i: Instance, found: Evaluation) -> list[DrawnArm]:
    """Its arms under the truths where limits hold with a confidence; none where they hold with the inputs as given."""
    if i.uncertainty is None or i.uncertainty.confidence is None:
        return []
    return [drawn_arm(i, arm) for arm in resolve(i, Design(tuple(arm.arm for arm in found.arms)))]


def _kept(i: Instance, risks: Floats) -> Floats:
    """(...) strictest limits that risks (N, ...) keep in as many truths as the confidence asks for."""
    assert i.uncertainty is not None
    needed = max(1, i.uncertainty.needed(len(risks)))
    result: Floats = np.sort(risks, axis=0)[needed - 1] - i.uncertainty.margin
    return result


def _risk(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    g, e, s = at
    for drawn in _drawn(i, found):
        if g in drawn.resolved.groups:
            return float(_kept(i, drawn.risk[:, drawn.resolved.groups.index(g), s, e]))
    arm = next(a for a in found.arms if i.subgroups[g] in a.arm.subgroups)
    return float(arm.risk[arm.arm.subgroups.index(i.subgroups[g]), s, e])


def _cumulative_risk(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    if drawn := _drawn(i, found):
        return max(float(_kept(i, arm.cumulative_risk[:, :, at[0]]).max()) for arm in drawn)
    return max(float(arm.cumulative_risk[:, at[0]].max()) for arm in found.arms)


def _beside_control(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    """Most by which an attributable risk of the category exceeds the control's."""
    if drawn := _drawn(i, found):
        return max(float(_kept(i, excess_over_control(i, arm)[..., at[0]]).max()) for arm in drawn)
    return max(float(excess_risk(i, arm.arm)[:, :, at[0]].max()) for arm in found.arms)


def _coverage(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    """Least coverage of the mechanism where a requirement binds."""
    binds, m, least = requirements_bind(i, np.arange(len(i.subgroups))), at[0], np.inf
    for drawn in _drawn(i, found):
        where = binds[list(drawn.resolved.groups)][:, :, m]
        kept = 1 - _kept(i, 1 - drawn.mechanism_coverage[..., m]) - (i.uncertainty.margin if i.uncertainty else 0.0)
        least = min(least, float(kept.min(initial=np.inf, where=where)))
    for arm in found.arms if np.isinf(least) else ():
        rows = [i.subgroups.index(g) for g in arm.arm.subgroups]
        least = min(least, float(arm.mechanism_coverage[:, :, m].min(initial=np.inf, where=binds[rows][:, :, m])))
    return least


def _all(of: Callable[[Iterable[float]], float], size: Callable[[ArmSize], float]) -> Taken:
    """Of the sizes of all arms together."""
    return lambda i, at, found: of(size(arm.size) for arm in found.arms if arm.size is not None)


def _months(size: ArmSize) -> float:
    return np.inf if size.accrual_months is None else size.accrual_months


def _study_months(i: Instance, at: tuple[int, ...], found: Evaluation) -> float:
    """Of the arm that takes longest to its final analysis."""
    return _all(max, _months)(i, at, found) + i.trial.watched_months


TAKEN: Mapping[str, Taken] = {
    "limit": _risk,
    "cumulative_limit": _cumulative_risk,
    "not_worse_than_control": _beside_control,
    "min_coverage": _coverage,
    "max_patients": _all(sum, lambda size: size.patients + size.control_patients),
    "max_accrual_months": _all(max, _months),
    "max_study_months": _study_months,
    "budget": _all(sum, lambda size: size.cost),
    "target_difference": _all(min, lambda size: (size.p1 or 0.0) - (size.p0 or 0.0)),
    "target_hazard_ratio": _all(max, lambda size: size.hazard_ratio or 0.0),
}
"""Family -> what a design takes of it. Counts of arms and agents are not here: each of their few values is tried."""
