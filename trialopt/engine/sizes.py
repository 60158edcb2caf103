"""What the trial asks of an arm (model section 7), in the form the sequence search can bound.

An arm's effect is a *shortfall* that must be small: `reach - p1` for response (a weighted residual of one epoch, so a
`Measure` like the loss), `-theta` for progression-free survival (a sum over agents). One number is enough where the
size depends on the mean effect alone; where the predicted rates of all subgroups count there is one for each. Patients
never fall when a shortfall rises (`Plan.falls`; else bounds allow for it), and cost rises with patients and with the
price of the sequence, so the charge of a prefix at the lowest shortfall and price it can still reach is a lower bound
on the charge of everything that begins with it. `Sizes` works for one set and for all 2**G sets alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from trialopt.core.instance import TOLERANCE, Bools, Floats
from trialopt.engine.found import Path
from trialopt.engine.master import MONEY, PATIENTS, RESOURCES, SUMMED
from trialopt.engine.measures import Measure
from trialopt.engine.plans import Plan, at_full_rate, set_fractions
from trialopt.engine.regimens import TooLarge
from trialopt.sizing.strata_sizes import fewest_response_patients, response_patients, survival_patients

ROUNDING = 1e-12


class Sizes:
    """Patients of arms at given shortfalls.

    `fractions` are the parts of the accrual of the arms' sets (n, k) or (k,), over `groups` (k,); `rate` their patients
    per month, (n,) or a scalar.
    """

    def __init__(self, plan: Plan, fractions: Floats, groups: Sequence[int], rate: Floats) -> None:
        self._plan, self._trial = plan, plan.instance.trial
        self._f, self._rate, at = fractions, rate, list(groups)
        self._p0, self._reach = plan.control_rate[at], plan.reach[at]
        self._theta0, self._median = plan.control_theta[at], plan.median[at]
        trial = self._trial
        self.most: Floats = np.full(np.shape(rate), np.inf if trial.max_patients is None else float(trial.max_patients))
        self._enrolments = None if plan.enrolments is None else [plan.enrolments[g] for g in at]
        months = trial.most_accrual_months
        if months is not None:
            self.most = np.minimum(self.most, rate * at_full_rate(self._enrolments, fractions, months + TOLERANCE))
        self.target = trial.target_hazard_ratio if trial.endpoint == "pfs" else trial.target_difference
        self.by_subgroup = trial.compares_rates and self.target is None
        """Whether there is a shortfall for each subgroup, not just their mean."""
        self.fixed = self._fixed()

    def _fixed(self) -> tuple[Floats, Floats] | None:
        """Patients where a target fixes them."""
        if self.target is None:
            return None
        if self._trial.endpoint == "pfs":
            return self._survival(np.full(np.shape(self._rate), self.target))
        return response_patients(self._f, self._p0, self._p0 + self.target, self._plan.comparison)

    def _survival(self, hazard_ratio: Floats) -> tuple[Floats, Floats]:
        good = -np.log(hazard_ratio) > TOLERANCE
        found = survival_patients(
            hazard_ratio, self._f, self._median, self._rate, self._plan.comparison, enrolments=self._enrolments
        )
        return np.where(good, found[0], np.inf), np.where(good, found[1], np.inf)

    def effect(self, shortfall: Floats) -> Floats:
        """Difference in rates, or hazard ratio, at given shortfalls (the means over the accrual)."""
        if self._trial.endpoint == "pfs":
            return np.asarray(np.exp(shortfall + self._f @ self._theta0))
        return np.asarray((self._f * (self._reach - self._p0)).sum(axis=-1) - shortfall)

    def _reaches(self, shortfall: Floats) -> Bools:
        """Whether an arm reaches the target."""
        assert self.target is not None
        effect = self.effect(shortfall)
        if self._trial.endpoint == "pfs":
            return np.asarray(effect <= self.target + TOLERANCE + ROUNDING)
        return np.asarray(effect >= self.target - TOLERANCE - ROUNDING)

    def predicted(self, shortfall: Floats, *, bound: bool = False) -> tuple[Floats, Floats]:
        """Patients for the (shrunk) predicted effect at shortfalls (n, K), whatever limits there are.

        With `bound` no arm at these shortfalls or larger ones takes fewer.
        """
        shrink = self._trial.shrink
        if self._trial.endpoint == "pfs":
            return self._survival(self.effect(shortfall[..., 0]) ** shrink)
        sized = self._p0 + shrink * (self._reach - shortfall - self._p0)
        if not bound:
            return response_patients(self._f, self._p0, sized, self._plan.comparison)
        if not self._plan.falls:
            return fewest_response_patients(self._f, self._p0, sized, self._plan.comparison)
        return response_patients(self._f, self._p0, np.minimum(sized, 1 - 2 * TOLERANCE), self._plan.comparison)

    def __call__(
        self, shortfall: Floats, known: tuple[Floats, Floats] | None = None, *, bound: bool = False
    ) -> tuple[Floats, Floats]:
        """Whole experimental and control patients; inf where an arm misses its target or a limit of its own.

        `shortfall` is (n, K); `known` are sizes for the predicted effect that were computed before.
        """
        if self.fixed is not None:
            one = shortfall[..., 0]
            n1, n0 = (np.broadcast_to(n, np.broadcast_shapes(n.shape, one.shape)) for n in self.fixed)
            good = self._reaches(one)
        else:
            n1, n0 = self.predicted(shortfall, bound=bound) if known is None else known
            good = np.ones(n1.shape, dtype=bool)
        good = good & (n1 + n0 <= self.most + TOLERANCE)
        return np.where(good, n1, np.inf), np.where(good, n0, np.inf)


def sizes_of_sets(plan: Plan, member: Floats) -> Sizes:
    """`Sizes` of n sets given as rows of `member` (n, G)."""
    i = plan.instance
    rate = np.where(member > 0, i.accrual, 0.0).sum(axis=1)
    return Sizes(plan, set_fractions(i, member), range(len(i.subgroups)), rate)


def control_money(n0: Floats, fractions: Floats, cost: Floats, *, bound: bool = False) -> Floats:
    """(n,) money for n0 control patients split over subgroups by `fractions` (n, k) or (k,), at costs (k,).

    With `bound` at least that much for n0 or more: what the split leaves over counts at the least cost.
    """
    used = cost[(fractions > 0).any(axis=0) if fractions.ndim == 2 else fractions > 0]
    if len(used) == 0 or used.max() == used.min():
        return np.asarray(n0 * (float(used.min()) if len(used) else 0.0))
    quota = n0[:, None] * fractions
    whole = np.floor(quota + TOLERANCE)
    over = n0 - whole.sum(axis=1)
    if bound:
        cheapest = np.where(fractions > 0, cost, np.inf).min(axis=-1)
        return np.asarray(whole @ cost + over * cheapest)
    order = np.argsort(-np.round(quota - whole, 9), axis=1, kind="stable")
    place = np.argsort(order, axis=1, kind="stable")
    return np.asarray((whole + (place < over[:, None])) @ cost)


GRID = 512
"""Points at which the sizes of a predicted hazard ratio are tabulated."""


class Sides(NamedTuple):
    """Patients of n arms: of the arm (and of each component arm), of its control, of all; money of component arms."""

    n1: Floats
    n0: Floats
    total: Floats
    price: Floats
    """(n,) for one patient in each component arm."""


class SetTrial:
    """What the trial asks of an arm that serves the subgroups of `mask`, and what it takes of the resources.

    Without a power an arm takes no patients and no money, and any arm can be run.
    """

    def __init__(self, plan: Plan, mask: int) -> None:
        i = plan.instance
        self._plan, self._mask = plan, mask
        member = np.array([[float(mask >> g & 1) for g in range(len(i.subgroups))]])
        served = member[0] > 0
        none: list[Floats | None] = [None] * len(plan.tables.epochs)
        self._sizes: Sizes | None = None
        self.measures: Sequence[Measure] = ()
        if i.trial.sized:
            fractions = set_fractions(i, member)[0]
            groups = np.flatnonzero(served & (fractions > 0))
            self._fractions, self._cost = fractions[groups], plan.control_cost[groups]
            self._sizes = Sizes(plan, self._fractions, groups.tolist(), np.asarray(i.accrual[served].sum()))
            self.measures = (
                *self._shortfalls(fractions, groups.tolist()),
                Measure(none, [t.cost for t in plan.tables.epochs]),
            )
        self._effects = len(self.measures) - 1
        self.summed: dict[int, Measure] = {}
        """The measure of each resource that is a sum over epochs, by its place; they are the last `measures`."""
        for k in SUMMED:
            resource = RESOURCES[k]
            if resource.per_regimen is not None and resource.tracked is not None and resource.tracked(plan.tables):
                added = [resource.per_regimen(t)[:, served].sum(axis=1) for t in plan.tables.epochs]
                self.summed[k] = Measure(none, added, float(plan.within.most[k]) + TOLERANCE)
        self.measures = (*self.measures, *self.summed.values())
        self._grid: tuple[Floats, Floats, Floats] | None = None

    def _shortfalls(self, fractions: Floats, groups: list[int]) -> list[Measure]:
        """The mean shortfall, or that of each subgroup."""
        plan, t = self._plan, self._plan.instance.trial.endpoint_epoch
        none: list[Floats | None] = [None] * len(plan.tables.epochs)
        if plan.instance.trial.endpoint == "pfs":
            return [Measure(none, [-(table.theta @ fractions) for table in plan.tables.epochs])]
        weights = [fractions * plan.anchor]
        if self._sizes is not None and self._sizes.by_subgroup:
            weights = [plan.anchor * (np.arange(len(fractions)) == g) for g in groups]
        measures = []
        for weight in weights:
            at = list(none)
            at[t] = weight[plan.tables.subgroup] * plan.start
            measures.append(Measure(at, none))
        return measures

    @property
    def needs_least(self) -> bool:
        """Whether sizes need a root search, so that `from_least` is worth its while."""
        return self._sizes is not None and self._plan.instance.trial.endpoint == "pfs" and self._sizes.target is None

    @property
    def alike(self) -> bool:
        """Whether all arms of the set take the same, so that only the most valuable counts."""
        free = self._sizes is None or (self._sizes.fixed is not None and self._plan.instance.trial.budget is None)
        return free and not self.summed and not self.extended

    @property
    def extended(self) -> bool:
        """Whether arms may bring component arms."""
        return self._plan.components is not None

    def from_least(self, shortfall: float) -> None:
        """Prepare for shortfalls from `shortfall` up (no sequence has less): tabulate sizes that need a root search.

        Raises `TooLarge` where patients can rise although the effect does (hazard ratios far below 0.2).
        """
        if self._sizes is None or not self.needs_least or not np.isfinite(shortfall):
            return
        grid = np.linspace(
            shortfall, shortfall + max(1e-6, -float(np.log(self._sizes.effect(np.asarray(shortfall))))), GRID
        )
        n1, n0 = self._sizes.predicted(grid[:, None])
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
        shortfall, price = values[:, : self._effects], values[:, self._effects]
        known = None
        if not exact and self._grid is not None and len(shortfall) > GRID:
            place = np.maximum(np.searchsorted(self._grid[0], shortfall[:, 0], side="right") - 1, 0)
            known = self._grid[1][place], self._grid[2][place]
        n1, n0 = self._sizes(shortfall, known, bound=not exact)
        good = np.isfinite(n1) & np.isfinite(n0)
        n1, n0 = np.where(good, n1, 0.0), np.where(good, n0, 0.0)
        takes[:, PATIENTS] = n1 + n0
        takes[:, MONEY] = n1 * price + control_money(n0, self._fractions, self._cost, bound=not exact)
        budget = self._plan.instance.trial.budget
        if budget is not None:
            good &= takes[:, MONEY] <= budget + TOLERANCE
        return good, takes

    def takes_of(self, values: Floats, paths: Sequence[Path]) -> tuple[Bools, Floats]:
        """The same of whole sequences (n,), component arms and all."""
        good, takes = self.takes(values)
        if self._plan.components is None or self._sizes is None or not good.any():
            return good, takes
        at = np.flatnonzero(good)
        sides = self.sides(values[at], [paths[k] for k in at.tolist()])
        budget = self._plan.instance.trial.budget
        runs = np.isfinite(sides.total) & (sides.total <= self._sizes.most + TOLERANCE)
        n1, n0 = (np.where(runs, n, 0.0) for n in (sides.n1, sides.n0))
        money = n1 * (values[at, self._effects] + sides.price) + control_money(n0, self._fractions, self._cost)
        if budget is not None:
            runs &= money <= budget + TOLERANCE
        good[at] = runs
        takes[at, PATIENTS], takes[at, MONEY] = np.where(runs, sides.total, 0.0), np.where(runs, money, 0.0)
        return good, takes

    def sides(self, values: Floats, paths: Sequence[Path]) -> Sides:
        """Patients of arms of a sized trial with sequences (n,), at values (n, K) of `measures`; inf where none."""
        assert self._sizes is not None
        n1, n0 = self._sizes(values[:, : self._effects])
        if self._plan.components is None:
            return Sides(n1, n0, n1 + n0, np.zeros(len(n1)))
        needs = self._plan.components.needs(self._mask, paths)
        n1, n0 = np.maximum(n1, needs.n1), np.maximum(n0, needs.n0)
        return Sides(n1, n0, n1 * (1 + needs.arms) + n0, needs.price)

    def fixed(self) -> tuple[float, float] | None:
        """Experimental patients and cost of the controls, where a target fixes the size of any arm of the set."""
        if self._sizes is None or self._sizes.fixed is None:
            return None
        n1, n0 = (float(n) for n in self._sizes.fixed)
        if not np.isfinite(n1 + n0):
            return n1, n0
        return n1, float(control_money(np.array([n0]), self._fractions, self._cost)[0])

    @property
    def price(self) -> Measure:
        """The measure of a sequence's money per patient."""
        return self.measures[self._effects]
