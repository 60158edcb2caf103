"""Sizes worked out with plain arithmetic, from the formulas of the model text and nothing of the package."""

from math import exp, log, sqrt
from statistics import NormalDist

NORMAL = NormalDist()


def z(alpha, power):
    """z_alpha + z_beta."""
    return NORMAL.inv_cdf(1 - alpha) + NORMAL.inv_cdf(power)


def response_patients(p0, p1, alpha=0.025, power=0.8, ratio=1.0, inflation=1.0):
    """(control, experimental) patients, unrounded."""
    variance = p0 * (1 - p0) + p1 * (1 - p1) / ratio
    n0 = inflation * z(alpha, power) ** 2 * variance / (p1 - p0) ** 2
    return n0, ratio * n0


def over_strata(f, p0, p1, alpha=0.025, power=0.8, ratio=1.0, inflation=1.0, pooled=False):
    """(control, experimental) patients, unrounded, of the risk difference with Mantel-Haenszel weights."""
    rows = list(zip(f, p0, p1, strict=True))
    common = [(a + ratio * b) / (1 + ratio) for _, a, b in rows]
    real = sum(w * (a * (1 - a) + b * (1 - b) / ratio) for w, a, b in rows)
    null = sum(w * p * (1 - p) * (1 + 1 / ratio) for w, p in zip(f, common, strict=True)) if pooled else real
    total = NORMAL.inv_cdf(1 - alpha) * sqrt(null) + NORMAL.inv_cdf(power) * sqrt(real)
    n0 = inflation * (total / sum(w * (b - a) for w, a, b in rows)) ** 2
    return n0, ratio * n0


def response_power(p0, p1, n0, n1, alpha=0.025):
    """Power of these patients: the size formula turned round."""
    spread = sqrt(p0 * (1 - p0) / n0 + p1 * (1 - p1) / n1)
    return NORMAL.cdf((p1 - p0) / spread - NORMAL.inv_cdf(1 - alpha))


def schoenfeld(hazard_ratio, alpha=0.025, power=0.8, ratio=1.0):
    """Events of both sides."""
    return (1 + ratio) ** 2 / ratio * z(alpha, power) ** 2 / log(hazard_ratio) ** 2


def chance(hazard, accrual, follow_up, dropout):
    """Chance that a patient's event is seen."""
    k = hazard + dropout
    return hazard / k * (1 - (exp(-k * follow_up) - exp(-k * (accrual + follow_up))) / (k * accrual))


def events_of(patients, rate, hazard_ratio, median, follow_up, dropout, ratio=1.0):
    """Events expected of this many patients who arrive at `rate` a month."""
    h0, accrual = log(2) / median, patients / rate
    p0 = chance(h0, accrual, follow_up, dropout)
    p1 = chance(hazard_ratio * h0, accrual, follow_up, dropout)
    return patients * (ratio * p1 + p0) / (1 + ratio)


def patients_for(events, *course, **more):
    """Patients whose expected events are `events`, by halving an interval."""
    low, high = events, 1e7
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if events_of(middle, *course, **more) < events else (low, middle)
    return low
