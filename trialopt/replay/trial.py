"""Trials of virtual patients: accrual, follow-up, dropout and the test, many trials at a time.

The tests are written here once more: the difference of rates over strata with Mantel-Haenszel weights, and the
stratified log-rank test on weeks. `looks.py` says when they are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats
from trialopt.replay.patients import stream

WEEK = 12 / 365.25 * 7
"""Months."""


@dataclass(frozen=True, eq=False)
class Stratum:
    """Patients of one side in one stratum over T trials: (T, n) arrays."""

    response: Bools
    ended: Floats
    """Months from randomisation to progression, death or the end of follow-up."""
    event: Bools
    entry: Floats | None = None
    """Months of randomisation after the first patient; needed by looks only."""
    there: Bools | None = None
    """Whether the patient counts; all where it is not given."""

    def counts(self) -> tuple[Floats, Floats]:
        """(T,) responses and patients."""
        if self.there is None:
            return self.response.sum(axis=1).astype(float), np.full(len(self.response), float(self.response.shape[1]))
        return (self.response & self.there).sum(axis=1).astype(float), self.there.sum(axis=1).astype(float)


def z_of_rates(first: Sequence[Stratum], second: Sequence[Stratum], pooled: bool = False) -> Floats:
    """(T,) z of the difference of response rates, first less second, Mantel-Haenszel weights.

    The variance is that of each side's own rate, or (`pooled`) of the rate that both have together in a stratum.
    """
    difference: Floats = np.zeros(1)
    variance: Floats = np.zeros(1)
    for one, two in zip(first, second, strict=True):
        (x1, n1), (x0, n0) = one.counts(), two.counts()
        with np.errstate(divide="ignore", invalid="ignore"):
            p1, p0, p = x1 / n1, x0 / n0, (x1 + x0) / (n1 + n0)
            spread = p * (1 - p) * (1 / n1 + 1 / n0) if pooled else p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
            weight = n1 * n0 / (n1 + n0)
        both = (n1 > 0) & (n0 > 0)
        difference = difference + np.where(both, weight * (p1 - p0), 0.0)
        variance = variance + np.where(both, weight**2 * spread, 0.0)
    return np.asarray(difference / np.sqrt(np.maximum(variance, 1e-12)))


def z_of_logrank(first: Sequence[Stratum], second: Sequence[Stratum]) -> Floats:
    """(T,) z of the stratified log-rank test, positive where the first side has fewer events than expected."""
    less, variance = 0.0, 0.0
    for one, two in zip(first, second, strict=True):
        top = int(max(one.ended.max(initial=0), two.ended.max(initial=0)) / WEEK) + 1
        (d1, r1), (d0, r0) = _counts(one, top), _counts(two, top)
        deaths, at_risk = d1 + d0, r1 + r0
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(at_risk > 0, r1 / at_risk, 0.0)
            spread = np.where(at_risk > 1, share * (1 - share) * deaths * (at_risk - deaths) / (at_risk - 1), 0.0)
        less = less + (deaths * share - d1).sum(axis=1)
        variance = variance + spread.sum(axis=1)
    return np.asarray(less / np.sqrt(np.maximum(variance, 1e-12)))


def _counts(side: Stratum, top: int) -> tuple[Floats, Floats]:
    """(T, weeks) events in a week, and patients at risk at its start."""
    trials, n = side.ended.shape
    week = np.minimum((np.maximum(side.ended, 0.0) / WEEK).astype(np.int64), top - 1)
    cell = week + top * np.arange(trials)[:, None]
    size = trials * top
    there = np.ones((trials, n), dtype=bool) if side.there is None else side.there
    ends = np.bincount(cell[there], minlength=size).reshape(trials, top)
    events = np.bincount(cell[side.event & there], minlength=size).reshape(trials, top)
    return events.astype(float), (there.sum(axis=1)[:, None] - np.cumsum(ends, axis=1) + ends).astype(float)


def entered(
    ended: Floats,
    event: Bools,
    accrual: float,
    dropout: float,
    key: tuple[object, ...],
    entering: Callable[[Floats], Floats] | None = None,
) -> tuple[Floats, Bools, Floats]:
    """Cut times off at dropout; and when patients enter, evenly over `accrual` months.

    `entering` gives the months of entry from shares of the accrual, where they do not enter evenly.
    """
    rng = stream(*key, "calendar")
    share = rng.random(ended.shape)
    entry = share * accrual if entering is None else entering(share)
    if dropout > 0:
        left = rng.standard_exponential(ended.shape) / dropout
        ended, event = np.minimum(ended, left), event & (ended <= left)
    return ended, event, entry
