"""Accrual, and the course of events over calendar time.

Patients enter uniformly over `accrual` months ``A`` and are watched until ``follow_up`` months ``F`` after
the last one entered; they fail with hazard ``h`` and drop out with hazard ``h_d``, both constant. With ``k
= h + h_d`` the chance that a patient's event is seen is (model.md section 7)

    P(h, A, F) = h / k * (1 - (exp(-k F) - exp(-k (A + F))) / (k A)).

Lachin and Foulkes, Biometrics 42 (1986) 507-519. Times are months, hazards per month.
With accrual left open ``N P(h, N / rate, F)`` grows without limit, so any number of events is reached in
the end; with accrual and patients fixed it tends to ``N h / k``, and more events than that are never seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trialopt.sizing.checks import Floats, SizingError, not_negative, positive, quantile_sum
from trialopt.sizing.events import standardised_effect
from trialopt.sizing.special import bracketed_root, ndtr

# -- From patients to events: exponential survival, uniform accrual, follow-up and exponential dropout. -----------


@dataclass(frozen=True)
class EventProbability:
    """The chance of a seen event of one patient, by arm, and of a patient taken at random (`pooled`)."""

    method: str
    control: Floats
    experimental: Floats
    pooled: Floats


def hazard_of_median(median_months: ArrayLike) -> Floats:
    """Hazard per month of an exponential survival time with this median: ``ln 2 / median``."""
    return np.asarray(np.log(2) / positive(median_months, "median"))


def dropout_hazard(share: ArrayLike, months: ArrayLike) -> Floats:
    """Hazard per month that loses `share` of the patients by `months`: ``-ln(1 - share) / months``."""
    lost = not_negative(share, "dropout share")
    if np.any(lost >= 1):
        raise SizingError(f"dropout share must be below 1, not {float(np.max(lost)):g}")
    return np.asarray(-np.log1p(-lost) / positive(months, "dropout time"))


def chance_of_event(hazard: Floats, accrual: Floats, follow_up: Floats, dropout: Floats) -> Floats:
    """`P(h, A, F)` of the module, without checks; ``A`` may be 0 (all enter at once) or inf."""
    k = hazard + dropout
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.where(
            k * accrual > 1e-8,
            -np.expm1(-k * accrual) / (k * accrual),
            1 - 0.5 * np.where(accrual < 1, k * accrual, 0),
        )
    return np.asarray(hazard / k * (1 - np.exp(-k * follow_up) * spread))


def event_probability(
    control_median: ArrayLike,
    hazard_ratio: ArrayLike,
    accrual_months: ArrayLike,
    follow_up_months: ArrayLike = 0.0,
    dropout_per_month: ArrayLike = 0.0,
    ratio: ArrayLike = 1.0,
) -> EventProbability:
    """Chance of a seen event in each arm, and over both with `ratio` experimental to control.

    Formula and source: see the module. Arrays broadcast. Raises `SizingError` for a time or rate out of range
    or when neither accrual nor follow-up leaves any time to see an event.
    """
    h0 = hazard_of_median(control_median)
    h1 = positive(hazard_ratio, "hazard ratio") * h0
    a, f = not_negative(accrual_months, "accrual months"), not_negative(follow_up_months, "follow-up months")
    if np.any(a + f <= 0):
        raise SizingError("accrual and follow-up are both 0 months: no event can be seen")
    d, r = not_negative(dropout_per_month, "dropout per month"), positive(ratio, "ratio")
    p0, p1 = chance_of_event(h0, a, f, d), chance_of_event(h1, a, f, d)
    return EventProbability("exponential survival, uniform accrual", p0, p1, np.asarray((p0 + r * p1) / (1 + r)))


def month_of_events(
    share: ArrayLike,
    control_median: float,
    hazard_ratio: float,
    accrual_months: float,
    follow_up_months: float,
    dropout_per_month: float = 0.0,
    ratio: float = 1.0,
) -> Floats:
    """Calendar months after the first patient by which `share` of the final expected events is expected.

    Until accrual ends ``t / A`` of the patients are in, over ``t`` months with no follow-up; then all, with ``t - A``.
    Ours. `share` may be an array in (0, 1].
    """
    s = positive(share, "share of the events")
    h0 = hazard_of_median(control_median)
    h1, d = hazard_ratio * h0, np.asarray(dropout_per_month, dtype=np.float64)

    def seen(month: Floats) -> Floats:
        span = np.minimum(month, accrual_months)
        rest = np.maximum(month - accrual_months, 0.0)
        p0, p1 = chance_of_event(h0, span, rest, d), chance_of_event(h1, span, rest, d)
        return np.asarray(span / accrual_months * (p0 + ratio * p1))

    end = accrual_months + follow_up_months
    last = np.full(s.shape, end)
    total = seen(last)
    return bracketed_root(lambda m: seen(m) - s * total, np.full(s.shape, 1e-9 * end), last)


# -- One survival comparison under way: chances of an event and the patients each method asks for. ----------------


@dataclass(frozen=True)
class Course:
    """How patients fail, drop out and are followed; hazards per month, ratio experimental to control."""

    h0: Floats
    hazard_ratio: Floats
    dropout: Floats
    ratio: Floats

    def chances(self, accrual: Floats, follow_up: Floats) -> tuple[Floats, Floats]:
        """Chance of a seen event, control and experimental."""
        p0 = chance_of_event(self.h0, accrual, follow_up, self.dropout)
        return p0, chance_of_event(self.hazard_ratio * self.h0, accrual, follow_up, self.dropout)

    def events_per_patient(self, accrual: Floats, follow_up: Floats) -> Floats:
        """Chance of a seen event of a patient of either arm."""
        p0, p1 = self.chances(accrual, follow_up)
        return np.asarray((p0 + self.ratio * p1) / (1 + self.ratio))

    def deviations(self, accrual: Floats, follow_up: Floats, method: str) -> tuple[Floats, Floats]:
        """Deviation over effect under null and alternative: ``N = (z_alpha s_null + z_beta s_alt)^2``."""
        r, theta = self.ratio, -np.log(self.hazard_ratio)
        p0, p1 = self.chances(accrual, follow_up)
        with np.errstate(divide="ignore"):
            if method in ("schoenfeld", "freedman"):
                pooled = (p0 + r * p1) / (1 + r)
                each = 1 / (standardised_effect(self.hazard_ratio, r, method) * np.sqrt(pooled))
                return each, each
            alternative = np.sqrt((1 + r) * (1 / p0 + 1 / (r * p1))) / theta
            if method == "rubinstein":
                return alternative, alternative
            mean = chance_of_event(self.h0 * (1 + r * self.hazard_ratio) / (1 + r), accrual, follow_up, self.dropout)
            return (1 + r) / np.sqrt(r * mean) / theta, alternative

    def patients(self, za: Floats, zb: Floats, accrual: Floats, follow_up: Floats, method: str) -> Floats:
        """``N(A, F)`` of the module, both arms, unrounded."""
        s_null, s_alt = self.deviations(accrual, follow_up, method)
        return np.asarray(quantile_sum(za, s_null, zb, s_alt, method) ** 2)

    def power(self, n: Floats, za: Floats, accrual: Floats, follow_up: Floats, method: str) -> Floats:
        """Power of `n` patients: ``N(A, F) = n`` solved for z_beta."""
        s_null, s_alt = self.deviations(accrual, follow_up, method)
        return np.asarray(ndtr((np.sqrt(n) - za * s_null) / s_alt))
