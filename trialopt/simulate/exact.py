"""Exact tests of two response rates: which tables reject, found once for each pair of sizes.

A table is rejected where its one-sided p-value of Fisher is at most a critical value: `alpha` for Fisher's test, for
Boschloo's the largest one at which the chance of rejection under no effect is at most `alpha` whatever the common rate.
Fisher, J R Stat Soc 98 (1935) 39-82; Boschloo, Stat Neerl 24 (1970) 1-35. For each number of responders under
control the rejected tables are those with at least `c` responders under treatment, so a row of `c` says all.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from trialopt.core import WrongInput
from trialopt.core.instance import Floats, Ints

LARGEST = 400
"""Most patients of both sides together for Boschloo's test, as in sizing (model section 7)."""

GRID = 400
"""Common rates between 0 and 1 at which the level is looked at first."""

FINE = 41
"""Rates around each of the highest ones at which it is looked at again."""


def rejects(test: str, alpha: float, x1: Ints, n1: Ints, x0: Ints, n0: Ints) -> Ints:
    """(B,) whether each table is rejected, as 0 or 1. Raises `WrongInput` beyond the limit of Boschloo's test."""
    found = np.zeros(len(x1), dtype=np.int64)
    sizes = np.stack([n1, n0], axis=1)
    for a, b in np.unique(sizes, axis=0).tolist():
        if a == 0 or b == 0:
            continue
        rows = (n1 == a) & (n0 == b)
        least = fewest(test, alpha, a, b)
        found[rows] = x1[rows] >= least[x0[rows]]
    return found


@lru_cache(maxsize=4096)
def fewest(test: str, alpha: float, n1: int, n0: int) -> Ints:
    """(n0 + 1,) fewest responders under treatment that reject, by responders under control; `n1 + 1` where none do."""
    p = _fisher(n1, n0)
    if test == "fisher":
        return _rows(p, alpha)
    if n1 + n0 > LARGEST:
        raise WrongInput(f"Boschloo's test is for at most {LARGEST} patients, and this comparison has {n1 + n0}")
    levels = np.unique(p[(p >= alpha * 0.2) & (p <= min(1.0, alpha * 20))])
    tails, points = _tails(n1, n0)
    low, high = -1, len(levels)
    while high - low > 1:
        middle = (low + high) // 2
        if _largest(_rows(p, float(levels[middle])), n1, n0, tails, points) <= alpha * (1 + 1e-9):
            low = middle
        else:
            high = middle
    return _rows(p, float(levels[low]) if low >= 0 else alpha)


def level(rows: Ints, n1: int, n0: int) -> float:
    """Largest chance of rejection under no effect of the tables in `rows`."""
    return _largest(rows, n1, n0, *_tails(n1, n0))


def _rows(p: Floats, critical: float) -> Ints:
    """Fewest responders that reject, from p-values (n0 + 1, n1 + 1), which fall with responders under treatment."""
    return np.asarray((p > critical * (1 + 1e-9)).sum(axis=1))


def _log_factorials(n: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])


def _fisher(n1: int, n0: int) -> Floats:
    """(n0 + 1, n1 + 1) one-sided p-value of Fisher, by responders under control and treatment."""
    f = _log_factorials(n1 + n0)
    x0, x1 = np.arange(n0 + 1)[:, None], np.arange(n1 + 1)[None, :]
    ways = np.exp(
        f[n1] - f[x1] - f[n1 - x1] + f[n0] - f[x0] - f[n0 - x0] - (f[n1 + n0] - f[x1 + x0] - f[n1 + n0 - x1 - x0])
    )
    p = np.zeros((n0 + 1, n1 + 1))
    previous = np.zeros(n0 + 2)
    for k in range(
        n1, -1, -1
    ):  # the table with the same total and one responder more under treatment stands to the left
        tail = ways[:, k].copy()
        tail[1:] += previous[:n0]
        p[:, k] = tail
        previous = tail
    return p


def _tails(n1: int, n0: int) -> tuple[tuple[Floats, Floats], Floats]:
    """Chances (points, n0 + 1) under control and of at least k responders (points, n1 + 2) under treatment."""
    points = np.linspace(0.0, 1.0, GRID + 1)[1:-1]
    return _chances(n1, n0, points), points


def _chances(n1: int, n0: int, points: Floats) -> tuple[Floats, Floats]:
    control, treated = _binomial(n0, points), _binomial(n1, points)
    tail = np.cumsum(treated[:, ::-1], axis=1)[:, ::-1]
    return control, np.concatenate([tail, np.zeros((len(points), 1))], axis=1)


def _binomial(n: int, points: Floats) -> Floats:
    f, k = _log_factorials(n), np.arange(n + 1)
    logs = f[n] - f[k] - f[n - k] + k * np.log(points)[:, None] + (n - k) * np.log1p(-points)[:, None]
    return np.asarray(np.exp(logs))


def _largest(rows: Ints, n1: int, n0: int, tails: tuple[Floats, Floats], points: Floats) -> float:
    """Largest chance of rejection over common rates: on a grid, then more finely around its highest points."""
    control, beyond = tails
    found = (control * beyond[:, rows]).sum(axis=1)
    top = np.argsort(-found)[:3]
    step = points[1] - points[0]
    near = np.unique(
        np.concatenate([np.linspace(max(points[k] - step, 1e-9), min(points[k] + step, 1 - 1e-9), FINE) for k in top])
    )
    control, beyond = _chances(n1, n0, near)
    return float(max(found.max(), (control * beyond[:, rows]).sum(axis=1).max()))
