"""In how many truths each limit holds, and which do not hold often enough (model section 11, `confidence`).

A limit holds in a truth when it is missed by at most 1e-9, risks by `margin` more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np

from trialopt.core.instance import TOLERANCE, Bools, Floats, Instance
from trialopt.evaluation.comparison import control_coverage as of_controls
from trialopt.evaluation.limits import requirements_bind
from trialopt.evaluation.result import Violation
from trialopt.evaluation.truths import DrawnArm, attributable


@dataclass(frozen=True)
class Held:
    """One limit of an arm in a subgroup, and the truths in which it holds."""

    rule: str
    """Its family: limit, cumulative_limit, min_coverage, no_harm."""
    arm: str
    subgroup: str
    epoch: str | None
    about: str
    """Category or mechanism, empty for `no_harm`."""
    bound: float
    """The limit or minimum; NaN for `no_harm`, which compares."""
    holds: Bools
    """(N,)"""

    @property
    def share(self) -> float:
        """Share of the truths in which it holds."""
        return float(self.holds.mean())

    def words(self) -> str:
        """Name it, as a sentence begins."""
        where = f" in {self.epoch}" if self.epoch is not None else ""
        match self.rule:
            case "limit":
                return f"the {self.about} limit {self.bound:g} of {self.subgroup}{where}"
            case "cumulative_limit":
                return f"the cumulative {self.about} limit {self.bound:g} of {self.subgroup}"
            case "not_worse_than_control":
                return f"{self.about} of {self.subgroup}{where} at most {self.bound:g} above the control's"
            case "min_coverage":
                return f"the min_coverage {self.bound:g} of {self.about} in {self.subgroup}{where}"
            case _:
                return f"no_harm of {self.subgroup}"


def held(instance: Instance, drawn: DrawnArm, control: Floats | None) -> Iterator[Held]:
    """Every limit that may fail in some truth; `control` is the (N, G, S) coverage of the control regimen, if any."""
    yield from _risks(instance, drawn)
    yield from _beside_control(instance, drawn)
    yield from _coverage(instance, drawn)
    if instance.trial.no_harm and control is not None:
        yield from _harm(instance, drawn, control)


def _margin(instance: Instance) -> float:
    asked = instance.uncertainty
    return 0.0 if asked is None or asked.confidence is None else asked.margin


def _risks(instance: Instance, drawn: DrawnArm) -> Iterator[Held]:
    i, arm, margin = instance, drawn.resolved.arm, _margin(instance)
    for k, g in enumerate(drawn.resolved.groups):
        for s, e in np.argwhere(i.limit[g].T < 1).tolist():
            holds = drawn.risk[:, k, s, e] <= i.limit[g, e, s] + margin + TOLERANCE
            bound = float(i.limit[g, e, s])
            yield Held("limit", arm.name, arm.subgroups[k], i.epochs[s], i.categories[e], bound, holds)
        for e in np.flatnonzero(i.cumulative_limit < 1).tolist():
            holds = drawn.cumulative_risk[:, k, e] <= i.cumulative_limit[e] + margin + TOLERANCE
            bound = float(i.cumulative_limit[e])
            yield Held("cumulative_limit", arm.name, arm.subgroups[k], None, i.categories[e], bound, holds)


def _beside_control(instance: Instance, drawn: DrawnArm) -> Iterator[Held]:
    """Attributable risk above the control's by at most `not_worse_than_control`."""
    i, arm, most = instance, drawn.resolved.arm, instance.not_worse_than_control
    if i.control is None or (most >= 1).all():
        return
    excess = excess_over_control(i, drawn)
    for k, subgroup in enumerate(arm.subgroups):
        for s, e in np.argwhere(np.broadcast_to(most < 1, excess.shape[2:])).tolist():
            holds = excess[:, k, s, e] <= most[e] + _margin(i) + TOLERANCE
            yield Held(
                "not_worse_than_control", arm.name, subgroup, i.epochs[s], i.categories[e], float(most[e]), holds
            )


def excess_over_control(instance: Instance, drawn: DrawnArm) -> Floats:
    """(N, g, S, E) attributable risk of an arm above that of each subgroup's control regimen."""
    i, groups = instance, np.array(drawn.resolved.groups, dtype=np.int64)
    controls = [attributable(i, i.control_of(g) or (), groups[k : k + 1]) for k, g in enumerate(groups.tolist())]
    caused = (attributable(i, drawn.resolved.sequence, groups), np.concatenate(controls, axis=1))
    risks = [-np.expm1(-events) for events in caused]
    return np.asarray(risks[0] - risks[1])


def _coverage(instance: Instance, drawn: DrawnArm) -> Iterator[Held]:
    i, arm = instance, drawn.resolved.arm
    asked = ~np.isnan(i.min_coverage)
    if not asked.any():
        return
    binds = requirements_bind(i, np.array(drawn.resolved.groups, dtype=np.int64)) & asked
    for k, s, m in np.argwhere(binds).tolist():
        least = float(i.min_coverage[m])
        holds = drawn.mechanism_coverage[:, k, s, m] >= least - TOLERANCE
        yield Held("min_coverage", arm.name, arm.subgroups[k], i.epochs[s], i.mechanisms[m], least, holds)


def _harm(instance: Instance, drawn: DrawnArm, control: Floats) -> Iterator[Held]:
    arm = drawn.resolved.arm
    for k, g in enumerate(drawn.resolved.groups):
        weight = instance.weight * instance.reach[g]
        holds = drawn.coverage[:, k] @ weight >= control[:, g] @ weight - TOLERANCE
        yield Held("no_harm", arm.name, arm.subgroups[k], None, "", float("nan"), holds)


def control_coverage(instance: Instance) -> Floats | None:
    """(N, G, S) coverage of each subgroup's control regimen in each truth; `None` without one."""
    if instance.control is None:
        return None
    return of_controls(instance, np.arange(len(instance.subgroups)))


def held_too_seldom(instance: Instance, drawn: DrawnArm, control: Floats | None) -> Iterator[Violation]:
    """Every limit that holds in too few truths for the confidence asked for."""
    asked = instance.uncertainty
    if asked is None or asked.confidence is None:
        return
    for one in held(instance, drawn, control):
        count = len(one.holds)
        if int(one.holds.sum()) < ceil(asked.confidence * count - 1e-9):
            sentence = (
                f"{one.words()} holds in {int(one.holds.sum())} of {count} truths, fewer than the "
                f"{100 * asked.confidence:g} % asked for ({one.arm})"
            )
            yield Violation(one.rule, sentence, one.arm, one.subgroup, one.epoch)
