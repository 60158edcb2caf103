"""Whole patients of very many comparisons over strata at once, for a search: inf where there is no size.

The formulas and their sources are those of `strata.py`, `survival.py` and `exact_size.py`; nothing is checked or
raised, and a comparison that cannot be sized has inf patients on both sides. The last axis of rates and fractions runs
over strata; strata of fraction 0 do not count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy
from numpy.typing import NDArray

from trialopt.sizing.accrual import chance_of_event
from trialopt.sizing.boschloo import Rows, boschloo_rows
from trialopt.sizing.checks import Floats, round_up
from trialopt.sizing.enrolment import Enrolment, chance_of_event_entering
from trialopt.sizing.exact_size import MOST_PATIENTS, casagrande_size, horizon
from trialopt.sizing.special import bracketed_root, ndtri

INSIDE = 1e-9
"""Rates nearer than this to 0 or 1, and effects smaller than it, cannot be sized."""


@dataclass(frozen=True)
class Comparison:
    """What each comparison is to hold, and how it is analysed."""

    alpha: float
    power: float
    ratio: float
    inflation: float = 1.0
    evaluable: float = 1.0
    analysis: str = "stratified"
    pooled_variance: bool = False
    method: str = "schoenfeld"
    follow_up: float = 0.0
    dropout: float = 0.0

    @property
    def z_alpha(self) -> float:
        """Normal quantile of the level."""
        return -float(ndtri(self.alpha))

    @property
    def z_beta(self) -> float:
        """Normal quantile of the power."""
        return float(ndtri(self.power))


def _sides(control: Floats, ratio: float, good: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    n1, n0 = round_up(ratio * control), round_up(control)
    return np.where(good, n1, np.inf), np.where(good, n0, np.inf)


def response_patients(f: Floats, p0: Floats, p1: Floats, c: Comparison) -> tuple[Floats, Floats]:
    """Experimental and control patients for rates by stratum; shapes broadcast, leading axes are comparisons."""
    inside = (p0 > INSIDE) & (p0 < 1 - INSIDE) & (p1 > INSIDE) & (p1 < 1 - INSIDE)
    good = (inside | (f <= 0)).all(axis=-1)
    p0, p1 = np.where(inside & (f > 0), p0, 0.25), np.where(inside & (f > 0), p1, 0.25)
    effect = (f * (p1 - p0)).sum(axis=-1)
    good = good & (effect > INSIDE)
    if c.analysis == "exact":
        return _exact((f * p0).sum(axis=-1), (f * p1).sum(axis=-1), good, c)
    if c.analysis == "pooled_data":
        p0, p1 = ((f * p).sum(axis=-1, keepdims=True) for p in (p0, p1))
        f = np.ones(1)
    total = _total(_null(f, p0, p1, c), _alternative(f, p0, p1, c), c)
    with np.errstate(divide="ignore", invalid="ignore"):
        control = c.inflation / c.evaluable * (total / np.where(good, effect, 1.0)) ** 2
    return _sides(control, c.ratio, np.asarray(good & (total > 0)))


def fewest_response_patients(f: Floats, p0: Floats, most: Floats, c: Comparison) -> tuple[Floats, Floats]:
    """No fewer patients than this for any rates from 0 up to `most`, where patients may rise with a rate."""
    top = np.minimum(most, 1.0)
    effect = (f * (top - p0)).sum(axis=-1)
    inside = (p0 > INSIDE) & (p0 < 1 - INSIDE) & (most > INSIDE)
    good = (inside | (f <= 0)).all(axis=-1) & (effect > INSIDE)
    half = np.minimum(top, 0.5)
    varied = _alternative(f, p0, np.zeros_like(top), c) if c.z_beta >= 0 else _alternative(f, p0, half, c)
    if c.pooled_variance:
        means = [(p0 + c.ratio * p) / (1 + c.ratio) for p in (np.zeros_like(top), top)]
        least = np.minimum(*(m * (1 - m) for m in means))
        null = np.sqrt(np.maximum((f * (1 + 1 / c.ratio) * least).sum(axis=-1), 0.0))
    else:
        null = varied = _alternative(f, p0, np.zeros_like(top), c)
    total = np.maximum(_total(null, varied, c), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        control = c.inflation / c.evaluable * (total / np.where(good, effect, 1.0)) ** 2
    return _sides(control, c.ratio, np.asarray(good))


def patients_fall(f: Floats, p0: Floats, most: Floats, c: Comparison) -> bool:
    """Whether patients never rise with a rate, over all rates from 0 to `most` (G,) and all rows of `f` (n, G).

    Over one stratum, or strata ignored, they never do. Over several, more of an effect in a stratum also adds to the
    variance. With ``h = 2 V D'- D V'`` for a rate, patients fall where h is at least 0; h is concave in the other
    rates and linear in its own, so its least value is at a corner of the box.
    """
    if c.z_beta < 0 and c.pooled_variance:
        return False
    if c.analysis != "stratified":
        return True
    for row in f:
        used = np.flatnonzero(row > 0)
        if len(used) < 2:
            continue
        corners = (np.arange(2 ** len(used))[:, None] >> np.arange(len(used)) & 1) * np.minimum(most[used], 1.0)
        w, q = row[used], p0[used]
        effect = (w * (corners - q)).sum(axis=1)[:, None]
        spread = (w * (q * (1 - q) + corners * (1 - corners) / c.ratio)).sum(axis=1)[:, None]
        slope = (1 - 2 * corners) / c.ratio
        falls = (2 * spread - effect * slope >= 0) | (slope <= 0)
        if c.pooled_variance:
            mean = (q + c.ratio * corners) / (1 + c.ratio)
            null = (w * (1 + 1 / c.ratio) * mean * (1 - mean)).sum(axis=1)[:, None]
            falls &= (2 * null - effect * (1 - 2 * mean) >= 0) | (mean >= 0.5)
        if not falls.all():
            return False
    return True


def _alternative(f: Floats, p0: Floats, p1: Floats, c: Comparison) -> Floats:
    """Give ``sqrt(V1)``; NaN for an arm so much worse than its control that its rate is below 0."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt((f * (p0 * (1 - p0) + p1 * (1 - p1) / c.ratio)).sum(axis=-1)))


