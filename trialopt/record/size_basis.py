"""Everything an arm's size rests on: the field `sizing` of its record, from which anybody can compute it again."""

from __future__ import annotations

from typing import Any

from trialopt.core.instance import Instance
from trialopt.evaluation.result import ArmNumbers

Json = dict[str, Any]


def size_basis(instance: Instance, numbers: ArmNumbers) -> Json:
    """Test, strata, level, power, effect, follow-up, accrual and looks of a sized arm; empty for an arm without a size.

    `strata` are what the size averages over: each with its part `f` of the patients, and the rates `p0`, `p1` that are
    sized for (response) or the control's median in months (pfs).
    """
    size, trial = numbers.size, instance.trial
    if size is None or size.alpha is None:
        return {}
    strata = [{"f": 1.0, "p0": size.p0, "p1": (size.p0 or 0.0) + size.sized_for}]
    if trial.endpoint == "pfs":
        strata = [{"f": 1.0, "median_months": trial.control_median_months}]
    months = size.accrual_months
    patients = size.patients + size.control_patients
    looks = trial.interim
    return {
        "endpoint": trial.endpoint,
        "method": size.method,
        "alpha": size.alpha,
        "power": trial.power,
        "allocation_ratio": trial.allocation_ratio,
        "sized_for": size.sized_for,
        "target": trial.target_hazard_ratio if trial.endpoint == "pfs" else trial.target_difference,
        "shrink": trial.shrink,
        "strata": strata,
        "not_evaluable": 0.0,
        "follow_up_months": trial.follow_up_months,
        "dropout_per_month": trial.dropout_per_month,
        "accrual_per_month": None if months is None else patients / months,
        "inflation": size.inflation,
        "interim": None
        if looks is None
        else {
            "timing": list(looks.fractions),
            "spending": looks.spending,
            "futility": looks.futility,
            "futility_spending": None if looks.futility == "none" else looks.futility_spending or looks.spending,
        },
    }
