"""What the trial asks of an arm (model section 7), in the form the sequence search can bound.

An arm's effect is a *shortfall* that must be small: `1 - p1` for response (a weighted residual of one epoch, so a
`Measure` like the loss), `-theta` for progression-free survival (a sum over agents). Patients never fall when the
shortfall rises, and cost rises with patients and with the price of the sequence, so the charge of a prefix at the
lowest shortfall and price it can still reach is a lower bound on the charge of everything that begins with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialopt.coefficients import Coefficients
from trialopt.engine.control import control_residuals
from trialopt.engine.regimens import TooLarge
from trialopt.engine.sequences import Measure
from trialopt.engine.tables import Tables
from trialopt.instance import TOLERANCE, Floats, Instance
from trialopt.sizing import inflation, proportion_size, survival_size

ROUNDING = 1e-12

GRID = 512
"""Points at which the sizes of a predicted hazard ratio are tabulated."""


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


def make_plan(instance: Instance, c: Coefficients, tables: Tables, arms: int) -> Plan:
    """Plan of a design with `arms` arms (bonferroni divides alpha by them)."""
    i = instance
    trial = i.trial
    alpha = trial.alpha / arms if trial.multiplicity == "bonferroni" else trial.alpha
    factor = 1.0
    if trial.interim is not None:
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
        if trial.endpoint == "pfs":
            effect = -np.log(i.hazard_ratio)[:, None] * i.sensitivity.T * (i.retained @ i.prevalence.T)
            theta += i.pfs_weight[s] * effect[agents].sum(axis=0)
    return Plan(
        i, tables, alpha, factor, control_rate, anchor, c.start[subgroup, trial.endpoint_epoch, mechanism], theta, cost
    )


class SetTrial:
    """What the trial asks of an arm that serves the subgroups of `mask`, charged at given prices.

    `price_patient` and `price_money` are what the master pays (in value) for one more patient and one more unit of
    money; with both 0 the charge only says whether the arm can be run.
    """

    def __init__(self, plan: Plan, mask: int, price_patient: float = 0.0, price_money: float = 0.0) -> None:
        i, trial = plan.instance, plan.instance.trial
        self._plan, self._trial = plan, trial
        self._prices = price_patient, price_money
        members = np.array([g for g in range(len(i.subgroups)) if mask >> g & 1])
        weight = np.zeros(len(i.subgroups))
        total = i.share[members].sum()
        weight[members] = i.share[members] / total if total > 0 else 1 / len(members)
        self._p0 = float(plan.control_rate[members] @ weight[members])
        self._theta0 = float(plan.control_theta @ weight)
        self._rate = float(i.accrual[members].sum())
        self._most = np.inf if trial.max_patients is None else float(trial.max_patients)
        if trial.max_accrual_months is not None:
            self._most = min(self._most, self._rate * (trial.max_accrual_months + TOLERANCE))
        epochs = len(plan.tables.epochs)
        none: list[Floats | None] = [None] * epochs
        if trial.endpoint == "pfs":
            self._shortfall = Measure(none, [-(t.theta @ weight) for t in plan.tables.epochs])
        else:
            at = list(none)
            at[trial.endpoint_epoch] = (weight * plan.anchor)[plan.tables.subgroup] * plan.start
            self._shortfall = Measure(at, none)
        self._price = Measure(none, [t.cost for t in plan.tables.epochs])
        self._fixed = self._target_size()
        empty = np.full(1, np.inf)
        self._grid: tuple[Floats, Floats, Floats] = (empty, empty, empty)

    @property
    def measures(self) -> Sequence[Measure]:
        """Shortfall of the effect, and price of the sequence."""
        return (self._shortfall, self._price)

    def effect(self, shortfall: Floats) -> Floats:
        """Difference in rates, or hazard ratio, of given shortfalls."""
        if self._trial.endpoint == "pfs":
            return np.asarray(np.exp(shortfall + self._theta0))
        return np.asarray(1 - shortfall - self._p0)

    # -- sizes ----------------------------------------------------------------------------------------------

    def _sizes_for(self, effect: Floats) -> tuple[Floats, Floats]:
        """Whole experimental and control patients for the effects sized for; inf where there is none."""
        t, plan = self._trial, self._plan
        power = t.power or 0.0
        if t.endpoint == "pfs":
            sized = survival_size(
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
            return sized.n1, sized.n0
        response = proportion_size(
            self._p0,
            self._p0 + effect,
            plan.alpha,
            power,
            t.allocation_ratio,
            inflation=plan.inflation,
            strict=False,
        )
        return response.n1, response.n0

    def _target_size(self) -> tuple[float, float] | None:
        t = self._trial
        target = t.target_hazard_ratio if t.endpoint == "pfs" else t.target_difference
        if target is None:
            return None
        n1, n0 = self._sizes_for(np.array([target]))
        return float(n1[0]), float(n0[0])

    def _reaches(self, shortfall: Floats) -> Floats:
        t = self._trial
        effect = self.effect(shortfall)
        if t.endpoint == "pfs":
            most = 1.0 - ROUNDING if t.target_hazard_ratio is None else t.target_hazard_ratio + TOLERANCE
            return np.asarray(effect <= most + ROUNDING)
        if t.target_difference is None:
            return np.asarray(effect > 0)
        return np.asarray(effect >= t.target_difference - TOLERANCE - ROUNDING)

    def sizes(self, shortfall: Floats, *, exact: bool) -> tuple[Floats, Floats]:
        """Whole experimental and control patients at given shortfalls; inf where the arm cannot be run.

        Without `exact` they may be lower bounds: looked up at the next better point of a grid, which saves the
        root search that survival needs.
        """
        if self._fixed is not None:
            n1, n0 = (np.full(len(shortfall), n) for n in self._fixed)
        elif exact or self._trial.endpoint != "pfs" or len(shortfall) < len(self._grid[0]):
            n1, n0 = self._predicted(shortfall)
        else:
            place = np.maximum(np.searchsorted(self._grid[0], shortfall, side="right") - 1, 0)
            n1, n0 = self._grid[1][place], self._grid[2][place]
        good = self._reaches(shortfall) & (n1 + n0 <= self._most + TOLERANCE)
        return np.where(good, n1, np.inf), np.where(good, n0, np.inf)

    def _predicted(self, shortfall: Floats) -> tuple[Floats, Floats]:
        effect, shrink = self.effect(shortfall), self._trial.shrink
        return self._sizes_for(effect**shrink if self._trial.endpoint == "pfs" else shrink * effect)

    def from_least(self, shortfall: float) -> None:
        """Prepare for shortfalls from `shortfall` up (no sequence has less).

        Raises `TooLarge` where patients can rise although the effect does (hazard ratios far below 0.2).
        """
        if self._fixed is not None or self._trial.endpoint != "pfs" or not shortfall < -self._theta0:
            return
        grid = np.linspace(shortfall, -self._theta0, GRID)
        n1, n0 = self._predicted(grid)
        total = (n1 + n0)[np.isfinite(n1 + n0)]
        if (np.diff(total) < -2.0).any():
            raise TooLarge("predicted hazard ratios are so low that patients rise with the effect; give a target")
        self._grid = (grid, n1, n0)

    def money(self, n1: Floats, n0: Floats, price: Floats) -> Floats:
        """Cost of an arm's patients and controls."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(np.isfinite(n1), n1 * price + n0 * self._plan.control_cost, np.inf))

    def __call__(self, values: Floats, *, exact: bool = False) -> Floats:
        """(n,) charge of shortfalls and prices (n, 2)."""
        n1, n0 = self.sizes(values[:, 0], exact=exact)
        money = self.money(n1, n0, values[:, 1])
        budget = self._trial.budget
        good = np.isfinite(n1) & np.isfinite(n0)
        if budget is not None:
            good &= money <= budget + TOLERANCE
        charge = np.zeros(len(values))
        if self._prices[0]:
            charge += self._prices[0] * np.where(good, n1 + n0, 0.0)
        if self._prices[1]:
            charge += self._prices[1] * np.where(good, money, 0.0)
        return np.where(good, charge, np.inf)
