"""Fisher's and Boschloo's tests of two proportions: which outcomes they reject.

Fisher's one-sided p-value of an outcome is the hypergeometric chance, given all responders together, of as many
experimental ones or more. Fisher's test rejects where it is at most alpha. Boschloo's takes it as a statistic and
raises its bound until the largest chance of rejection over all common rates would exceed alpha, so it rejects whatever
Fisher's does and more. Boschloo, Statistica Neerlandica 24 (1970) 1-9.

A region is written by rows: for each count of control responders the fewest experimental ones that are rejected (``n1
+ 1``: none). The largest type I error is looked for on 400 common rates, even on the arcsine scale, and refined
between neighbours of the highest.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from trialopt.sizing.checks import Floats

Rows = NDArray[np.int64]
SAME = 1e-9  # p-values nearer than this (relative) are equal
GRID = 400


def fisher_p(n0: int, n1: int) -> Floats:
    """Fisher's p-value of every outcome: control responders 0..n0 down, experimental 0..n1 across."""

    def ways(n: int) -> Floats:
        x, log = np.arange(n + 1), scipy.special.gammaln
        return np.asarray(log(n + 1) - log(x + 1) - log(n - x + 1))

    total = np.arange(n0 + 1)[:, None] + np.arange(n1 + 1)[None, :]
    p = np.exp(ways(n0)[:, None] + ways(n1)[None, :] - ways(n0 + n1)[total])
    for x0 in range(1, n0 + 1):  # one responder moved to the experimental side is the next more extreme outcome
        p[x0, :-1] += p[x0 - 1, 1:]
    return np.asarray(p)


def rows_below(p: Floats, bound: float) -> Rows:
    """The region ``p <= bound``: p-values fall as experimental responders rise."""
    return np.asarray(np.count_nonzero(p > bound * (1 + SAME), axis=1))


def chance(rows: Rows, n1: int, p0: Floats, p1: Floats) -> Floats:
    """Chance of rejection at each pair of rates."""
    n0 = len(rows) - 1
    control = np.asarray(scipy.stats.binom.pmf(np.arange(n0 + 1)[None, :], n0, p0[:, None]))
    return np.asarray((control * scipy.stats.binom.sf(rows[None, :] - 1, n1, p1[:, None])).sum(axis=1))


class _Errors:
    """Type I error over common rates, with the binomial chances of the grid kept."""

    def __init__(self, n0: int, n1: int) -> None:
        self.n1 = n1
        self.rates = np.sin(np.linspace(0, np.pi / 2, GRID + 2)[1:-1]) ** 2
        self.control = np.asarray(scipy.stats.binom.pmf(np.arange(n0 + 1)[None, :], n0, self.rates[:, None]))
        mass = np.asarray(scipy.stats.binom.pmf(np.arange(n1 + 2)[None, :], n1, self.rates[:, None]))
        self.tail = np.cumsum(mass[:, ::-1], axis=1)[:, ::-1]

    def on_grid(self, rows: Rows) -> Floats:
        return np.asarray((self.control * self.tail[:, rows]).sum(axis=1))

    def worst(self, rows: Rows) -> tuple[float, float]:
        """The largest chance of rejection at a common rate, and that rate."""
        coarse = self.on_grid(rows)
        k = int(np.argmax(coarse))
        best, at = float(coarse[k]), float(self.rates[k])
        low, high = self.rates[max(0, k - 1)], self.rates[min(GRID - 1, k + 1)]
        for _ in range(3):
            fine = np.linspace(low, high, 21)
            each = chance(rows, self.n1, fine, fine)
            k = int(np.argmax(each))
            if each[k] > best:
                best, at = float(each[k]), float(fine[k])
            low, high = fine[max(0, k - 1)], fine[min(20, k + 1)]
        return best, at


def worst_error(rows: Rows, n1: int) -> tuple[float, float]:
    """The largest chance of rejection of a region at a common rate, and that rate."""
    return _Errors(len(rows) - 1, n1).worst(rows)


def boschloo_rows(n0: int, n1: int, alpha: float) -> Rows:
    """The region of Boschloo's test at `alpha`: bisection over the p-values that occur, then the refined search."""
    p, errors = fisher_p(n0, n1), _Errors(n0, n1)
    values = np.unique(p[p <= min(1.0, 8 * alpha)])
    values = values[np.append(np.diff(values) > SAME * values[1:], [True])] if len(values) else values
    low, high = 0, len(values)  # the first `low` values hold alpha, the first `high` + 1 may not
    while low < high:
        middle = (low + high + 1) // 2
        if errors.on_grid(rows_below(p, values[middle - 1])).max() <= alpha:
            low = middle
        else:
            high = middle - 1
    while low and errors.worst(rows_below(p, values[low - 1]))[0] > alpha:
        low -= 1
    return rows_below(p, values[low - 1] if low else 0.0)
