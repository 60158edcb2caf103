"""Power inside each subgroup of an arm that is sized as a whole.

An arm with 90 % power over all its subgroups often has 30 to 70 % inside one of them. Each subgroup is compared
with its own control patients at the same alpha, by the formula that sized the arm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trialopt.sizing.checks import Floats, SizingError, floats
from trialopt.sizing.proportions import ProportionMethod, proportion_power
from trialopt.sizing.survival import SurvivalMethod, survival_power


@dataclass(frozen=True)
class SubgroupPower:
    """Power inside each subgroup, in the order given; 0 where a side has no patient.

    `events` are the events expected in the subgroup (None for a response endpoint).
    """

    method: str
    power: Floats
    events: Floats | None = None


def _sides(n0: ArrayLike, n1: ArrayLike) -> tuple[Floats, Floats]:
    m0, m1 = np.broadcast_arrays(floats(n0, "n0"), floats(n1, "n1"))
    if np.any(m0 < 0) or np.any(m1 < 0):
        raise SizingError("patients of a subgroup cannot be negative")
    return m0, m1


def response_subgroup_power(
    p0: ArrayLike,
    p1: ArrayLike,
    n0: ArrayLike,
    n1: ArrayLike,
    alpha: ArrayLike = 0.025,
    method: ProportionMethod = "unpooled",
) -> SubgroupPower:
    """Power inside each subgroup with control rate `p0`, arm rate `p1`, `n0` and `n1` patients (one per subgroup).

    `proportion_power` subgroup by subgroup; patients may be 0, then power is 0. An effect of zero or the wrong
    way has the little power it has. Source: standard.
    """
    m0, m1 = _sides(n0, n1)
    some = (m0 > 0) & (m1 > 0)
    power = proportion_power(p0, p1, np.where(some, m0, 1), np.where(some, m1, 1), alpha, method).power
    return SubgroupPower(method, np.where(some, power, 0.0))


def survival_subgroup_power(
    hazard_ratio: ArrayLike,
    control_median: ArrayLike,
    n0: ArrayLike,
    n1: ArrayLike,
    accrual_months: ArrayLike,
    alpha: ArrayLike = 0.025,
    method: SurvivalMethod = "schoenfeld",
    *,
    follow_up: ArrayLike = 0.0,
    dropout: ArrayLike = 0.0,
) -> SubgroupPower:
    """Power inside each subgroup of `n0` and `n1` patients accrued over the arm's `accrual_months`.

    `survival_power` subgroup by subgroup (an array element each; scalars are shared); patients may be 0. A hazard
    ratio of 1 or more counts as no effect: its power is at most alpha and is given as 0. Source: standard.
    """
    m0, m1 = _sides(n0, n1)
    hr = floats(hazard_ratio, "hazard ratio")
    m0, m1, hr = np.broadcast_arrays(m0, m1, hr)
    some = (m0 > 0) & (m1 > 0) & (hr < 1)
    got = survival_power(
        np.where(hr < 1, hr, 0.5),
        control_median,
        np.where(some, m0, 1),
        np.where(some, m1, 1),
        alpha,
        method,
        accrual_months=accrual_months,
        follow_up=follow_up,
        dropout=dropout,
    )
    return SubgroupPower(method, np.where(some, got.power, 0.0), np.where(some, got.expected_events, 0.0))


def subgroup_shares(shares: tuple[float, ...]) -> Floats:
    """Shares as an array; they must be above 0 and sum to 1."""
    array = np.asarray(shares, dtype=np.float64)
    if not (np.all(array > 0) and abs(float(array.sum()) - 1) < 1e-6):
        raise SizingError(f"--subgroups gives shares above 0 that sum to 1, not {', '.join(map(str, shares))}")
    return array
