"""Arms of two designs matched, most alike altogether."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Protocol, TypeVar

import numpy as np

from trialopt.core.design import Dose
from trialopt.core.instance import Floats

FEW = 5
"""Up to so many arms every way to match them is tried."""

OTHER_LEVEL = 0.5
"""How alike two doses of one agent at different levels are."""


class ArmLike(Protocol):
    """What matching looks at: an `Arm`, or an arm with its numbers."""

    @property
    def subgroups(self) -> tuple[str, ...]:
        """Ids of the subgroups served."""

    @property
    def sequence(self) -> Mapping[str, tuple[Dose, ...]]:
        """Doses of each epoch id."""


A = TypeVar("A", bound=ArmLike)


def similarity(a: ArmLike, b: ArmLike, shares: Mapping[str, float]) -> float:
    """How alike two arms are, 0..1: half by patients they share, half by doses, epoch by epoch."""
    return 0.5 * _patients_alike(a, b, shares) + 0.5 * _doses_alike(a.sequence, b.sequence)


def matched(first: Sequence[ArmLike], other: Sequence[A], shares: Mapping[str, float]) -> dict[int, tuple[A, float]]:
    """Arm of `other` for each arm number of `first`, with the similarity, most alike altogether.

    Arms with nothing in common are not matched. `shares` weighs subgroups.
    """
    if not first or not other:
        return {}
    scores = np.array([[similarity(a, b, shares) for b in other] for a in first])
    return {i: (other[j], float(scores[i, j])) for i, j in _pairs(scores) if scores[i, j] > 0}


def _pairs(scores: Floats) -> list[tuple[int, int]]:
    """Rows and columns of the largest sum, each row and column once."""
    rows, columns = scores.shape
    if rows <= columns <= FEW and (one := _only_best(scores)) is not None:
        return list(enumerate(one))
    if columns < rows <= FEW and (one := _only_best(scores.T)) is not None:
        return sorted((row, column) for column, row in enumerate(one))
    from scipy.optimize import linear_sum_assignment  # half a second of CPU to load

    found, taken = linear_sum_assignment(-scores)
    return list(zip(found.tolist(), taken.tolist(), strict=True))


def _only_best(scores: Floats) -> tuple[int, ...] | None:
    """Column of each row with the largest sum, tried one by one; `None` where several have it."""
    rows, columns = scores.shape
    sums = {way: float(scores[range(rows), way].sum()) for way in permutations(range(columns), rows)}
    best = max(sums.values())
    (one, *more) = [way for way, worth in sums.items() if worth > best - 1e-12]
    return None if more else one


def _patients_alike(a: ArmLike, b: ArmLike, shares: Mapping[str, float]) -> float:
    both, either = set(a.subgroups) & set(b.subgroups), set(a.subgroups) | set(b.subgroups)
    whole = sum(shares[g] for g in either)
    return sum(shares[g] for g in both) / whole if whole else float(bool(both))


def _doses_alike(a: Mapping[str, Sequence[Dose]], b: Mapping[str, Sequence[Dose]]) -> float:
    """Doses in common over doses in either, summed over the epochs."""
    common = total = 0.0
    for epoch in {*a, *b}:
        left = {dose.agent: dose.level for dose in a.get(epoch, ())}
        right = {dose.agent: dose.level for dose in b.get(epoch, ())}
        common += sum(1.0 if left[d] == right[d] else OTHER_LEVEL for d in left.keys() & right.keys())
        total += len(left.keys() | right.keys())
    return common / total if total else 1.0