def _null(f: Floats, p0: Floats, p1: Floats, c: Comparison) -> Floats:
    """Give ``sqrt(V0)``."""
    if not c.pooled_variance:
        return _alternative(f, p0, p1, c)
    mean = (p0 + c.ratio * p1) / (1 + c.ratio)
    return np.asarray(np.sqrt((f * (1 + 1 / c.ratio) * mean * (1 - mean)).sum(axis=-1)))


def _total(null: Floats, effect: Floats, c: Comparison) -> Floats:
    return np.asarray(c.z_alpha * null + c.z_beta * effect)


# -- Survival ------------------------------------------------------------------------------------------------------


def survival_patients(
    hr: Floats,
    f: Floats,
    median: Floats,
    rate: Floats,
    c: Comparison,
    beside: Floats | float = 1.0,
    enrolments: Sequence[Enrolment] | None = None,
) -> tuple[Floats, Floats]:
    """Experimental and control patients for hazard ratios (n,) over strata with control medians (G,) in months.

    `f` is (n, G) or (G,), `rate` patients a month (n,) or one for all, `beside` (n,) a factor on the control's hazards.
    `enrolments` (G,) say how the strata's patients come in; without them evenly at the rate. Strata of one median that
    enrol alike count as one.
    """
    entering = None
    if enrolments is None:
        known, stratum = np.unique(median, return_inverse=True)
    else:
        pairs = list(zip(median.tolist(), enrolments, strict=True))
        distinct = list(dict.fromkeys(pairs))
        known, stratum = np.array([m for m, _ in distinct]), np.array([distinct.index(pair) for pair in pairs])
        entering = [one for _, one in distinct]
    parts = np.asarray(f) @ (stratum[:, None] == np.arange(len(known)))
    hr, rate = np.asarray(hr, dtype=float), np.asarray(rate, dtype=float)
    hr, rate = np.broadcast_arrays(hr, rate)
    good = (hr < 1) & (hr > 0) & (rate > 0)
    ratio, rate = np.where(good, hr, 0.5)[..., None], np.where(good, rate, 1.0)
    h0 = math.log(2) / known * np.asarray(beside)[..., None]

    def needed(months: Floats) -> Floats:
        null, effect = _spreads(ratio, h0, parts, months[..., None], c, entering)
        return np.asarray(c.inflation * np.maximum(_total(null, effect, c), 0.0) ** 2)

    def surplus(log_months: Floats) -> Floats:
        months = np.exp(log_months)
        return np.asarray(rate * months - needed(months))

    start = np.broadcast_to(1 / h0.max(axis=-1), hr.shape)
    least = needed(np.full(hr.shape, np.inf)) / rate
    most = np.maximum(start, needed(start) / rate)
    good = good & (least > 0)
    low, high = np.log(np.where(good, least, 0.5)) - 1e-9, np.log(np.where(good, most, 1.0)) + 1e-9
    if entering is not None:  # with more patients later, a chance of an event may fall as accrual lasts longer
        while ((surplus(high) < 0) & good).any():
            high = np.where(surplus(high) < 0, high + 0.7, high)
    n = rate * np.exp(bracketed_root(surplus, low, high))
    return _sides(n / (1 + c.ratio), c.ratio, good)


