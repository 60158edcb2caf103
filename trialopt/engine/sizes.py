"""What the trial asks of an arm (model section 7), in the form the sequence search can bound.

An arm's effect is a *shortfall* that must be small: `1 - p1` for response (a weighted residual of one epoch, so a
`Measure` like the loss), `-theta` for progression-free survival (a sum over agents). Patients never fall when the
shortfall rises, and cost rises with patients and with the price of the sequence, so the charge of a prefix at the
lowest shortfall and price it can still reach is a lower bound on the charge of everything that begins with it.
`Sizes` works for one set and for all 2**G sets alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import TOLERANCE, Bools, Floats, Instance
from trialopt.engine.master import MONEY, PATIENTS, RESOURCES, SUMMED, SharedLimits
from trialopt.engine.measures import Measure, together
from trialopt.engine.regimen_numbers import control_residuals, hazard_effect
from trialopt.engine.regimens import TooLarge
from trialopt.engine.tables import Tables
from trialopt.sizing import inflation_for, proportion_size, survival_size

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
        factor = inflation_for(trial.interim, alpha, trial.power or 0.0)
    groups = len(i.subgroups)
    residual = np.full(groups, np.nan) if i.control is None else control_residuals(i, c)[:, trial.endpoint_epoch]
    known = ~np.isnan(i.control_rate)
    control_rate = np.where(known, i.control_rate, 1 - residual)
    with np.errstate(divide="ignore", invalid="ignore"):
        anchor = np.where(known & ~np.isnan(residual), (1 - control_rate) / residual, 1.0)
    mechanism = tables.mixed.mechanism if tables.mixed is not None else np.nonzero((c.start > 0).any(axis=1))[1]
    theta, cost = np.zeros(groups), 0.0
    for s, options in enumerate(i.control or ()):
        agents = i.option_agent[list(options)]
        cost += float((i.cycles[s] * i.cost_per_cycle + i.cost_per_course)[agents].sum())
        if trial.sized and trial.endpoint == "pfs":
            theta += i.pfs_weight[s] * hazard_effect(i)[agents].sum(axis=0)
    start = c.start[tables.subgroup, trial.endpoint_epoch, mechanism]
    if (mixed := tables.mixed) is not None and mixed.control_rate is not None:
        control_rate, anchor, start = mixed.control_rate, mixed.mean_anchor, start * mixed.in_effect
    return Plan(i, tables, alpha, factor, control_rate, anchor, start, theta, cost, within)


class Sizes:
    """Patients of arms at given shortfalls.

    `p0`, `theta0` and `rate` are share-weighted control rate, control log hazard ratio gained and accrual per month of
    the arms' sets: scalars or arrays alike.
    """

    def __init__(self, plan: Plan, p0: Floats, theta0: Floats, rate: Floats) -> None:
        self._plan, self._trial = plan, plan.instance.trial
        self._p0, self._theta0, self._rate = p0, theta0, rate
        trial = self._trial
        self._most = np.full(np.shape(rate), np.inf if trial.max_patients is None else float(trial.max_patients))
        months = trial.most_accrual_months
        if months is not None:
            self._most = np.minimum(self._most, rate * (months + TOLERANCE))
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


GRID = 512
"""Points at which the sizes of a predicted hazard ratio are tabulated."""


class SetTrial:
    """What the trial asks of an arm that serves the subgroups of `mask`, and what it takes of the resources.

    Without a power an arm takes no patients and no money, and any arm can be run.
    """

    def __init__(self, plan: Plan, mask: int) -> None:
        i = plan.instance
        self._plan = plan
        member = np.array([[float(mask >> g & 1) for g in range(len(i.subgroups))]])
        served = member[0] > 0
        epochs = len(plan.tables.epochs)
        none: list[Floats | None] = [None] * epochs
        self._sizes: Sizes | None = None
        self.measures: Sequence[Measure] = ()
        if i.trial.sized:
            weight = set_weights(i, member)[0]
            self._sizes = Sizes(
                plan,
                np.asarray(weight[served] @ plan.control_rate[served]),
                np.asarray(weight @ plan.control_theta),
                np.asarray(i.accrual[served].sum()),
            )
            if i.trial.endpoint == "pfs":
                shortfall = Measure(none, [-(t.theta @ weight) for t in plan.tables.epochs])
            else:
                at = list(none)
                at[i.trial.endpoint_epoch] = (weight * plan.anchor)[plan.tables.subgroup] * plan.start
                shortfall = Measure(at, none)
            self.measures = (shortfall, Measure(none, [t.cost for t in plan.tables.epochs]))
        self.summed: dict[int, Measure] = {}
        """The measure of each resource that is a sum over epochs, by its place; they are the last `measures`."""
        for k in SUMMED:
            resource = RESOURCES[k]
            if resource.per_regimen is not None and resource.tracked is not None and resource.tracked(plan.tables):
                added = [resource.per_regimen(t)[:, served].sum(axis=1) for t in plan.tables.epochs]
                self.summed[k] = Measure(none, added, float(plan.within.most[k]) + TOLERANCE)
        self.measures = (*self.measures, *self.summed.values())
        self._grid: tuple[Floats, Floats, Floats] | None = None

    @property
    def needs_least(self) -> bool:
        """Whether sizes need a root search, so that `from_least` is worth its while."""
        return self._sizes is not None and self._plan.instance.trial.endpoint == "pfs" and self._sizes.target is None

    @property
    def alike(self) -> bool:
        """Whether all arms of the set take the same, so that only the most valuable counts."""
        free = self._sizes is None or (self._sizes.fixed is not None and self._plan.instance.trial.budget is None)
        return free and not self.summed

    def from_least(self, shortfall: float) -> None:
        """Prepare for shortfalls from `shortfall` up (no sequence has less): tabulate sizes that need a root search.

        Raises `TooLarge` where patients can rise although the effect does (hazard ratios far below 0.2).
        """
        if self._sizes is None or not self.needs_least or not np.isfinite(shortfall):
            return
        grid = np.linspace(
            shortfall, shortfall + max(1e-6, -float(np.log(self._sizes.effect(np.asarray(shortfall))))), GRID
        )
        n1, n0 = self._sizes.predicted(grid)
        total = (n1 + n0)[np.isfinite(n1 + n0)]
        if (np.diff(total) < -2.0).any():
            raise TooLarge("predicted hazard ratios are so low that patients rise with the effect; give a target")
        self._grid = (grid, n1, n0)

    def takes(self, values: Floats, *, exact: bool = True) -> tuple[Bools, Floats]:
        """(n,) whether the arm can be run, and (n, K) what it takes then, at values (n, K) of `measures`.

        Without `exact` patients and money may be lower bounds: looked up at the next better point of the table.
        """
        good, takes = np.ones(len(values), dtype=bool), np.zeros((len(values), len(RESOURCES)))
        if self.summed:
            takes[:, list(self.summed)] = values[:, -len(self.summed) :]
        if self._sizes is None:
            return good, takes
        shortfall, price = values[:, 0], values[:, 1]
        known = None
        if not exact and self._grid is not None and len(shortfall) > GRID:
            place = np.maximum(np.searchsorted(self._grid[0], shortfall, side="right") - 1, 0)
            known = self._grid[1][place], self._grid[2][place]
        n1, n0 = self._sizes(shortfall, known)
        good = np.isfinite(n1) & np.isfinite(n0)
        n1, n0 = np.where(good, n1, 0.0), np.where(good, n0, 0.0)
        takes[:, PATIENTS], takes[:, MONEY] = n1 + n0, n1 * price + n0 * self._plan.control_cost
        budget = self._plan.instance.trial.budget
        if budget is not None:
            good &= takes[:, MONEY] <= budget + TOLERANCE
        return good, takes

    def at(self, prices: Floats) -> TrialCharge:
        """The charge when units of the resources cost this much (K,) in value."""
        return TrialCharge(self, prices)

    def fixed(self) -> tuple[float, float] | None:
        """Experimental patients and cost of the controls, where a target fixes the size of any arm of the set."""
        if self._sizes is None or self._sizes.fixed is None:
            return None
        n1, n0 = (float(n) for n in self._sizes.fixed)
        return n1, n0 * self._plan.control_cost


class TrialCharge:
    """What the master pays for an arm; with all prices 0 it only says whether the arm can be run.

    What is a plain sum over epochs is `added` to the loss: a summed resource, and money where a target fixes patients.
    """

    def __init__(self, trial: SetTrial, prices: Floats) -> None:
        self._trial, self._prices = trial, prices.copy()
        self.measures = trial.measures
        self.added: Measure | None = None
        self._controls = 0.0
        fixed, money = trial.fixed(), float(prices[MONEY])
        if fixed is not None and money > 0 and np.isfinite(fixed[0]):
            self.added = trial.measures[1].times(money * fixed[0])
            self._controls = money * fixed[1]
            self._prices[MONEY] = 0.0
        for k, measure in trial.summed.items():
            if prices[k] > 0:
                added = measure.times(float(prices[k]))
                self.added = added if self.added is None else together(self.added, added)
            self._prices[k] = 0.0

    def __call__(self, values: Floats, *, exact: bool = False) -> Floats:
        """(n,) charge of measures' values (n, K) beside `added`; inf where the arm cannot be run."""
        good, takes = self._trial.takes(values, exact=exact)
        return np.where(good, takes @ self._prices + self._controls, np.inf)
