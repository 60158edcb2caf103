"""Group-sequential designs of up to ten analyses, with everything a protocol prints about each look.

Every function of `spending.py` for alpha and, apart, for beta; any timing; futility bounds that bind or do not; the
recursion is in `walk.py`. Non-binding bounds (gsDesign ``test.type = 4``) leave the
efficacy bounds as without futility, so type I error holds if the rule is overruled. Binding ones (``test.type = 3``)
count on the rule: at each look alpha is spent under no effect, and beta under the effect, on the paths both rules let
through, so the efficacy bounds are lower. Jennison and Turnbull, Group Sequential Methods, 2000, chapters 7 and 19;
Pampallona, Tsiatis and Kim, Drug Information Journal 35 (2001) 1113-1121.

The final statistic has mean `drift` under the effect sized for; at fraction ``t`` the estimate of that effect is
``effect z / (drift sqrt(t))``: a difference, or for survival ``log HR``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from typing import Literal

from trialopt.core.design import Interim
from trialopt.core.settings import LEAST_STEP
from trialopt.sizing.checks import SizingError, levels
from trialopt.sizing.special import brentq, ndtr, ndtri
from trialopt.sizing.spending import check_spending, spend
from trialopt.sizing.walk import FAR, MOST, NOTHING, Crossing, Walk, crossing, efficacy_bounds

FutilityRule = Literal["none", "nonbinding", "binding"]
RULES: tuple[FutilityRule, ...] = ("none", "nonbinding", "binding")
MOST_ANALYSES = 10
XTOL = 1e-12


@dataclass(frozen=True)
class LooksDesign:
    """Boundaries of a design with interim looks; one entry per analysis, the last the final one.

    `timing` are information fractions. `efficacy_z`, `futility_z` bound the statistic (None without futility; it ends
    at the efficacy bound); `nominal_p` is the one-sided p-value of the efficacy bound. `alpha_spent`, `beta_spent` are
    cumulative. `drift` is the mean of the final statistic under the effect sized for and `inflation` the largest size
    over that of one look.
    """

    spending: str
    futility: FutilityRule
    futility_spending: str | None
    alpha: float
    power: float
    timing: tuple[float, ...]
    efficacy_z: tuple[float, ...]
    futility_z: tuple[float, ...] | None
    nominal_p: tuple[float, ...]
    alpha_spent: tuple[float, ...]
    beta_spent: tuple[float, ...] | None
    drift: float
    inflation: float

    def under(self, share: float) -> Crossing:
        """Chance of stopping at each analysis under `share` of the effect sized for (0: none), rules followed."""
        return crossing(self.timing, self.efficacy_z, self.futility_z, share * self.drift)

    def expected(self, share: float) -> float:
        """Expected over fixed size (patients or events) under `share` of the effect sized for."""
        return self.inflation * self.under(share).expected(self.timing)


@dataclass(frozen=True)
class Look:
    """One analysis of a design, for an effect: a difference, or log hazard ratio with `hazard_ratio` its exponential.

    `stop_efficacy` and `stop_futility` hold the chance of stopping at this look under no effect, under the effect
    sized for and, where given, under another one.
    """

    look: int
    information_fraction: float
    efficacy_z: float
    nominal_p: float
    efficacy_effect: float
    futility_z: float | None
    futility_effect: float | None
    alpha_spent: float
    beta_spent: float | None
    stop_efficacy: tuple[float, ...]
    stop_futility: tuple[float, ...]


def information_fractions(looks: int, timing: Sequence[float] | None = None) -> tuple[float, ...]:
    """Fractions of all analyses for `looks` interim ones (0 to 9): equal, or those given (a final 1 is allowed)."""
    if isinstance(looks, bool) or int(looks) != looks or not 0 <= looks < MOST_ANALYSES:
        raise SizingError(f"looks counts interim analyses and must be 0 to {MOST_ANALYSES - 1}, not {looks}")
    if timing is None:
        return tuple((k + 1) / (looks + 1) for k in range(looks + 1))
    times = tuple(float(t) for t in timing)
    times = times[:-1] if times and times[-1] == 1 else times
    if len(times) != looks:
        raise SizingError(f"timing must give one information fraction for each of {looks} looks, not {len(times)}")
    if any(not b - a >= LEAST_STEP - 1e-12 for a, b in pairwise((0.0, *times, 1.0))):
        raise SizingError(
            f"timing must rise from above 0 to below 1 in steps of at least {LEAST_STEP:g}, "
            f"not {', '.join(f'{t:g}' for t in times)}"
        )
    return (*times, 1.0)


def looks_design(
    looks: int,
    spending: str = "obrien_fleming",
    alpha: float = 0.025,
    power: float = 0.9,
    futility: FutilityRule = "none",
    futility_spending: str | None = None,
    timing: Sequence[float] | None = None,
) -> LooksDesign:
    """Boundaries and inflation of a design with `looks` interim analyses (0 to 9); sources: see the module.

    One-sided `alpha`. `spending` and `futility_spending` (default: the same function) are names of `spending.py`;
    `timing` gives the fractions of the interim looks. Bounds are good to about 1e-9. Results are kept.

    Raises
    ------
    SizingError
        Unknown spending or rule, looks outside 0 to 9, timing that does not rise inside (0, 1), ``power <= alpha``,
        or a futility rule with which no size reaches the power.
    """
    if futility not in RULES:
        raise SizingError(f"futility must be one of {', '.join(RULES)}, not {futility!r}")
    check_spending(spending)
    beta_spending = futility_spending or spending
    check_spending(beta_spending, "futility spending")
    times = information_fractions(looks, timing)
    a, b = levels(alpha, power)
    rule: FutilityRule = futility if len(times) > 1 else "none"
    return _design(times, spending, float(a), float(b), rule, beta_spending)


def inflation_for(interim: Interim, alpha: float, power: float) -> float:
    """Factor on the size for the looks of a trial's settings; inf where no size reaches the power with them."""
    rules = interim.futility, interim.futility_spending, interim.timing
    try:
        return looks_design(interim.looks, interim.spending, alpha, power, *rules).inflation  # type: ignore[arg-type]
    except SizingError:
        return math.inf


