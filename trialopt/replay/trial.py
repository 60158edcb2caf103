"""Trials of virtual patients: accrual, follow-up, dropout and the test at the end, many trials at a time.

The tests are written here once more: the difference of rates over strata with Mantel-Haenszel weights, and the
stratified log-rank test on weeks. One analysis at the end; interim looks are `trialopt simulate`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

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


def z_of_rates(first: Sequence[Stratum], second: Sequence[Stratum]) -> Floats:
    """(T,) z of the difference of response rates, first less second, Mantel-Haenszel weights, unpooled variance."""
    difference, variance, whole = 0.0, 0.0, 0.0
    for one, two in zip(first, second, strict=True):
        n1, n0 = one.response.shape[1], two.response.shape[1]
        if not n1 or not n0:
            continue
        weight = n1 * n0 / (n1 + n0)
        p1, p0 = one.response.mean(axis=1), two.response.mean(axis=1)
        difference = difference + weight * (p1 - p0)
        variance = variance + weight**2 * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
        whole += weight
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
    week = np.minimum((side.ended / WEEK).astype(np.int64), top - 1)
    cell = week + top * np.arange(trials)[:, None]
    size = trials * top
    ends = np.bincount(cell.ravel(), minlength=size).reshape(trials, top)
    events = np.bincount(cell[side.event], minlength=size).reshape(trials, top)
    return events.astype(float), (n - np.cumsum(ends, axis=1) + ends).astype(float)


def watched(
    ended: Floats,
    event: Bools,
    accrual: float,
    follow_up: float,
    dropout: float,
    key: tuple[object, ...],
    entering: Callable[[Floats], Floats] | None = None,
) -> tuple[Floats, Bools]:
    """Cut times off at the analysis, and at dropout: patients enter evenly over `accrual` months.

    `entering` gives the months of entry from shares of the accrual, where they do not enter evenly.
    """
    rng = stream(*key, "calendar")
    share = rng.random(ended.shape)
    entry = share * accrual if entering is None else entering(share)
    until = accrual - entry + follow_up
    if dropout > 0:
        until = np.minimum(until, rng.standard_exponential(ended.shape) / dropout)
    return np.minimum(ended, until), event & (ended <= until)


def share_significant(z: Floats, alpha: float) -> tuple[float, float]:
    """Share of trials won at a one-sided level, and its standard error."""
    won = float((z > NormalDist().inv_cdf(1 - alpha)).mean())
    return won, float(np.sqrt(max(won * (1 - won), 1e-12) / len(z)))


def trials_of(values: NDArray[np.generic], trials: int) -> NDArray[np.generic]:
    """Patients in a row as (T, n)."""
    return values.reshape(trials, -1)
