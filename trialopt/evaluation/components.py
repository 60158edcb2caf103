"""Component arms: what each agent of an arm has to show, and the patients that takes (model section 12).

An arm whose regimen at the endpoint holds a pair of agents without precedent (or any arm, with `all`) is compared with
arms that leave out one agent each there. All comparisons must succeed, so each has the whole level (the min test: Laska
and Meisner, Biometrics 45 (1989) 1139-1151). The component arm takes the place of the control of section 7: its
predicted rates or hazards are those compared with, at equal allocation. What is left open there is ours: `model.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import exp, log
from typing import NamedTuple

import numpy as np

from trialopt.core.design import Arm, Contribution, TrialSettings
from trialopt.core.instance import TOLERANCE, Floats, Instance
from trialopt.evaluation import confidence, patients
from trialopt.evaluation.effects import Response, Unsizable, benefit, progression, response
from trialopt.evaluation.formulas import (
    Asked,
    Course,
    Rates,
    progression_power,
    progression_size,
    response_power,
    response_size,
)
from trialopt.evaluation.limits import harmed
from trialopt.evaluation.numbers import resolved_numbers
from trialopt.evaluation.patients import allocated, cost_per_patient
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.result import Component, apart
from trialopt.evaluation.rules import broken_rules
from trialopt.evaluation.truths import drawn_arm

CORTICOSTEROID = "corticosteroid"
"""Class whose agents `all` leaves in."""

WAIVED = frozenset(("requires", "requires_in", "min_agents"))
"""Rules that a component arm need not keep."""


class _Left(NamedTuple):
    """The arm without one agent; `arm` is `None` where nothing is left of the regimen."""

    without: str
    arm: ResolvedArm | None


@dataclass(frozen=True)
class _Comparison:
    """An arm against one of its component arms, before the patients are split."""

    left: _Left
    needed: tuple[int, int]
    """Patients of the arm, and of what it is compared with."""
    power: Callable[[int, int], float]
    """Power of so many patients on each side."""
    asked: Asked
    sized_for: float
    strata: dict[str, tuple[float, float]]
    rate: float | None = None
    hazard_ratio: float | None = None
    events: float | None = None


@dataclass(frozen=True)
class Family:
    """The comparisons of an arm with its component arms, and what rules leave unshown."""

    compared: tuple[_Comparison, ...] = ()
    unshown: tuple[str, ...] = field(default=())

    def enlarged(self, experimental: int, control: int) -> tuple[int, int]:
        """Patients of the arm and of its control that all comparisons have enough of."""
        stand_ins = [one.needed[1] for one in self.compared if one.left.arm is None]
        return max([experimental, *(one.needed[0] for one in self.compared)]), max([control, *stand_ins])

    def components(
        self, instance: Instance, resolved: ResolvedArm, experimental: int, control: int
    ) -> tuple[Component, ...]:
        """The comparisons with `experimental` patients in the arm and in each component arm."""
        return tuple(self._component(instance, resolved, one, experimental, control) for one in self.compared)

    @staticmethod
    def _component(instance: Instance, resolved: ResolvedArm, one: _Comparison, n1: int, n0: int) -> Component:
        arm, asked = one.left.arm, one.asked
        return Component(
            without=one.left.without,
            arm=None if arm is None else arm.arm,
            experimental={} if arm is None else allocated(instance, resolved, n1),
            rate=one.rate,
            hazard_ratio=one.hazard_ratio,
            sized_for=one.sized_for,
            strata=one.strata,
            needed=one.needed[0],
            events=one.events,
            alpha=asked.alpha,
            power=one.power(n1, n0 if arm is None else n1),
            inflation=asked.inflation,
            ratio=asked.ratio,
            cost=0.0 if arm is None else n1 * cost_per_patient(instance, arm.sequence),
            coverage=None if arm is None else resolved_numbers(instance, arm).coverage,
        )


def left_out(instance: Instance, resolved: ResolvedArm) -> list[str]:
    """Agents whose contribution an arm has to show, by id."""
    i, asked = instance, instance.trial.contribution
    if not i.trial.contributes or asked is None:
        return []
    given = {int(i.option_agent[o]) for o in resolved.sequence[i.trial.contribution_epoch]}
    if asked.require == "all":
        return sorted(i.agents[d] for d in given if i.classes[i.agent_class[d]] != CORTICOSTEROID)
    names = sorted(i.agents[d] for d in given)
    novel = [pair for pair in combinations(names, 2) if frozenset(pair) not in i.rules.precedents]
    return sorted({agent for pair in novel for agent in pair})


def without(instance: Instance, resolved: ResolvedArm, agent: str, name: str) -> _Left:
    """The arm without an agent in the epoch of the endpoint."""
    t, d = instance.trial.contribution_epoch, instance.agents.index(agent)
    rest = tuple(o for o in resolved.sequence[t] if instance.option_agent[o] != d)
    if not rest:
        return _Left(agent, None)
    sequence = (*resolved.sequence[:t], rest, *resolved.sequence[t + 1 :])
    epoch = instance.epochs[t]
    doses = {**resolved.arm.sequence, epoch: tuple(x for x in resolved.arm.sequence[epoch] if x.agent != agent)}
    return _Left(agent, ResolvedArm(Arm(name, resolved.arm.subgroups, doses), resolved.groups, sequence))


def _family(
    instance: Instance,
    resolved: ResolvedArm,
    control: Floats | None,
    compare: Callable[[_Left], _Comparison],
) -> Family:
    name, compared, unshown = resolved.arm.name, [], []
    for k, agent in enumerate(left_out(instance, resolved)):
        left = without(instance, resolved, agent, f"{name}{chr(ord('a') + k)}")
        why = None if left.arm is None else next(_broken(instance, left.arm, control), None)
        if why is None:
            compared.append(compare(left))
        else:
            unshown.append(f"No component arm shows what {agent} adds to {name}: without it, {why}")
    return Family(tuple(compared), tuple(unshown))


def _broken(instance: Instance, component: ResolvedArm, control: Floats | None) -> Iterator[str]:
    """Rules of model section 6 that a component arm would break."""
    yield from (v.sentence for v in broken_rules(instance, component) if v.rule not in WAIVED)
    if not instance.trial.no_harm or instance.control is None:
        return
    if instance.uncertainty is not None and instance.uncertainty.confidence is not None:
        of_truths, drawn = confidence.control_coverage(instance), drawn_arm(instance, component)
        seldom = confidence.held_too_seldom(instance, drawn, of_truths)
        yield from (v.sentence for v in seldom if v.rule == "no_harm")
    elif control is not None:
        found = harmed(instance, component, resolved_numbers(instance, component), control)
        yield from (v.sentence for v in found)


def _asked(trial: TrialSettings, stands_in: bool) -> Asked:
    """What each comparison is to hold; the control, where it stands in, has the trial's allocation."""
    want: Contribution = trial.contribution or Contribution()
    alpha = trial.alpha if want.alpha is None else want.alpha
    factor = patients.inflation(trial.interim, alpha, want.power)
    evaluable = 1 - trial.not_evaluable if trial.compares_rates else 1.0
    return Asked(alpha, want.power, trial.allocation_ratio if stands_in else 1.0, factor, evaluable)


