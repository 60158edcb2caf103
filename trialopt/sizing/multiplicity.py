"""Several experimental arms: critical values and power of a family of one-sided comparisons.

``K`` arms are each compared with a control, ``r`` experimental patients per arm for each control patient.
Sharing the control correlates the statistics: ``corr = r / (1 + r)``, 1/2 at equal allocation. With their
own controls they are independent (model.md section 7), ``corr = 0``. Given the shared part ``w`` of the
control they are independent,

    P(Z_1 <= c, .., Z_K <= c) = integral of phi(w) * prod_i Phi((c - b_i w) / sqrt(1 - b_i^2)) dw,

``corr_ij = b_i b_j``, ``b_i = sqrt(r_i / (1 + r_i))``: one integral for any number of arms. It is taken by the
trapezoidal rule on -9..9, which for such integrands beats Gauss-Hermite quadrature when arms are large beside
the control (at 20 arms and ratio 30, 1e-15 against 3e-4 with 256 nodes).

* ``none``: every comparison at alpha. ``bonferroni``: at ``alpha / K``. ``sidak``: at ``1 - (1 - alpha)^(1/K)``, exact
  for controls of their own (the common bound over disjoint subgroups), safe for a shared one (Slepian's inequality).
  Sidak, JASA 62 (1967) 626-633.
* ``holm``: step down, smallest p-value against ``alpha / K``, next ``alpha / (K - 1)`` and so on. Holm,
  Scandinavian Journal of Statistics 6 (1979) 65-70.
* ``dunnett``: the ``c`` with ``P(all Z_i <= c) = 1 - alpha`` under no effect. Dunnett, JASA 50 (1955)
  1096-1121, with infinitely many degrees of freedom.

Limits: large-sample normal statistics (no t); up to 20 arms. Good to 1e-12 up to ratio 100.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialopt.sizing.checks import Floats, SizingError, positive, proportion
from trialopt.sizing.special import brentq, ndtr, ndtri

Multiplicity = Literal["none", "bonferroni", "sidak", "holm", "dunnett"]
MULTIPLICITY: tuple[Multiplicity, ...] = ("none", "bonferroni", "sidak", "holm", "dunnett")
PowerKind = Literal["marginal", "any", "all"]
POWER_KINDS: tuple[PowerKind, ...] = ("marginal", "any", "all")
NODES = 601


@dataclass(frozen=True)
class CriticalValue:
    """Bound on each statistic and the one-sided level it stands for; for Holm those of the first step."""

    method: str
    arms: int
    z: Floats
    level: Floats


@dataclass(frozen=True)
class FamilyPower:
    """Power of a family whose arms all have the planned effect.

    `marginal` is the chance that a given arm is declared effective, `any` that at least one and `all` that
    every one is; `alone` is the chance for an arm that is the only effective one.
    """

    method: str
    marginal: float
    any: float
    all: float
    alone: float


@lru_cache(maxsize=1)
def _normal_rule() -> tuple[Floats, Floats]:
    """Nodes and weights of the integral over the shared control."""
    x = np.linspace(-9.0, 9.0, NODES)
    w = np.exp(-0.5 * x * x)
    return x, w / w.sum()


def check_arms(arms: int) -> int:
    """A whole number of experimental arms, 1 to 20."""
    if isinstance(arms, bool) or int(arms) != arms or not 1 <= arms <= 20:
        raise SizingError(f"arms counts experimental arms and must be a whole number from 1 to 20, not {arms}")
    return int(arms)


def check_multiplicity(multiplicity: str) -> None:
    """Refuse a procedure that is not one of `MULTIPLICITY`."""
    if multiplicity not in MULTIPLICITY:
        raise SizingError(f"multiplicity must be one of {', '.join(MULTIPLICITY)}, not {multiplicity!r}")


def shared_correlation(ratio: ArrayLike) -> Floats:
    """Null correlation of two arms with a shared control: ``r / (1 + r)``, `ratio` one arm to the control."""
    r = positive(ratio, "ratio")
    return np.asarray(r / (1 + r))


def all_below(bounds: ArrayLike, loadings: ArrayLike, means: ArrayLike = 0.0) -> float:
    """``P(Z_i <= bounds_i for all i)`` for normal ``Z_i`` with the given means and ``corr_ij = b_i b_j``.

    `bounds`, `loadings` (the ``b_i``, in [0, 1)) and `means` have one element per arm or broadcast. Ours,
    after Dunnett (1955): see the module.
    """
    x, w = _normal_rule()
    c, b, m = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, float)) for v in (bounds, loadings, means)))
    each = ndtr((c[:, None] - m[:, None] - b[:, None] * x) / np.sqrt(1 - b[:, None] ** 2))
    return float(w @ each.prod(axis=0))


def dunnett_critical(
    arms: int, ratio: float | Sequence[float] = 1.0, alpha: float = 0.025, *, two_sided: bool = False
) -> CriticalValue:
    """Dunnett's critical value for `arms` arms against a shared control, normal statistics.

    `ratio` is each arm's patients to the control's, one number or one per arm. One-sided at `alpha`; with
    `two_sided` the bound on ``|Z|`` at total `alpha`. Formula and source: see the module.
    """
    k = check_arms(arms)
    r = positive(ratio, "ratio")
    if r.ndim and r.shape != (k,):
        raise SizingError(f"ratio must be one number or one for each of {k} arms, not {r.size}")
    a = float(proportion(alpha, "alpha"))
    z = _dunnett(k, tuple(float(v) for v in np.broadcast_to(r, (k,))), a, two_sided)
    level = 2 * ndtr(-z) if two_sided else ndtr(-z)
    return CriticalValue("dunnett", k, np.asarray(z), np.asarray(level))


@lru_cache(maxsize=4096)
def _dunnett(arms: int, ratio: tuple[float, ...], alpha: float, two_sided: bool) -> float:
    r = np.asarray(ratio)
    b = np.sqrt(r / (1 + r))
    x, w = _normal_rule()
    scale = np.sqrt(1 - b**2)[:, None]
    shift = b[:, None] * x

    def missed(c: float) -> float:
        each = ndtr((c - shift) / scale)
        if two_sided:
            each = each - ndtr((-c - shift) / scale)
        return float(w @ each.prod(axis=0)) - (1 - alpha)

    tail = alpha / 2 if two_sided else alpha
    low, high = -float(ndtri(tail)), -float(ndtri(tail / arms))
    return low if arms == 1 else float(brentq(missed, low - 1e-9, high + 1e-9, xtol=1e-13, rtol=1e-13))


def critical_value(
    multiplicity: Multiplicity, arms: int = 1, alpha: float = 0.025, ratio: float = 1.0
) -> CriticalValue:
    """The bound each arm's statistic is held against (Holm: its first and strictest), one-sided `alpha`."""
    check_multiplicity(multiplicity)
    k, a = check_arms(arms), float(proportion(alpha, "alpha"))
    if multiplicity == "dunnett":
        return dunnett_critical(k, ratio, a)
    level = {"none": a, "sidak": -math.expm1(math.log1p(-a) / k)}.get(multiplicity, a / k)
    return CriticalValue(multiplicity, k, np.asarray(-ndtri(level)), np.asarray(level))