def _spreads(
    ratio: Floats, h0: Floats, f: Floats, months: Floats, c: Comparison, entering: list[Enrolment] | None = None
) -> tuple[Floats, Floats]:
    """What ``z_alpha`` and ``z_beta`` are multiplied by in ``sqrt(N)``; strata on the last axis of the arguments."""
    r, gain = c.ratio, -np.log(ratio[..., 0])

    def chance(hazard: Floats) -> Floats:
        if entering is not None:
            return chance_of_event_entering(hazard, months[..., 0], entering, f > 0, c.follow_up, c.dropout)
        return chance_of_event(hazard, months, np.asarray(c.follow_up), np.asarray(c.dropout))

    def spread(p0: Floats, p1: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.asarray(1 / np.sqrt((f / ((1 + r) / p0 + (1 + r) / (r * p1))).sum(axis=-1)) / gain)

    p0, p1 = chance(h0), chance(ratio * h0)
    if c.method in ("schoenfeld", "freedman"):
        if c.method == "freedman":
            gain = (1 + r) * (1 - ratio[..., 0]) / (1 + r * ratio[..., 0])
        events = (f * (r * p1 + p0)).sum(axis=-1) / (1 + r)
        one = np.asarray((1 + r) / math.sqrt(r) / gain / np.sqrt(events))
        return one, one
    effect = spread(p0, p1)
    if c.method == "rubinstein":
        return effect, effect
    mean = chance((1 + r * ratio) / (1 + r) * h0)
    return spread(mean, mean), effect


# -- Exact ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _rows(n0: int, n1: int, alpha: float) -> Rows:
    return boschloo_rows(n0, n1, alpha)


@lru_cache(maxsize=1024)
def _least_rates(p0: float, alpha: float, power: float, ratio: float, most: int) -> Floats:
    """Least experimental rate at which so many control patients (1, 2, ... `most`) and all more have the power."""
    least = np.empty(most)
    for n0 in range(1, most + 1):
        n1 = math.ceil(ratio * n0 - 1e-9)
        rows = _rows(n0, n1, alpha)
        weight = scipy.stats.binom.pmf(np.arange(n0 + 1), n0, p0)
        low, high = 0.0, 1.0
        for _ in range(50):
            middle = (low + high) / 2
            tail = np.where(rows > n1, 0.0, np.where(rows <= 0, 1.0, scipy.special.bdtrc(rows - 1.0, n1, middle)))
            low, high = (low, middle) if float(weight @ tail) >= power else (middle, high)
        least[n0 - 1] = high
    return np.asarray(np.maximum.accumulate(least[::-1])[::-1])


def _exact(p0: Floats, p1: Floats, good: NDArray[np.bool_], c: Comparison) -> tuple[Floats, Floats]:
    p0, p1, good = np.broadcast_arrays(p0, p1, good)
    control = np.full(p0.shape, np.inf)
    furthest = horizon(int(MOST_PATIENTS / (1 + c.ratio)))
    for rate in np.unique(p0[good]):
        at = good & (p0 == rate)
        near = float(casagrande_size(rate, p1[at].min(), c.alpha, c.power, c.ratio).n0_exact)
        most = min(furthest, 2 ** math.ceil(math.log2(horizon(min(near, furthest)))))  # few lengths are remembered
        least = _least_rates(float(rate), c.alpha, c.power, c.ratio, most)
        control[at] = 1 + np.count_nonzero(least[:, None] > p1[at][None, :], axis=0)
    n0 = np.where(np.isfinite(control), control, 1.0)
    n1 = np.ceil(c.ratio * n0 - 1e-9)
    fits = np.isfinite(control) & (n0 + n1 <= MOST_PATIENTS)
    n0, n1 = round_up(n0 / c.evaluable), round_up(n1 / c.evaluable)
    return np.where(fits, n1, np.inf), np.where(fits, n0, np.inf)
