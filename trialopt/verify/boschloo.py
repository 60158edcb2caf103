"""Sizes by Boschloo's exact test, by looking at every outcome (model section 7).

The statistic is Fisher's one-sided p-value. Outcomes are rejected from the smallest on, as long as the chance of
rejection under one common rate, at its worst, stays within the level. Source: Boschloo (1970); the size is the fewest
control patients after which power stays at what was asked for, near the approximation of Casagrande, Pike and Smith
(1978) with Fleiss, Tytun and Ury (1980) for unequal sides.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, sqrt

import numpy as np

from trialopt.core.instance import Floats, Ints
from trialopt.verify.formulas import Asked

MOST = 400
"""Patients beyond which there is no exact size."""

ALIKE = 1e-9
"""p-values nearer than this (relative) are one."""

RATES = 1 / (1 + np.exp(-np.linspace(-8, 8, 481)))
"""Common rates at which the chance of rejection is looked at first."""

STEPS, ROUNDS = 13, 5
"""Rates between two of those, each time between the neighbours of the highest, and how many times."""


@lru_cache(maxsize=1024)
def _log_ways(n: int) -> Floats:
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    return np.asarray(logs[n] - logs - logs[::-1])


def outcomes(n: int, rate: Floats) -> Floats:
    """(k, n + 1) chances of so many responders at rates (k,) inside 0 and 1."""
    x = np.arange(n + 1)
    return np.asarray(np.exp(_log_ways(n) + np.outer(np.log(rate), x) + np.outer(np.log1p(-rate), n - x)))


def at_least(n: int, rate: Floats) -> Floats:
    """(k, n + 2) chances of so many responders or more."""
    tail = np.cumsum(outcomes(n, rate)[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([tail, np.zeros((len(rate), 1))], axis=1)


def p_values(n0: int, n1: int) -> Floats:
    """(n0 + 1, n1 + 1) Fisher's one-sided p-value of each outcome."""
    found = np.ones((n0 + 1, n1 + 1))
    controls, arm, both = _log_ways(n0), _log_ways(n1), _log_ways(n0 + n1)
    for total in range(n0 + n1 + 1):
        x1 = np.arange(max(0, total - n0), min(n1, total) + 1)
        each = np.exp(controls[total - x1] + arm[x1] - both[total])
        found[total - x1, x1] = np.cumsum(each[::-1])[::-1]
    return found


def _rejected(p: Floats, bound: float) -> Ints:
    """(n0 + 1,) fewest experimental responders that are rejected beside so many of the control."""
    return np.asarray((p > bound * (1 + ALIKE)).sum(axis=1))


def chance(rows: Ints, n1: int, p0: Floats, p1: Floats) -> Floats:
    """(k,) chances of rejection at pairs of rates."""
    return np.asarray((outcomes(len(rows) - 1, p0) * at_least(n1, p1)[:, rows]).sum(axis=1))


def _worst(rows: Ints, n1: int, on_rates: Floats) -> float:
    """Highest chance of rejection at one common rate, refined about each of the highest of `RATES`."""
    highest, last = float(on_rates.max()), len(RATES) - 1
    for k in np.flatnonzero(on_rates > 0.98 * highest).tolist():
        low, high = max(0, k - 1), min(last, k + 1)
        if on_rates[k] < max(on_rates[low], on_rates[high]):
            continue
        rates = RATES[[low, high]]
        for _ in range(ROUNDS):
            fine = np.linspace(rates[0], rates[1], STEPS)
            each = chance(rows, n1, fine, fine)
            highest, top = max(highest, float(each.max())), int(np.argmax(each))
            rates = fine[[max(0, top - 1), min(STEPS - 1, top + 1)]]
    return highest


@lru_cache(maxsize=4096)
def region(n0: int, n1: int, alpha: float) -> tuple[int, ...]:
    """The outcomes that the test rejects, as in `_rejected`."""
    p = p_values(n0, n1)
    control, tail = outcomes(n0, RATES), at_least(n1, RATES)
    levels = np.sort(p[p <= min(1.0, 10 * alpha)])
    levels = levels[np.append(levels[1:] > levels[:-1] * (1 + ALIKE), True)] if len(levels) else levels

    def on_rates(k: int) -> tuple[Ints, Floats]:
        rows = _rejected(p, float(levels[k]))
        return rows, (control * tail[:, rows]).sum(axis=1)

    first, beyond = -1, len(levels)  # the level at `first` holds alpha, that at `beyond` does not
    while beyond - first > 1:
        middle = (first + beyond) // 2
        if float(on_rates(middle)[1].max()) <= alpha:
            first = middle
        else:
            beyond = middle
    while first >= 0:
        rows, each = on_rates(first)
        if _worst(rows, n1, each) <= alpha:
            break
        first -= 1
    return tuple((_rejected(p, float(levels[first])) if first >= 0 else np.full(n0 + 1, n1 + 1)).tolist())


def power_of(n0: int, n1: int, alpha: float, p0: float, p1: float) -> float:
    """Power of the test in so many patients."""
    return float(chance(np.array(region(n0, n1, alpha)), n1, np.array([p0]), np.array([p1]))[0])


@lru_cache(maxsize=65536)
def exact_patients(p0: float, p1: float, asked: Asked) -> tuple[float, float, float]:
    """Whole experimental and control patients, and their power; inf patients where there is no such size."""
    none = np.inf, np.inf, np.nan
    r = asked.ratio
    if not p1 > p0 or asked.power <= asked.alpha:
        return none
    common = (p0 + r * p1) / (1 + r)
    spread = asked.z_alpha * sqrt((1 + 1 / r) * common * (1 - common))
    plain = ((spread + asked.z_beta * sqrt(p0 * (1 - p0) + p1 * (1 - p1) / r)) / (p1 - p0)) ** 2
    near = plain / 4 * (1 + sqrt(1 + 2 * (1 + r) / (r * (p1 - p0)) / plain)) ** 2
    if 0.7 * near * (1 + r) > MOST:
        return none
    last = ceil(1.15 * near) + 10

    def reached(n0: int) -> float:
        return power_of(n0, ceil(r * n0 - 1e-9), asked.alpha, p0, p1)

    short = next((n0 for n0 in range(last, 0, -1) if reached(n0) < asked.power), None)
    if short is None or short == last or short + 1 + ceil(r * (short + 1) - 1e-9) > MOST:
        return none
    n0 = short + 1
    n1 = ceil(r * n0 - 1e-9)
    whole1, whole0 = (float(ceil(n / asked.evaluable - 1e-9)) for n in (n1, n0))
    return whole1, whole0, reached(n0)


def exact_power(p0: float, p1: float, asked: Asked, experimental: int, control: int) -> float:
    """Power of so many patients, of whom a share counts."""
    n1, n0 = (max(1, round(n * asked.evaluable)) for n in (experimental, control))
    return power_of(n0, n1, asked.alpha, p0, p1)
