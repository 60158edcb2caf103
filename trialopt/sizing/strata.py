"""Sizes of one comparison over several strata, the subgroups an arm serves (model.md section 7).

The last axis of `p0`, `p1`, `control_median` and `fractions` runs over strata; `fractions` are accrual shares, summing
to 1. With ``q = 1 - p``, ratio ``r`` experimental to control, ``z_a``, ``z_b`` the normal quantiles:

* Response, risk difference with Mantel-Haenszel weights: ``n0 = (z_a sqrt(V0) + z_b sqrt(V1))^2 / D^2``, ``n1 = r
  n0``, ``D = sum f (p1 - p0)``, ``V1 = sum f (p0 q0 + p1 q1 / r)`` and ``V0 = V1`` (`unpooled`) or ``sum f (1 + 1 / r)
  p q`` at the common rate ``p = (p0 + r p1) / (1 + r)`` of each stratum (`pooled`). Greenland and Robins, Biometrics
  41 (1985) 55-68; Chow, Shao and Wang, Sample Size Calculations in Clinical Research, 2nd ed., section 4.2.
* Survival, stratified log-rank test, one hazard ratio. `schoenfeld`: events ``d = (1 + r)^2 / r (z_a + z_b)^2 / (log
  HR)^2`` and patients ``N sum f (r P1 + P0) / (1 + r) = d``, `P` the chances of an event (`accrual.py`). Schoenfeld,
  Biometrics 39 (1983) 499-503. `lachin_foulkes`: ``N = (z_a sqrt(W0) + z_b sqrt(W1))^2 / (log HR)^2``, ``1 / W1 = sum
  f / ((1 + r) / P0 + (1 + r) / (r P1))``, ``W0`` with both chances at the mean hazard ``(1 + r HR) / (1 + r) h0``.
  Lachin and Foulkes, Biometrics 42 (1986) 507-519; as gsDesign's ``nSurv`` has it over strata.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialopt.sizing.accrual import chance_of_event, hazard_of_median
from trialopt.sizing.checks import (
    Floats,
    SizingError,
    levels,
    not_negative,
    positive,
    proportion,
    quantile_sum,
    round_up,
)
from trialopt.sizing.events import check_followed_hazard_ratio
from trialopt.sizing.special import bracketed_root, ndtr, ndtri

Analysis = Literal["stratified", "pooled_data"]
NullVariance = Literal["unpooled", "pooled"]
StratifiedMethod = Literal["schoenfeld", "lachin_foulkes"]


@dataclass(frozen=True)
class StratifiedResponse:
    """Patients of each side, unrounded and whole, and the difference `D` they show; leading axes of the inputs."""

    n0_exact: Floats
    n1_exact: Floats
    n0: Floats
    n1: Floats
    difference: Floats


@dataclass(frozen=True)
class StratifiedSurvival:
    """Events and patients, unrounded and whole, the months of accrual, and events by stratum (last axis)."""

    events: Floats
    n0_exact: Floats
    n1_exact: Floats
    n0: Floats
    n1: Floats
    accrual_months: Floats
    events_by_stratum: Floats


def _fractions(fractions: ArrayLike) -> Floats:
    f = positive(fractions, "accrual fraction")
    if f.ndim == 0 or np.any(np.abs(f.sum(axis=-1) - 1) > 1e-9):
        raise SizingError("accrual fractions must be one for each stratum and sum to 1")
    return f


def _moments(
    p0: ArrayLike, p1: ArrayLike, fractions: ArrayLike, ratio: ArrayLike, analysis: str, null_variance: str
) -> tuple[Floats, Floats, Floats]:
    """``D``, ``sqrt(V0)``, ``sqrt(V1)`` of the module."""
    if analysis not in ("stratified", "pooled_data"):
        raise SizingError(f"analysis must be stratified or pooled_data, not {analysis!r}")
    if null_variance not in ("unpooled", "pooled"):
        raise SizingError(f"null variance must be unpooled or pooled, not {null_variance!r}")
    f = _fractions(fractions)
    c, e, f = np.broadcast_arrays(proportion(p0, "p0"), proportion(p1, "p1"), f)
    r = np.asarray(positive(ratio, "ratio"))[..., None]
    if analysis == "pooled_data":
        c, e = ((f * p).sum(axis=-1, keepdims=True) for p in (c, e))
        f = np.ones_like(c)
    v1 = (f * (c * (1 - c) + e * (1 - e) / r)).sum(axis=-1)
    mean = (c + r * e) / (1 + r)
    v0 = v1 if null_variance == "unpooled" else (f * (1 + 1 / r) * mean * (1 - mean)).sum(axis=-1)
    return np.asarray((f * (e - c)).sum(axis=-1)), np.asarray(np.sqrt(v0)), np.asarray(np.sqrt(v1))


def stratified_response_size(
    p0: ArrayLike,
    p1: ArrayLike,
    fractions: ArrayLike,
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    ratio: ArrayLike = 1.0,
    *,
    analysis: Analysis = "stratified",
    null_variance: NullVariance = "unpooled",
    not_evaluable: ArrayLike = 0.0,
    inflation: ArrayLike = 1.0,
) -> StratifiedResponse:
    """Patients for control and experimental rates by stratum, one-sided `alpha`; formula and source: see the module.

    `pooled_data` ignores the strata: both rates are averaged by `fractions`. `not_evaluable` is the share of patients
    without an assessment and `inflation` the factor of interim looks. Parameters but the rates and fractions broadcast
    over the leading axes.

    Raises
    ------
    SizingError
        Rates outside (0, 1), fractions that do not sum to 1, ``power <= alpha``, or no effect in the right direction.
    """
    effect, s0, s1 = _moments(p0, p1, fractions, ratio, analysis, null_variance)
    if np.any(effect <= 1e-9):
        raise SizingError(f"the mean difference over strata must be above 0, not {float(np.min(effect)):g}")
    a, b = levels(alpha, power)
    lost = not_negative(not_evaluable, "share not evaluable")
    if np.any(lost >= 1):
        raise SizingError(f"share not evaluable must be below 1, not {float(np.max(lost)):g}")
    n0 = positive(inflation, "inflation") * (quantile_sum(-ndtri(a), s0, ndtri(b), s1, null_variance) / effect) ** 2
    n0 = np.asarray(n0 / (1 - lost))
    n1 = np.asarray(n0 * positive(ratio, "ratio"))
    return StratifiedResponse(n0, n1, round_up(n0), round_up(n1), effect)


def stratified_response_power(
    p0: ArrayLike,
    p1: ArrayLike,
    fractions: ArrayLike,
    n0: ArrayLike,
    n1: ArrayLike,
    alpha: ArrayLike = 0.025,
    *,
    analysis: Analysis = "stratified",
    null_variance: NullVariance = "unpooled",
) -> Floats:
    """Power of `n0` control and `n1` experimental evaluable patients: the size formula solved for ``z_b``."""
    m0, m1 = positive(n0, "n0"), positive(n1, "n1")
    effect, s0, s1 = _moments(p0, p1, fractions, m1 / m0, analysis, null_variance)
    return np.asarray(ndtr((np.sqrt(m0) * effect + ndtri(proportion(alpha, "alpha")) * s0) / s1))


@dataclass(frozen=True)
class _Course:
    """Strata under way: control hazards and fractions by stratum, the rest broadcast over leading axes."""

    h0: Floats
    fractions: Floats
    hazard_ratio: Floats
    ratio: Floats
    follow_up: Floats
    dropout: Floats
    method: str

    def chance(self, hazard: Floats, accrual: Floats) -> Floats:
        return chance_of_event(hazard, accrual[..., None], self.follow_up[..., None], self.dropout[..., None])

    def events(self, accrual: Floats) -> Floats:
        """Events in each stratum per patient of the trial."""
        r = self.ratio[..., None]
        p0, p1 = self.chance(self.h0, accrual), self.chance(self.hazard_ratio[..., None] * self.h0, accrual)
        return np.asarray(self.fractions * (r * p1 + p0) / (1 + r))

    def _information(self, p0: Floats, p1: Floats) -> Floats:
        r = self.ratio[..., None]
        with np.errstate(divide="ignore"):
            return np.asarray((self.fractions / ((1 + r) / p0 + (1 + r) / (r * p1))).sum(axis=-1))

    def deviations(self, accrual: Floats) -> tuple[Floats, Floats]:
        """``sqrt(W0)``, ``sqrt(W1)`` over the effect: ``N = (z_a s0 + z_b s1)^2``."""
        theta, r = np.abs(np.log(self.hazard_ratio)), self.ratio
        if self.method == "schoenfeld":
            each = (1 + r) / np.sqrt(r * self.events(accrual).sum(axis=-1)) / theta
            return each, each
        p0, p1 = self.chance(self.h0, accrual), self.chance(self.hazard_ratio[..., None] * self.h0, accrual)
        mean = self.chance(((1 + r * self.hazard_ratio) / (1 + r))[..., None] * self.h0, accrual)
        null, effect = self._information(mean, mean), self._information(p0, p1)
        return np.asarray(1 / np.sqrt(null) / theta), np.asarray(1 / np.sqrt(effect) / theta)


def _course(
    hazard_ratio: ArrayLike,
    control_median: ArrayLike,
    fractions: ArrayLike,
    ratio: ArrayLike,
    follow_up: ArrayLike,
    dropout: ArrayLike,
    method: str,
) -> _Course:
    if method not in ("schoenfeld", "lachin_foulkes"):
        raise SizingError(f"method over strata must be schoenfeld or lachin_foulkes, not {method!r}")
    h0, f = np.broadcast_arrays(hazard_of_median(control_median), _fractions(fractions))
    hr, r, late, lost = np.broadcast_arrays(
        check_followed_hazard_ratio(hazard_ratio),
        positive(ratio, "ratio"),
        not_negative(follow_up, "follow-up"),
        not_negative(dropout, "dropout"),
    )
    return _Course(h0, f, hr, r, late, lost, method)


def stratified_survival_size(
    hazard_ratio: ArrayLike,
    control_median: ArrayLike,
    fractions: ArrayLike,
    accrual_rate: ArrayLike,
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    ratio: ArrayLike = 1.0,
    method: StratifiedMethod = "schoenfeld",
    *,
    follow_up: ArrayLike = 0.0,
    dropout: ArrayLike = 0.0,
    inflation: ArrayLike = 1.0,
) -> StratifiedSurvival:
    """Events and patients for one hazard ratio over strata with their own control medians (months).

    `accrual_rate` is of all strata, patients a month; accrual lasts as long as the patients need (the root of ``rate *
    A = N(A)``), then `follow_up` months. `dropout` is a hazard per month. Formula and source: see the module.

    Raises
    ------
    SizingError
        Hazard ratio outside (0, 1), medians or rates not above 0, fractions that do not sum to 1, ``power <= alpha``.
    """
    course = _course(hazard_ratio, control_median, fractions, ratio, follow_up, dropout, method)
    a, b = levels(alpha, power)
    rate, factor = positive(accrual_rate, "accrual rate"), positive(inflation, "inflation")
    za, zb = -ndtri(a), ndtri(b)
    lead = np.broadcast_shapes(a.shape, b.shape, rate.shape, factor.shape, course.ratio.shape, course.h0.shape[:-1])

    def surplus(months: Floats) -> Floats:
        s0, s1 = course.deviations(months)
        return np.asarray(np.log(rate * months) - np.log(factor * quantile_sum(za, s0, zb, s1, method) ** 2))

    high = np.ones(lead)
    while np.any(surplus(high) < 0):
        high = np.where(surplus(high) < 0, 2 * high, high)
    months = bracketed_root(surplus, 1e-9 * high, high)
    n = rate * months
    r = course.ratio
    n0, n1 = np.asarray(n / (1 + r)), np.asarray(n * r / (1 + r))
    each = np.asarray(n[..., None] * course.events(months))
    return StratifiedSurvival(each.sum(axis=-1), n0, n1, round_up(n0), round_up(n1), months, each)


def stratified_survival_power(
    hazard_ratio: ArrayLike,
    control_median: ArrayLike,
    fractions: ArrayLike,
    n0: ArrayLike,
    n1: ArrayLike,
    accrual_months: ArrayLike,
    alpha: ArrayLike = 0.025,
    method: StratifiedMethod = "schoenfeld",
    *,
    follow_up: ArrayLike = 0.0,
    dropout: ArrayLike = 0.0,
) -> Floats:
    """Power of `n0` control and `n1` experimental patients entered over `accrual_months`: the same for ``z_b``."""
    m0, m1 = positive(n0, "n0"), positive(n1, "n1")
    course = _course(hazard_ratio, control_median, fractions, m1 / m0, follow_up, dropout, method)
    s0, s1 = course.deviations(positive(accrual_months, "accrual months"))
    return np.asarray(ndtr((np.sqrt(m0 + m1) + ndtri(proportion(alpha, "alpha")) * s0) / s1))
