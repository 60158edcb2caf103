"""Patients, months and money of arms, and the least that any arm of a set of subgroups can take (model section 7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.verify.boschloo import exact_patients
from trialopt.verify.effects import World
from trialopt.verify.facts import MISS, Facts, control_given
from trialopt.verify.formulas import Asked, Course, progression_patients, response_patients
from trialopt.verify.intake import intake_of
from trialopt.verify.regimens import TooMany

MOST_EXACT = 300
"""Comparisons by the exact test beyond which sizes are not computed."""


@dataclass(frozen=True)
class Effects:
    """What the size of n arms rests on, per subgroup: response rates, or log hazard ratios gained; (n, G)."""

    response: Floats
    theta: Floats


@dataclass(frozen=True)
class Sizing:
    """The trial's comparisons for a design of a number of arms."""

    world: World
    facts: Facts
    asked: Asked
    control_rate: Floats
    """(G,) p0; NaN where neither a rate nor a control regimen is known."""
    reach: Floats
    """(G,) share still on protocol at the endpoint."""
    anchor: Floats
    """(G,) factor on the residual of an arm in what its rate is below `reach`; 1 where residuals have it in them."""
    control_theta: Floats
    """(G,)"""
    control_cost: Floats
    """(G,) money per control patient."""

    def response(self, coverage: Floats) -> Floats:
        """(n, G) p1 of arms with coverage (n, G) in the epoch of the endpoint."""
        return np.asarray(self.reach - self.anchor * (1 - coverage))

    @property
    def rising(self) -> Bools:
        """(G,) where less coverage is a higher rate, in some truth: the control's rate is above its reach."""
        return np.asarray((self.world.anchor < 0).any(axis=0))

    def parts(self, members: Ints) -> Floats:
        """(g,) parts of the accrual of a set; they sum to 1."""
        i = self.facts.instance
        weight = i.accrual[members]
        if np.isnan(weight).any():
            weight = i.share[members]
        if not weight.any():
            weight = np.ones(len(members))
        return np.asarray(weight / weight.sum())

    def patients(self, members: Ints, effects: Effects, *, timed: bool = True) -> tuple[Floats, Floats]:
        """(n,) whole experimental and control patients of arms that serve a set; inf where the arm may not be run.

        Component arms are left out; `timed` says whether limits on months count.
        """
        trial = self.facts.instance.trial
        found = (
            self._progression(members, effects.theta)
            if trial.endpoint == "pfs"
            else self._response(members, effects.response)
        )
        n1, n0 = found
        good = np.isfinite(n1 + n0)
        if timed:
            good &= self.in_time(members, n1 + n0)
        return np.where(good, n1, np.inf), np.where(good, n0, np.inf)

    def in_time(self, members: Ints, patients: Floats) -> Bools:
        """(n,) whether the months that so many patients take are within the limits."""
        trial = self.facts.instance.trial
        watched = trial.follow_up_months if trial.endpoint == "pfs" else 0.0
        good = np.ones(len(patients), dtype=bool)
        for limit, more in ((trial.max_accrual_months, 0.0), (trial.max_study_months, watched)):
            if limit is not None:
                good &= self.months(members, patients) <= limit - more + MISS
        return good

    def months(self, members: Ints, patients: Floats) -> Floats:
        """(n,) months of accrual of so many patients; inf where no rate is known."""
        rate, intake = self.rate(members), intake_of(self.facts.instance, members)
        if not rate > 0:
            return np.full(len(patients), np.inf)
        known = np.isfinite(patients)
        months = np.where(known, patients, 1.0) / rate
        return np.where(known, months if intake is None else intake.last(months), np.inf)

    def rate(self, members: Ints) -> float:
        """Patients a month of a set; 0 where that is not known."""
        total = float(self.facts.instance.accrual[members].sum())
        return 0.0 if np.isnan(total) else total

    def sized_response(self, members: Ints, response: Floats) -> tuple[Floats, Floats, Bools]:
        """(n, g) control and experimental rates that the size is for, and (n,) whether the arm can be sized."""
        trial, f = self.facts.instance.trial, self.parts(members)
        p0, p1 = np.broadcast_to(self.control_rate[members], (len(response), len(members))), response[:, members]
        if trial.target_difference is not None:
            good = (p1 - p0) @ f >= trial.target_difference - MISS
            sized, effect = p0 + trial.target_difference, np.full(len(p1), trial.target_difference)
        else:
            good = np.ones(len(p1), dtype=bool)
            sized = p0 + trial.shrink * (p1 - p0)
            effect = trial.shrink * ((p1 - p0) @ f)
        used = f > 0
        inside = (p0 > MISS) & (p0 < 1 - MISS) & (sized > MISS) & (sized < 1 - MISS)
        return p0, sized, good & (effect > MISS) & inside[:, used].all(axis=1)

    def _response(self, members: Ints, response: Floats) -> tuple[Floats, Floats]:
        trial, f = self.facts.instance.trial, self.parts(members)
        p0, p1, good = self.sized_response(members, response)
        if trial.analysis == "exact":
            n1, n0 = exact_sizes(p0 @ f, p1 @ f, good, self.asked)
            return np.where(good, n1, np.inf), np.where(good, n0, np.inf)
        if trial.analysis == "pooled_data":
            f, p0, p1 = np.ones(1), (p0 @ f)[:, None], (p1 @ f)[:, None]
        with np.errstate(invalid="ignore"):
            n1, n0 = response_patients(f, p0, p1, self.asked, trial.pools_null_variance)
        return np.where(good, n1, np.inf), np.where(good, n0, np.inf)

    def hazard_ratios(self, members: Ints, theta: Floats) -> tuple[Floats, Floats, Bools]:
        """(n,) predicted hazard ratio, the one that is sized for, and whether the arm can be sized."""
        trial = self.facts.instance.trial
        log_ratio = -((theta - self.control_theta)[:, members] @ self.parts(members))
        if trial.target_hazard_ratio is None:
            sized = np.exp(trial.shrink * log_ratio)
            good = -trial.shrink * log_ratio > MISS
        else:
            sized = np.full(len(log_ratio), trial.target_hazard_ratio)
            good = (np.exp(log_ratio) <= sized + MISS) & (sized < 1)
        return np.exp(log_ratio), sized, good

    def course(self, members: Ints, ratio: Floats) -> Course:
        """How arms of a set fail, at hazard ratios (n,)."""
        i, trial = self.facts.instance, self.facts.instance.trial
        hazard = np.log(2) / i.control_medians[members]
        watched = (trial.follow_up_months, trial.dropout_per_month, trial.method)
        return Course(self.parts(members), hazard, ratio, self.rate(members), *watched, intake_of(i, members))

    def _progression(self, members: Ints, theta: Floats) -> tuple[Floats, Floats]:
        _, sized, good = self.hazard_ratios(members, theta)
        nothing = np.full(len(theta), np.inf)
        rows = np.flatnonzero(good)
        if not self.rate(members) > 0 or np.isnan(self.facts.instance.control_medians[members]).any() or not len(rows):
            return nothing, nothing.copy()
        ratio, place = np.unique(sized[rows], return_inverse=True)
        n1, n0, _ = progression_patients(self.course(members, ratio), self.asked)
        found = nothing.copy(), nothing.copy()
        found[0][rows], found[1][rows] = n1[place.ravel()], n0[place.ravel()]
        return found

    def least(self, members: Ints, best: Effects) -> tuple[float, float]:
        """Patients that no arm of a set takes fewer of, where `best` (1, G) bounds its effects from above.

        With a target the size is the same for every arm. Without, the effect is at its best, while variances and
        events are at what makes sizes smallest: an arm's own variance at none, its events at the control's.
        """
        trial = self.facts.instance.trial
        fixed = trial.target_hazard_ratio if trial.endpoint == "pfs" else trial.target_difference
        if fixed is not None:
            n1, n0 = self.patients(members, best)
            return float(n1[0]), float(n0[0])
        if self.asked.power < 0.5 or trial.endpoint == "pfs" or trial.analysis == "exact":
            return 0.0, 0.0
        f, p0 = self.parts(members), self.control_rate[members]
        gain = trial.shrink * float((best.response[0, members] - p0) @ f)
        if not gain > MISS:
            return np.inf, np.inf
        mean = float(p0 @ f)
        own = mean * (1 - mean) if trial.analysis == "pooled_data" else float((p0 * (1 - p0)) @ f)
        own = max(0.0, own)  # rounding takes a mean of 1 above it
        null = 0.0 if trial.pools_null_variance else own
        total = self.asked.z_alpha * np.sqrt(null) + self.asked.z_beta * np.sqrt(own)
        control = np.array([self.asked.inflation / self.asked.evaluable * (total / gain) ** 2])
        one, other = float(whole_or_none(self.asked.ratio * control)[0]), float(whole_or_none(control)[0])
        return (one, other) if self.in_time(members, np.array([one + other]))[0] else (np.inf, np.inf)

    def allocated(self, members: Ints, patients: int) -> list[int]:
        """Patients of one side by subgroup, `members` in table order: largest remainder, ties to the first."""
        quota = patients * self.parts(members)
        whole = np.floor(quota + MISS).astype(int)
        order = sorted(range(len(quota)), key=lambda k: (-round(float(quota[k] - whole[k]), 9), k))
        for k in order[: patients - int(whole.sum())]:
            whole[k] += 1
        return [int(n) for n in whole]

    def control_money(self, members: Ints, n0: Floats) -> Floats:
        """(n,) what control patients cost."""
        counts, place = np.unique(n0, return_inverse=True)
        costs = [float(np.dot(self.allocated(members, int(n)), self.control_cost[members])) for n in counts]
        return np.array(costs)[place.ravel()]


