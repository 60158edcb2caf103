"""Component arms of a family: what each is given, whom it is compared with, and what may be true of it (section 12).

An arm that has to show what its agents add is randomised with arms that leave out one of them each; all comparisons
must succeed. Sizes, levels and effects of the comparisons are those of the record; where nothing is left without an
agent, the control stands in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist
from typing import Any

import numpy as np

from trialopt.core.design import Arm
from trialopt.core.instance import Floats, Instance
from trialopt.evaluation.boundaries import boundaries
from trialopt.evaluation.formulas import Course
from trialopt.evaluation.intake import intake_of
from trialopt.evaluation.resolve import ResolvedArm, resolve_arm
from trialopt.record.parts import ComponentSizing, SolvedArm
from trialopt.simulate.trial import Comparison

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """One agent whose contribution an arm has to show."""

    sizing: ComponentSizing
    basis: Json
    """What the comparison rests on, from the record."""
    resolved: ResolvedArm | None
    """The arm without the agent; `None` where the control stands in."""

    @property
    def difference(self) -> Floats:
        """(strata,) difference in rates that the comparison is sized for."""
        return np.array([row["p1"] - row["p0"] for row in self.basis["strata"]])


def parts_of(arm: SolvedArm, instance: Instance) -> tuple[Part, ...]:
    """The comparisons of an arm beside that with its control."""
    if arm.size is None or not arm.size.components:
        return ()
    rows = arm.sizing["contribution"]["components"]
    return tuple(_part(arm, instance, one, row) for one, row in zip(arm.size.components, rows, strict=True))


def _part(arm: SolvedArm, instance: Instance, one: ComponentSizing, basis: Json) -> Part:
    resolved = resolve_arm(instance, Arm(one.arm, arm.subgroups, dict(one.sequence))) if one.arm else None
    return Part(one, basis, resolved)


def comparison(arm: SolvedArm, part: Part, instance: Instance, against: int, name: str, test: str) -> Comparison:
    """An arm, the first group of its family, against the group number `against`, decided by a test."""
    size, basis, trial = arm.size, part.basis, instance.trial
    assert size is not None
    alpha, power = basis["alpha"], arm.sizing["contribution"]["power"]
    efficacy: tuple[float, ...] = (-NormalDist().inv_cdf(alpha),)
    futility: tuple[float, ...] | None = None
    timing: tuple[float, ...] = (1.0,)
    if trial.interim is not None:
        bounds = boundaries(trial.interim, alpha, power)
        efficacy, futility, timing = bounds.efficacy, bounds.futility, bounds.timing
    events: tuple[int, ...] = ()
    if trial.endpoint == "pfs":
        n1 = size.own_patients
        n0 = n1 if part.resolved is not None else size.control_patients
        found = expected_events(arm, instance, [row["hazard"] for row in basis["strata"]], basis["sized_for"], n1, n0)
        events = tuple(ceil(t * found - 1e-9) for t in timing)
    return Comparison(name, 0, against, alpha, efficacy, futility, part.sizing.power, events, test)


def expected_events(arm: SolvedArm, i: Instance, hazards: list[float], ratio: float, n1: int, n0: int) -> float:
    """Events of two sides enlarged beyond their own need, as the judge counts on them for their power."""
    f = tuple(row["f"] for row in arm.sizing["strata"])
    rate, t = arm.sizing["accrual_per_month"], i.trial
    coming = intake_of(i, [i.subgroups.index(g) for g in arm.subgroups]), tuple(range(len(f)))
    course = Course(f, tuple(hazards), ratio, rate, t.follow_up_months, t.dropout_per_month, t.method, *coming)
    return (n1 + n0) * course.events(n1 / n0, (n1 + n0) / rate)


def enlarged_events(arm: SolvedArm, i: Instance) -> float | None:
    """Events of the comparison with the control where component arms make it larger; `None` where they do not."""
    size = arm.size
    if size is None or not size.components or i.trial.endpoint != "pfs":
        return None
    if [size.own_patients, size.control_patients] == arm.sizing["contribution"]["against_control"]:
        return None
    hazards = [float(np.log(2)) / row["median_months"] for row in arm.sizing["strata"]]
    return expected_events(arm, i, hazards, arm.sizing["sized_for"], size.own_patients, size.control_patients)
