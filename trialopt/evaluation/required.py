"""Patients and power from `trialopt.sizing`, remembered: the same arm is judged many times over.

Raises `SizingError` where the formula has no answer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from trialopt.instance import Interim, TrialSettings

KEPT = 65536
"""Answers remembered of each function."""


class Required(NamedTuple):
    """Whole patients of one comparison."""

    experimental: int
    control: int
    power: float
    """Power these patients reach."""
    events: float | None
    """Events required, both sides together, unrounded; `None` for a response endpoint."""
    method: str


@lru_cache(maxsize=KEPT)
def inflation(interim: Interim | None, alpha: float, power: float) -> float:
    """Factor on sizes or events for the interim looks; 1 without looks."""
    if interim is None:
        return 1.0
    from trialopt.sizing import inflation as factor

    return float(factor(interim.looks, interim.spending, alpha, power))  # type: ignore[arg-type]


@lru_cache(maxsize=KEPT)
def response(p0: float, p1: float, alpha: float, power: float, ratio: float, factor: float) -> Required:
    """Two proportions, normal approximation, unpooled variance (`trialopt.sizing.proportions`)."""
    from trialopt.sizing import proportion_size

    size = proportion_size(p0, p1, alpha, power, ratio, "unpooled", inflation=factor)
    return Required(int(size.n1), int(size.n0), float(size.power), None, size.method)


@lru_cache(maxsize=KEPT)
def progression(hazard_ratio: float, rate: float, alpha: float, factor: float, trial: TrialSettings) -> Required:
    """Time to event with `rate` patients a month, by the trial's method (`trialopt.sizing.survival`)."""
    from trialopt.sizing import SizingError, survival_size

    if trial.control_median_months is None or trial.power is None:
        raise SizingError("pfs needs the control's median and a power")
    size = survival_size(
        hazard_ratio,
        trial.control_median_months,
        alpha,
        trial.power,
        trial.allocation_ratio,
        trial.method,  # type: ignore[arg-type]
        accrual_rate=rate,
        follow_up=trial.follow_up_months,
        dropout=trial.dropout_per_month,
        inflation=factor,
    )
    return Required(int(size.n1), int(size.n0), float(size.power), float(size.events), size.method)
