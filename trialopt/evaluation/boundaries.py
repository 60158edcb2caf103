"""Boundaries of a trial with interim looks, as the judge finds them (model section 7).

Written apart from `trialopt.sizing`, which sizes arms: densities of the standardised statistic on Gauss-Legendre panels
of its own region of continuation, bounds by Newton's method on the chance of crossing. Statistics ``Z_k`` at fractions
``t_k`` have mean ``drift sqrt(t_k)`` and, given ``Z_{k-1} = y``, are normal with mean ``(y sqrt(t_{k-1}) + drift (t_k -
t_{k-1})) / sqrt(t_k)`` and variance ``(t_k - t_{k-1}) / t_k``. Jennison and Turnbull, Group Sequential Methods, 2000,
section 19.2; spending functions: Lan and DeMets, Biometrika 70 (1983) 659-663 (obrien_fleming, pocock); Hwang, Shih and
DeCani, Statistics in Medicine 9 (1990) 1439-1445 (hsd); Kim and DeMets, Biometrika 74 (1987) 149-154 (power).

A futility rule that binds lets alpha be spent on the paths that it leaves; one that does not bind leaves the efficacy
bounds as without it. Power counts on both kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import e, erfc, expm1, inf, log, log1p, sqrt
from statistics import NormalDist

import numpy as np

from trialopt.core.design import Interim
from trialopt.core.instance import Floats
from trialopt.core.settings import spending_of

NORMAL = NormalDist()

UNREACHED = 37.0
"""The bound, of either sign, of a look at which nothing can be spent."""

REACH = 9.0
"""Standard deviations around its mean beyond which a statistic is not followed."""

NODES = 16
"""Nodes of a panel."""


@dataclass(frozen=True)
class Boundaries:
    """Bounds on the statistic at each analysis, the last one final; errors spent are cumulative.

    `futility` is `None` without a rule and ends at the efficacy bound. `drift` is the mean of the final statistic under
    the effect sized for, `inflation` the factor on the fixed size.
    """

    timing: tuple[float, ...]
    efficacy: tuple[float, ...]
    futility: tuple[float, ...] | None
    alpha_spent: tuple[float, ...]
    beta_spent: tuple[float, ...] | None
    drift: float
    inflation: float

    def stopping(self, share: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Chance of stopping at each analysis for efficacy and for futility under a share of the effect sized for.

        At the final analysis the second is the chance of ending without success.
        """
        return _stopping(self.timing, self.efficacy, self.futility, share * self.drift)

    def expected(self, share: float) -> float:
        """Expected share of the largest size at which the trial stops, the rules followed."""
        up, down = self.stopping(share)
        before = [one + other for one, other in zip(up[:-1], down[:-1], strict=True)]
        return sum(t * p for t, p in zip(self.timing, (*before, 1 - sum(before)), strict=True))


@lru_cache(maxsize=1024)
def boundaries(interim: Interim, alpha: float, power: float) -> Boundaries:
    """Boundaries at a one-sided level and a power, found once. Raises `SizingError`."""
    timing, rule = interim.fractions, interim.futility
    beta, fixed = 1 - power, NORMAL.inv_cdf(power) - NORMAL.inv_cdf(alpha)
    spent = tuple(spend(alpha, t, interim.spending) for t in timing)
    lost = tuple(spend(beta, t, interim.futility_spending or interim.spending) for t in timing)
    upper, _, _ = _bounds(timing, spent, None, False, 0.0)

    def missed(drift: float) -> float:
        if rule == "none":
            return 1 - sum(_stopping(timing, upper, None, drift)[0]) - beta
        return _bounds(timing, spent, lost, rule == "binding", drift)[2] - beta

    drift = _drift(missed, fixed)
    lower = None
    if rule != "none":
        upper, lower, _ = _bounds(timing, spent, lost, rule == "binding", drift)
    return Boundaries(timing, upper, lower, spent, None if lower is None else lost, drift, (drift / fixed) ** 2)


def one_look(alpha: float, power: float) -> Boundaries:
    """The trial without interim looks."""
    bound = -NORMAL.inv_cdf(alpha)
    return Boundaries((1.0,), (bound,), None, (alpha,), None, NORMAL.inv_cdf(power) + bound, 1.0)


def spend(error: float, time: float, spending: str) -> float:
    """Part of an error that may be used up by an information fraction. Sources: the module."""
    if time == 1.0:
        return error
    known = spending_of(spending)
    assert known is not None, spending
    family, parameter = known
    match family:
        case "obrien_fleming":
            return erfc(-NORMAL.inv_cdf(error / 2) / sqrt(2 * time))
        case "pocock":
            return error * log1p((e - 1) * time)
        case "power":
            return float(error * time**parameter)
        case _:
            return error * (time if parameter == 0 else expm1(-parameter * time) / expm1(-parameter))


