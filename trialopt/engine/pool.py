"""Sequences found so far, with their exact value in every subgroup: where good designs come from early."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Floats, Ints
from trialopt.engine.measures import Measure, members
from trialopt.engine.tables import Tables

UNSERVED = -1e6
"""Stands for -inf where sums of values are compared, in units of the largest value (at least 1) of either sign."""


def sequence_values(tables: Tables, paths: Ints) -> tuple[Floats, Floats]:
    """(n, G) exact value of giving sequences (n, S) to each subgroup, `-inf` where a limit or rule forbids it.

    Second, (n, S, J): what each epoch leaves of the prevalence of each column.
    """
    count, groups = len(paths), len(tables.constant)
    left = np.empty((count, len(tables.epochs), len(tables.subgroup)))
    loss, harm = np.zeros((count, groups)), np.zeros((count, groups))
    cumulative = np.zeros((count, len(tables.cumulative_room)))
    of_group = (tables.subgroup[:, None] == np.arange(groups)).astype(float)
    mask = np.full(count, -1)
    emerge, once, after, include = (np.zeros(count, dtype=np.int64) for _ in range(4))
    clash = np.zeros(count, dtype=bool)
    carried = np.ones((count, len(tables.subgroup)))
    for s, table in enumerate(tables.epochs):
        rows = paths[:, s]
        bits = table.bits.pick(rows)
        clash |= (once & bits.once | after & bits.blocks) != 0
        on = (emerge[:, None] >> np.arange(len(tables.multiplier))) & 1
        survive = table.survive[rows]
        left[:, s] = np.exp(on.astype(float) @ tables.multiplier) * carried * survive
        loss += (left[:, s] * table.weight) @ of_group + table.burden[rows]
        if tables.harm_weight is not None:
            harm += (left[:, s] * tables.harm_weight[s]) @ of_group
        cumulative += table.cumulative[rows]
        mask &= table.regimens.mask[rows]
        emerge, once, after = emerge | bits.emerge, once | bits.once, after | bits.after
        include = include | bits.include
        if tables.carry > 0:
            carried = carried * survive**tables.carry
    good = ((mask[:, None] >> np.arange(groups)) & 1).astype(bool) & ~clash[:, None]
    good &= include[:, None] & tables.include == tables.include
    if tables.harm_most is not None:
        good &= harm <= tables.harm_most + 1e-12
    for k, g in enumerate(tables.cumulative_subgroup.tolist()):
        good[:, g] &= cumulative[:, k] <= tables.cumulative_room[k] + 1e-12
    return np.where(good, tables.constant - loss, -np.inf), left


class Pool:
    """Known sequences and their values (n, G)."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.paths: list[tuple[int, ...]] = []
        self._index: dict[tuple[int, ...], int] = {}
        self._values: Floats = np.empty((0, len(tables.constant)))
        self._left: Floats = np.empty((0, len(tables.epochs), len(tables.subgroup)))
        self._barred: list[tuple[tuple[int, ...], int]] = []

    def add(self, path: tuple[int, ...]) -> None:
        """Remember a sequence."""
        self.add_all([path])

    def add_all(self, paths: Sequence[tuple[int, ...]]) -> None:
        """Remember sequences."""
        known = len(self.paths)
        for path in paths:
            if path not in self._index:
                self._index[path] = len(self.paths)
                self.paths.append(path)
        fresh = self.paths[known:]
        if not fresh:
            return
        if len(self.paths) > len(self._values):
            room = max(64, 2 * len(self.paths))
            self._values, self._left = _grown(self._values, room), _grown(self._left, room)
        rows = slice(known, len(self.paths))
        self._values[rows], self._left[rows] = sequence_values(self._tables, np.array(fresh))

    @property
    def values(self) -> Floats:
        """(n, G) value of each known sequence in each subgroup, `-inf` where it may not be given."""
        return self._values[: len(self.paths)]

    def index(self, path: tuple[int, ...]) -> int:
        """Row of a known sequence. Raises `KeyError`."""
        return self._index[path]

    def measure(self, measure: Measure, rows: NDArray[np.intp]) -> Floats:
        """(n,) value of a measure for known sequences."""
        total = np.zeros(len(rows))
        if not len(rows):
            return total
        for s, (weight, add) in enumerate(zip(measure.weight, measure.add, strict=True)):
            if weight is not None:
                total += self._left[rows, s] @ weight
            if add is not None:
                total += add[[self.paths[row][s] for row in rows.tolist()]]
        return total

    def bar(self, path: tuple[int, ...], mask: int) -> None:
        """A sequence turned out to be forbidden in the subgroups of `mask`."""
        self._barred.append((path, mask))
        self.values[self._index[path], members(mask)] = -np.inf

    def barred(self, mask: int) -> frozenset[tuple[int, ...]]:
        """Sequences no arm serving the set may give."""
        return frozenset(path for path, where in self._barred if where & mask)

    def value(self, mask: int, sequence: int) -> float:
        """Value of serving the set with a known sequence."""
        return float(self.values[sequence, members(mask)].sum())

    def best_sequence(self, mask: int) -> int:
        """The known sequence that is worth most in the set. Raises `KeyError` when none may serve it."""
        best = self.best(mask)
        if best is None:
            raise KeyError(mask)
        return best[1]

    def best(self, mask: int) -> tuple[float, int] | None:
        """Largest value of serving the set with one known sequence, and which."""
        if not len(self.values):
            return None
        total = self.values[:, members(mask)].sum(axis=1)
        row = int(total.argmax())
        return None if np.isneginf(total[row]) else (float(total[row]), row)

    def best_design(self, arms: int) -> list[tuple[int, int]] | None:
        """Best choice of at most `arms` known sequences, each subgroup given the best of them: greedy, then swaps.

        Returns the (set, sequence) of each arm, or `None` when some subgroup is left without.
        """
        finite = np.abs(self.values[np.isfinite(self.values)])
        unserved = UNSERVED * max(1.0, float(finite.max(initial=0.0)))
        values = np.maximum(self.values, unserved)
        if not len(values):
            return None
        chosen: list[int] = []
        top = np.full(values.shape[1], unserved)
        for _ in range(arms):
            gains = np.maximum(values, top).sum(axis=1)
            chosen.append(int(gains.argmax()))
            top = np.maximum(top, values[chosen[-1]])
        improved = True
        while improved:
            improved = False
            for place in range(len(chosen)):
                others = [c for n, c in enumerate(chosen) if n != place]
                rest = values[others].max(axis=0, initial=unserved)
                totals = np.maximum(values, rest).sum(axis=1)
                best = int(totals.argmax())
                if totals[best] > np.maximum(values[chosen[place]], rest).sum() + 1e-12:
                    chosen[place], improved = best, True
        assigned = np.array(chosen)[values[chosen].argmax(axis=0)]
        total = float(values[assigned, np.arange(values.shape[1])].sum())
        if total <= unserved / 2:
            return None
        return [
            (int(sum(1 << g for g in np.flatnonzero(assigned == sequence).tolist())), int(sequence))
            for sequence in np.unique(assigned)
        ]


def _grown(array: Floats, rows: int) -> Floats:
    """The array with room for so many rows."""
    grown = np.empty((rows, *array.shape[1:]))
    grown[: len(array)] = array
    return grown
