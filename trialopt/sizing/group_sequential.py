"""Group-sequential designs with the spending functions of Lan and DeMets: boundaries, inflation and expected size.

A view of `looks.py`, whose designs have more: other spending functions, futility bounds that bind. Here are
``obrien_fleming``, ``2 (1 - Phi(z_{alpha/2} / sqrt(t)))``, and ``pocock``, ``alpha ln(1 + (e - 1) t)`` (Lan and DeMets,
Biometrika 70 (1983) 659-663), for one-sided alpha and, non-binding, for beta: efficacy bounds never count on the
futility rule, so type I error holds if it is overruled, while power, inflation and expected size take it as followed.
These are the conventions of gsDesign (``test.type`` 1 and 4; sfLDOF, sfLDPocock) and rpact (asOF, asP, bsOF, bsP).

The inflation factor is the largest size over that of one look with the same alpha and power. Limits: up to nine
interim looks; information is taken to grow with patients (or events) as planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialopt.sizing.checks import Floats, levels, one_of
from trialopt.sizing.looks import LooksDesign, looks_design
from trialopt.sizing.walk import Crossing

Spending = Literal["obrien_fleming", "pocock"]
Futility = Literal["none", "obrien_fleming", "pocock"]
SPENDING: tuple[Spending, ...] = ("obrien_fleming", "pocock")
FUTILITY: tuple[Futility, ...] = ("none", "obrien_fleming", "pocock")


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


@lru_cache(maxsize=512)
def summary(design: LooksDesign) -> GroupSequentialDesign:
    """A design with what it costs under no effect, half the effect and the effect."""
    followed = "" if design.futility == "none" else f", {_beta(design)} {_rule(design)} futility"
    name = "Lan-DeMets " if design.spending in SPENDING else ""
    return GroupSequentialDesign(
        method=f"{name}{design.spending} efficacy{followed}",
        alpha=design.alpha,
        power=design.power,
        timing=design.timing,
        efficacy_z=design.efficacy_z,
        futility_z=design.futility_z,
        alpha_spent=design.alpha_spent,
        beta_spent=design.beta_spent,
        drift=design.drift,
        inflation=design.inflation,
        expected_h0=design.expected(0.0),
        expected_half=design.expected(0.5),
        expected_h1=design.expected(1.0),
        under_h0=design.under(0.0),
        under_h1=design.under(1.0),
    )


def _beta(design: LooksDesign) -> str:
    return design.futility_spending or design.spending


def _rule(design: LooksDesign) -> str:
    return {"nonbinding": "non-binding"}.get(design.futility, design.futility)


def group_sequential_design(
    looks: int,
    spending: Spending = "obrien_fleming",
    alpha: float = 0.025,
    power: float = 0.9,
    futility: Futility = "none",
    timing: Sequence[float] | None = None,
) -> GroupSequentialDesign:
    """Boundaries, inflation factor and expected size of a design with `looks` interim analyses (0 to 9).

    One-sided `alpha`; `futility` spends beta at the interim looks, non-binding; `timing` are the
    information fractions of the interim looks (default: equally spaced). Formulas, sources, conventions and
    limits: see the module. Bounds are good to about 1e-9. Results are kept, so asking again costs nothing.

    Raises
    ------
    SizingError
        Looks outside 0 to 9, an unknown spending function, timing that does not rise inside (0, 1),
        ``power <= alpha``.
    """
    one_of(spending, SPENDING, "spending")
    one_of(futility, FUTILITY, "futility")
    if futility == "none":
        return summary(looks_design(looks, spending, alpha, power, timing=timing))
    return summary(looks_design(looks, spending, alpha, power, "nonbinding", futility, timing))


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