def _than(name: str, left: _Left) -> str:
    return "its control" if left.arm is None else f"{left.arm.arm.name}, {name} without {left.without}"


def _target(trial: TrialSettings) -> float | None:
    return None if trial.contribution is None else trial.contribution.target


# -- Response ------------------------------------------------------------------------------------------------------


def response_family(instance: Instance, resolved: ResolvedArm, effect: Response, control: Floats | None) -> Family:
    """Comparisons of an arm's response rates with those of its component arms.

    Raises `Unsizable` where one shows no effect, misses its target or has a rate outside 0 and 1.
    """

    def compare(left: _Left) -> _Comparison:
        low = effect.p0
        if left.arm is not None:
            low = response(instance, left.arm, resolved_numbers(instance, left.arm), control).p1
        return _compare_rates(instance, resolved, effect, low, left)

    return _family(instance, resolved, control, compare)


def _compare_rates(
    instance: Instance, resolved: ResolvedArm, effect: Response, low: Floats, left: _Left
) -> _Comparison:
    trial, name = instance.trial, resolved.arm.name
    target, f = _target(trial), effect.f
    gain, rate = float(f @ (effect.p1 - low)), float(f @ low)
    sized_for = trial.shrink * gain if target is None else target
    high = low + (trial.shrink * (effect.p1 - low) if target is None else target)
    told = f"a response rate of {effect.mean_p1:.3f} against {rate:.3f} of {_than(name, left)}"
    if not sized_for > TOLERANCE:
        raise Unsizable(f"has no effect of {left.without} to be sized for: it is predicted {told}")
    if target is not None and gain < target - TOLERANCE:
        shown, least = apart(gain, target)
        raise Unsizable(f"is predicted {told}: a difference of {shown}, below the target {least} of a contribution")
    for g, part, *both in zip(resolved.arm.subgroups, f.tolist(), low.tolist(), high.tolist(), strict=True):
        for p in both if part > 0 else ():
            if not TOLERANCE < p < 1 - TOLERANCE:
                raise Unsizable(
                    f"cannot be sized: compared with {_than(name, left)}, a response rate in {g} is {p:.3f}, and must "
                    "be inside 0 and 1"
                )
    want, pooled = _asked(trial, left.arm is None), trial.null_variance == "pooled"
    if left.arm is None:
        pooled = trial.pools_null_variance
    rates = Rates(tuple(f.tolist()), tuple(low.tolist()), tuple(high.tolist()))
    strata = dict(zip(resolved.arm.subgroups, zip(rates.p0, rates.p1, strict=True), strict=True))
    if trial.analysis != "stratified":
        rates = rates.together()
    if trial.analysis == "exact":
        n1, n0, _ = patients.exact(rates.p0[0], rates.p1[0], want)
    else:
        n1, n0 = response_size(rates, want, pooled)

    def power(experimental: int, other: int) -> float:
        if trial.analysis == "exact":
            return patients.exact_power(rates.p0[0], rates.p1[0], want, experimental, other)
        return response_power(rates, want, pooled, experimental, other)

    return _Comparison(left, (n1, n0), power, want, sized_for, strata, rate=rate)


