"""How far an input may lie from the number given: distributions of a rate, by quantile and cumulative probability.

    Counted    Beta of a rate: what counts, or a number of patients they stand for, leave open
    Fitted     the log-activity (or tau) `-ln(1 - rate)` is log-normal: intervals of the component fits are so
    Hazard     the log-activity is normal: it is minus a log hazard ratio, and a ratio above 1 is possible

Source: ours; Beta(x + 1/2, n - x + 1/2) is the posterior of a proportion under the prior of Jeffreys (1946).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import betainc, betaincinv, ndtr, ndtri

from trialopt.instance import Floats

HIGHEST = 1 - 1e-9
"""Rates are kept below 1, where log-activity is infinite."""

JEFFREYS = 0.5
"""Added to each of the two counts of a proportion."""


class Spread(Protocol):
    """Distribution of a rate."""

    def quantile(self, probability: Floats) -> Floats:
        """Rates below which the distribution has these probabilities (0..1)."""

    def below(self, rate: float) -> float:
        """Probability that the rate is at most this."""

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
        room = betainc(self.a, self.b, self.top)
        rate: Floats = np.clip(betaincinv(self.a, self.b, probability * room), 0.0, self.top * HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        inside = min(max(rate, 0.0), self.top)
        return float(betainc(self.a, self.b, inside) / betainc(self.a, self.b, self.top))

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
        activity = -np.log1p(-self.rate) * np.exp(self.sd * ndtri(probability))
        rate: Floats = np.minimum(-np.expm1(-activity), HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        if rate <= 0:
            return 0.0
        ratio = np.log1p(-min(rate, HIGHEST)) / np.log1p(-self.rate)
        return float(ndtr(np.log(ratio) / self.sd))

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
        rate: Floats = np.minimum(-np.expm1(np.log1p(-self.rate) - self.sd * ndtri(probability)), HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        return float(ndtr((np.log1p(-self.rate) - np.log1p(-min(rate, HIGHEST))) / self.sd))

    def words(self) -> str:
        """Name the distribution."""
        return f"normal log hazard ratio, sd {self.sd:.3g}"
