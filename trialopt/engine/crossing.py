"""Chance that a trial with interim looks succeeds, for many effects at once.

Under an effect whose final statistic has mean `theta` the score process ``B(t)`` is a Brownian motion with drift
`theta`, and the density of its path up to ``t`` is that without drift times ``exp(theta B(t) - theta^2 t / 2)``
(Cameron and Martin; Jennison and Turnbull, Group Sequential Methods, 2000, chapter 19). So one recursion without drift
serves every effect: `at` and `mass` are where trials stand that went on. Success is crossing the efficacy bound at any
look; a futility bound, binding or not, ends a trial (model section 7: power counts on both kinds).

Success at a look is known from a table of its chance and its slope at effects `STEP` apart, by cubics between them: a
function as smooth as the normal distribution, so they are right to about 1e-10.
"""

from __future__ import annotations

from math import ceil, pi, sqrt

import numpy as np

from trialopt.core.instance import Floats
from trialopt.sizing.looks import LooksDesign
from trialopt.sizing.special import ndtr

STEP = 0.01
"""Between two effects of the table, in standard deviations of the final statistic."""

BEYOND = 8.0
"""Standard deviations from every bound at which success is certain, or never comes."""

DEEP = 9.0
"""Standard deviations below which no trial stands that still succeeds."""

AT_ONCE = 2_000
"""Effects tabulated at once: bounds memory."""


class Crossing:
    """Chance of success of one group-sequential design."""

    def __init__(self, design: LooksDesign) -> None:
        times, upper = np.sqrt(design.timing), np.array(design.efficacy_z)
        lower = upper[-1:] if design.futility_z is None else np.array(design.futility_z)
        self._low = float(((np.minimum(upper, BEYOND) - BEYOND) / times).min()) - STEP
        high = float(((lower + BEYOND) / times[-len(lower) :]).max())
        effects = self._low + STEP * np.arange(ceil((high - self._low) / STEP) + 1)
        parts = [_success(design, some) for some in np.array_split(effects, len(effects) // AT_ONCE + 1)]
        self._chance, self._slope = (np.concatenate([part[k] for part in parts]) for k in (0, 1))

    def __call__(self, drift: Floats) -> Floats:
        """(n,) chance of success where the final statistic has mean `drift`."""
        place = np.clip((drift - self._low) / STEP, 0.0, len(self._chance) - 1.0)
        k = np.minimum(place.astype(np.int64), len(self._chance) - 2)
        x = place - k
        y = 1 - x
        value = y * y * ((1 + 2 * x) * self._chance[k] + x * STEP * self._slope[k])
        value += x * x * ((1 + 2 * y) * self._chance[k + 1] - y * STEP * self._slope[k + 1])
        return np.asarray(value)


def _success(design: LooksDesign, effect: Floats) -> tuple[Floats, Floats]:
    """(n,) chance of success under each effect, and its slope."""
    chance, slope = np.zeros(len(effect)), np.zeros(len(effect))
    time, at, mass = 0.0, np.zeros(1), np.ones(1)
    for k, now in enumerate(design.timing):
        step, bound = now - time, design.efficacy_z[k] * sqrt(now)
        weight = mass[:, None] * np.exp(at[:, None] * effect - effect**2 * time / 2)
        x = (at[:, None] + effect * step - bound) / sqrt(step)
        above = ndtr(x)
        chance += (weight * above).sum(axis=0)
        bell = np.exp(-0.5 * x**2) * sqrt(step / (2 * pi))
        slope += (weight * ((at[:, None] - effect * time) * above + bell)).sum(axis=0)
        if k + 1 < len(design.timing):
            low = -DEEP if design.futility_z is None else max(-DEEP, design.futility_z[k])
            narrow = sqrt(min(step, design.timing[k + 1] - now))
            points, width = _between(low * sqrt(now), bound, narrow)
            apart = (points[:, None] - at) / sqrt(step)
            time, at, mass = now, points, width * (np.exp(-0.5 * apart**2) @ mass) / sqrt(2 * pi * step)
    return chance, slope


def _between(low: float, high: float, narrow: float) -> tuple[Floats, Floats]:
    """Gauss-Legendre points and weights between two bounds, for functions as narrow as `narrow`."""
    count = 32 * ceil((48 + 3 * max(0.0, high - low) / narrow) / 32)
    x, w = np.polynomial.legendre.leggauss(count)
    half = 0.5 * max(0.0, high - low)
    return low + half * (1 + x), half * w
