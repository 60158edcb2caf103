"""Adjusted p-values of a family of comparisons: below alpha exactly where the procedure rejects.

`p` are one-sided p-values of ``m`` hypotheses in any order; the answers stand in the same order.

* Holm, Scandinavian Journal of Statistics 6 (1979) 65-70: step down, any dependence.
* Hochberg, Biometrika 75 (1988) 800-802: step up, for independent or positively dependent p-values.
* Hommel, Biometrika 75 (1988) 383-386: the closure of Simes's test, under the same conditions, never weaker. Algorithm
  of Wright, Biometrics 48 (1992) 1005-1013, appendix.
* Dunnett, step down, for arms that share a control: Dunnett and Tamhane, Statistics in Medicine 10 (1991) 939-947;
  normal statistics. The largest statistic is held against the largest of all, the next against that of the rest, and
  so on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from trialopt.sizing.checks import Floats, SizingError, floats, positive
from trialopt.sizing.multiplicity import all_below


def _p_values(p: ArrayLike) -> Floats:
    values = floats(p, "p-value")
    if values.ndim != 1 or not len(values) or np.any((values < 0) | (values > 1)):
        raise SizingError("p-values must be a list of numbers from 0 to 1")
    return values


def holm(p: ArrayLike) -> Floats:
    """Holm's adjusted p-values: ``max over j <= i of min(1, (m - j + 1) p_(j))``; source: see the module."""
    values = _p_values(p)
    order = np.argsort(values, kind="stable")
    steps = np.minimum(1, np.maximum.accumulate((len(values) - np.arange(len(values))) * values[order]))
    out = np.empty_like(values)
    out[order] = steps
    return out


def hochberg(p: ArrayLike) -> Floats:
    """Hochberg's adjusted p-values: ``min over j >= i of (m - j + 1) p_(j)``; source: see the module."""
    values = _p_values(p)
    order = np.argsort(values, kind="stable")[::-1]
    steps = np.minimum(1, np.minimum.accumulate(np.arange(1, len(values) + 1) * values[order]))
    out = np.empty_like(values)
    out[order] = steps
    return out


def hommel(p: ArrayLike) -> Floats:
    """Hommel's adjusted p-values; source: see the module."""
    values = _p_values(p)
    m = len(values)
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    rank = np.arange(1, m + 1)
    adjusted = np.full(m, float((m * ranked / rank).min()))
    simes = adjusted.copy()
    for size in range(m - 1, 1, -1):
        low, high = np.arange(m - size + 1), np.arange(m - size + 1, m)
        tail = float((size * ranked[high] / np.arange(2, size + 1)).min())
        simes[low] = np.minimum(size * ranked[low], tail)
        simes[high] = simes[m - size]
        adjusted = np.maximum(adjusted, simes)
    out = np.empty_like(values)
    out[order] = np.maximum(adjusted, ranked)
    return out


def dunnett_step_down(z: ArrayLike, ratio: ArrayLike = 1.0) -> Floats:
    """Adjusted p-values of one-sided normal statistics `z` of arms against one control; source: see the module.

    `ratio` is each arm's patients to the control's, one number or one per arm: ``corr_ij = b_i b_j`` with
    ``b = sqrt(r / (1 + r))``.
    """
    values = floats(z, "statistic")
    if values.ndim != 1 or not len(values):
        raise SizingError("statistics must be a list of numbers")
    r = np.broadcast_to(positive(ratio, "ratio"), values.shape)
    loading = np.sqrt(r / (1 + r))
    out, least = np.empty_like(values), 0.0
    order = np.argsort(-values, kind="stable")
    for step, arm in enumerate(order):
        rest = order[step:]
        least = max(least, 1 - all_below(values[arm], loading[rest]))
        out[arm] = least
    return out
