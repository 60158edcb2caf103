"""Exact sizes of two proportions in small trials, and Casagrande, Pike and Smith's approximation to Fisher's.

Power of an exact test goes up and down with the patients (a saw-tooth). The size here is the fewest control patients
after which power stays at what was asked for: it is computed for every size from well below the approximation up to
`horizon` beyond it, and the last shortfall decides. ``n1 = ceil(r n0)``, ``r`` the ratio experimental to control.

* `fisher`, `boschloo`: the tests of `boschloo.py`, both summed over all outcomes.
* Casagrande, Pike and Smith, Biometrics 34 (1978) 483-486, at ratio ``r`` by Fleiss, Tytun and Ury, Biometrics 36
  (1980) 343-346: with the pooled size ``n`` of `proportions.py`, ``n0 = n / 4 (1 + sqrt(1 + 2 (1 + r) / (r n (p1 -
  p0))))^2``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialopt.sizing.boschloo import Rows, boschloo_rows, chance, fisher_p, rows_below, worst_error
from trialopt.sizing.checks import Floats, SizingError, levels, positive, proportion, round_up
from trialopt.sizing.proportions import ProportionPower, ProportionSize, proportion_power, proportion_size

SmallTest = Literal["fisher", "boschloo"]
MOST_PATIENTS = 400


@dataclass(frozen=True)
class ExactSize:
    """Whole patients of each side, exact power and the largest type I error over common rates."""

    test: SmallTest
    n0: int
    n1: int
    power: float
    worst_type_one_error: float


def _rows(n0: int, n1: int, alpha: float, test: str) -> Rows:
    return boschloo_rows(n0, n1, alpha) if test == "boschloo" else rows_below(fisher_p(n0, n1), alpha)


def exact_size(
    p0: float, p1: float, alpha: float = 0.025, power: float = 0.8, ratio: float = 1.0, test: SmallTest = "boschloo"
) -> ExactSize:
    """Fewest patients after which the exact one-sided test keeps `power`; see the module for the saw-tooth and sources.

    Raises
    ------
    SizingError
        Rates outside (0, 1), ``p1 <= p0``, ``power <= alpha``, an unknown test, or more than 400 patients in all.
    """
    if test not in ("fisher", "boschloo"):
        raise SizingError(f"test must be fisher or boschloo, not {test!r}")
    a, b = (float(x) for x in levels(alpha, power))
    r = float(positive(ratio, "ratio"))
    c, e = float(proportion(p0, "p0")), float(proportion(p1, "p1"))
    near = float(casagrande_size(c, e, a, b, r).n0_exact)
    if 0.7 * near * (1 + r) > MOST_PATIENTS:
        raise SizingError(f"about {near * (1 + r):.0f} patients are needed: exact sizes go to {MOST_PATIENTS} in all")

    def reached(n0: int) -> float:
        n1 = math.ceil(r * n0 - 1e-9)
        return float(chance(_rows(n0, n1, a, test), n1, np.array([c]), np.array([e]))[0])

    size, last = None, horizon(near)
    for n0 in range(last, 0, -1):
        if reached(n0) < b:
            size = n0 + 1
            break
    if size is None or size > last:
        raise SizingError("no size near the approximation keeps this power: ask for less power or a larger effect")
    n1 = math.ceil(r * size - 1e-9)
    if size + n1 > MOST_PATIENTS:
        raise SizingError(f"{size + n1} patients are needed: exact sizes go to {MOST_PATIENTS} in all")
    return ExactSize(test, size, n1, reached(size), worst_error(_rows(size, n1, a, test), n1)[0])


def horizon(near: float) -> int:
    """Control patients up to which power is looked at: 15 % and 10 patients beyond the approximation."""
    return math.ceil(1.15 * near) + 10


def _correction(p0: Floats, p1: Floats, ratio: Floats) -> Floats:
    return np.asarray((1 + ratio) / (ratio * (p1 - p0)))


def casagrande_size(
    p0: ArrayLike, p1: ArrayLike, alpha: ArrayLike = 0.025, power: ArrayLike = 0.9, ratio: ArrayLike = 1.0
) -> ProportionSize:
    """Casagrande-Pike-Smith size, one-sided `alpha`, arrays broadcast; formula and sources: see the module."""
    plain = proportion_size(p0, p1, alpha, power, ratio, "pooled")
    c, e, r = np.asarray(p0, float), np.asarray(p1, float), np.asarray(ratio, float)
    n = plain.n0_exact
    n0 = np.asarray(n / 4 * (1 + np.sqrt(1 + 2 * _correction(c, e, r) / n)) ** 2)
    n1 = np.asarray(r * n0)
    whole0, whole1 = round_up(n0), round_up(n1)
    reached = casagrande_power(p0, p1, whole0, whole1, alpha).power
    return ProportionSize("casagrande_pike_smith", n0, n1, whole0, whole1, reached)


def casagrande_power(
    p0: ArrayLike, p1: ArrayLike, n0: ArrayLike, n1: ArrayLike, alpha: ArrayLike = 0.025
) -> ProportionPower:
    """The size formula solved for power: the pooled one at ``(sqrt(n0) - (1 + r) / (2 r (p1 - p0) sqrt(n0)))^2``."""
    m0, m1 = positive(n0, "n0"), positive(n1, "n1")
    c, e = proportion(p0, "p0"), proportion(p1, "p1")
    if np.any(e <= c):
        raise SizingError("p1 must be above p0 for the corrected power")
    root = np.sqrt(m0) - _correction(c, e, m1 / m0) / (2 * np.sqrt(m0))
    plain = np.maximum(root, 1e-6) ** 2
    return ProportionPower(
        "casagrande_pike_smith", proportion_power(c, e, plain, m1 / m0 * plain, alpha, "pooled").power
    )
