"""Sizes of arms: patients for an arm's effect, or for the target, in the trial as planned (model section 7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import TOLERANCE, Bools, Floats, Instance
from trialopt.engine.regimen_numbers import control_residuals
from trialopt.engine.resources import SharedLimits
from trialopt.engine.tables import Tables
from trialopt.sizing import inflation, proportion_size, survival_size

ROUNDING = 1e-12


@dataclass(frozen=True)
class Plan:
    """The sized trial, for a given number of arms in the design. Shapes: G subgroups, O options."""

    instance: Instance
    tables: Tables
    alpha: float
    inflation: float
    control_rate: Floats
    """(G,) p0; NaN for pfs."""
    anchor: Floats
    """(G,) factor on the arm's residual in `1 - p1`."""
    start: Floats
    """(J,) prevalence in the endpoint epoch, per table column."""
    control_theta: Floats
    """(G,)"""
    control_cost: float
    """Money per control patient."""
    within: SharedLimits
    """What all arms share."""


def make_plan(instance: Instance, c: Coefficients, tables: Tables, within: SharedLimits) -> Plan:
    """Plan of a design within limits; bonferroni divides alpha by its number of arms."""
    i = instance
    trial = i.trial
    alpha = trial.alpha / within.arms if trial.multiplicity == "bonferroni" else trial.alpha
    factor = 1.0
    if trial.sized and trial.interim is not None:
        spending = trial.interim.spending
        factor = float(inflation(trial.interim.looks, spending, alpha, trial.power or 0.0))  # type: ignore[arg-type]
    groups = len(i.subgroups)
    residual = np.full(groups, np.nan) if i.control is None else control_residuals(i, c)[:, trial.endpoint_epoch]
    known = ~np.isnan(i.control_rate)
    control_rate = np.where(known, i.control_rate, 1 - residual)
    with np.errstate(divide="ignore", invalid="ignore"):
        anchor = np.where(known & ~np.isnan(residual), (1 - control_rate) / residual, 1.0)
    subgroup = tables.subgroup
    mechanism = np.nonzero((c.start > 0).any(axis=1))[1]
    theta, cost = np.zeros(groups), 0.0
    for s, options in enumerate(i.control or ()):
        agents = i.option_agent[list(options)]
        cost += float((i.cycles[s] * i.cost_per_cycle + i.cost_per_course)[agents].sum())
        if trial.sized and trial.endpoint == "pfs":
            effect = -np.log(i.hazard_ratio)[:, None] * i.sensitivity.T * (i.retained @ i.prevalence.T)
            theta += i.pfs_weight[s] * effect[agents].sum(axis=0)
    start = c.start[subgroup, trial.endpoint_epoch, mechanism]
    return Plan(i, tables, alpha, factor, control_rate, anchor, start, theta, cost, within)


class Sizes:
    """Patients of arms at given shortfalls. `p0`, `theta0`, `rate` belong to the arms' sets: scalars or arrays alike.

    Parameters
    ----------
    p0, theta0, rate
        Share-weighted control rate and control log hazard ratio gained, and accrual per month of each set.
    """

    def __init__(self, plan: Plan, p0: Floats, theta0: Floats, rate: Floats) -> None:
        self._plan, self._trial = plan, plan.instance.trial
        self._p0, self._theta0, self._rate = p0, theta0, rate
        trial = self._trial
        self._most = np.full(np.shape(rate), np.inf if trial.max_patients is None else float(trial.max_patients))
        if trial.max_accrual_months is not None:
            self._most = np.minimum(self._most, rate * (trial.max_accrual_months + TOLERANCE))
        self.target = trial.target_hazard_ratio if trial.endpoint == "pfs" else trial.target_difference
        self.fixed = None if self.target is None else self._sizes_for(np.full(np.shape(p0), self.target))

    def effect(self, shortfall: Floats) -> Floats:
        """Difference in rates, or hazard ratio, at given shortfalls."""
        if self._trial.endpoint == "pfs":
            return np.asarray(np.exp(shortfall + self._theta0))
        return np.asarray(1 - shortfall - self._p0)

    def _sizes_for(self, effect: Floats) -> tuple[Floats, Floats]:
        """Whole experimental and control patients for the effects sized for; inf where there are none."""
        t, plan = self._trial, self._plan
        power = t.power or 0.0
        if t.endpoint == "pfs":
            pfs = survival_size(
                effect,
                t.control_median_months or np.nan,
                plan.alpha,
                power,
                t.allocation_ratio,
                t.method,  # type: ignore[arg-type]
                accrual_rate=self._rate,
                follow_up=t.follow_up_months,
                dropout=t.dropout_per_month,
                inflation=plan.inflation,
                strict=False,
            )
            return pfs.n1, pfs.n0
        response = proportion_size(
            self._p0, self._p0 + effect, plan.alpha, power, t.allocation_ratio, inflation=plan.inflation, strict=False
        )
        sizable = (self._p0 > TOLERANCE) & (self._p0 + effect < 1 - TOLERANCE)
        return np.where(sizable, response.n1, np.inf), np.where(sizable, response.n0, np.inf)

    def _reaches(self, shortfall: Floats) -> Bools:
        """Whether an arm reaches the target, or has an effect at all (more than 1e-9 of it, shrunk)."""
        effect, shrink = self.effect(shortfall), self._trial.shrink
        if self._trial.endpoint == "pfs":
            if self.target is not None:
                return np.asarray(effect <= self.target + TOLERANCE + ROUNDING)
            return np.asarray(-shrink * np.log(effect) > TOLERANCE)
        if self.target is not None:
            return np.asarray(effect >= self.target - TOLERANCE - ROUNDING)
        return np.asarray(shrink * effect > TOLERANCE)

    def predicted(self, shortfall: Floats) -> tuple[Floats, Floats]:
        """Patients for the (shrunk) predicted effect, whatever limits there are."""
        effect, shrink = self.effect(shortfall), self._trial.shrink
        return self._sizes_for(effect**shrink if self._trial.endpoint == "pfs" else shrink * effect)

    def __call__(self, shortfall: Floats, known: tuple[Floats, Floats] | None = None) -> tuple[Floats, Floats]:
        """Whole experimental and control patients; inf where an arm misses its target or a limit of its own.

        `known` are sizes for the predicted effect that were computed before.
        """
        if self.fixed is not None:
            n1, n0 = (np.broadcast_to(n, shortfall.shape) for n in self.fixed)
        else:
            n1, n0 = self.predicted(shortfall) if known is None else known
        good = self._reaches(shortfall) & (n1 + n0 <= self._most + TOLERANCE)
        return np.where(good, n1, np.inf), np.where(good, n0, np.inf)


def set_weights(instance: Instance, member: Floats) -> Floats:
    """(n, G) weights of subgroups within sets `member` (n, G): shares over the set's share (equal where that is 0)."""
    weight = member * (instance.share + 1e-200)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def sizes_of_sets(plan: Plan, member: Floats) -> Sizes:
    """`Sizes` of n sets given as rows of `member` (n, G)."""
    weight = set_weights(plan.instance, member)
    return Sizes(plan, weight @ plan.control_rate, weight @ plan.control_theta, member @ plan.instance.accrual)
