"""Sequences found so far, with their exact value in every subgroup: where good designs come from early."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trialopt.engine.measures import Measure, members
from trialopt.engine.tables import Tables
from trialopt.instance import Floats

UNSERVED = -1e6
"""Stands for -inf where sums of values are compared, in units of the largest value (at least 1) of either sign."""


def sequence_values(tables: Tables, path: tuple[int, ...]) -> tuple[Floats, Floats]:
    """(G,) exact value of giving one sequence to each subgroup, `-inf` where a limit or rule forbids it.

    Second, (S, J): what each epoch leaves of the prevalence of each column.
    """
    left = np.empty((len(path), len(tables.subgroup)))
    groups = len(tables.constant)
    loss = np.zeros(groups)
    harm = np.zeros(groups)
    cumulative = np.zeros(len(tables.cumulative_room))
    mask = -1
    emerge = once = after = include = 0
    carried = np.ones(len(tables.subgroup))
    clash = False
    for s, (table, row) in enumerate(zip(tables.epochs, path, strict=True)):
        bits = table.bits
        clash = clash or bool(once & bits.once[row] or after & bits.blocks[row])
        on = (emerge >> np.arange(len(tables.multiplier))) & 1
        factor = np.exp(on.astype(float) @ tables.multiplier) * carried * table.survive[row]
        left[s] = factor
        loss += np.bincount(tables.subgroup, table.weight * factor, groups) + table.burden[row]
        if tables.harm_weight is not None:
            harm += np.bincount(tables.subgroup, tables.harm_weight[s] * factor, groups)
        cumulative += table.cumulative[row]
        mask &= int(table.regimens.mask[row])
        emerge |= int(bits.emerge[row])
        once |= int(bits.once[row])
        after |= int(bits.after[row])
        include |= int(bits.include[row])
        carried = carried * table.survive[row] ** tables.carry
    good = ((mask >> np.arange(groups)) & 1).astype(bool) & (not clash)
    good &= (include & tables.include) == tables.include
    if tables.harm_most is not None:
        good &= harm <= tables.harm_most + 1e-12
    broken = tables.cumulative_subgroup[cumulative > tables.cumulative_room + 1e-12]
    good[broken] = False
    return np.where(good, tables.constant - loss, -np.inf), left


class Pool:
    """Known sequences and their values (n, G)."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.paths: list[tuple[int, ...]] = []
        self._index: dict[tuple[int, ...], int] = {}
        self._room: Floats = np.empty((0, len(tables.constant)))
        self._left: list[Floats] = []
        self._barred: list[tuple[tuple[int, ...], int]] = []

    def add(self, path: tuple[int, ...]) -> None:
        """Remember a sequence."""
        if path not in self._index:
            self._index[path] = len(self.paths)
            self.paths.append(path)
            values, left = sequence_values(self._tables, path)
            if len(self._left) == len(self._room):
                self._room = np.concatenate([self._room, np.empty_like(self._room), np.empty((64, len(values)))])
            self._room[len(self._left)] = values
            self._left.append(left)

    @property
    def values(self) -> Floats:
        """(n, G) value of each known sequence in each subgroup, `-inf` where it may not be given."""
        return self._room[: len(self._left)]

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
                total += np.array([self._left[row][s] for row in rows.tolist()]) @ weight
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
