"""Analyses and calendar of an arm against plain sums over entries, and the bounds against those of the sizes."""

from __future__ import annotations

from math import ceil, exp, log, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from tests.evaluation.small import arm, small
from trialopt.core.design import Design, Interim
from trialopt.core.instance import Instance
from trialopt.evaluation import evaluate
from trialopt.evaluation.calendar import UNDER, Calendar, calendar
from trialopt.evaluation.result import ArmSize
from trialopt.sizing import looks_design, looks_of

NORMAL = NormalDist()
BOTH = Design((arm("fit frail", "car"),))
HSD = Interim(2, "hsd:-4", (0.5, 0.75), "nonbinding", "hsd:-2")


def made(instance: Instance) -> tuple[ArmSize, Calendar]:
    (numbers,) = evaluate(instance, BOTH).arms
    assert numbers.size is not None
    return numbers.size, calendar(instance, numbers)


def response(**trial: object) -> Instance:
    settings = {"power": 0.9, "target_difference": 0.2, **trial}
    return small(trial=settings, control_rate=np.array([0.3, 0.35]), accrual=np.array([10.0, 4.0]))


def pfs(**trial: object) -> Instance:
    settings = {
        **{"power": 0.9, "endpoint": "pfs", "target_hazard_ratio": 0.65, "control_median_months": 9.0},
        **{"follow_up_months": 8.0, "dropout_per_month": 0.01, **trial},
    }
    return small(trial=settings, hazard_ratio=np.full(5, 0.5), accrual=np.array([10.0, 4.0]))


def events(size: ArmSize, month: float, ratio: float, medians: dict[str, float], dropout: float) -> float:
    """Events seen by a month: a sum over 4,000 moments of entry of each subgroup and side."""
    assert size.accrual_months is not None
    entry = (np.arange(4000) + 0.5) / 4000 * size.accrual_months
    seen = np.maximum(month - entry, 0.0)
    total = 0.0
    for g, median in medians.items():
        for patients, factor in ((size.control[g], 1.0), (size.experimental[g], ratio)):
            hazard = factor * log(2) / median
            total += patients * float(np.mean(hazard / (hazard + dropout) * (1 - np.exp(-(hazard + dropout) * seen))))
    return total


@pytest.mark.parametrize("interim", [HSD, Interim(1, "pocock", None, "binding"), Interim(3, "power:2")])
def test_bounds_effects_and_chances_are_those_of_the_sizes(interim: Interim) -> None:
    size, made_calendar = made(response(interim=interim))
    rules = interim.futility, interim.futility_spending, interim.timing
    design = looks_design(interim.looks, interim.spending, 0.025, 0.9, *rules)  # type: ignore[arg-type]
    assert size.p1 is not None
    assert size.p0 is not None
    for mine, other in zip(made_calendar.analyses, looks_of(design, 0.2, size.p1 - size.p0), strict=True):
        assert mine.z == pytest.approx(other.efficacy_z, abs=1e-8)
        assert mine.p == pytest.approx(NORMAL.cdf(-other.efficacy_z), rel=1e-6)
        assert mine.effect == pytest.approx(other.efficacy_effect, abs=1e-9)
        assert mine.alpha_spent == pytest.approx(other.alpha_spent, abs=1e-12)
        assert [mine.stop_efficacy[truth] for truth in UNDER] == pytest.approx(other.stop_efficacy, abs=1e-9)
        if mine.look <= interim.looks and mine.futility_z is not None:
            assert mine.futility_z == pytest.approx(other.futility_z, abs=1e-8)
            assert mine.futility_effect == pytest.approx(other.futility_effect, abs=1e-9)
            assert [mine.stop_futility[truth] for truth in UNDER] == pytest.approx(other.stop_futility, abs=1e-9)
    assert sum(a.stop_efficacy["sized"] for a in made_calendar.analyses) == pytest.approx(0.9, abs=1e-9)


def test_looks_of_a_response_trial_count_patients() -> None:
    """N patients at 14 a month; the look at half of them is when half of them are in."""
    size, found = made(response(interim=HSD))
    total = size.patients + size.control_patients
    assert [a.patients for a in found.analyses] == [ceil(total / 2), ceil(0.75 * total - 1e-9), total]
    assert [a.month for a in found.analyses] == pytest.approx([(a.patients or 0) / 14 for a in found.analyses])
    assert [a.events for a in found.analyses] == [None] * 3
    assert found.study_months == pytest.approx(total / 14)
    assert found.per_month == {"fit": 10.0, "frail": 4.0}
    for truth in UNDER:
        stops = [a.stop_efficacy[truth] + a.stop_futility[truth] for a in found.analyses]
        assert sum(stops) == pytest.approx(1.0, abs=1e-9)
        patients = sum(p * (a.patients or 0) for p, a in zip(stops, found.analyses, strict=True))
        assert found.expected[truth].patients == pytest.approx(patients, rel=1e-9)
        assert found.expected[truth].months == pytest.approx(patients / 14, rel=1e-9)
        assert found.expected[truth].events is None


def test_looks_of_a_pfs_trial_come_with_its_events() -> None:
    size, found = made(pfs(interim=HSD))
    assert size.events is not None
    assert size.accrual_months is not None
    medians = dict.fromkeys(size.control, 9.0)
    assert [a.events for a in found.analyses] == [ceil(t * size.events - 1e-9) for t in (0.5, 0.75, 1.0)]
    for a in found.analyses[:-1]:
        assert a.month is not None
        assert events(size, a.month, 0.65, medians, 0.01) == pytest.approx(a.fraction * size.events, rel=1e-5)
        assert a.patients == min(size.patients + size.control_patients, int(14 * a.month + 1e-9))
    assert found.analyses[-1].month == found.study_months == size.accrual_months + 8.0
    assert events(size, found.study_months, 0.65, medians, 0.01) == pytest.approx(size.events, rel=0.01)
    for a in found.analyses:
        by_hand = exp(-a.z / sqrt(size.events * a.fraction / 4))
        assert a.effect == pytest.approx(by_hand, rel=1e-9)
    none = found.expected["none"]
    assert none.events is not None
    assert none.events < (found.expected["sized"].events or 0.0) < size.events
    point = found.forecast[20]
    assert point.events == pytest.approx(events(size, point.month, 0.65, medians, 0.01), rel=1e-4)
    assert point.events_without_effect == pytest.approx(events(size, point.month, 1.0, medians, 0.01), rel=1e-4)


def test_a_trial_without_looks_has_its_final_analysis() -> None:
    size, found = made(response())
    (final,) = found.analyses
    assert (final.fraction, final.patients) == (1.0, size.patients + size.control_patients)
    assert final.z == pytest.approx(-NORMAL.inv_cdf(0.025))
    assert (final.stop_efficacy["none"], final.stop_efficacy["sized"]) == pytest.approx((0.025, 0.9))
    assert found.expected["none"].patients == final.patients


def test_without_accrual_rates_there_are_no_months() -> None:
    instance = small(trial={"power": 0.9, "target_difference": 0.2, "interim": HSD}, control_rate=np.array([0.3, 0.35]))
    size, found = made(instance)
    assert size.accrual_months is None
    assert [a.month for a in found.analyses] == [None] * 3
    assert (found.study_months, found.per_month, found.forecast) == (None, {}, ())
    assert found.expected["sized"].months is None
