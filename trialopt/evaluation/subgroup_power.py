"""Power inside each subgroup of an arm that is sized as a whole: often far below the arm's.

Each subgroup's patients are compared at the arm's alpha, by the arm's formula, for the subgroup's own share of the
effect (the target, or `shrink` times what is predicted there). With interim looks patients count divided by
their inflation.
"""

from __future__ import annotations

from functools import lru_cache

from trialopt.evaluation.required import KEPT
from trialopt.instance import TOLERANCE, TrialSettings

Rates = tuple[float, ...]
Patients = tuple[int, ...]


@lru_cache(maxsize=KEPT)
def response_power(
    p0: Rates, p1: Rates, control: Patients, experimental: Patients, alpha: float, factor: float
) -> tuple[float | None, ...]:
    """Power by subgroup, in the order given; `None` where a rate is not inside (0, 1)."""
    import numpy as np

    from trialopt.sizing.subgroups import response_subgroup_power

    inside = [min(c, e) > TOLERANCE and max(c, e) < 1 - TOLERANCE for c, e in zip(p0, p1, strict=True)]
    c, e = (np.where(inside, rate, 0.5) for rate in (p0, p1))
    n0, n1 = (np.array(patients) / factor for patients in (control, experimental))
    power = response_subgroup_power(c, e, n0, n1, alpha).power
    return tuple(float(x) if known else None for x, known in zip(power, inside, strict=True))


@lru_cache(maxsize=KEPT)
def progression_power(
    hazard_ratio: Rates,
    control: Patients,
    experimental: Patients,
    accrual_months: float,
    alpha: float,
    factor: float,
    trial: TrialSettings,
) -> tuple[float | None, ...]:
    """Power by subgroup, in the order given; 0 where the hazard ratio is 1 or above."""
    import numpy as np

    from trialopt.sizing.subgroups import survival_subgroup_power

    assert trial.control_median_months is not None
    n0, n1 = (np.array(patients) / factor for patients in (control, experimental))
    power = survival_subgroup_power(
        np.array(hazard_ratio),
        trial.control_median_months,
        n0,
        n1,
        accrual_months,
        alpha,
        trial.method,  # type: ignore[arg-type]
        follow_up=trial.follow_up_months,
        dropout=trial.dropout_per_month,
    ).power
    return tuple(float(x) for x in power)
