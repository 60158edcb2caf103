"""The best split of subgroups into arms, from what one arm is worth in every set: all subsets are gone through."""

from __future__ import annotations

import numpy as np

from trialopt.core.instance import Floats, Ints


def best_splits(upper: Floats, arms: int) -> list[Floats]:
    """Best value of serving each set of subgroups with at most k arms, for k = 0..arms; `-inf` where none can."""
    sets = len(upper)
    best = [np.full(sets, -np.inf)]
    best[0][0] = 0.0
    parts = _parts(sets)
    for _ in range(arms):
        now = best[-1].copy()
        for mask in range(1, sets):
            first = parts[mask]
            now[mask] = max(now[mask], float((upper[first] + best[-1][mask ^ first]).max()))
        best.append(now)
    return best


def split(upper: Floats, splits: list[Floats], mask: int) -> list[int]:
    """The sets that the best split of `mask` serves."""
    chosen, k = [], len(splits) - 1
    parts = _parts(len(upper))
    while mask:
        while k > 1 and splits[k - 1][mask] == splits[k][mask]:
            k -= 1
        first = parts[mask]
        taken = int(first[(upper[first] + splits[k - 1][mask ^ first]).argmax()])
        chosen.append(taken)
        mask, k = mask ^ taken, k - 1
    return chosen


_PARTS: dict[int, list[Ints]] = {}


def _parts(sets: int) -> list[Ints]:
    """Of every set, its subsets that have its first member."""
    if sets not in _PARTS:
        every = np.arange(sets, dtype=np.int64)
        _PARTS[sets] = [
            every[((every & ~mask) == 0) & ((every & mask & -mask) != 0)] if mask else every[:0] for mask in range(sets)
        ]
    return _PARTS[sets]
