"""Exact power of tests of two proportions, by adding up every possible outcome: a check on the formulas.

With ``X0 ~ Bin(n0, p0)`` and ``X1 ~ Bin(n1, p1)`` independent (the unconditional model), power is the sum of the
probabilities of the outcomes a one-sided test rejects, and its true type I error the largest such sum over a
common rate. Tests offered, all for ``p1 > p0``:

* ``unpooled``, ``pooled``: ``z = (x1/n1 - x0/n0) / se > z_alpha`` with the standard error of that name;
* ``fisher``: Fisher's exact test, conditional on the total, p-value at most alpha;
* ``boschloo``: Boschloo's exact test, Fisher's p-value with its bound raised until no common rate is rejected more
  often than alpha; never weaker than Fisher's (`boschloo.py`).

Limits: memory grows with ``n0 * n1``; up to 4 million outcomes. The largest type I error is looked for on a grid
of 400 common rates and refined between neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from trialopt.sizing.boschloo import boschloo_rows, fisher_p, rows_below, worst_error
from trialopt.sizing.checks import Floats, SizingError, proportion
from trialopt.sizing.special import ndtri

ExactTest = Literal["unpooled", "pooled", "fisher", "boschloo"]
TESTS: tuple[ExactTest, ...] = ("unpooled", "pooled", "fisher", "boschloo")
MOST_OUTCOMES = 4_000_000


@dataclass(frozen=True)
class ExactPower:
    """What a test of two proportions really does.

    `power` at (p0, p1), `type_one_error` at a common rate p0, `worst_type_one_error` the largest over common
    rates, reached at `worst_rate`.
    """

    method: str
    power: float
    type_one_error: float
    worst_type_one_error: float
    worst_rate: float


def _size(n: float, name: str) -> int:
    if not np.isfinite(n) or int(n) != n or n < 1:
        raise SizingError(f"{name} must be a whole number of patients above 0, not {n!r}")
    return int(n)


def _statistic(n0: int, n1: int, test: str) -> Floats:
    """The z statistic of every outcome, control responders down, experimental across."""
    r0, r1 = np.arange(n0 + 1)[:, None] / n0, np.arange(n1 + 1)[None, :] / n1
    if test == "unpooled":
        variance = r0 * (1 - r0) / n0 + r1 * (1 - r1) / n1
    else:
        mean = (n0 * r0 + n1 * r1) / (n0 + n1)
        variance = mean * (1 - mean) * (1 / n0 + 1 / n1)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (r1 - r0) / np.sqrt(variance)
    return np.where(r1 == r0, 0.0, z)


def _chance(region: NDArray[np.bool_], p0: float, p1: float) -> float:
    control, experimental = (
        np.asarray(scipy.stats.binom.pmf(np.arange(n), n - 1, p)) for n, p in zip(region.shape, (p0, p1), strict=True)
    )
    return float(control @ region.astype(float) @ experimental)


def rejection_region(n0: int, n1: int, alpha: float, test: ExactTest = "unpooled") -> NDArray[np.bool_]:
    """Which outcomes (control responders 0..n0 down, experimental 0..n1 across) the test rejects."""
    if test not in TESTS:
        raise SizingError(f"test must be one of {', '.join(TESTS)}, not {test!r}")
    if (n0 + 1) * (n1 + 1) > MOST_OUTCOMES:
        raise SizingError(f"{n0} and {n1} patients have more outcomes than the {MOST_OUTCOMES:,} added up exactly")
    if test in ("fisher", "boschloo"):
        rows = boschloo_rows(n0, n1, alpha) if test == "boschloo" else rows_below(fisher_p(n0, n1), alpha)
        return np.asarray(np.arange(n1 + 1)[None, :] >= rows[:, None])
    return np.asarray(_statistic(n0, n1, test) > -ndtri(alpha))


def exact_power(
    p0: float, p1: float, n0: float, n1: float, alpha: float = 0.025, test: ExactTest = "unpooled"
) -> ExactPower:
    """Exact unconditional power and type I error of a one-sided test of two proportions.

    Tests, source and limits: see the module. `n0`, `n1` whole patients of control and experimental side.
    Takes scalars: a check on one design at a time.
    """
    c, e = float(proportion(p0, "p0")), float(proportion(p1, "p1"))
    region = rejection_region(_size(n0, "n0"), _size(n1, "n1"), float(proportion(alpha, "alpha")), test)
    worst, at = worst_error(region.shape[1] - region.sum(axis=1), region.shape[1] - 1)
    return ExactPower(f"exact, {test} test", _chance(region, c, e), _chance(region, c, c), worst, at)
