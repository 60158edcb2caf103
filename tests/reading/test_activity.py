"""Log-activity from response rates, with the arithmetic by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.base import Folder
from trialopt.reading.checks import NoRoot, log_activity, log_activity_in


def test_without_resistance_it_is_minus_log_of_what_is_left() -> None:
    assert log_activity(0.5) == pytest.approx(math.log(2), abs=1e-15)
    assert log_activity_in(0.5, [1.0], [1.0]) == pytest.approx(math.log(2), abs=1e-15)
    assert math.copysign(1, log_activity(0.0)) == 1


def test_patients_it_cannot_work_in() -> None:
    """0.9 exp(-b) + 0.1 = 0.55, so exp(-b) = 1/2. Counting resistance twice would give b = -ln(0.55) = 0.598."""
    assert log_activity_in(0.45, [0.9, 0.1], [1.0, 0.0]) == pytest.approx(math.log(2), abs=1e-14)


def test_patients_it_works_half_in() -> None:
    """With x = exp(-b / 2): 0.5 x^2 + 0.5 x = 0.375 has the root x = 1/2."""
    assert log_activity_in(0.625, [0.5, 0.5], [1.0, 0.5]) == pytest.approx(2 * math.log(2), abs=1e-14)


def test_the_order_of_mechanisms_does_not_matter_to_the_last_bit() -> None:
    p, kept = [0.1, 0.2, 0.3, 0.4], [0.1, 0.7, 0.33, 1.0]
    assert log_activity_in(0.31, p, kept) == log_activity_in(0.31, p[::-1], kept[::-1])


@pytest.mark.parametrize(("orr", "ceiling"), [(0.9, 0.9), (0.95, 0.9)])
def test_no_activity_is_enough(orr: float, ceiling: float) -> None:
    with pytest.raises(NoRoot) as caught:
        log_activity_in(orr, [0.9, 0.1], [1.0, 0.0])
    assert caught.value.ceiling == pytest.approx(ceiling)


def test_no_response_needs_no_activity() -> None:
    assert log_activity_in(0.0, [1.0], [0.0]) == 0.0


@given(
    st.lists(st.tuples(st.floats(0.01, 1), st.floats(0, 3)), min_size=1, max_size=8),
    st.floats(0.001, 0.999),
)
def test_the_root_gives_back_the_response_rate(cells: list[tuple[float, float]], part: float) -> None:
    total = math.fsum(p for p, _ in cells)
    prevalence = [p / total for p, _ in cells]
    kept = [0.0 if k < 0.05 else k for _, k in cells]
    orr = part * math.fsum(p for p, k in zip(prevalence, kept, strict=True) if k > 0)
    if orr == 0:
        return
    beta = log_activity_in(orr, prevalence, kept)
    left = math.fsum(p * math.exp(-beta * k) for p, k in zip(prevalence, kept, strict=True))
    assert 1 - left == pytest.approx(orr, abs=1e-12)


def test_reading_uses_the_reference_population(folder: Folder) -> None:
    """In the fit 0.1 have crbn disease, where lenalidomide does nothing: 0.9 exp(-b) + 0.1 = 0.55."""
    folder.edit("agents.csv", "0.3,,,,,", "0.45,fit,,,,")
    assert folder.read().beta[2, 0] == pytest.approx(math.log(2), abs=1e-14)


def test_sensitivity_of_the_reference_population_counts(folder: Folder) -> None:
    """The frail have no psmb5 disease and sensitivity 0.5 to carfilzomib: exp(-b / 2) = 1/2."""
    folder.edit("agents.csv", "30,60,,", "30,60,,frail")
    assert folder.read().beta[1, 0] == pytest.approx(2 * math.log(2), abs=1e-14)


def test_a_published_orr_goes_before_counts(folder: Folder) -> None:
    folder.edit("agents.csv", "30,60,,", "30,60,0.75,")
    assert folder.read().beta[1, 0] == pytest.approx(math.log(4))


def test_activity_below_zero_is_allowed(folder: Folder) -> None:
    folder.edit("activity.csv", ",,0.5", ",,2")
    assert folder.read().beta[2, 1] == pytest.approx(-math.log(2))
