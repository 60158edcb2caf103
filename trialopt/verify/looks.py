"""The factor that interim looks put on a size, computed again (model section 7).

Densities of the standardised statistic among the trials that go on, look by look, on Gauss-Legendre nodes between the
bounds; bounds by Newton's method on the chance of crossing, the drift by secants on the chance of missing the effect.
Source: Jennison and Turnbull (2000), section 19.2; Lan and DeMets (1983); Hwang, Shih and DeCani (1990); Kim and DeMets
(1987).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import e, erfc, exp, expm1, inf, log, log1p, pi, sqrt
from statistics import NormalDist

import numpy as np

from trialopt.core.design import Interim
from trialopt.core.instance import Floats

NORMAL = NormalDist()
FAR = 37.0
WIDE = 9.0
PANELS, NODES = 48, 12
FEWER = 20
"""Panels where a chance is all that is asked for."""


def spent(error: float, time: float, spending: str) -> float:
    """Part of an error that may be used by an information fraction."""
    if time >= 1:
        return error
    family, _, given = spending.partition(":")
    if family == "obrien_fleming":
        return erfc(NORMAL.inv_cdf(1 - error / 2) / sqrt(time) / sqrt(2))
    if family == "pocock":
        return error * log1p((e - 1) * time)
    parameter = float(given)
    if family == "power":
        return float(error * time**parameter)
    return error * (time if parameter == 0 else expm1(-parameter * time) / expm1(-parameter))


@dataclass(frozen=True)
class Going:
    """Trials that go on after a look: points of the statistic, and the chance that each stands for."""

    drift: float
    time: float
    at: Floats
    chance: Floats

    def beyond(self, z: float, time: float, side: int) -> float:
        """Chance of coming to `time` above `z` (side 1) or below it (side -1)."""
        mean, deviation = self._next(time)
        far = (side * (z - mean) / deviation / sqrt(2)).tolist()
        return float(np.dot(self.chance, [0.5 * erfc(x) for x in far]))

    def density(self, z: Floats, time: float) -> Floats:
        """Density of the statistic at `time`, over all that come to it."""
        mean, deviation = self._next(time)
        bell = np.exp(-(((z[:, None] - mean) / deviation) ** 2) / 2)
        return np.asarray(bell @ self.chance / (deviation * sqrt(2 * pi)))

    def _next(self, time: float) -> tuple[Floats, float]:
        step = time - self.time
        return (self.at * sqrt(self.time) + self.drift * step) / sqrt(time), sqrt(step / time)

    def between(self, low: float, high: float, time: float, panels: int = PANELS) -> Going:
        """Those that stand between two bounds at `time`."""
        centre = self.drift * sqrt(time)
        low, high = max(low, centre - WIDE), min(high, centre + WIDE)
        if high <= low:
            return Going(self.drift, time, np.zeros(1), np.zeros(1))
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        half = (high - low) / (2 * panels)
        middles = low + half * (1 + 2 * np.arange(panels))
        at = (middles[:, None] + half * nodes).ravel()
        return Going(self.drift, time, at, np.tile(half * weights, panels) * self.density(at, time))

    def bound(self, chance: float, time: float, side: int) -> float:
        """The bound beyond which so much lies."""
        if chance <= 0 or self.beyond(side * FAR, time, side) >= chance:
            return side * FAR
        low, high, z = -FAR, FAR, side * NORMAL.inv_cdf(1 - min(chance, 0.5))
        for _ in range(200):
            there = self.beyond(z, time, side)
            low, high = (z, high) if (there > chance) == (side > 0) else (low, z)
            slope = float(self.density(np.array([z]), time)[0])
            move = there * log(there / chance) / slope if there > 0 and slope > 0 else inf
            following = z + side * move
            if not low < following < high:
                following = (low + high) / 2
            if abs(following - z) < 1e-12:
                return following
            z = following
        return z


def _start(drift: float) -> Going:
    return Going(drift, 0.0, np.zeros(1), np.ones(1))


Bounds = tuple[tuple[float, float, float], ...]
"""Of each analysis: information fraction, bound for futility (-inf: none) and bound for success."""


def _with_bounds(interim: Interim, alpha: float, beta: float, drift: float) -> tuple[Bounds, float]:
    """Bounds for an effect of so much drift, and the chance of ending without success under it."""
    null, effect, missed = _start(0.0), _start(drift), 0.0
    used = lost = 0.0
    bounds: list[tuple[float, float, float]] = []
    times = interim.fractions
    for k, time in enumerate(times):
        high = null.bound(spent(alpha, time, interim.spending) - used, time, 1)
        used = spent(alpha, time, interim.spending)
        low = high if k + 1 == len(times) else -inf
        if interim.futility != "none" and k + 1 < len(times):
            may = spent(beta, time, interim.futility_spending or interim.spending)
            low, lost = min(high, effect.bound(may - lost, time, -1)), may
        missed += effect.beyond(low, time, -1) if low > -inf else 0.0
        null = null.between(low if interim.futility == "binding" else -inf, high, time)
        effect = effect.between(low, high, time)
        bounds.append((time, low, high))
    return tuple(bounds), missed


def success(bounds: Bounds, drift: float) -> float:
    """Chance of success at some analysis where the final statistic has this mean."""
    going, total = _start(drift), 0.0
    for time, low, high in bounds:
        total += going.beyond(high, time, 1)
        going = going.between(low, high, time, FEWER)
    return total


def inflation(interim: Interim | None, alpha: float, power: float) -> float:
    """Factor on the size of a trial without looks."""
    if interim is None:
        return 1.0
    return (_drift(interim, alpha, power) / (NORMAL.inv_cdf(power) + NORMAL.inv_cdf(1 - alpha))) ** 2


@lru_cache(maxsize=256)
def bounds_of(interim: Interim, alpha: float, power: float) -> Bounds:
    """The bounds of a trial that is sized for its looks."""
    return _with_bounds(interim, alpha, 1 - power, _drift(interim, alpha, power))[0]


@lru_cache(maxsize=256)
def _drift(interim: Interim, alpha: float, power: float) -> float:
    """Mean of the final statistic at which success has the power asked for."""
    beta = 1 - power
    fixed = NORMAL.inv_cdf(power) + NORMAL.inv_cdf(1 - alpha)

    def log_missed(drift: float) -> float:
        return log(max(_with_bounds(interim, alpha, beta, drift)[1], exp(-600)) / beta)

    low, high = 0.9 * fixed, 1.2 * fixed
    for _ in range(100):
        if log_missed(low) > 0:
            break
        low *= 0.8
    for _ in range(100):
        if log_missed(high) < 0:
            break
        high *= 1.2
    above, below, side = log_missed(low), log_missed(high), 0
    middle = high
    for _ in range(100):
        middle = high - below * (high - low) / (below - above)
        here = log_missed(middle)
        if abs(here) < 1e-13 or high - low < 1e-13 * fixed:
            break
        if here > 0:
            low, above = middle, here
            below, side = (below / 2 if side > 0 else below), 1
        else:
            high, below = middle, here
            above, side = (above / 2 if side < 0 else above), -1
    return middle
