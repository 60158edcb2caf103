"""Chances of crossing bounds at the looks of a trial, by recursive integration.

The test statistics ``Z_1..Z_K`` of ``K`` analyses at information fractions ``t_1 < .. < t_K = 1`` are normal with
``E Z_k = drift sqrt(t_k)`` and ``cov(Z_i, Z_j) = sqrt(t_i / t_j)``, ``i <= j``; Gauss-Legendre quadrature over each
region of continuation. Armitage, McPherson and Rowe, JRSS A 132 (1969) 235-244; Jennison and Turnbull, Group
Sequential Methods, 2000, chapter 19.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from trialopt.sizing.special import brentq, ndtr, ndtri
from trialopt.sizing.spending import spend

FAR = 40.0
"""A bound no statistic reaches."""

MOST = FAR - 3
"""The highest efficacy bound: that of a look at which nothing is left to spend."""

NOTHING = 1e-100
"""A level that counts as nothing left to spend."""


@dataclass(frozen=True)
class Crossing:
    """Chance of stopping at each analysis, for efficacy and for futility, under one drift."""

    drift: float
    efficacy: tuple[float, ...]
    futility: tuple[float, ...]

    @property
    def stops(self) -> tuple[float, ...]:
        """Chance of ending at each analysis, the last one whatever it says."""
        early = [e + f for e, f in zip(self.efficacy, self.futility, strict=True)][:-1]
        return (*early, 1 - sum(early))

    def expected(self, timing: Sequence[float]) -> float:
        """Expected share of the largest size at which the trial stops."""
        return sum(t * s for t, s in zip(timing, self.stops, strict=True))


_legendre = lru_cache(maxsize=8)(np.polynomial.legendre.leggauss)


class Walk:
    """The score process ``B_k = Z_k sqrt(t_k)`` on its continuation region, look after look."""

    def __init__(self, drift: float) -> None:
        self.drift, self.time = drift, 0.0
        self.at, self.mass = np.zeros(1), np.ones(1)

    def above(self, z: float, time: float) -> float:
        """Chance of coming this far and having ``Z > z`` at `time`."""
        return self._beyond(z, time, 1)

    def below(self, z: float, time: float) -> float:
        """Chance of coming this far and having ``Z < z`` at `time`."""
        return self._beyond(z, time, -1)

    def _beyond(self, z: float, time: float, side: int) -> float:
        step = time - self.time
        mean = self.at + self.drift * step
        return float(self.mass @ ndtr(side * (mean - z * math.sqrt(time)) / math.sqrt(step)))

    def go_on(self, lower: float, upper: float, time: float, next_time: float) -> None:
        """Move to `time`, keeping what lies between the bounds; `next_time` sets how fine the grid is."""
        root, step = math.sqrt(time), time - self.time
        low = max(lower * root, self.drift * time - 9 * root)
        high = min(upper * root, self.drift * time + 9 * root)
        if high <= low:
            self.at, self.mass, self.time = np.array([lower * root]), np.zeros(1), time
            return
        narrow = math.sqrt(min(step, next_time - time))
        nodes = 32 * math.ceil((48 + 3 * (high - low) / narrow) / 32)
        x, w = _legendre(nodes)
        at = 0.5 * (high - low) * x + 0.5 * (high + low)
        gap = (at[:, None] - self.at[None, :] - self.drift * step) / math.sqrt(step)
        density = np.exp(-0.5 * gap**2) @ self.mass / math.sqrt(2 * math.pi * step)
        self.at, self.mass, self.time = at, 0.5 * (high - low) * w * density, time


def crossing(
    timing: Sequence[float], efficacy: Sequence[float], futility: Sequence[float] | None, drift: float
) -> Crossing:
    """Chance of stopping at each analysis, under `drift` (the mean of the final statistic)."""
    walk, up, down = Walk(drift), [], []
    for k, t in enumerate(timing):
        lower = -FAR if futility is None else futility[k]
        up.append(walk.above(efficacy[k], t))
        down.append(walk.below(lower, t))
        if k + 1 < len(timing):
            walk.go_on(lower, efficacy[k], t, timing[k + 1])
    return Crossing(drift, tuple(up), tuple(down))


@lru_cache(maxsize=512)
def efficacy_bounds(alpha: float, timing: tuple[float, ...], spending: str) -> tuple[float, ...]:
    """Bounds on the statistic that spend one-sided `alpha` by `spending`, whatever a futility rule says."""
    walk, bounds, before = Walk(0.0), list[float](), 0.0
    for k, t in enumerate(timing):
        total = alpha if t == 1 else spend(alpha, t, spending)
        now, before = total - before, total
        if now <= NOTHING or walk.above(MOST, t) >= now:
            bound = MOST
        elif k == 0:
            bound = -float(ndtri(now))
        else:
            bound = brentq(lambda z, t=t, now=now: _log(walk.above(z, t)) - _log(now), -10, MOST, xtol=1e-12)
        bounds.append(bound)
        if k + 1 < len(timing):
            walk.go_on(-FAR, bound, t, timing[k + 1])
    return tuple(bounds)


def _log(x: float) -> float:
    return math.log(max(x, 1e-320))
