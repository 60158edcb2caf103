"""What is proven of the columns of each set, at which prices, and what that says at other prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Floats, Ints
from trialopt.core.run import ProofPrices
from trialopt.engine.charges import TrialCharge
from trialopt.engine.found import Path
from trialopt.engine.known_columns import RunState
from trialopt.engine.master import MONEY, PATIENTS, RESOURCES, SharedLimits, nothing_taken
from trialopt.engine.measures import Measure, members
from trialopt.engine.plans import Plan, set_fractions
from trialopt.engine.relaxation import Prices, SetBounds
from trialopt.engine.sequences import SequenceSearch
from trialopt.engine.sizes import SetTrial, control_money, sizes_of_sets

FEW_SETS = 16
"""Sets of one size that are better searched one by one than bounded together."""


@dataclass(frozen=True)
class PricedSets:
    """At this price of money, all else for nothing, no column of a set has `value - price` above `most` (2**G,)."""

    money: float
    most: Floats


class SetProofs:
    """Upper bounds on what a column of each set can be worth at given prices, from everything proven so far.

    `before` are the proofs of the same question with looser limits: what they say still holds.
    """

    def __init__(self, state: RunState, plan: Plan, within: SharedLimits, before: SetProofs | None = None) -> None:
        self._state, self._plan, self._within = state, plan, within
        self._member = state.unsized.member
        self._proofs: list[tuple[float, ...]] = []
        self._priced: list[PricedSets] = []
        self._least_n1 = self._least_control = np.zeros(len(self._member))
        self.least = np.full((len(self._member), len(RESOURCES)), np.inf)
        """(2**G, K) least a column of each set takes of each resource; inf where no column is possible."""
        self.least[1:][np.isfinite(state.unsized.open[1:])] = 0.0
        if plan.instance.trial.sized:
            self._least_takes()
        if before is not None:
            self._proofs = before._proofs
            self._priced = before._priced
            known = np.isfinite(self.least[:, 0])
            self.least[known] = np.maximum(self.least[known], before.least[known])

    def possible(self, mask: int) -> bool:
        """Whether an arm may serve the set at all, as far as is known."""
        return bool(np.isfinite(self.least[mask]).all())

    def record(self, mask: int, prices: Floats, most: float) -> None:
        """Remember that at these prices (K,) of resources no column of the set has `value - prices` above `most`."""
        self._proofs.append((mask, most, *prices.tolist()))

    def _least_takes(self) -> None:
        """Least shortfall and price per subgroup, hence least patients and money of every set."""
        groups = self._member.shape[1]
        shortfall, price_ = np.zeros(groups), np.zeros(groups)
        for g in range(groups):
            charge = TrialCharge(SetTrial(self._plan, 1 << g), nothing_taken())
            search = SequenceSearch(self._state.tables, 1 << g, charge=charge)
            shortfall[g], price_[g] = search.least(0), search.least(1)  # of a single subgroup there is one shortfall
        member = self._member[1:].astype(float)
        finite = np.where(np.isfinite(shortfall), shortfall, 1e6)
        sizes = sizes_of_sets(self._plan, member)
        fractions = set_fractions(self._plan.instance, member)
        n1, n0 = sizes(finite[None, :] if sizes.by_subgroup else (fractions @ finite)[:, None], bound=True)
        good = np.isfinite(n1) & np.isfinite(self._state.unsized.open[1:])
        n1, n0 = np.where(good, n1, 0.0), np.where(good, n0, 0.0)
        control = control_money(n0, fractions, self._plan.control_cost, bound=True)
        self._least_n1, self._least_control = np.append(0.0, n1), np.append(0.0, control)
        dearest = np.where(self._member[1:], np.where(np.isfinite(price_), price_, 0.0), 0.0).max(axis=1)
        money = n1 * dearest + control
        good &= money <= self._within.most[MONEY] * (1 + 1e-12)
        self.least[1:, PATIENTS] = np.where(good, n1 + n0, np.inf)
        self.least[1:, MONEY] = np.where(good, money, np.inf)
        self.least[~np.isfinite(self.least).all(axis=1)] = np.inf

    def _upper(self, prices: Prices) -> Floats:
        """(2**G,) upper bound on `value - prices` over the columns of each set."""
        impossible = ~np.isfinite(self.least).all(axis=1)
        least = np.where(impossible[:, None], 0.0, self.least)
        upper = self._state.unsized.upper - least @ prices.takes
        for by_size in self._priced:
            others = prices.takes.copy()
            others[MONEY] = 0.0
            change = by_size.money - prices.takes[MONEY]
            moved = by_size.most - least @ others + _moved(change, least[:, MONEY], self._within.most[MONEY])
            upper = np.minimum(upper, moved)
        if self._proofs:
            proofs = np.array(self._proofs)
            masks = proofs[:, 0].astype(np.int64)
            moved = _moved(proofs[:, 2:] - prices.takes, least[masks], self._within.most)
            np.minimum.at(upper, masks, proofs[:, 1] + moved.sum(axis=1))
        upper[impossible] = -np.inf
        upper[0] = -np.inf
        return np.asarray(upper)

    def reduced(self, prices: Prices) -> Floats:
        """(2**G,) upper bound on the reduced cost of the columns of each set."""
        return np.asarray(self._upper(prices) - self._member @ prices.subgroup - prices.arm)

    def worth_pricing(self, prices: Prices) -> bool:
        """Whether the price of money has moved since all sets were last bounded at a price."""
        money = float(prices.takes[MONEY])
        return money > 0 and not any(abs(p.money / money - 1) < 0.02 for p in self._priced)

    def price_sets(self, money: float, hot: Ints) -> None:
        """Bound all sets at a price of money, from searches of single subgroups and pairs.

        An arm of k subgroups has at least n experimental patients, so its sequence costs at least `n * money` times
        its price, which is split evenly over the subgroups; with that share in the value of each, what an arm is
        worth is again at most what its parts are worth (see `SetBounds`).
        """
        state = self._state
        size = self._member.sum(axis=1)
        most = state.unsized.upper - money * self._least_control
        for k, count in zip(*np.unique(size[hot], return_counts=True), strict=True):
            if count < FEW_SETS:
                continue
            possible = (size == k) & np.isfinite(self.least[:, PATIENTS])
            share = money * float(self._least_n1[possible].min()) / k
            bounds = SetBounds(state.tables.constant)
            for mask in np.flatnonzero(size == 1).tolist() + (np.flatnonzero(size == 2).tolist() if k > 1 else []):
                charge = PriceOnly(self._plan, share * mask.bit_count())
                found = SequenceSearch(state.tables, mask, charge=charge, stop=state.stop).run(
                    incumbent=self._cheap_sequence(mask, charge), tolerance=1e-6
                )
                state.searched += 1
                bounds.settle(mask, state.constant(mask) - found.lower)
                if found.path is not None:
                    state.pool.add(found.path)
            bounds.propagate()
            of_size = bounds.upper - money * self._least_control
            most = np.where(size == k, np.minimum(most, of_size), most)
        self._priced.append(PricedSets(money, most))

    def _cheap_sequence(self, mask: int, charge: PriceOnly) -> tuple[float, Path] | None:
        """The known sequence with the least loss, its price included."""
        pool = self._state.pool
        values = pool.values[:, members(mask)].sum(axis=1)
        rows = np.flatnonzero(np.isfinite(values))
        if not len(rows):
            return None
        loss = self._state.constant(mask) - values[rows] + pool.measure(charge.added, rows)
        best = int(loss.argmin())
        return float(loss[best]), pool.paths[int(rows[best])]


class TightestPrices:
    """The prices of the tightest bound that one master proved, by name, for whoever checks it."""

    def __init__(self, subgroups: tuple[str, ...], within: SharedLimits) -> None:
        self._subgroups, self._within, self._bound = subgroups, within, np.inf
        self.named: ProofPrices | None = None

    def offer(self, prices: Prices, bound: float) -> None:
        """Keep prices that prove less than those kept."""
        if bound >= self._bound:
            return
        self._bound, within = bound, self._within
        arm = prices.arm if within.exactly else max(0.0, prices.arm)
        subgroup = dict(zip(self._subgroups, prices.subgroup.tolist(), strict=True))
        takes = {r.name: price for r, price in zip(RESOURCES, prices.takes.tolist(), strict=True) if price}
        self.named = ProofPrices(within.arms, within.exactly, subgroup, arm, takes)


class PriceOnly:
    """A charge of so much (in value) for each unit of a sequence's price per patient, and nothing else."""

    def __init__(self, plan: Plan, price: float) -> None:
        epochs = plan.tables.epochs
        self.measures: Sequence[Measure] = ()
        self.extended = False
        self.added = Measure([None] * len(epochs), [price * t.cost for t in epochs])

    def beyond(self, values: Floats, path: Path) -> float:
        """Nothing."""
        return 0.0

    def __call__(self, values: Floats, *, exact: bool = False) -> Floats:
        """(n,) nothing beside `added`."""
        return np.zeros(len(values))


def _moved(change: Floats | float, least: Floats, most: Floats | float) -> Floats:
    """Most that changes of prices can add over takes between `least` and `most`."""
    change = np.asarray(change)
    with np.errstate(invalid="ignore"):  # no change of price times no limit
        return np.where(change > 0, change * most, change * least)
