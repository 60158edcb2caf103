"""What the trial asks of an arm (model section 7), in the form the sequence search can bound.

An arm's effect is a *shortfall* that must be small: `1 - p1` for response (a weighted residual of one epoch, so a
`Measure` like the loss), `-theta` for progression-free survival (a sum over agents). Patients never fall when the
shortfall rises, and cost rises with patients and with the price of the sequence, so the charge of a prefix at the
lowest shortfall and price it can still reach is a lower bound on the charge of everything that begins with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trialopt.core.instance import TOLERANCE, Bools, Floats
from trialopt.engine.measures import Measure, together
from trialopt.engine.regimens import TooLarge
from trialopt.engine.resources import MONEY, PATIENTS, RESOURCES, SUMMED
from trialopt.engine.sizes import Plan, Sizes, set_weights

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


class PriceOnly:
    """A charge of so much (in value) for each unit of a sequence's price per patient, and nothing else."""

    def __init__(self, plan: Plan, price: float) -> None:
        epochs = plan.tables.epochs
        self.measures: Sequence[Measure] = ()
        self.added = Measure([None] * len(epochs), [price * t.cost for t in epochs])

    def __call__(self, values: Floats, *, exact: bool = False) -> Floats:
        """(n,) nothing beside `added`."""
        return np.zeros(len(values))
