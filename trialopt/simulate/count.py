"""Operating characteristics of trials that were played, each with its Monte Carlo error.

A share or mean of n trials has the error of their standard deviation over the root of n; where trials go through fewer
truths in turn, that of the truths' own means, as trials of one truth are alike. A quantile has half the width between
the order statistics one error of its rank away.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from trialopt.core.instance import Bools, Floats

MOST = 0.9
"""The share of trials that take no more than what is told beside the mean."""


@dataclass(frozen=True)
class Number:
    """A number with its Monte Carlo error."""

    value: float
    error: float

    def within(self, other: float, errors: float = 3.0) -> bool:
        """Whether another number is at most so many errors away."""
        return abs(self.value - other) <= errors * self.error


@dataclass(frozen=True)
class Measure:
    """One operating characteristic under one scenario, of the whole trial (`arm` empty) or of one family."""

    scenario: str
    arm: str
    what: str
    """A key of `MEASURES`."""
    of: str
    """A comparison, an analysis (`look 1`, `final`), a category; empty where it is of the whole."""
    number: Number


MEASURES = {
    "any": "share of trials in which at least one arm succeeds",
    "all": "share of trials in which every arm (of the trial), or every comparison (of the arm), succeeds",
    "each": "share of trials in which the comparison succeeds",
    "estimate": "mean estimate at the end: difference in rates, or log hazard ratio",
    "effect": "mean true effect, on the same scale",
    "bias": "mean of estimate less true effect",
    "stop_success": "share of trials that end with success at this analysis",
    "stop_futility": "share of trials that end for futility at this analysis",
    "month_of": "mean month of the analysis, over trials that come to it",
    "short": "share of trials analysed before they had their events",
    "patients": "patients randomised",
    "worse": "patients randomised to another than the best treatment of their stratum",
    "events": "events, or responses, at the end",
    "months": "months to the end",
    "cost": "cost of the patients randomised",
    "severe": "patients with at least one severe event of the category",
}
"""What is measured; `..._90` of a total is what 90 % of the trials do not pass."""


def share(values: Floats | Bools, truths: int = 1) -> Number:
    """A share of trials, which go through so many truths in turn."""
    numbers = np.asarray(values, dtype=float)
    p = float(numbers.mean())
    error = sqrt(max(p * (1 - p), 0.0) / len(numbers))
    return Number(p, max(error, _between(numbers, np.ones(len(numbers), dtype=bool), truths)))


def mean(values: Floats, truths: int = 1) -> Number | None:
    """A mean over those trials that have a number; `None` where none has."""
    numbers = np.asarray(values, dtype=float)
    there = np.isfinite(numbers)
    known = numbers[there]
    if not len(known):
        return None
    error = float(known.std(ddof=1) / sqrt(len(known))) if len(known) > 1 else 0.0
    return Number(float(known.mean()), max(error, _between(numbers, there, truths)))


def _between(numbers: Floats, there: Bools, truths: int) -> float:
    """Error of a mean over trials of which every `truths`-th has the same truth; 0 where no truth comes twice."""
    if truths < 2 or len(numbers) <= truths:
        return 0.0
    truth = np.arange(len(numbers))[there] % truths
    counts = np.bincount(truth, minlength=truths)
    means = np.bincount(truth, numbers[there], minlength=truths)[counts > 0] / counts[counts > 0]
    return float(means.std(ddof=1) / sqrt(len(means))) if len(means) > 1 else 0.0


def most(values: Floats) -> Number | None:
    """What `MOST` of the trials do not pass."""
    known = np.sort(np.asarray(values, dtype=float))
    if not len(known) or not np.isfinite(known).all():
        return None
    n, spread = len(known), sqrt(len(known) * MOST * (1 - MOST))

    def at(rank: float) -> float:
        return float(known[min(n - 1, max(0, int(np.ceil(rank)) - 1))])

    return Number(at(MOST * n), (at(MOST * n + spread) - at(MOST * n - spread)) / 2)
