"""Every sequence that a run has met, with its exact value in every subgroup: good designs come early from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Floats, Ints
from trialopt.engine.found import Path
from trialopt.engine.measures import Measure, members
from trialopt.engine.splits import best_splits, split
from trialopt.engine.tables import Tables

UNSERVED = -1e6
"""Stands for -inf where sums of values are compared, in units of the largest value (at least 1) of either sign."""


def left_by(tables: Tables, paths: Ints, columns: Ints) -> Iterator[Floats]:
    """(n, j) what each epoch of sequences (n, S) leaves of the prevalence of some columns, epoch by epoch."""
    carried, emerge = np.ones((len(paths), len(columns))), np.zeros(len(paths), dtype=np.int64)
    multiplier = tables.multiplier[:, columns]
    for s, table in enumerate(tables.epochs):
        rows = paths[:, s]
        survive = table.survive[rows][:, columns]
        different, place = np.unique(emerge, return_inverse=True)
        on = (different[:, None] >> np.arange(len(multiplier))) & 1
        yield np.exp(on.astype(float) @ multiplier)[place.ravel()] * carried * survive
        emerge = emerge | table.bits.emerge[rows]
        if tables.carry > 0:
            carried = carried * survive**tables.carry


def sequence_values(tables: Tables, paths: Ints) -> Floats:
    """(n, G) exact value of giving sequences (n, S) to each subgroup, `-inf` where a limit or rule forbids it."""
    count, groups = len(paths), len(tables.constant)
    loss, harm = np.zeros((count, groups)), np.zeros((count, groups))
    cumulative = np.zeros((count, len(tables.cumulative_room)))
    counted = np.any([t.weight != 0 for t in tables.epochs], axis=0)
    if tables.harm_weight is not None:
        counted |= tables.harm_weight.any(axis=0)
    columns = np.flatnonzero(counted)
    of_group = (tables.subgroup[columns, None] == np.arange(groups)).astype(float)
    mask = np.full(count, -1)
    once, after, include = (np.zeros(count, dtype=np.int64) for _ in range(3))
    clash = np.zeros(count, dtype=bool)
    for s, (table, left) in enumerate(zip(tables.epochs, left_by(tables, paths, columns), strict=True)):
        rows = paths[:, s]
        bits = table.bits.pick(rows)
        clash |= (once & bits.once | after & bits.blocks) != 0
        loss += left @ (of_group * table.weight[columns, None]) + table.burden[rows]
        if tables.harm_weight is not None:
            harm += left @ (of_group * tables.harm_weight[s, columns, None])
        cumulative += table.cumulative[rows]
        mask &= table.regimens.mask[rows]
        once, after, include = once | bits.once, after | bits.after, include | bits.include
    good = ((mask[:, None] >> np.arange(groups)) & 1).astype(bool) & ~clash[:, None]
    good &= include[:, None] & tables.include == tables.include
    if tables.harm_most is not None:
        good &= harm <= tables.harm_most + 1e-12
    for k, g in enumerate(tables.cumulative_subgroup.tolist()):
        good[:, g] &= cumulative[:, k] <= tables.cumulative_room[k] + 1e-12
    if tables.tests is not None:
        fine = np.flatnonzero(good.any(axis=1))
        good[fine] &= tables.tests.allowed_all(paths[fine])
    return np.where(good, tables.constant - loss, -np.inf)


class Pool:
    """Known sequences and their values (n, G)."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.paths: list[Path] = []
        self._index: dict[Path, int] = {}
        self._values: Floats = np.empty((0, len(tables.constant)))
        self._left: dict[int, Floats] = {}
        """By epoch that a measure weighs: (n, J) what it leaves of each column, of the sequences asked about so far."""
        self._barred: list[tuple[Path, int]] = []

    def add(self, path: Path) -> None:
        """Remember a sequence."""
        self.add_all([path])

    def add_all(self, paths: Sequence[Path]) -> None:
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
            self._values = _grown(self._values, max(64, 2 * len(self.paths)))
        self._values[known : len(self.paths)] = sequence_values(self._tables, np.array(fresh))

    def _left_by(self, epoch: int) -> Floats:
        """(n, J) what an epoch of each known sequence leaves of the prevalence of each column."""
        known = self._left.get(epoch, np.empty((0, len(self._tables.subgroup))))
        if len(known) < len(self.paths):
            columns = np.arange(len(self._tables.subgroup))
            each = left_by(self._tables, np.array(self.paths[len(known) :]), columns)
            known = np.concatenate([known, next(islice(each, epoch, None))])
            self._left[epoch] = known
        return known

    @property
    def values(self) -> Floats:
        """(n, G) value of each known sequence in each subgroup, `-inf` where it may not be given."""
        return self._values[: len(self.paths)]

    def index(self, path: Path) -> int:
        """Row of a known sequence. Raises `KeyError`."""
        return self._index[path]

    def measure(self, measure: Measure, rows: NDArray[np.intp]) -> Floats:
        """(n,) value of a measure for known sequences."""
        total = np.zeros(len(rows))
        if not len(rows):
            return total
        for s, (weight, add) in enumerate(zip(measure.weight, measure.add, strict=True)):
            if weight is not None:
                total += self._left_by(s)[rows] @ weight
            if add is not None:
                total += add[[self.paths[row][s] for row in rows.tolist()]]
        return total

    def bar(self, path: Path, mask: int) -> None:
        """A sequence turned out to be forbidden in the subgroups of `mask`."""
        self._barred.append((path, mask))
        self.values[self._index[path], members(mask)] = -np.inf

    def barred(self, mask: int) -> frozenset[Path]:
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
        if not self._tables.allowed.all():
            return self._best_split(arms)
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

    def _best_split(self, arms: int) -> list[tuple[int, int]] | None:
        """The same where an arm may not serve every set; `None` too where there are too many sets to look at."""
        allowed = self._tables.allowed
        if len(self._tables.constant) > MOST_SPLIT or not len(self.values):
            return None
        upper = np.full(len(allowed), -np.inf)
        for mask in np.flatnonzero(allowed)[1:].tolist():
            best = self.best(mask)
            upper[mask] = -np.inf if best is None else best[0]
        splits = best_splits(upper, arms)
        if np.isneginf(splits[-1][-1]):
            return None
        return [(mask, self.best_sequence(mask)) for mask in split(upper, splits, len(allowed) - 1)]


MOST_SPLIT = 10
"""Subgroups up to which every split of them is looked at."""


def _grown(array: Floats, rows: int) -> Floats:
    """The array with room for so many rows."""
    grown = np.empty((rows, *array.shape[1:]))
    grown[: len(array)] = array
    return grown