# -- Progression-free survival -------------------------------------------------------------------------------------


def progression_family(instance: Instance, resolved: ResolvedArm, course: Course, control: Floats | None) -> Family:
    """Comparisons of an arm's survival with that of its component arms; `course` is that of arm and control.

    Raises `Unsizable` where one shows no effect or misses its target.
    """
    return _family(instance, resolved, control, lambda left: _compare_hazards(instance, resolved, course, left))


def _compare_hazards(instance: Instance, resolved: ResolvedArm, course: Course, left: _Left) -> _Comparison:
    trial, name, target = instance.trial, resolved.arm.name, _target(instance.trial)
    whole, beside = progression(instance, resolved).hazard_ratio, 1.0
    if left.arm is not None:
        groups = np.array(resolved.groups, dtype=np.int64)
        added = benefit(instance, resolved.sequence, groups) - benefit(instance, left.arm.sequence, groups)
        beside = progression(instance, left.arm).hazard_ratio
        whole = exp(-float(np.array(course.f) @ added))
    sized_for = exp(trial.shrink * log(whole)) if target is None else target
    if not -log(sized_for) > TOLERANCE:
        raise Unsizable(
            f"has no effect of {left.without} to be sized for: its predicted hazard ratio against {_than(name, left)} "
            f"is {whole:.3f}, not below 1"
        )
    if target is not None and whole > target + TOLERANCE:
        shown, most = apart(whole, target)
        raise Unsizable(
            f"is predicted a hazard ratio of {shown} against {_than(name, left)}, above the target {most} of a "
            "contribution"
        )
    want = _asked(trial, left.arm is None)
    one = replace(course, hazard=tuple(beside * h for h in course.hazard), hazard_ratio=sized_for)
    n1, n0, events = progression_size(one, want)
    strata = {g: (h, sized_for * h) for g, h in zip(resolved.arm.subgroups, one.hazard, strict=True)}
    return _Comparison(
        *(left, (n1, n0), lambda experimental, other: progression_power(one, want, experimental, other)),
        *(want, sized_for, strata),
        hazard_ratio=whole,
        events=events,
    )