def step_bounds(multiplicity: Multiplicity, arms: int, alpha: float, ratio: float = 1.0) -> tuple[float, ...]:
    """Bounds for the largest, second largest, .. statistic: falling for Holm, all the same for the others."""
    k = check_arms(arms)
    if multiplicity == "holm":
        return tuple(float(-ndtri(alpha / (k - j))) for j in range(k))
    return (float(critical_value(multiplicity, k, alpha, ratio).z),) * k


def family_power(
    multiplicity: Multiplicity,
    arms: int,
    mean: float,
    alpha: float = 0.025,
    ratio: float = 1.0,
    *,
    correlation: float | None = None,
) -> FamilyPower:
    """Power of a family of `arms` comparisons whose statistics all have mean `mean` and variance 1.

    `alpha` one-sided for the family and `ratio` set the bounds; `correlation` (in [0, 1)) is that of the
    statistics under the alternative, by default that of a shared control, 0 for arms with their own
    controls. Single bounds: the integral of the module. Holm: given the shared part the statistics are
    independent, and the chance that the ``j`` largest pass the first ``j`` bounds follows by counting them
    bound by bound.
    """
    check_multiplicity(multiplicity)
    k = check_arms(arms)
    rho = float(shared_correlation(ratio)) if correlation is None else correlation
    if not 0 <= rho < 1:
        raise SizingError(f"correlation must lie in [0, 1), not {rho:g}")
    bounds = step_bounds(multiplicity, k, alpha, ratio)
    x, w = _normal_rule()

    def passing(at: float, drift: float) -> Floats:
        """Chance, given the shared part, that a statistic with mean `drift` exceeds `at`."""
        return np.asarray(ndtr((drift + np.sqrt(rho) * x - at) / np.sqrt(1 - rho)))

    rejected = _at_least([passing(c, mean) for c in bounds])
    at_least = [float(w @ p) for p in rejected]
    holm = multiplicity == "holm" and k > 1
    alone = _holm_alone(bounds, x, w, mean, rho) if holm else float(ndtr(mean - bounds[0]))
    return FamilyPower(multiplicity, sum(at_least) / k, at_least[0], at_least[-1], alone)


