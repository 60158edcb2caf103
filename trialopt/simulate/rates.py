"""Tests of two response rates in many trials at once, from counts by stratum; larger is better for the treatment.

    difference   D = sum w (x1 / n1 - x0 / n0) / sum w,   w = n1 n0 / (n1 + n0)
    unpooled     V = sum w^2 (p1 q1 / n1 + p0 q0 / n0) / (sum w)^2,   p the rates seen
    pooled       V = sum w^2 p q (1 / n1 + 1 / n0) / (sum w)^2,       p = (x1 + x0) / (n1 + n0) within the stratum

One stratum gives the usual z tests. Mantel and Haenszel, J Natl Cancer Inst 22 (1959) 719-748; Greenland and Robins,
Biometrics 41 (1985) 55-68. Written for the simulation alone: it shares nothing with what sizes arms.
"""

from __future__ import annotations

import numpy as np

from trialopt.core.instance import Floats, Ints


def difference(x1: Ints, n1: Ints, x0: Ints, n0: Ints, *, pooled: bool) -> tuple[Floats, Floats]:
    """(B,) weighted difference and its z statistic, from counts (B, strata).

    A stratum with nobody on one side counts nothing. Where the variance is 0 the statistic is 0 without a difference,
    and infinite with one.
    """
    total = n1 + n0
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where((n1 > 0) & (n0 > 0), n1 * n0 / total, 0.0)
        p1, p0 = x1 / n1, x0 / n0
        if pooled:
            p = (x1 + x0) / total
            variance = p * (1 - p) * (1 / n1 + 1 / n0)
        else:
            variance = p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
        used = weight > 0
        top = np.where(used, weight * (p1 - p0), 0.0).sum(axis=1)
        spread = np.sqrt(np.where(used, weight**2 * variance, 0.0).sum(axis=1))
        found = top / weight.sum(axis=1)
        z = top / spread
    none = spread <= 0
    z[none] = np.where(top[none] > 1e-12, np.inf, np.where(top[none] < -1e-12, -np.inf, 0.0))
    return np.nan_to_num(found), z


def together(counts: Ints) -> Ints:
    """Counts (B, strata) with the strata ignored, as (B, 1)."""
    return np.asarray(counts.sum(axis=1, keepdims=True))
