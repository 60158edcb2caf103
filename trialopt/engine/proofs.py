"""What is proven of the columns of each set, at which prices, and what that says at other prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.engine.incumbent import Path
from trialopt.engine.master import Resources
from trialopt.engine.measures import members
from trialopt.engine.pricing import Prices
from trialopt.engine.sequences import SequenceSearch
from trialopt.engine.sets import SetBounds
from trialopt.engine.shared import Shared
from trialopt.engine.trial import Plan, PriceOnly, SetTrial, set_weights, sizes_of_sets
from trialopt.instance import Floats, Ints

FEW_SETS = 16
"""Sets of one size that are better searched one by one than bounded together."""


@dataclass(frozen=True)
class Proof:
    """At these prices no column of the set has `value - prices` above `most`."""

    patient: float
    money: float
    most: float


@dataclass(frozen=True)
class PricedSets:
    """At this price of money, and patients for nothing, no column of a set has `value - price` above `most` (2**G,)."""

    money: float
    most: Floats


class SetProofs:
    """Upper bounds on what a column of each set can be worth at given prices, from everything proven so far."""

    def __init__(self, shared: Shared, plan: Plan, within: Resources) -> None:
        self._shared, self._plan, self._within = shared, plan, within
        self._member = shared.unsized.member
        self._proofs: dict[int, list[Proof]] = {}
        self._priced: list[PricedSets] = []
        self._least_takes()

    def possible(self, mask: int) -> bool:
        """Whether an arm may serve the set at all, as far as is known."""
        return bool(np.isfinite(self.least_patients[mask]))

    def record(self, mask: int, proof: Proof) -> None:
        """Remember what a search proved of a set."""
        self._proofs.setdefault(mask, []).append(proof)

    def _least_takes(self) -> None:
        """Least shortfall and price per subgroup, hence least patients and money of every set."""
        shortfall, price_ = np.zeros(len(self._shared.tables.constant)), np.zeros(len(self._shared.tables.constant))
        for g in range(len(self._shared.tables.constant)):
            search = SequenceSearch(self._shared.tables, 1 << g, charge=SetTrial(self._plan, 1 << g).at(0.0, 0.0))
            shortfall[g], price_[g] = search.least(0), search.least(1)
        member = self._member.astype(float)
        finite = np.where(np.isfinite(shortfall), shortfall, 1e6)
        least = set_weights(self._plan.instance, member[1:]) @ finite
        self.least_patients = np.full(len(member), np.inf)
        self.least_money = np.full(len(member), np.inf)
        n1, n0 = sizes_of_sets(self._plan, member[1:])(least)
        good = np.isfinite(n1) & np.isfinite(self._shared.unsized.upper[1:])
        n1, n0 = np.where(good, n1, 0.0), np.where(good, n0, 0.0)
        self._least_n1, self._least_n0 = np.append(0.0, n1), np.append(0.0, n0)
        dearest = np.where(self._member[1:], np.where(np.isfinite(price_), price_, 0.0), 0.0).max(axis=1)
        money = n1 * dearest + n0 * self._plan.control_cost
        good &= money <= self._within.money * (1 + 1e-12)
        self.least_patients[1:] = np.where(good, n1 + n0, np.inf)
        self.least_money[1:] = np.where(good, money, np.inf)

    def _upper(self, prices: Prices) -> Floats:
        """(2**G,) upper bound on `value - prices` over the columns of each set."""
        impossible = ~np.isfinite(self.least_patients)
        patients = np.where(impossible, 0.0, self.least_patients)
        money = np.where(impossible, 0.0, self.least_money)
        upper = self._shared.unsized.upper - prices.patient * patients - prices.money * money
        for by_size in self._priced:
            moved = by_size.most - prices.patient * patients
            change = by_size.money - prices.money
            upper = np.minimum(upper, moved + change * (self._within.money if change > 0 else money))
        for mask, proofs in self._proofs.items():
            for proof in proofs:
                most = proof.most + _moved(proof.patient - prices.patient, patients[mask], self._within.patients)
                most += _moved(proof.money - prices.money, money[mask], self._within.money)
                upper[mask] = min(upper[mask], most)
        upper[impossible] = -np.inf
        upper[0] = -np.inf
        return np.asarray(upper)

    def reduced(self, prices: Prices) -> Floats:
        """(2**G,) upper bound on the reduced cost of the columns of each set."""
        return np.asarray(self._upper(prices) - self._member @ prices.subgroup - prices.arm)

    def worth_pricing(self, prices: Prices) -> bool:
        """Whether the price of money has moved since all sets were last bounded at a price."""
        return prices.money > 0 and not any(abs(p.money / prices.money - 1) < 0.02 for p in self._priced)

    def price_sets(self, money: float, hot: Ints) -> None:
        """Bound all sets at a price of money, from searches of single subgroups and pairs.

        An arm of k subgroups has at least n experimental patients, so its sequence costs at least `n * money` times
        its price, which is split evenly over the subgroups; with that share in the value of each, what an arm is
        worth is again at most what its parts are worth (see `sets`).
        """
        shared = self._shared
        size = self._member.sum(axis=1)
        most = shared.unsized.upper - money * self._least_n0 * self._plan.control_cost
        for k, count in zip(*np.unique(size[hot], return_counts=True), strict=True):
            if count < FEW_SETS:
                continue
            possible = (size == k) & np.isfinite(self.least_patients)
            share = money * float(self._least_n1[possible].min()) / k
            bounds = SetBounds(shared.tables.constant)
            for mask in np.flatnonzero(size == 1).tolist() + (np.flatnonzero(size == 2).tolist() if k > 1 else []):
                charge = PriceOnly(self._plan, share * mask.bit_count())
                found = SequenceSearch(shared.tables, mask, charge=charge, stop=shared.stop).run(
                    incumbent=self._cheap_sequence(mask, charge), tolerance=1e-6
                )
                shared.searched += 1
                bounds.settle(mask, shared.constant(mask) - found.lower)
                if found.path is not None:
                    shared.pool.add(found.path)
            bounds.propagate()
            of_size = bounds.upper - money * self._least_n0 * self._plan.control_cost
            most = np.where(size == k, np.minimum(most, of_size), most)
        self._priced.append(PricedSets(money, most))

    def _cheap_sequence(self, mask: int, charge: PriceOnly) -> tuple[float, Path] | None:
        """The known sequence with the least loss, its price included."""
        pool = self._shared.pool
        values = pool.values[:, members(mask)].sum(axis=1)
        rows = np.flatnonzero(np.isfinite(values))
        if not len(rows):
            return None
        loss = self._shared.constant(mask) - values[rows] + pool.measure(charge.added, rows)
        best = int(loss.argmin())
        return float(loss[best]), pool.paths[int(rows[best])]


def _moved(change: float, least: float, most: float) -> float:
    """Most that a change of price can add over takes between `least` and `most`."""
    if change == 0:
        return 0.0
    return change * (most if change > 0 else least)
