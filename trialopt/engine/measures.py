"""Linear measures of a sequence, and the regimens of a subgroup set over which they are bounded.

A `Measure` is what is minimised, or must stay below a limit. `PossibleRegimens` is the sequence problem of one set:
the regimens that can still matter, their numbers, and lower bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Floats, Ints
from trialopt.engine.skyline import Prefixes
from trialopt.engine.tables import EpochTable, Tables


@dataclass(frozen=True)
class Measure:
    """A sum over epochs of `state @ (weight[s] * survive[r]) + add[s][r]`; `None` where a part is absent."""

    weight: Sequence[Floats | None]
    """Per epoch (J,) over all columns."""
    add: Sequence[Floats | None]
    """Per epoch (R,) over all regimens of the epoch."""
    most: float = np.inf

    def times(self, factor: float) -> Measure:
        """Its sum over epochs times a factor, with no limit. Only for a measure without weights."""
        return Measure(self.weight, [None if a is None else factor * a for a in self.add])


class Charge(Protocol):
    """What a sequence costs beside its loss: a function of some measures that never falls when one of them rises."""

    @property
    def measures(self) -> Sequence[Measure]:
        """The measures it looks at."""

    @property
    def added(self) -> Measure | None:
        """A part of it that is a measure itself: it is added to the loss as it is."""

    @property
    def extended(self) -> bool:
        """Whether a sequence may cost more than its measures say; `beyond` tells then."""

    def beyond(self, values: Floats, path: tuple[int, ...]) -> float:
        """What a sequence costs beyond the exact charge of its values (1, K); inf where it cannot be paid."""

    def __call__(self, values: Floats, *, exact: bool = False) -> Floats:
        """(n,) charge of (n, K) values of the measures, inf where they cannot be paid; a lower bound unless `exact`."""


def members(mask: int) -> list[int]:
    """Subgroups of a set."""
    return [g for g in range(mask.bit_length()) if mask >> g & 1]


def nothing(tables: Tables) -> Measure:
    """The measure that is 0 for every sequence."""
    return Measure([None] * len(tables.epochs), [None] * len(tables.epochs))


def together(first: Measure, second: Measure) -> Measure:
    """Sum of two measures, of which the second has no weights."""
    add = [a if b is None else b if a is None else a + b for a, b in zip(first.add, second.add, strict=True)]
    return Measure(first.weight, add)


def objective(tables: Tables, mask: int) -> Measure:
    """What is lost of the value of serving a set, burden included."""
    served = members(mask)
    return Measure(
        [t.weight for t in tables.epochs],
        [t.burden[:, served].sum(axis=1) if t.burdened else None for t in tables.epochs],
    )


def built_in(tables: Tables, mask: int) -> list[Measure]:
    """Cumulative toxicity and no_harm of each subgroup served."""
    served = members(mask)
    epochs = len(tables.epochs)
    measures = [
        Measure([None] * epochs, [t.cumulative[:, c] for t in tables.epochs], tables.cumulative_room[c] + 1e-12)
        for c, g in enumerate(tables.cumulative_subgroup)
        if g in served
    ]
    if tables.harm_weight is not None and tables.harm_most is not None:
        for g in served:
            mine = (tables.subgroup == g).astype(float)
            measures.append(
                Measure(list(tables.harm_weight * mine), [None] * epochs, float(tables.harm_most[g]) + 1e-12)
            )
    return measures


SPREAD = 1.5
"""Columns are taken as one piece where it is no longer than so many times those with a weight."""

BLOCK_CELLS = 4_000_000
"""Numbers in one block of prefixes times regimens."""


@dataclass(frozen=True)
class Product:
    """`weight` (k,) and `survive` of the regimens (R, k), over the columns `at` of the set: all with a weight.

    Where these stand together the regimens' numbers are a view of those of the set: with many truths they are large.
    """

    at: NDArray[np.intp] | slice
    weight: Floats
    survive: Floats

    def every(self, state: Floats) -> Floats:
        """(n, R) `state @ (weight * survive)`, for each of n states."""
        return np.asarray((state[:, self.at] * self.weight) @ self.survive.T)

    def one(self, state: Floats, regimen: NDArray[np.intp]) -> Floats:
        """(n,) the same of one regimen each."""
        return np.asarray(np.einsum("nj,nj->n", state[:, self.at] * self.weight, self.survive[regimen]))


class PossibleRegimens:
    """Arrays of the regimens that an arm serving `mask` may give and that a loss below `cutoff` leaves possible.

    The first of `measures` is the objective. A regimen is left out when its own loss, with nothing emerged and carry
    at its strongest, plus the least loss of every other epoch, reaches the cutoff.
    """

    def __init__(self, tables: Tables, mask: int, measures: Sequence[Measure], cutoff: float) -> None:
        self.columns = _columns(tables, mask, measures)
        self.rows = _possible_rows(tables, mask, measures[0], cutoff)
        self.most = np.array([m.most for m in measures])
        self.multiplier = tables.multiplier[:, self.columns]
        pairs = list(zip(tables.epochs, self.rows, strict=True))
        self.bits = [t.bits.pick(rows) for t, rows in pairs]
        self.agents = [(t.regimens.options[rows] >= 0).sum(axis=1) for t, rows in pairs]
        survive = [t.survive[rows].take(self.columns, axis=1) for t, rows in pairs]
        self.left: list[Floats] | None = None
        if tables.carry > 0:
            self.left = [s if tables.carry == 1 else s**tables.carry for s in survive]
        self.product = [
            [None if w is None else _product(survive[s], w[self.columns]) for s, w in enumerate(m.weight)]
            for m in measures
        ]
        self.add = [[None if a is None else a[self.rows[s]] for s, a in enumerate(m.add)] for m in measures]
        self._lowest: dict[tuple[int, int, int], float] = {}

    @property
    def empty(self) -> bool:
        """Whether some epoch has no regimen left."""
        return not all(len(rows) for rows in self.rows)

    @cached_property
    def strongest(self) -> list[Floats]:
        """By epoch (j,) the least share of the disease that any regimen carries over. Needs `left`."""
        return [left.min(axis=0) for left in self.left or ()]

    @cached_property
    def least_added(self) -> list[list[float]]:
        """By measure and epoch, the least that the part of a measure without weights adds."""
        return [[0.0 if a is None else float(a.min()) for a in add] for add in self.add]

    @cached_property
    def weighted(self) -> list[bool]:
        """By measure, whether it looks at what is left of the disease, and not at the regimens alone."""
        return [any(product is not None for product in products) for products in self.product]

    def values(self, k: int, epoch: int, state: Floats) -> Floats:
        """(n, R) what each regimen of an epoch adds to measure k, for each of n states."""
        product, add = self.product[k][epoch], self.add[k][epoch]
        values = np.zeros((len(state), len(self.rows[epoch]))) if product is None else product.every(state)
        return values if add is None else values + add

    def value(self, k: int, epoch: int, state: Floats, regimen: NDArray[np.intp]) -> Floats:
        """(n,) what one regimen each adds to measure k."""
        product, add = self.product[k][epoch], self.add[k][epoch]
        values = np.zeros(len(state))
        if product is not None:
            values += product.one(state, regimen)
        if add is not None:
            values += add[regimen]
        return values

    def at_once(self, epoch: int) -> int:
        """Prefixes whose products with the regimens of an epoch are computed at once: bounds memory."""
        return max(1, BLOCK_CELLS // max(1, len(self.rows[epoch])))

    def emerged(self, emerge: Ints) -> Floats:
        """(n, J) factor on prevalence once the agents of the bits were given."""
        different, place = np.unique(emerge, return_inverse=True)
        bits = (different[:, None] >> np.arange(len(self.multiplier))) & 1
        return np.asarray(np.exp(bits.astype(float) @ self.multiplier)[place.ravel()])

    def rest(self, k: int, level: int, prefixes: Prefixes, through: int | None = None) -> Floats:
        """(n,) lower bound on what epochs from `level` on add to measure k.

        `through` names an epoch before `level` that is still open: its carry is taken at its strongest.
        """
        total = np.zeros(len(prefixes))
        factor = None if through is None or self.left is None else self.strongest[through]
        for t in range(level, len(self.rows)):
            if self.product[k][t] is None:
                total += self.least_added[k][t]
            elif self.left is None:
                total += self._lowest_by_bits(k, t, prefixes)
            else:
                total += self._lowest_of(k, t, prefixes.state if factor is None else prefixes.state * factor)
            if self.left is not None and any(product is not None for product in self.product[k][t + 1 :]):
                factor = self.strongest[t] if factor is None else factor * self.strongest[t]
        return total

    def _lowest_of(self, k: int, epoch: int, state: Floats) -> Floats:
        step = self.at_once(epoch)
        return (
            np.concatenate(
                [self.values(k, epoch, state[begin : begin + step]).min(axis=1) for begin in range(0, len(state), step)]
            )
            if len(state)
            else np.empty(0)
        )

    def _lowest_by_bits(self, k: int, epoch: int, prefixes: Prefixes) -> Floats:
        """Without carry the state follows from the emergence bits: compute each once and remember it."""
        emerge, index = np.unique(prefixes.emerge, return_inverse=True)
        new = [n for n, bits in enumerate(emerge.tolist()) if (k, epoch, bits) not in self._lowest]
        if new:
            values = self._lowest_of(k, epoch, self.emerged(emerge[new]))
            for n, value in zip(new, values.tolist(), strict=True):
                self._lowest[k, epoch, int(emerge[n])] = value
        return np.array([self._lowest[k, epoch, bits] for bits in emerge.tolist()])[index.ravel()]


def _columns(tables: Tables, mask: int, measures: Sequence[Measure]) -> NDArray[np.intp]:
    """Columns of the set that some measure counts: with carry, of many truths only those with a weight."""
    counted = np.zeros(len(tables.subgroup), dtype=bool)
    for weight in (w for m in measures for w in m.weight if w is not None):
        counted |= weight != 0
    return np.flatnonzero(counted & ((mask >> tables.subgroup) & 1 == 1))


def _product(survive: Floats, weight: Floats) -> Product:
    used = np.flatnonzero(weight)
    at: NDArray[np.intp] | slice = used
    if not len(used) or used[-1] - used[0] < SPREAD * len(used):
        at = slice(used[0], used[-1] + 1) if len(used) else slice(0, 0)
    return Product(at, weight[at], survive[:, at])


def _possible_rows(tables: Tables, mask: int, objective: Measure, cutoff: float) -> list[NDArray[np.intp]]:
    allowed = [(t.regimens.mask & mask) == mask for t in tables.epochs]
    if not np.isfinite(cutoff) or not all(a.any() for a in allowed):
        return [np.flatnonzero(a) for a in allowed]
    member = ((mask >> np.arange(len(tables.constant))) & 1).astype(float)
    factor = np.ones(len(tables.subgroup))
    lower = []
    for s, table in enumerate(tables.epochs):
        total = np.zeros(len(table))
        if objective.weight[s] is not None:
            total += table.alone @ (member * np.where(member > 0, _least_by_subgroup(tables, factor), 0.0))
        add = objective.add[s]
        if add is not None:
            total += add
        lower.append(total)
        if tables.carry > 0:
            factor = factor * _strongest(table, tables.carry)
    least = [float(total[a].min()) for total, a in zip(lower, allowed, strict=True)]
    rest = sum(least)
    return [
        np.flatnonzero(a & (total + (rest - own) < cutoff)) for total, a, own in zip(lower, allowed, least, strict=True)
    ]


def _strongest(table: EpochTable, carry: float) -> Floats:
    """(J,) least share of the disease that any regimen of the epoch carries over."""
    return np.asarray(table.survive_least**carry)


def _least_by_subgroup(tables: Tables, factor: Floats) -> Floats:
    """(G,) smallest factor among the columns of each subgroup."""
    least = np.full(len(tables.constant), np.inf)
    np.minimum.at(least, tables.subgroup, factor)
    return least
