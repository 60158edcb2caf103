"""Whole patients by largest remainder: ties in table order, accrual before shares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation.small import arm, one, small
from trialopt.core.design import Design
from trialopt.evaluation import evaluate
from trialopt.evaluation.patients import split


@pytest.mark.parametrize(
    ("patients", "weights", "parts"),
    [
        (10, [1, 1], [5, 5]),
        (11, [1, 1], [6, 5]),
        (5, [1, 1, 1], [2, 2, 1]),
        (7, [5, 3, 2], [4, 2, 1]),  # 3.5, 2.1, 1.4
        (10, [0.1, 0.2, 0.7], [1, 2, 7]),
        (3, [0.1, 0.1, 0.1], [1, 1, 1]),
        (1, [0.3, 0.1 + 0.2], [1, 0]),  # a tie, though the second is larger by a rounding
        (4, [1, 0], [4, 0]),
        (0, [2, 1], [0, 0]),
    ],
)
def test_by_hand(patients, weights, parts):
    assert split(patients, weights) == parts


@given(st.integers(0, 5000), st.lists(st.floats(0.01, 50), min_size=1, max_size=8))
def test_all_are_placed_within_one_of_the_quota(patients, weights):
    parts = split(patients, weights)
    assert sum(parts) == patients
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - patients * weight / sum(weights)) < 1 + 1e-6


def sized(design, **changes):
    """0.3 against 0.5: 7.849 x 0.46 / 0.04 = 90.3, so 91 patients a side."""
    instance = small(trial={"power": 0.8, "target_difference": 0.2}, control_rate=np.array([0.3, 0.3]), **changes)
    return evaluate(instance, design).arms[0].size


def test_split_by_accrual_though_rates_weigh_by_share():
    """91 patients by 3 : 1 (shares) are 68.25 and 22.75; by 1 : 4 (accrual) 18.2 and 72.8."""
    assert sized(one("car")).control == {"fit": 68, "frail": 23}
    assert sized(one("car"), accrual=np.array([2.0, 8.0])).control == {"fit": 18, "frail": 73}


def test_one_missing_accrual_rate_means_shares():
    size = sized(one("car"), accrual=np.array([2.0, np.nan]))
    assert size.control == {"fit": 68, "frail": 23}
    assert size.accrual_months is None
    split_up = Design((arm("fit", "car"), arm("frail", "car", name="A2")))
    assert sized(split_up, accrual=np.array([2.0, np.nan])).accrual_months == 91


def test_a_tie_goes_to_the_first_of_the_table_not_of_the_arm():
    equal = {"accrual": np.array([3.0, 3.0])}
    listed = sized(Design((arm("frail fit", "car"),)), **equal)
    assert listed.control == listed.experimental == {"fit": 46, "frail": 45}
    assert list(listed.control) == ["frail", "fit"]
