"""Two proportions (response rate, MRD negativity), one-sided, by the normal approximation.

Two variances are offered for the null hypothesis (`METHODS`), both with the unpooled one under the
alternative. With ``q = 1 - p``, allocation ratio ``r`` experimental to control and ``p = (p0 + r p1) / (1 +
r)``,

* ``unpooled``:  ``n0 = (z_alpha + z_beta)^2 (p0 q0 + p1 q1 / r) / (p1 - p0)^2``, ``n1 = r n0``.
  The formula of trialopt designs (model.md section 7). Chow, Shao and Wang (Sample Size Calculations in
  Clinical Research, 2nd ed., section 4.2.1).
* ``pooled``:  ``n0 = (z_alpha sqrt((1 + 1/r) p q) + z_beta sqrt(p0 q0 + p1 q1 / r))^2 / (p1 - p0)^2``.
  Fleiss, Levin and Paik (Statistical Methods for Rates and Proportions, 3rd ed., chapter 4) without
  continuity correction; the default of most software.

Limits: the approximation needs some ten responders and non-responders on each side; `exact.py` gives the
true power and type I error of the tests, docs/sizing.md shows by how much the approximation is off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialopt.sizing.checks import (
    Floats,
    SizingError,
    floats,
    levels,
    one_of,
    positive,
    proportion,
    quantile_sum,
    round_up,
)
from trialopt.sizing.special import bracketed_root, ndtr, ndtri

ProportionMethod = Literal["unpooled", "pooled"]
METHODS: tuple[ProportionMethod, ...] = ("unpooled", "pooled")
METHOD_NAME = "method for a response endpoint"


@dataclass(frozen=True)
class ProportionSize:
    """Patients for a comparison of two proportions; every field has the broadcast shape of the inputs.

    `n0_exact`, `n1_exact` are unrounded patients of control and experimental side, `n0`, `n1` whole ones
    (each side rounded up by itself) and `power` the power these reach. Without an answer: inf, power nan.
    """

    method: str
    n0_exact: Floats
    n1_exact: Floats
    n0: Floats
    n1: Floats
    power: Floats


@dataclass(frozen=True)
class ProportionPower:
    """Power of `n0` control and `n1` experimental patients, probability."""

    method: str
    power: Floats


@dataclass(frozen=True)
class ProportionEffect:
    """The least experimental rate `p1` (and difference `p1 - p0`) a size detects with the power asked for."""

    method: str
    p1: Floats
    difference: Floats


def _deviations(p0: Floats, p1: Floats, ratio: Floats, method: str) -> tuple[Floats, Floats]:
    """Standard deviation of the difference times ``sqrt(n0)``, under the null and the alternative."""
    alternative = np.sqrt(p0 * (1 - p0) + p1 * (1 - p1) / ratio)
    if method == "unpooled":
        return alternative, alternative
    mean = (p0 + ratio * p1) / (1 + ratio)
    return np.sqrt(mean * (1 - mean) * (1 + 1 / ratio)), alternative


def _rates(p0: ArrayLike, p1: ArrayLike, strict: bool) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Both rates, and where they cannot be sized; there, harmless rates stand in their place."""
    if strict:
        c, e = np.broadcast_arrays(proportion(p0, "p0"), proportion(p1, "p1"))
        if np.any(e <= c):
            k = int(np.argmax(e <= c))
            raise SizingError(
                "p1 must be above p0 (an effect of zero or the wrong way cannot be sized): "
                f"p0 = {c.flat[k]:g}, p1 = {e.flat[k]:g}"
            )
        return c, e, np.zeros(c.shape, dtype=np.bool_)
    c, e = np.broadcast_arrays(floats(p0, "p0"), floats(p1, "p1"))
    bad = ~((c > 0) & (e > c) & (e < 1))
    return np.where(bad, 0.25, c), np.where(bad, 0.75, e), bad


