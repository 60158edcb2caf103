"""Rows of a key matrix that are the same, together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trialopt.instance import Ints


def rows_by_group(key: Ints, first: NDArray[np.float64] | None = None) -> list[NDArray[np.intp]]:
    """Row indices of each distinct row of `key` (n, k), in ascending order of `first` (n,) where it is given."""
    if not len(key):
        return []
    _, group = np.unique(key, axis=0, return_inverse=True)
    group = group.ravel()
    order = np.argsort(group, kind="stable") if first is None else np.lexsort((first, group))
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
