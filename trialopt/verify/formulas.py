"""Patients of one comparison and the power of so many, for many arms at once (model section 7).

Written again from the model text. `f` (g,) are the parts of the accrual; rates and hazards are (n, g). One-sided
level, ratio `r` experimental to control; `inf` patients where a formula has no answer.

Source: model text; Schoenfeld (1983), Freedman (1982), Rubinstein, Gail and Santner (1981), Lachin and Foulkes (1986).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from trialopt.core.instance import Floats
from trialopt.verify.intake import Intake

NORMAL = NormalDist()
HALVINGS = 200
FIRST_DOUBLINGS = 200


@dataclass(frozen=True)
class Asked:
    """What a comparison is to hold, and factors on its size."""

    alpha: float
    power: float
    ratio: float
    inflation: float
    evaluable: float

    @property
    def z_alpha(self) -> float:
        """Quantile of the level."""
        return NORMAL.inv_cdf(1 - self.alpha)

    @property
    def z_beta(self) -> float:
        """Quantile of the power."""
        return NORMAL.inv_cdf(self.power)


def whole(patients: Floats) -> Floats:
    """Rounded up, but for what rounding of numbers adds."""
    return np.asarray(np.ceil(patients - 1e-9))


def rate_spreads(f: Floats, p0: Floats, p1: Floats, ratio: float, pooled: bool) -> tuple[Floats, Floats]:
    """(n,) roots of the variances without and with the effect."""
    variance = (p0 * (1 - p0) + p1 * (1 - p1) / ratio) @ f
    if not pooled:
        return np.sqrt(variance), np.sqrt(variance)
    common = (p0 + ratio * p1) / (1 + ratio)
    return np.sqrt((common * (1 - common) * (1 + 1 / ratio)) @ f), np.sqrt(variance)


def response_patients(f: Floats, p0: Floats, p1: Floats, asked: Asked, pooled: bool) -> tuple[Floats, Floats]:
    """(n,) whole experimental and control patients."""
    null, effect = rate_spreads(f, p0, p1, asked.ratio, pooled)
    total = asked.z_alpha * null + asked.z_beta * effect
    with np.errstate(divide="ignore", invalid="ignore"):
        control = asked.inflation / asked.evaluable * (total / ((p1 - p0) @ f)) ** 2
    control = np.where((total > 0) & np.isfinite(control), control, np.inf)
    return whole(asked.ratio * control), whole(control)


def response_power(f: Floats, p0: Floats, p1: Floats, asked: Asked, pooled: bool, n1: int, n0: int) -> float:
    """Power of so many patients, of one arm."""
    null, effect = (float(part[0]) for part in rate_spreads(f, p0[None], p1[None], n1 / n0, pooled))
    count = n0 * asked.evaluable / asked.inflation
    return NORMAL.cdf((np.sqrt(count) * float((p1 - p0) @ f) - asked.z_alpha * null) / effect)


@dataclass(frozen=True)
class Course:
    """How the patients of n arms fail and are followed."""

    f: Floats
    hazard: Floats
    """(g,) of the control, per month."""
    ratio: Floats
    """(n,) hazard ratio."""
    rate: float
    """Patients a month."""
    follow_up: float
    dropout: float
    method: str
    intake: Intake | None = None
    """How patients come in, where not evenly; months are those at the full rate then."""

    def chance(self, hazard: Floats, months: Floats) -> Floats:
        """(n, g) chance that an event is seen, hazards (n, g), after accrual over (n,) months."""
        out = hazard + self.dropout
        if self.intake is not None:
            return np.asarray(hazard / out * (1 - self.intake.waiting(out, months, self.follow_up)))
        months = months[:, None]
        seen = (np.exp(-out * self.follow_up) - np.exp(-out * (months + self.follow_up))) / (out * months)
        return np.asarray(hazard / out * (1 - seen))

    def events(self, r: float, months: Floats) -> Floats:
        """(n,) chance of an event of a patient of the arm or its control."""
        control = self.chance(np.broadcast_to(self.hazard, (len(months), len(self.f))), months)
        return np.asarray((r * self.chance(self.ratio[:, None] * self.hazard, months) + control) @ self.f / (1 + r))

    def spreads(self, r: float, months: Floats) -> tuple[Floats, Floats]:
        """(n,) what the quantiles are multiplied by in the root of the patients."""
        gain = -np.log(self.ratio)
        if self.method in ("schoenfeld", "freedman"):
            if self.method == "freedman":
                gain = (1 + r) * (1 - self.ratio) / (1 + r * self.ratio)
            one = (1 + r) / np.sqrt(r) / gain / np.sqrt(self.events(r, months))
            return one, one
        control = self.chance(np.broadcast_to(self.hazard, (len(months), len(self.f))), months)
        effect = self._width(control, self.chance(self.ratio[:, None] * self.hazard, months), r) / gain
        if self.method == "rubinstein":
            return effect, effect
        mean = self.chance(((1 + r * self.ratio) / (1 + r))[:, None] * self.hazard, months)
        return self._width(mean, mean, r) / gain, effect

    def _width(self, control: Floats, arm: Floats, r: float) -> Floats:
        used = self.f > 0
        parts = self.f[used] / ((1 + r) / control[:, used] + (1 + r) / (r * arm[:, used]))
        return np.asarray(1 / np.sqrt(parts.sum(axis=1)))


def progression_patients(course: Course, asked: Asked) -> tuple[Floats, Floats, Floats]:
    """(n,) whole experimental and control patients, and events of the unrounded ones."""
    r = asked.ratio

    def missing(months: Floats) -> Floats:
        null, effect = course.spreads(r, months)
        total = asked.z_alpha * null + asked.z_beta * effect
        return np.where(total > 0, asked.inflation * total**2 - course.rate * months, np.nan)

    months = _root(missing, len(course.ratio))
    total = course.rate * months
    return whole(total * r / (1 + r)), whole(total / (1 + r)), total * course.events(r, months)


def progression_power(course: Course, asked: Asked, n1: int, n0: int) -> float:
    """Power of so many patients, of one arm."""
    months = np.array([(n1 + n0) / course.rate])
    null, effect = (float(part[0]) for part in course.spreads(n1 / n0, months))
    return NORMAL.cdf((np.sqrt((n1 + n0) / asked.inflation) - asked.z_alpha * null) / effect)


def _root(falling: Callable[[Floats], Floats], count: int) -> Floats:
    """(n,) roots above 0 of falling functions; inf where there is none."""
    low, high = np.full(count, 1e-12), np.ones(count)
    for _ in range(FIRST_DOUBLINGS):
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            above = falling(high) > 0
        if not above.any():
            break
        low, high = np.where(above, high, low), np.where(above, 2 * high, high)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        none = ~(falling(high) <= 0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            above = falling(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
        if (high - low <= 1e-15 * high).all():
            break
    return np.where(none, np.inf, high)