def proportion_size(
    p0: ArrayLike,
    p1: ArrayLike,
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    ratio: ArrayLike = 1.0,
    method: ProportionMethod = "unpooled",
    *,
    inflation: ArrayLike = 1.0,
    strict: bool = True,
) -> ProportionSize:
    """Patients per side for control rate `p0`, experimental rate `p1`, one-sided `alpha` and `power`.

    Formula, source and limits: see the module. Arrays broadcast. `inflation` multiplies the unrounded sizes
    (interim looks: `group_sequential.inflation`); the power recomputed here is then that of one look at
    ``n / inflation`` of the whole patients, a close stand-in for the sequential design's own.

    Raises
    ------
    SizingError
        A rate outside (0, 1), ``power <= alpha``, a ratio not above 0, or ``p1 <= p0``. With
        ``strict=False`` an element with a rate outside (0, 1) or ``p1 <= p0`` has size inf, power nan.
    """
    one_of(method, METHODS, METHOD_NAME)
    c, e, bad = _rates(p0, p1, strict)
    r, factor = positive(ratio, "ratio"), positive(inflation, "inflation")
    a, b = levels(alpha, power)
    s_null, s_alt = _deviations(c, e, r, method)
    n0 = factor * (quantile_sum(-ndtri(a), s_null, ndtri(b), s_alt, method) / (e - c)) ** 2
    n1 = r * n0
    whole0, whole1 = round_up(n0), round_up(n1)
    reached = np.where(bad, np.nan, _power(c, e, a, whole0 / factor, whole1 / whole0, method))
    n0, n1, whole0, whole1 = (np.where(bad, np.inf, n) for n in (n0, n1, whole0, whole1))
    return ProportionSize(method, n0, n1, whole0, whole1, reached)


def _power(p0: Floats, p1: Floats, alpha: Floats, n0: Floats, ratio: Floats, method: str) -> Floats:
    s_null, s_alt = _deviations(p0, p1, ratio, method)
    return np.asarray(ndtr((np.sqrt(n0) * (p1 - p0) + ndtri(alpha) * s_null) / s_alt))


def proportion_power(
    p0: ArrayLike,
    p1: ArrayLike,
    n0: ArrayLike,
    n1: ArrayLike,
    alpha: ArrayLike = 0.025,
    method: ProportionMethod = "unpooled",
) -> ProportionPower:
    """Power of `n0` control and `n1` experimental patients: the size formula solved for z_beta.

    ``power = Phi((sqrt(n0) (p1 - p0) - z_alpha s_null) / s_alt)`` with the standard deviations of the module.
    ``p1 <= p0`` is allowed here and gives the small power it has. Arrays broadcast; ranges as in
    `proportion_size`.
    """
    one_of(method, METHODS, METHOD_NAME)
    c, e = proportion(p0, "p0"), proportion(p1, "p1")
    m0, m1 = positive(n0, "n0"), positive(n1, "n1")
    a = proportion(alpha, "alpha")
    return ProportionPower(method, _power(c, e, a, m0, m1 / m0, method))


def proportion_effect(
    p0: ArrayLike,
    n0: ArrayLike,
    n1: ArrayLike,
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    method: ProportionMethod = "unpooled",
) -> ProportionEffect:
    """Minimum detectable effect: the `p1` above `p0` at which the power reached is `power`.

    Root of the size formula in p1 (power rises with p1, see docs/sizing.md). Arrays broadcast.

    Raises
    ------
    SizingError
        Ranges as in `proportion_size`; also when not even ``p1 = 1`` would be detected with that power.
    """
    one_of(method, METHODS, METHOD_NAME)
    c, m0, m1 = proportion(p0, "p0"), positive(n0, "n0"), positive(n1, "n1")
    a, b = levels(alpha, power)
    c, m0, m1, a, b = np.broadcast_arrays(c, m0, m1, a, b)
    r = m1 / m0

    def short(rate: Floats) -> Floats:
        s_null, s_alt = _deviations(c, rate, r, method)
        return np.asarray(np.sqrt(m0) * (rate - c) + ndtri(a) * s_null - ndtri(b) * s_alt)

    top = np.full(c.shape, 1 - 1e-12)
    if np.any(short(top) < 0):
        k = int(np.argmax(short(top) < 0))
        raise SizingError(
            f"{m0.flat[k]:g} control and {m1.flat[k]:g} experimental patients cannot detect any rate above "
            f"p0 = {c.flat[k]:g} with power {b.flat[k]:g}"
        )
    p1 = bracketed_root(short, c, top)
    return ProportionEffect(method, p1, p1 - c)