def _at_least(chance: list[Floats]) -> list[Floats]:
    """``P(at least m rejected)``, m = 1.., of exchangeable statistics that pass bound j with `chance[j]`.

    At least m are rejected when at least j statistics pass bound j for each j up to m. `ways[i]` is the
    chance that i statistics passed the bounds so far without any shortfall.
    """
    k = len(chance)
    out: list[Floats] = []
    ways = {0: np.ones_like(chance[0])}
    before = np.zeros_like(chance[0])
    for j, now in enumerate(chance, start=1):
        share = np.clip((now - before) / np.maximum(1 - before, 1e-300), 0, 1)
        following: dict[int, Floats] = {}
        for i, p in ways.items():
            left = k - i
            for more in range(left + 1):
                if i + more >= j:
                    q = p * comb(left, more) * share**more * (1 - share) ** (left - more)
                    following[i + more] = following.get(i + more, 0) + q
        ways, before = following, now
        out.append(np.asarray(sum(ways.values())))
    return out


def _holm_alone(bounds: tuple[float, ...], x: Floats, w: Floats, mean: float, rho: float) -> float:
    """Holm's chance for the one effective arm among arms without effect.

    It is rejected when, for some m, the m - 1 largest of the others pass the first m - 1 bounds (they are
    rejected first, or it is) and it passes bound m: summed over how many of the others Holm alone would
    reject among bounds 1 .. m - 1.
    """
    k = len(bounds)
    scale = np.sqrt(1 - rho)
    null = [np.asarray(ndtr((np.sqrt(rho) * x - c) / scale)) for c in bounds]
    own = [np.asarray(ndtr((mean + np.sqrt(rho) * x - c) / scale)) for c in bounds]
    runs = [np.ones_like(x), *_at_least(null[: k - 1] if k > 1 else [])]
    total = own[0].copy()
    for m in range(1, k):
        total += runs[m] * (own[m] - own[m - 1])
    return float(w @ total)


def marginal_for(
    kind: PowerKind,
    power: float,
    multiplicity: Multiplicity,
    arms: int,
    alpha: float = 0.025,
    ratio: float = 1.0,
    *,
    correlation: float | None = None,
) -> float:
    """The power of one comparison at its (first) bound that gives the family the `power` of this `kind`.

    `kind`: ``marginal`` (a given arm), ``any`` (at least one) or ``all``, every arm with the planned
    effect. Sizing one comparison at `critical_value(...).level` for the result sizes the family. Ours, by
    root finding.
    """
    if kind not in POWER_KINDS:
        raise SizingError(f"kind of power must be one of {', '.join(POWER_KINDS)}, not {kind!r}")
    k = check_arms(arms)
    if k == 1 or (kind == "marginal" and multiplicity != "holm"):
        return power
    first = step_bounds(multiplicity, k, alpha, ratio)[0]

    def short(mean: float) -> float:
        got = family_power(multiplicity, k, mean, alpha, ratio, correlation=correlation)
        return float(getattr(got, kind)) - power

    if short(0.0) >= 0:
        raise SizingError(f"power {power:g} of kind {kind!r} is reached without any effect")
    return float(ndtr(brentq(short, 0.0, first + 12.0, xtol=1e-12) - first))
