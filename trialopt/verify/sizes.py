"""Patients, months and money of arms, and the least that any arm of a set of subgroups can take (model section 7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.verify.facts import MISS, Facts, control_coverage, control_given
from trialopt.verify.formulas import Asked, Course, progression_patients, response_patients
from trialopt.verify.regimens import hazard_removed


class NotRecomputed(Exception):
    """A kind of size that this check has no formula of its own for; the text says which."""


@dataclass(frozen=True)
class Effects:
    """What the size of n arms rests on, per subgroup: response rates, or log hazard ratios gained; (n, G)."""

    response: Floats
    theta: Floats


@dataclass(frozen=True)
class Sizing:
    """The trial's comparisons for a design of a number of arms."""

    facts: Facts
    asked: Asked
    control_rate: Floats
    """(G,) p0; NaN where neither a rate nor a control regimen is known."""
    reach: Floats
    """(G,) share still on protocol at the endpoint."""
    anchor: Floats
    """(G,) factor on the residual of an arm in what its rate is below `reach`."""
    control_theta: Floats
    """(G,)"""
    control_cost: Floats
    """(G,) money per control patient."""

    def response(self, coverage: Floats) -> Floats:
        """(n, G) p1 of arms with coverage (n, G) in the epoch of the endpoint."""
        return np.asarray(self.reach - self.anchor * (1 - coverage))

    def parts(self, members: Ints) -> Floats:
        """(g,) parts of the accrual of a set; they sum to 1."""
        i = self.facts.instance
        weight = i.accrual[members]
        if np.isnan(weight).any():
            weight = i.share[members]
        if not weight.any():
            weight = np.ones(len(members))
        return np.asarray(weight / weight.sum())

    def patients(self, members: Ints, effects: Effects) -> tuple[Floats, Floats]:
        """(n,) whole experimental and control patients of arms that serve a set; inf where the arm may not be run."""
        trial = self.facts.instance.trial
        found = (
            self._progression(members, effects.theta)
            if trial.endpoint == "pfs"
            else self._response(members, effects.response)
        )
        n1, n0 = found
        good = np.isfinite(n1 + n0) & self.in_time(members, n1 + n0)
        return np.where(good, n1, np.inf), np.where(good, n0, np.inf)

    def in_time(self, members: Ints, patients: Floats) -> Bools:
        """(n,) whether the months that so many patients take are within the limits."""
        trial, rate = self.facts.instance.trial, self.rate(members)
        watched = trial.follow_up_months if trial.endpoint == "pfs" else 0.0
        good = np.ones(len(patients), dtype=bool)
        for limit, more in ((trial.max_accrual_months, 0.0), (trial.max_study_months, watched)):
            if limit is not None:
                good &= patients <= (limit - more + MISS) * rate if rate > 0 else np.zeros(len(patients), dtype=bool)
        return good

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
        if trial.analysis == "exact":
            raise NotRecomputed("sizes of the exact test (Boschloo)")
        p0, p1, good = self.sized_response(members, response)
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
        return Course(self.parts(members), hazard, ratio, self.rate(members), *watched)

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
        if self.asked.power < 0.5 or trial.endpoint == "pfs":
            return 0.0, 0.0
        f, p0 = self.parts(members), self.control_rate[members]
        gain = trial.shrink * float((best.response[0, members] - p0) @ f)
        if not gain > MISS:
            return np.inf, np.inf
        mean = float(p0 @ f)
        own = mean * (1 - mean) if trial.analysis == "pooled_data" else float((p0 * (1 - p0)) @ f)
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


def sizing_of(facts: Facts, arms: int, inflation: float) -> Sizing:
    """Comparisons of a design of so many arms."""
    i, trial = facts.instance, facts.instance.trial
    alpha = trial.alpha / arms if trial.multiplicity == "bonferroni" else trial.alpha
    evaluable = 1.0 if trial.endpoint == "pfs" else 1 - trial.not_evaluable
    t = trial.endpoint_epoch
    reach = i.reach[:, t]
    residual = 1 - control_coverage(facts)[:, t]
    known = ~np.isnan(i.control_rate)
    rate = np.where(known, i.control_rate, reach * (1 - residual))
    with np.errstate(divide="ignore", invalid="ignore"):
        anchor = np.where(known & ~np.isnan(residual), (reach - rate) / residual, reach)
    rate = np.where(known & (residual <= 0), np.nan, rate)
    theta, cost = np.zeros(facts.groups), np.zeros(facts.groups)
    for g in range(facts.groups):
        given = control_given(i, g)
        for s, options in enumerate(given if given is not None else ()):
            rows = np.flatnonzero(options)
            agents = i.option_agent[rows]
            theta[g] += float(hazard_removed(facts, s)[rows, g].sum())
            cost[g] += float((i.cycles[s] * i.cost_per_cycle + i.cost_per_course)[agents].sum())
    asked = Asked(alpha, trial.power or 0.5, trial.allocation_ratio, inflation, evaluable)
    return Sizing(facts, asked, rate, reach, anchor, theta, cost)