def whole_or_none(patients: Floats) -> Floats:
    """Patients rounded up, with room for rounding of a lower bound."""
    return np.asarray(np.ceil(patients * (1 - 1e-12) - 1e-9))


def exact_sizes(p0: Floats, p1: Floats, good: Bools, asked: Asked) -> tuple[Floats, Floats]:
    """(n,) patients by the exact test, of the comparisons that are `good`. Raises `TooMany`."""
    rates, place = np.unique(np.column_stack([p0, p1])[good], axis=0, return_inverse=True)
    if len(rates) > MOST_EXACT:
        raise TooMany(f"more than {MOST_EXACT} different comparisons by the exact test")
    sizes = np.array([exact_patients(low, high, asked)[:2] for low, high in rates.tolist()]).reshape(-1, 2)
    found = np.full((len(p0), 2), np.inf)
    found[good] = sizes[place.ravel()]
    return found[:, 0], found[:, 1]


def sizing_of(world: World, arms: int, inflation: float) -> Sizing:
    """Comparisons of a design of so many arms."""
    facts, i = world.facts, world.facts.instance
    trial = i.trial
    alpha = trial.alpha / arms if trial.multiplicity == "bonferroni" else trial.alpha
    evaluable = 1.0 if trial.endpoint == "pfs" else 1 - trial.not_evaluable
    cost = np.zeros(facts.groups)
    for g in range(facts.groups):
        given = control_given(i, g)
        for s, options in enumerate(given if given is not None else ()):
            agents = i.option_agent[np.flatnonzero(options)]
            cost[g] += float((i.cycles[s] * i.cost_per_cycle + i.cost_per_course)[agents].sum())
    asked = Asked(alpha, trial.power or 0.5, trial.allocation_ratio, inflation, evaluable)
    anchor = world.anchor[0] if world.drawn is None else np.ones(facts.groups)
    rate, theta = world.control_rate.mean(axis=0), world.control_theta.mean(axis=0)
    return Sizing(world, facts, asked, rate, i.reach[:, trial.endpoint_epoch], anchor, theta, cost)
