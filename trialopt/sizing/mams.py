"""Two-stage many-to-one designs: several arms against one control, dropped or declared effective at one interim look.

``K`` arms share a control, ``r`` patients each to one of the control. At the interim look (fraction ``t``) an arm goes
on when its statistic lies between `lower` and `upper[0]`; the trial stops when any arm exceeds `upper[0]`, with the
best one. The bounds ``C``-scaled by a shape hold the family's error at alpha when no arm works, hence always: ``P(no
arm rejected) = E (P(Z_1 <= l or l < Z_1 <= u_1, Z_2 <= u_2 | control))^K``, the control's two increments integrated
out. Magirr, Jaki and Whitehead, Biometrika 99 (2012) 494-501, equations 2 to 5.

Shapes of the upper bounds: ``pocock`` ``(C, C)``, ``obrien_fleming`` ``(C / sqrt(t), C)``, ``triangular`` ``C (1 + t)
/ (2 sqrt(t))`` with the lower one ``C (3 t - 1) / (2 sqrt(t))`` (Whitehead and Stratton, Biometrics 39 (1983)
227-236).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trialopt.sizing.checks import Floats, SizingError, positive, proportion
from trialopt.sizing.multiplicity import check_arms
from trialopt.sizing.special import brentq, ndtr

Shape = Literal["pocock", "obrien_fleming", "triangular"]
NODES = 32


@dataclass(frozen=True)
class TwoStageBounds:
    """Bounds on the statistics: `upper` at both analyses, `lower` at the interim look; `timing` is its fraction."""

    arms: int
    ratio: float
    timing: float
    upper: tuple[float, float]
    lower: float


def _hermite(nodes: int) -> tuple[Floats, Floats]:
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    return x, w / w.sum()


def _scales(ratio: float) -> tuple[float, float]:
    """Loadings of the arm's own part and of the control's."""
    return math.sqrt(1 / (1 + ratio)), math.sqrt(ratio / (1 + ratio))


def _missed(bounds: TwoStageBounds, at: Floats, control: Floats, later: Floats, drift: float) -> Floats:
    """``P(Z_1 <= l or (l < Z_1 <= u_1 and Z_2 <= at))`` of an arm given the control's increments; `at` broadcasts."""
    own, shared = _scales(bounds.ratio)
    t, low, high = bounds.timing, bounds.lower, bounds.upper[0]
    x, w = np.polynomial.legendre.leggauss(NODES)
    mean = shared * control + math.sqrt(t) * drift
    start, stop = max(low, -9.0), high
    z = 0.5 * (stop - start) * x + 0.5 * (stop + start)
    gap = (z - mean[..., None]) / own
    density = 0.5 * (stop - start) * w * np.exp(-0.5 * gap**2) / (own * math.sqrt(2 * math.pi))
    step = math.sqrt(1 - t)
    rest = at[..., None] - math.sqrt(t) * z - step * (shared * later[..., None] + step * drift)
    return np.asarray(ndtr((low - mean) / own) + (density * ndtr(rest / (step * own))).sum(axis=-1))


def _density(bounds: TwoStageBounds, at: Floats, control: Floats, later: Floats, drift: float) -> Floats:
    """Density of an arm's last statistic at `at` when it goes on, given the control's increments."""
    own, shared = _scales(bounds.ratio)
    t, low, high = bounds.timing, bounds.lower, bounds.upper[0]
    step = math.sqrt(1 - t)
    # Z_1 = a + own u, Z_2 = b + own (sqrt(t) u + step v): a normal density times the chance of u in its interval.
    a = shared * control + math.sqrt(t) * drift
    b = shared * (math.sqrt(t) * control + step * later) + drift
    gap = (at - b) / own
    bottom, top = (((x - a) / own - math.sqrt(t) * gap) / step for x in (low, high))
    chance = np.where(bottom > 0, ndtr(-bottom) - ndtr(-top), ndtr(top) - ndtr(bottom))
    return np.asarray(np.exp(-0.5 * gap**2) / (own * math.sqrt(2 * math.pi)) * chance)


def family_error(bounds: TwoStageBounds, drift: float = 0.0) -> float:
    """Chance that any arm is rejected when none works, or every one has this `drift`; source: see the module."""
    x, w = _hermite(NODES)
    first, later = x[:, None], x[None, :]
    missed = _missed(bounds, np.full((1, 1), bounds.upper[1]), first, later, drift)
    return float(1 - w @ missed**bounds.arms @ w)


def mams_bounds(
    arms: int,
    shape: Shape = "triangular",
    alpha: float = 0.025,
    ratio: float = 1.0,
    timing: float = 0.5,
    lower: float | None = 0.0,
) -> TwoStageBounds:
    """Bounds of this shape that hold one-sided `alpha` over `arms` arms; `ratio` one arm to the control.

    `lower` is the futility bound at the look (None: no arm is dropped); ``triangular`` brings its own. See the module.

    Raises
    ------
    SizingError
        Arms outside 1 to 20, an unknown shape, or `alpha` or `timing` outside (0, 1).
    """
    k, a, t = check_arms(arms), float(proportion(alpha, "alpha")), float(proportion(timing, "timing"))
    r = float(positive(ratio, "ratio"))
    if shape not in ("pocock", "obrien_fleming", "triangular"):
        raise SizingError(f"shape must be pocock, obrien_fleming or triangular, not {shape!r}")

    def scaled(c: float) -> TwoStageBounds:
        first = {"pocock": c, "obrien_fleming": c / math.sqrt(t), "triangular": c * (1 + t) / (2 * math.sqrt(t))}[shape]
        low = c * (3 * t - 1) / (2 * math.sqrt(t)) if shape == "triangular" else -9.0 if lower is None else lower
        return TwoStageBounds(k, r, t, (first, c), min(low, first))

    return scaled(brentq(lambda c: family_error(scaled(c)) - a, 0.3, 6.0, xtol=1e-11))


def mams_power(bounds: TwoStageBounds, drift: float, others: float = 0.0) -> float:
    """Chance that the first arm is declared effective as the best of those that are, at either analysis.

    `drift` is the mean of its final statistic and `others` that of every other arm: the least favourable configuration
    of Magirr, Jaki and Whitehead, section 4. Good to about 1e-8.
    """
    x, w = _hermite(NODES)
    own, shared = _scales(bounds.ratio)
    t, k, u1, u2 = bounds.timing, bounds.arms, *bounds.upper
    g, gw = np.polynomial.legendre.leggauss(NODES)

    def tail(low: float, mean: float) -> tuple[Floats, Floats]:
        high = max(low, mean) + 8.0
        return 0.5 * (high - low) * g + 0.5 * (high + low), 0.5 * (high - low) * gw

    z, zw = tail(u1, math.sqrt(t) * drift)
    gap = (z - shared * x[:, None] - math.sqrt(t) * drift) / own
    best = ndtr((z - shared * x[:, None] - math.sqrt(t) * others) / own) ** (k - 1)
    early = float(w @ ((np.exp(-0.5 * gap**2) / (own * math.sqrt(2 * math.pi)) * best) @ zw))

    z, zw = tail(u2, drift)
    first, later, at = x[:, None, None], x[None, :, None], z[None, None, :]
    beaten = _missed(bounds, at, first, later, others) ** (k - 1) if k > 1 else 1.0
    late = (_density(bounds, at, first, later, drift) * beaten) @ zw
    return early + float(w @ late @ w)
