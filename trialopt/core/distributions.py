"""Distributions of uncertain numbers, by their quantiles.

    Counted    Beta of a rate: what counts, or a number of patients they stand for, leave open
    Fitted     the log-activity (or tau) `-ln(1 - rate)` is log-normal: intervals of the component fits are so
    Hazard     the log-activity is normal: it is minus a log hazard ratio, and a ratio above 1 is possible
    Scaled     normal on a scale (log, logit of a share of a top, or as it is), about the number given

Source: ours; Beta(x + 1/2, n - x + 1/2) is the posterior of a proportion under the prior of Jeffreys (1946).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy

from trialopt.core.instance import Floats

HIGHEST = 1 - 1e-9
"""Rates are kept below 1, where log-activity is infinite."""

JEFFREYS = 0.5
"""Added to each of the two counts of a proportion."""

ENDS = (0.05, 0.95)
"""Ends of the 90 % range."""

SHARE_TOP = 1.25
"""Retained activity and sensitivity are drawn as shares of this."""


class Distribution(Protocol):
    """Distribution of a number."""

    def quantile(self, probability: Floats) -> Floats:
        """Numbers below which the distribution has these probabilities (0..1)."""

    def below(self, rate: float) -> float:
        """Probability that the number is at most this."""

    def words(self) -> str:
        """Name the distribution."""


@dataclass(frozen=True)
class Counted:
    """Beta(a, b) of a rate, cut off at `top` (a response rate that the agent cannot exceed where it was measured)."""

    a: float
    b: float
    top: float = 1.0

    @staticmethod
    def of_counts(events: float, patients: float, top: float = 1.0) -> Counted:
        """After Jeffreys."""
        return Counted(events + JEFFREYS, patients - events + JEFFREYS, top)

    @staticmethod
    def of_rate(rate: float, patients: float, top: float = 1.0) -> Counted:
        """With the rate as its mean, as certain as that many patients make it."""
        return Counted(rate * patients, (1 - rate) * patients, top)

    def quantile(self, probability: Floats) -> Floats:
        """Rates at these probabilities."""
        room = scipy.special.betainc(self.a, self.b, self.top)
        rate: Floats = np.clip(scipy.special.betaincinv(self.a, self.b, probability * room), 0.0, self.top * HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        inside = min(max(rate, 0.0), self.top)
        return float(scipy.special.betainc(self.a, self.b, inside) / scipy.special.betainc(self.a, self.b, self.top))

    def words(self) -> str:
        """Name the distribution."""
        cut = "" if self.top > 0.9999 else f" below {100 * self.top:.3g} %"
        return f"Beta({self.a:.4g}, {self.b:.4g}){cut}"


@dataclass(frozen=True)
class Fitted:
    """Log-activity log-normal about the rate given, with `sd` of its logarithm."""

    rate: float
    sd: float

    def quantile(self, probability: Floats) -> Floats:
        """Rates at these probabilities."""
        activity = -np.log1p(-self.rate) * np.exp(self.sd * scipy.special.ndtri(probability))
        rate: Floats = np.minimum(-np.expm1(-activity), HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        if rate <= 0:
            return 0.0
        ratio = np.log1p(-min(rate, HIGHEST)) / np.log1p(-self.rate)
        return float(scipy.special.ndtr(np.log(ratio) / self.sd))

    def words(self) -> str:
        """Name the distribution."""
        return f"log-normal on the log scale, sd {self.sd:.3g}"


@dataclass(frozen=True)
class Hazard:
    """Log-activity normal about that of the rate given, with `sd`; the share of the hazard removed may be negative."""

    rate: float
    sd: float

    def quantile(self, probability: Floats) -> Floats:
        """Rates at these probabilities."""
        rate: Floats = np.minimum(-np.expm1(np.log1p(-self.rate) - self.sd * scipy.special.ndtri(probability)), HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        return float(scipy.special.ndtr((np.log1p(-self.rate) - np.log1p(-min(rate, HIGHEST))) / self.sd))

    def words(self) -> str:
        """Name the distribution."""
        return f"normal log hazard ratio, sd {self.sd:.3g}"


def _to(scale: str, number: Floats, top: float) -> Floats:
    if scale == "plain":
        return number
    result: Floats = np.log(number) if scale == "log" else scipy.special.logit(number / top)
    return result


def _from(scale: str, number: Floats, top: float) -> Floats:
    if scale == "plain":
        return number
    result: Floats = np.exp(number) if scale == "log" else top * scipy.special.expit(number)
    return result


@dataclass(frozen=True)
class Scaled:
    """Normal on a scale, with mean and `sd` there: `plain`, `log`, or `logit` of the share of `top`."""

    scale: str
    mean: float
    sd: float
    top: float = 1.0

    @staticmethod
    def about(number: float, scale: str, sd: float, top: float = 1.0) -> Scaled:
        """With the number given as its median."""
        return Scaled(scale, float(_to(scale, np.asarray(number), top)), sd, top)

    @staticmethod
    def between(low: float, high: float, scale: str, top: float = 1.0) -> Scaled:
        """With these as its 5th and 95th percentile. On log and logit both lie inside the scale."""
        a, b = (float(_to(scale, np.asarray(number), top)) for number in (low, high))
        return Scaled(scale, (a + b) / 2, (b - a) / (2 * float(scipy.special.ndtri(ENDS[1]))), top)

    def quantile(self, probability: Floats) -> Floats:
        """Numbers at these probabilities."""
        return _from(self.scale, self.mean + self.sd * scipy.special.ndtri(probability), self.top)

    def below(self, rate: float) -> float:
        """Probability of at most this number."""
        if self.scale != "plain" and rate <= 0:
            return 0.0
        if self.scale == "logit" and rate >= self.top:
            return 1.0
        gap = float(_to(self.scale, np.asarray(rate), self.top)) - self.mean
        return float(scipy.special.ndtr(gap / self.sd)) if self.sd > 0 else float(gap >= 0)

    def words(self) -> str:
        """Name the distribution."""
        where = {"plain": "", "log": " on the log scale", "logit": f" on the logit of its share of {self.top:g}"}
        return f"normal{where[self.scale]}, sd {self.sd:.3g}"
