"""Arms of two designs matched, most alike altogether."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np

from trialopt.core.design import Dose

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
    from scipy.optimize import linear_sum_assignment  # two tenths of a second, and some never ask

    scores = np.array([[similarity(a, b, shares) for b in other] for a in first])
    rows, columns = linear_sum_assignment(-scores)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {i: (other[j], float(scores[i, j])) for i, j in pairs if scores[i, j] > 0}


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