# -- Densities from look to look. ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Path:
    """Trials still going on after a look: chances `mass` of standing at `at` on the statistic."""

    drift: float
    time: float
    at: Floats
    mass: Floats

    def mean_and_deviation(self, time: float) -> tuple[Floats, float]:
        """Of the statistic at a later `time`, for each point."""
        step = time - self.time
        return (self.at * sqrt(self.time) + self.drift * step) / sqrt(time), sqrt(step / time)

    def above(self, z: float, time: float) -> float:
        """Chance of coming to `time` with a statistic above `z`."""
        mean, deviation = self.mean_and_deviation(time)
        return float(self.mass @ _normal((mean - z) / deviation))

    def below(self, z: float, time: float) -> float:
        """Chance of coming to `time` with a statistic below `z`."""
        mean, deviation = self.mean_and_deviation(time)
        return float(self.mass @ _normal((z - mean) / deviation))

    def density(self, z: Floats, time: float) -> Floats:
        """Density of the statistic at `time` over the trials that come to it."""
        mean, deviation = self.mean_and_deviation(time)
        bell = np.exp(-0.5 * ((z[:, None] - mean) / deviation) ** 2)
        return np.asarray(bell @ self.mass / (deviation * sqrt(2 * np.pi)))

    def onward(self, low: float, high: float, time: float, following: float) -> _Path:
        """After the look at `time`: those between its bounds, finely enough for the look at `following`."""
        centre = self.drift * sqrt(time)
        low, high = max(low, centre - REACH), min(high, centre + REACH)
        if high <= low:
            return _Path(self.drift, time, np.array([low]), np.zeros(1))
        width = 2.0 * min(1.0, sqrt((time - self.time) / time), sqrt((following - time) / time))
        panels = max(1, int(np.ceil((high - low) / width)))
        x, w = np.polynomial.legendre.leggauss(NODES)
        half = 0.5 * (high - low) / panels
        middles = low + half * (2 * np.arange(panels) + 1)
        at = (middles[:, None] + half * x).ravel()
        return _Path(self.drift, time, at, np.tile(half * w, panels) * self.density(at, time))


def _start(drift: float) -> _Path:
    return _Path(drift, 0.0, np.zeros(1), np.ones(1))


def _normal(x: Floats) -> Floats:
    from scipy.special import ndtr  # loaded where a trial has looks

    return np.asarray(ndtr(x))


def _stopping(
    timing: tuple[float, ...], upper: tuple[float, ...], lower: tuple[float, ...] | None, drift: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    path, up, down = _start(drift), list[float](), list[float]()
    for k, time in enumerate(timing):
        low = -inf if lower is None else lower[k]
        up.append(path.above(upper[k], time))
        last = k + 1 == len(timing)
        down.append(path.below(upper[k] if last else low, time))
        if not last:
            path = path.onward(low, upper[k], time, timing[k + 1])
    return tuple(up), tuple(down)


# -- Bounds, and the drift that has the power. --------------------------------------------------------------------


def _bounds(
    timing: tuple[float, ...], spent: tuple[float, ...], lost: tuple[float, ...] | None, binding: bool, drift: float
) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Efficacy and futility bounds, and the chance of missing the effect `drift` with them."""
    null, effect = _start(0.0), _start(drift)
    upper, lower, missed = list[float](), list[float](), 0.0
    for k, time in enumerate(timing):
        last = k + 1 == len(timing)
        high = _bound(null, spent[k] - (spent[k - 1] if k else 0.0), time, 1)
        low = high if last else -inf
        if lost is not None and not last:
            low = min(high, _bound(effect, lost[k] - (lost[k - 1] if k else 0.0), time, -1))
        upper.append(high)
        lower.append(low)
        missed += effect.below(low, time)
        if not last:
            null = null.onward(low if binding else -inf, high, time, timing[k + 1])
            effect = effect.onward(low, high, time, timing[k + 1])
    return tuple(upper), tuple(lower), missed


def _bound(path: _Path, chance: float, time: float, side: int) -> float:
    """The bound beyond which `chance` lies at `time`: above it (side 1) or below it (side -1)."""

    def beyond(z: float) -> float:
        return path.above(z, time) if side > 0 else path.below(z, time)

    nothing, all_of_it = side * UNREACHED, -side * UNREACHED
    if chance <= 0 or beyond(nothing) >= chance:
        return nothing
    if beyond(all_of_it) <= chance:
        return all_of_it
    return _newton(beyond, lambda z: float(path.density(np.array([z]), time)[0]), chance, side)


def _newton(beyond: Callable[[float], float], density: Callable[[float], float], chance: float, side: int) -> float:
    """Root of ``log beyond(z) = log chance`` by Newton's steps, halving where they leave the bracket."""
    low, high = -UNREACHED, UNREACHED
    z = -side * NORMAL.inv_cdf(min(0.5, max(chance, 1e-300)))
    for _ in range(200):
        there = beyond(z)
        if (there > chance) == (side > 0):
            low = z
        else:
            high = z
        slope = density(z)
        step = there * log(there / chance) / slope if there > 0 and slope > 0 else inf
        following = z + side * step
        if not low < following < high:
            following = 0.5 * (low + high)
        if abs(following - z) < 1e-13 * max(1.0, abs(z)):
            return following
        z = following
    return z


def _drift(missed: Callable[[float], float], fixed: float) -> float:
    """Drift at which nothing is missed beyond beta: secants between two drifts that hold it (Illinois)."""
    from trialopt.sizing.checks import SizingError

    low, high = 0.9 * fixed, 1.2 * fixed
    while (below := missed(low)) < 0:
        low *= 0.8
    while (above := missed(high)) > 0:
        high *= 1.2
        if high > 100 * fixed:
            raise SizingError("no size reaches its power with these looks, which stop it too often")
    side = 0
    for _ in range(100):
        middle = high - above * (high - low) / (above - below)
        at = missed(middle)
        if abs(at) < 1e-15 or high - low < 1e-13 * fixed:
            return middle
        if at > 0:
            low, below = middle, at
            above, side = (above / 2 if side > 0 else above), 1
        else:
            high, above = middle, at
            below, side = (below / 2 if side < 0 else below), -1
    return high - above * (high - low) / (above - below)
