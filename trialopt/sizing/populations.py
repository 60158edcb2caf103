"""One arm judged in several populations: overall with a nested biomarker subgroup, or disjoint subgroups.

Nested. The statistics of all patients and of a subgroup that holds the share ``f`` of the information (patients or
events) are normal with correlation ``sqrt(f)``, whichever holds what effect. The overall test takes `alpha_overall`;
the subgroup takes the bound ``c`` with ``P(Z_overall > z or Z_subgroup > c) = alpha`` under no effect, more than what
is left by Bonferroni. Spiessens and Debois, Contemporary Clinical Trials 31 (2010) 647-656, section 2.

Disjoint. Statistics of ``m`` subgroups with their own controls are independent, so the common bound is exactly
Sidak's: ``c = z at 1 - (1 - alpha)^(1/m)``. Sidak, JASA 62 (1967) 626-633.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trialopt.sizing.checks import Floats, SizingError, floats, proportion
from trialopt.sizing.multiplicity import all_below
from trialopt.sizing.special import brentq, ndtr, ndtri


@dataclass(frozen=True)
class NestedBounds:
    """Bounds on both statistics, with the one-sided level each stands for by itself."""

    overall_z: float
    subgroup_z: float
    overall_alpha: float
    subgroup_alpha: float


@dataclass(frozen=True)
class PopulationPower:
    """Chance of success in each population (in the order given), in at least one and in every one."""

    each: Floats
    any: float
    all: float


def nested_bounds(share: float, alpha_overall: float = 0.02, alpha: float = 0.025) -> NestedBounds:
    """Bounds that spend one-sided `alpha` over all patients and a subgroup with `share` of the information.

    Source: see the module. Raises `SizingError` for a share outside (0, 1) or `alpha_overall` not below `alpha`.
    """
    f, first, total = (
        float(proportion(x, n)) for x, n in ((share, "share"), (alpha_overall, "alpha"), (alpha, "alpha"))
    )
    if first >= total:
        raise SizingError(f"alpha of the overall test must be below alpha {total:g}, not {first:g}")
    z = -float(ndtri(first))
    load = f**0.25  # both statistics: load^2 = sqrt(f)

    def missed(c: float) -> float:
        return 1 - all_below([z, c], load) - total

    low, high = -float(ndtri(total)) - 1e-9, -float(ndtri(total - first)) + 1e-9
    if not missed(low) * missed(high) < 0:
        raise SizingError(f"a subgroup of {f:g} of the patients cannot be told from all of them: leave it out")
    c = brentq(missed, low, high, xtol=1e-13)
    return NestedBounds(z, c, first, float(ndtr(-c)))


def nested_power(bounds: NestedBounds, share: float, mean_overall: float, mean_subgroup: float) -> PopulationPower:
    """Power where the statistics have these means; overall first. `share` as in `nested_bounds`."""
    f = float(proportion(share, "share"))
    z = [bounds.overall_z, bounds.subgroup_z]
    means = [mean_overall, mean_subgroup]
    each = np.asarray(ndtr(np.array(means) - np.array(z)))
    either = 1 - all_below(z, f**0.25, means)
    return PopulationPower(each, either, float(each.sum()) - either)


def overall_mean(share: float, mean_subgroup: float, mean_rest: float) -> float:
    """Mean of the overall statistic from those of the subgroup and of the rest: ``sqrt(f) m_s + sqrt(1 - f) m_r``."""
    f = float(proportion(share, "share"))
    return math.sqrt(f) * mean_subgroup + math.sqrt(1 - f) * mean_rest


def disjoint_critical(subgroups: int, alpha: float = 0.025) -> tuple[float, float]:
    """The common bound on independent statistics of disjoint subgroups, and its level (Sidak; see the module)."""
    if isinstance(subgroups, bool) or int(subgroups) != subgroups or subgroups < 1:
        raise SizingError(f"subgroups must be a whole number above 0, not {subgroups}")
    level = -math.expm1(math.log1p(-float(proportion(alpha, "alpha"))) / subgroups)
    return -float(ndtri(level)), level


def disjoint_power(means: ArrayLike, alpha: float = 0.025) -> PopulationPower:
    """Power at the common bound where the subgroups' statistics have these means."""
    m = np.atleast_1d(floats(means, "mean"))
    each = np.asarray(ndtr(m - disjoint_critical(len(m), alpha)[0]))
    return PopulationPower(each, float(1 - np.prod(1 - each)), float(np.prod(each)))