@lru_cache(maxsize=512)
def _design(
    timing: tuple[float, ...], spending: str, alpha: float, power: float, rule: FutilityRule, beta_spending: str
) -> LooksDesign:
    beta, fixed = 1 - power, float(ndtri(power) - ndtri(alpha))
    spent = tuple(alpha if t == 1 else spend(alpha, t, spending) for t in timing)
    lost = tuple(beta if t == 1 else spend(beta, t, beta_spending) for t in timing)
    alone = efficacy_bounds(alpha, timing, spending)

    def missed(drift: float) -> float:
        if rule == "none":
            return 1 - sum(crossing(timing, alone, None, drift).efficacy) - beta
        return _bounds(timing, spent, lost, rule, drift)[2] - beta

    drift = fixed if len(timing) == 1 else brentq(missed, *_bracket(missed, fixed), xtol=1e-12)
    upper, lower = (alone, None) if rule == "none" else _bounds(timing, spent, lost, rule, drift)[:2]
    return LooksDesign(
        spending=spending,
        futility=rule,
        futility_spending=None if rule == "none" else beta_spending,
        alpha=alpha,
        power=power,
        timing=timing,
        efficacy_z=upper,
        futility_z=lower,
        nominal_p=tuple(float(ndtr(-z)) for z in upper),
        alpha_spent=spent,
        beta_spent=None if lower is None else lost,
        drift=drift,
        inflation=(drift / fixed) ** 2,
    )


def _bracket(missed: Callable[[float], float], fixed: float) -> tuple[float, float]:
    """Two drifts on either side of the one whose type II error is beta."""
    low, high = 0.9 * fixed, 1.2 * fixed
    while missed(low) < 0:
        low *= 0.8
    while missed(high) > 0:
        high *= 1.2
        if high > 100 * fixed:
            raise SizingError("no size reaches this power with these looks: the futility rule stops too often")
    return low, high


def _bounds(
    timing: tuple[float, ...], spent: tuple[float, ...], lost: tuple[float, ...], rule: FutilityRule, drift: float
) -> tuple[tuple[float, ...], tuple[float, ...], float]:
    """Efficacy and futility bounds under `drift`, and the whole type II error with them."""
    null, effect = Walk(0.0), Walk(drift)
    upper, lower = list[float](), list[float]()
    for k, t in enumerate(timing):
        last = k + 1 == len(timing)
        now = spent[k] - (spent[k - 1] if k else 0.0)
        up = _root(partial(null.above, time=t), now, falling=True)
        down = up
        if not last:
            now = lost[k] - (lost[k - 1] if k else 0.0)
            down = min(up, _root(partial(effect.below, time=t), now, falling=False))
            null.go_on(down if rule == "binding" else -FAR, up, t, timing[k + 1])
            effect.go_on(down, up, t, timing[k + 1])
        upper.append(up)
        lower.append(down)
    before = lost[-2] if len(lost) > 1 else 0.0
    return tuple(upper), tuple(lower), before + effect.below(upper[-1], timing[-1])


def _root(chance: Callable[[float], float], wanted: float, *, falling: bool) -> float:
    """The bound at which `chance` is `wanted`; out of reach where nothing is left to spend."""

    def log(z: float) -> float:
        return math.log(max(chance(z), 1e-320)) - math.log(max(wanted, 1e-320))

    if falling:
        if wanted <= NOTHING or log(MOST) >= 0:
            return MOST
        return -MOST if log(-MOST) <= 0 else brentq(log, -MOST, MOST, xtol=XTOL)
    if wanted <= 0 or log(-MOST) >= 0:
        return -MOST
    return MOST if log(MOST) <= 0 else brentq(log, -MOST, MOST, xtol=XTOL)


def looks_of(design: LooksDesign, effect: float, other: float | None = None) -> tuple[Look, ...]:
    """Every look of `design` sized for `effect` (a difference, or log hazard ratio), with its chances of stopping.

    `other` is one more effect on the same scale, of the same sign when it is in the same direction.
    """
    shares = (0.0, 1.0) if other is None else (0.0, 1.0, other / effect)
    under = [design.under(share) for share in shares]
    rows = []
    for k, t in enumerate(design.timing):
        scale = effect / (design.drift * math.sqrt(t))
        low = None if design.futility_z is None else design.futility_z[k]
        rows.append(
            Look(
                look=k + 1,
                information_fraction=t,
                efficacy_z=design.efficacy_z[k],
                nominal_p=design.nominal_p[k],
                efficacy_effect=scale * design.efficacy_z[k],
                futility_z=low,
                futility_effect=None if low is None else scale * low,
                alpha_spent=design.alpha_spent[k],
                beta_spent=None if design.beta_spent is None else design.beta_spent[k],
                stop_efficacy=tuple(c.efficacy[k] for c in under),
                stop_futility=tuple(c.futility[k] for c in under),
            )
        )
    return tuple(rows)
