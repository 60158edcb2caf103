"""Group-sequential designs: error spending, boundaries, inflation factor and expected size.

The test statistics ``Z_1..Z_K`` of ``K = looks + 1`` analyses at information fractions ``t_1 < .. < t_K =
1`` are normal with ``E Z_k = drift sqrt(t_k)`` and ``cov(Z_i, Z_j) = sqrt(t_i / t_j)``, ``i <= j``.
Crossing probabilities come from recursive integration (Armitage, McPherson and Rowe, JRSS A 132 (1969) 235-244;
Jennison and Turnbull, Group Sequential Methods, 2000, chapter 19), by Gauss-Legendre quadrature over each region.

Spending of one-sided alpha (efficacy) and of beta (futility), Lan and DeMets, Biometrika 70 (1983) 659-663:

* ``obrien_fleming``:  ``2 (1 - Phi(z_{alpha/2} / sqrt(t)))``
* ``pocock``:  ``alpha ln(1 + (e - 1) t)``

Efficacy bounds never count on the futility rule (non-binding), so type I error holds if it is overruled.
Futility bounds spend beta under the alternative, and power, inflation and expected size take the rule as followed.
These are the conventions of gsDesign (``test.type`` 1 and 4; sfLDOF, sfLDPocock) and rpact (asOF, asP, bsOF, bsP).

The inflation factor is the largest size over that of one look with the same alpha and power. Limits: up to three
interim looks; information is taken to grow with patients (or events) as planned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialopt.sizing.checks import Floats, SizingError, levels, one_of
from trialopt.sizing.special import brentq, ndtr, ndtri
from trialopt.sizing.spending import spend

Spending = Literal["obrien_fleming", "pocock"]
Futility = Literal["none", "obrien_fleming", "pocock"]
SPENDING: tuple[Spending, ...] = ("obrien_fleming", "pocock")
FUTILITY: tuple[Futility, ...] = ("none", "obrien_fleming", "pocock")
MAX_LOOKS = 3
FAR = 40.0  # a bound no statistic reaches


@dataclass(frozen=True)
class Crossing:
    """Chance of stopping at each analysis, for efficacy and for futility, under one drift."""

    drift: float
    efficacy: tuple[float, ...]
    futility: tuple[float, ...]

    def expected(self, timing: Sequence[float]) -> float:
        """Expected share of the largest size at which the trial stops."""
        stops = [e + f for e, f in zip(self.efficacy, self.futility, strict=True)]
        stops[-1] = 1 - sum(stops[:-1])
        return sum(t * s for t, s in zip(timing, stops, strict=True))


@dataclass(frozen=True)
class GroupSequentialDesign:
    """Boundaries of a group-sequential design and what it costs.

    `timing` are information fractions of the analyses, the last 1. `efficacy_z` and `futility_z` are bounds
    on the statistic (`futility_z` ends at the efficacy bound; None without futility). `alpha_spent`,
    `beta_spent` are cumulative. `drift` is the mean of the final statistic under the alternative.
    `inflation` is largest over fixed size, and `expected_h0`, `expected_half`, `expected_h1` the expected
    over fixed size under no effect, half the effect and the effect. `under_h0`, `under_h1` are the stopping
    probabilities.
    """

    method: str
    alpha: float
    power: float
    timing: tuple[float, ...]
    efficacy_z: tuple[float, ...]
    futility_z: tuple[float, ...] | None
    alpha_spent: tuple[float, ...]
    beta_spent: tuple[float, ...] | None
    drift: float
    inflation: float
    expected_h0: float
    expected_half: float
    expected_h1: float
    under_h0: Crossing
    under_h1: Crossing


def analysis_times(looks: int, timing: Sequence[float] | None = None) -> tuple[float, ...]:
    """Information fractions: equally spaced, or those given of the interim looks (a final 1 is allowed)."""
    if isinstance(looks, bool) or int(looks) != looks or not 0 <= looks <= MAX_LOOKS:
        raise SizingError(f"looks counts interim analyses and must be 0 to {MAX_LOOKS}, not {looks}")
    if timing is None:
        return tuple((k + 1) / (looks + 1) for k in range(looks + 1))
    times = tuple(float(t) for t in timing)
    if times and times[-1] == 1:
        times = times[:-1]
    if len(times) != looks:
        raise SizingError(f"timing must give one information fraction for each of {looks} looks, not {len(times)}")
    steps = (0.0, *times, 1.0)
    if any(not b - a >= 0.005 for a, b in pairwise(steps)):
        given = ", ".join(f"{t:g}" for t in times)
        raise SizingError(f"timing must rise from above 0 to below 1 in steps of at least 0.005, not {given}")
    return (*times, 1.0)


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
        if k == 0:
            bound = -float(ndtri(now))
        elif walk.above(FAR - 3, t) >= now:
            bound = FAR - 3
        else:
            bound = brentq(lambda z, t=t, now=now: _log(walk.above(z, t)) - _log(now), -10, FAR - 3, xtol=1e-12)
        bounds.append(bound)
        if k + 1 < len(timing):
            walk.go_on(-FAR, bound, t, timing[k + 1])
    return tuple(bounds)


def _log(x: float) -> float:
    return math.log(max(x, 1e-320))


def _futility_bounds(
    beta: float, timing: tuple[float, ...], efficacy: tuple[float, ...], spending: str, drift: float
) -> tuple[tuple[float, ...], float]:
    """Bounds that spend beta at the interim looks under `drift`, and the whole type II error with them."""
    walk, bounds, before = Walk(drift), list[float](), 0.0
    for k, t in enumerate(timing[:-1]):
        total = spend(beta, t, spending)
        now, before = total - before, total
        if walk.below(efficacy[k], t) <= now:
            bound = efficacy[k]
        elif walk.below(-FAR, t) >= now:
            bound = -FAR
        else:
            bound = brentq(lambda z, t=t, now=now: _log(walk.below(z, t)) - _log(now), -FAR, efficacy[k], xtol=1e-12)
        bounds.append(bound)
        walk.go_on(bound, efficacy[k], t, timing[k + 1])
    return (*bounds, efficacy[-1]), before + walk.below(efficacy[-1], timing[-1])


@lru_cache(maxsize=512)
def _design(
    looks: int, spending: str, alpha: float, power: float, futility: str, timing: tuple[float, ...]
) -> GroupSequentialDesign:
    beta, z_fixed = 1 - power, float(ndtri(power) - ndtri(alpha))
    upper = efficacy_bounds(alpha, timing, spending)

    def missed(drift: float) -> float:
        if futility == "none":
            return 1 - sum(crossing(timing, upper, None, drift).efficacy) - beta
        return _futility_bounds(beta, timing, upper, futility, drift)[1] - beta

    drift = z_fixed if looks == 0 else brentq(missed, 0.999 * z_fixed, _upper_drift(missed, z_fixed), xtol=1e-12)
    lower = None if futility == "none" else _futility_bounds(beta, timing, upper, futility, drift)[0]
    h0, half, h1 = (crossing(timing, upper, lower, share * drift) for share in (0.0, 0.5, 1.0))
    factor = (drift / z_fixed) ** 2
    followed = "" if futility == "none" else f", {futility} non-binding futility"
    return GroupSequentialDesign(
        method=f"Lan-DeMets {spending} efficacy{followed}",
        alpha=alpha,
        power=power,
        timing=timing,
        efficacy_z=upper,
        futility_z=lower,
        alpha_spent=tuple(spend(alpha, t, spending) if t < 1 else alpha for t in timing),
        beta_spent=None if lower is None else tuple(spend(beta, t, futility) if t < 1 else beta for t in timing),
        drift=drift,
        inflation=factor,
        expected_h0=factor * h0.expected(timing),
        expected_half=factor * half.expected(timing),
        expected_h1=factor * h1.expected(timing),
        under_h0=h0,
        under_h1=h1,
    )


def _upper_drift(missed: Callable[[float], float], z_fixed: float) -> float:
    high = 1.2 * z_fixed
    while missed(high) > 0:
        high *= 1.2
        if high > 100 * z_fixed:
            raise SizingError("no size reaches this power with these looks: the futility rule stops too often")
    return high


def group_sequential_design(
    looks: int,
    spending: Spending = "obrien_fleming",
    alpha: float = 0.025,
    power: float = 0.9,
    futility: Futility = "none",
    timing: Sequence[float] | None = None,
) -> GroupSequentialDesign:
    """Boundaries, inflation factor and expected size of a design with `looks` interim analyses (0 to 3).

    One-sided `alpha`; `futility` spends beta at the interim looks, non-binding; `timing` are the
    information fractions of the interim looks (default: equally spaced). Formulas, sources, conventions and
    limits: see the module. Bounds are good to about 1e-9. Results are kept, so asking again costs nothing.

    Raises
    ------
    SizingError
        Looks outside 0 to 3, an unknown spending function, timing that does not rise inside (0, 1),
        ``power <= alpha``.
    """
    one_of(spending, SPENDING, "spending")
    one_of(futility, FUTILITY, "futility")
    times = analysis_times(looks, timing)
    a, b = levels(alpha, power)
    return _design(len(times) - 1, spending, float(a), float(b), futility if len(times) > 1 else "none", times)


def inflation(
    looks: int,
    spending: Spending = "obrien_fleming",
    alpha: ArrayLike = 0.025,
    power: ArrayLike = 0.9,
    futility: Futility = "none",
    timing: Sequence[float] | None = None,
) -> Floats:
    """Factor by which `looks` interim looks multiply the size (patients or events) of one look.

    Arrays of `alpha` and `power` broadcast (each distinct pair is designed once). Everything else as
    `group_sequential_design`.
    """
    a, b = np.broadcast_arrays(*levels(alpha, power))
    each = [
        group_sequential_design(looks, spending, float(x), float(y), futility, timing).inflation
        for x, y in zip(a.flat, b.flat, strict=True)
    ]
    return np.asarray(each, dtype=np.float64).reshape(a.shape)
