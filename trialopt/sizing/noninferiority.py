"""Non-inferiority: a margin in the place of no difference.

* Hazard ratio: ``d = (1 + r)^2 / r (z_a + z_b)^2 / (log margin - log HR)^2`` events show that the ratio is below
  `margin` (above 1). Schoenfeld, Biometrics 39 (1983) 499-503, at the null hypothesis log margin; Chow, Shao and Wang,
  Sample Size Calculations in Clinical Research, 2nd ed., section 7.3.
* Difference: ``n0 = (z_a sqrt(V0) + z_b sqrt(V1))^2 / (p1 - p0 + margin)^2``, ``V = p0 q0 + p1 q1 / r``, ``V1`` at the
  rates themselves, ``V0`` at the rates of largest likelihood among those with ``p1 - p0 = -margin``. Farrington and
  Manning, Statistics in Medicine 9 (1990) 1447-1454, equations 4 to 9 and the appendix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trialopt.sizing.checks import Floats, SizingError, levels, positive, proportion, quantile_sum, round_up
from trialopt.sizing.events import Events
from trialopt.sizing.special import ndtr, ndtri


@dataclass(frozen=True)
class NoninferioritySize:
    """Patients of each side, unrounded and whole, and the rates at which the null variance is taken."""

    n0_exact: Floats
    n1_exact: Floats
    n0: Floats
    n1: Floats
    null_p0: Floats
    null_p1: Floats


def _hazard_gap(hazard_ratio: ArrayLike, margin: ArrayLike) -> Floats:
    hr, limit = positive(hazard_ratio, "hazard ratio"), positive(margin, "margin")
    if np.any(limit <= 1):
        raise SizingError(f"the margin of a hazard ratio must be above 1, not {float(np.min(limit)):g}")
    if np.any(hr >= limit):
        raise SizingError("the hazard ratio must be below the margin: such an arm cannot be shown to be non-inferior")
    return np.asarray(np.log(limit) - np.log(hr))


def noninferiority_events(
    margin: ArrayLike,
    hazard_ratio: ArrayLike = 1.0,
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    ratio: ArrayLike = 1.0,
) -> Events:
    """Events of both arms that show a hazard ratio below `margin` when it is `hazard_ratio`; source: see the module."""
    gap, r = _hazard_gap(hazard_ratio, margin), positive(ratio, "ratio")
    a, b = levels(alpha, power)
    effect = gap * np.sqrt(r) / (1 + r)
    exact = np.asarray(((ndtri(b) - ndtri(a)) / effect) ** 2)
    whole = round_up(exact)
    return Events("schoenfeld", exact, whole, np.asarray(ndtr(np.sqrt(whole) * effect + ndtri(a))))


def restricted_rates(
    p0: ArrayLike, p1: ArrayLike, difference: ArrayLike, ratio: ArrayLike = 1.0
) -> tuple[Floats, Floats]:
    """Rates nearest to (`p0`, `p1`) in likelihood with ``p1 - p0 = difference``, `ratio` experimental to control.

    The root of the cubic of Farrington and Manning's appendix, in their trigonometric form.
    """
    c, e, s, r = np.broadcast_arrays(
        proportion(p0, "p0"), proportion(p1, "p1"), np.asarray(difference, float), positive(ratio, "ratio")
    )
    theta = 1 / r  # control patients to one experimental
    a = 1 + theta
    b = -(1 + theta + e + theta * c + s * (theta + 2))
    k = s**2 + s * (2 * e + theta + 1) + e + theta * c
    d = -e * s * (1 + s)
    v = b**3 / (3 * a) ** 3 - b * k / (6 * a**2) + d / (2 * a)
    u = np.where(v >= 0, 1.0, -1.0) * np.sqrt(np.maximum(b**2 / (3 * a) ** 2 - k / (3 * a), 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(u == 0, 0.0, np.clip(v / u**3, -1, 1))
    w = (np.pi + np.arccos(share)) / 3
    rate1 = 2 * u * np.cos(w) - b / (3 * a)
    return np.asarray(np.clip(rate1 - s, 0, 1)), np.asarray(np.clip(rate1, 0, 1))


def _spreads(
    p0: ArrayLike, p1: ArrayLike, margin: ArrayLike, ratio: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Gap to the margin, deviations under null and alternative, and the null rates."""
    c, e, limit = proportion(p0, "p0"), proportion(p1, "p1"), positive(margin, "margin")
    if np.any(limit >= 1):
        raise SizingError(f"the margin must be below 1, as a difference of rates, not {float(np.max(limit)):g}")
    if np.any(e - c + limit <= 0):
        raise SizingError("p1 must be above p0 less the margin")
    null0, null1 = restricted_rates(c, e, -limit, ratio)

    def deviation(x: Floats, y: Floats) -> Floats:
        return np.asarray(np.sqrt(x * (1 - x) + y * (1 - y) / ratio))

    return np.asarray(e - c + limit), deviation(null0, null1), deviation(c, e), null0, null1


def noninferiority_size(
    p0: ArrayLike,
    p1: ArrayLike,
    margin: ArrayLike,
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    ratio: ArrayLike = 1.0,
) -> NoninferioritySize:
    """Patients that show ``p1 > p0 - margin``, one-sided `alpha`, by Farrington and Manning; see the module.

    Raises
    ------
    SizingError
        Rates or margin outside (0, 1), ``p1 <= p0 - margin``, ``power <= alpha``.
    """
    r = positive(ratio, "ratio")
    gap, s0, s1, null0, null1 = _spreads(p0, p1, margin, r)
    a, b = levels(alpha, power)
    n0 = np.asarray((quantile_sum(-ndtri(a), s0, ndtri(b), s1, "farrington_manning") / gap) ** 2)
    n1 = np.asarray(r * n0)
    return NoninferioritySize(n0, n1, round_up(n0), round_up(n1), null0, null1)


def noninferiority_power(
    p0: ArrayLike, p1: ArrayLike, margin: ArrayLike, n0: ArrayLike, n1: ArrayLike, alpha: ArrayLike = 0.025
) -> Floats:
    """Power of `n0` control and `n1` experimental patients: the size formula solved for ``z_b``."""
    m0, m1 = positive(n0, "n0"), positive(n1, "n1")
    gap, s0, s1, _, _ = _spreads(p0, p1, margin, m1 / m0)
    return np.asarray(ndtr((np.sqrt(m0) * gap + ndtri(proportion(alpha, "alpha")) * s0) / s1))
