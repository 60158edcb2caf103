"""Designs that keep every limit and that nobody would run."""

import numpy as np

from tests.evaluation.small import one, small
from trialopt.evaluation import evaluate
from trialopt.evaluation.cautions import too_long

TINY = {"control_rate": np.array([0.59, 0.59]), "accrual": np.array([5.0, 3.0])}


def test_decades_of_accrual_are_pointed_out() -> None:
    """0.59 to 0.6 needs 37,824 patients a side: 788 years at 8 a month."""
    (warning,) = evaluate(small(trial={"power": 0.8}, **TINY), one("car")).warnings
    assert warning == (
        "A1 needs 75,648 patients and 788 years to enrol them: set max_patients or max_accrual_months, or size for a "
        "target"
    )
    limited = small(trial={"power": 0.8, "max_accrual_months": 1e5}, **TINY)
    assert evaluate(limited, one("car")).warnings == ()


def test_without_rates_patients_count() -> None:
    assert list(too_long({"A1": (5001, None)}, {})) == [
        "A1 needs 5,001 patients: set max_patients, or size for a target"
    ]
    assert list(too_long({"A1": (5001, None)}, {"max_patients": 9000})) == []
    assert list(too_long({"A1": (5000, None), "A2": (9000, 120.0)}, {})) == []
