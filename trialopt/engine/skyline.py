"""Undominated rows: within groups that share a key, and among prefixes of sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Floats, Ints
from trialopt.engine.regimens import Stopped, never


def rows_by_group(key: Ints, first: NDArray[np.float64] | None = None) -> list[NDArray[np.intp]]:
    """Row indices of each distinct row of `key` (n, k), in ascending order of `first` (n,) where it is given."""
    if not len(key):
        return []
    group = np.zeros(len(key), dtype=np.int64)
    for column in key.T:  # one by one: rows sorted as wholes take ten times as long, and millions of them minutes
        if (column != column[0]).any():
            values, place = np.unique(column, return_inverse=True)
            group = np.unique(group * len(values) + place, return_inverse=True)[1]
    order = np.argsort(group, kind="stable") if first is None else np.lexsort((first, group))
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


CHUNK = 64
ASKED = 16 * CHUNK
"""Rows compared between two looks at whether to stop."""
SLACK = 1e-9
"""Sums of many terms are compared with this much room; the exact comparison follows."""

FLOOR = -1e6
"""Stands for -inf in sums."""


def _beaten(candidates: Floats, summary: Floats, kept: Floats, kept_summary: Floats) -> NDArray[np.bool_]:
    """(n,) candidates that some kept row matches or beats; summaries rule out most comparisons cheaply."""
    result = np.zeros(len(candidates), dtype=bool)
    for begin in range(0, len(kept), CHUNK):
        block = slice(begin, begin + CHUNK)
        alive = np.flatnonzero(~result)
        if not len(alive):
            break
        possible = kept_summary[block, 0][None, :] >= summary[alive, 0][:, None] - SLACK
        row, other = np.nonzero(possible)
        for column in range(1, summary.shape[1]):
            keep = kept_summary[begin + other, column] >= summary[alive[row], column] - SLACK
            row, other = row[keep], other[keep]
        if len(row):
            wins = (kept[block][other] >= candidates[alive[row]]).all(axis=1)
            result[alive[row[wins]]] = True
    return result


def _first_among(rows: Floats) -> NDArray[np.bool_]:
    """(n,) rows that no earlier one matches or beats; being beaten by one that is beaten itself is being beaten."""
    if len(rows) == 1:
        return np.ones(1, dtype=bool)
    beats = (rows[:, None] >= rows[None]).all(axis=2)
    return np.asarray(~np.triu(beats, 1).any(axis=0))


def skyline(
    values: Floats, tie: Ints, groups: Ints | None = None, stop: Callable[[], bool] = never
) -> NDArray[np.intp]:
    """Indices of the rows of `values` (n, C; larger is better) that no other row matches or beats everywhere.

    Of equal rows the one with the smaller `tie` (n,) stays. `groups` (C,) names columns to be added up for a quick
    first comparison. The result is in descending order of the row sum. Raises `Stopped` when asked to stop.
    """
    finite = np.maximum(values, FLOOR)
    if groups is None:
        summary = finite.sum(axis=1, keepdims=True)
    else:
        summary = np.stack([finite[:, groups == g].sum(axis=1) for g in np.unique(groups)], axis=1)
    order = np.lexsort((tie, -finite.sum(axis=1)))
    kept: list[int] = []
    kept_values = np.empty((0, values.shape[1]))
    kept_summary = np.empty((0, summary.shape[1]))
    for begin in range(0, len(order), CHUNK):
        if begin % ASKED == 0 and begin and stop():
            raise Stopped
        chunk = order[begin : begin + CHUNK]
        chunk = chunk[~_beaten(values[chunk], summary[chunk], kept_values, kept_summary)]
        inside = chunk[_first_among(values[chunk])]
        kept.extend(inside.tolist())
        kept_values = np.concatenate([kept_values, values[inside]])
        kept_summary = np.concatenate([kept_summary, summary[inside]])
    return np.array(kept, dtype=np.intp)


@dataclass
class Prefixes:
    """A block of n prefixes: a regimen for each of the first epochs."""

    state: Floats
    """(n, j) what emergence and carry made of each column's prevalence."""
    values: Floats
    """(n, K) measures so far, the loss first."""
    charge: Floats
    """(n,) lower bound on the charge of what begins like this."""
    emerge: Ints
    """(n,) emergence bits, like the three below as in `tables.Bits`."""
    once: Ints
    after: Ints
    include: Ints
    path: NDArray[np.int32]
    """(n, epochs so far) regimen of each epoch."""

    def __len__(self) -> int:
        return len(self.state)

    def pick(self, rows: NDArray[np.intp] | slice) -> Prefixes:
        """The given ones only."""
        return Prefixes(
            self.state[rows],
            self.values[rows],
            self.charge[rows],
            self.emerge[rows],
            self.once[rows],
            self.after[rows],
            self.include[rows],
            self.path[rows],
        )


def join(blocks: list[Prefixes]) -> Prefixes:
    """One block of all."""
    if len(blocks) == 1:
        return blocks[0]
    return Prefixes(
        *(
            np.concatenate([getattr(b, name) for b in blocks])
            for name in ("state", "values", "charge", "emerge", "once", "after", "include", "path")
        )
    )


def undominated(prefixes: Prefixes) -> NDArray[np.intp]:
    """Of prefixes with the same bits, those that no other one matches or beats in every measure."""
    key = np.stack([prefixes.emerge, prefixes.once, prefixes.after, prefixes.include], axis=1)
    groups = rows_by_group(key, prefixes.values[:, 0])
    if prefixes.values.shape[1] == 1:
        return np.array([rows[0] for rows in groups])
    return np.concatenate(
        [
            rows[skyline(-prefixes.values[rows], np.zeros(len(rows), dtype=np.int64))] if len(rows) > 1 else rows
            for rows in groups
        ]
    )
