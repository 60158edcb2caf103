"""Limits on patients, months and money, each broken alone. Arms against 0.3 sized for 0.5: 91 patients a side."""

from dataclasses import replace

import numpy as np
import pytest

from tests.evaluation.small import arm, one, small
from trialopt.core.design import Design
from trialopt.evaluation import evaluate

SPLIT = Design((arm("fit", "car", "len"), arm("frail", "bor", name="A2")))
COSTS = {
    "cost_per_cycle": np.array([100.0, 1000.0, 10.0, 1.0, 0.0]),
    "cost_per_course": np.array([0.0, 50.0, 5.0, 0.0, 7.0]),
}


def sized(accrual=(10.0, 4.0), *, control=None, **limits):
    return small(
        trial={"power": 0.8, "target_difference": 0.2, **limits},
        control_rate=np.array([0.3, 0.3]),
        accrual=np.array(accrual),
        control=control,
        **COSTS,
    )


def broken(instance, design=SPLIT):
    return [(v.rule, v.arm, v.sentence) for v in evaluate(instance, design).violations]


def test_max_patients_counts_all_arms_and_controls():
    assert broken(sized(max_patients=364)) == []
    assert broken(sized(max_patients=363)) == [
        ("max_patients", None, "the design needs 364 patients (A1 182 and A2 182), above the limit of 363")
    ]
    assert broken(sized(max_patients=100), one("car")) == [
        ("max_patients", None, "the design needs 182 patients, above the limit of 100")
    ]


def test_max_accrual_months_holds_for_each_arm():
    """182 patients at 10, 4 or 14 a month."""
    assert broken(sized(max_accrual_months=45.5)) == []
    assert broken(sized(max_accrual_months=36.0)) == [
        ("max_accrual_months", "A2", "A2 needs 182 patients in 45.5 months of accrual, above the limit of 36")
    ]
    assert broken(sized(max_accrual_months=13.0), one("car")) == []
    assert [v[1] for v in broken(sized(max_accrual_months=18.0))] == ["A1", "A2"]


def test_max_accrual_months_holds_when_missed_by_a_billionth():
    assert broken(sized(max_accrual_months=13 - 0.9e-9), one("car")) == []
    assert broken(sized(max_accrual_months=13 - 2e-9), one("car"))[0][2] == (
        "A1 needs 182 patients in 13.000000000 months of accrual, above the limit of 12.999999998"
    )


def test_max_study_months_counts_the_follow_up_of_pfs_only():
    """182 patients at 4 a month; a response trial has no follow-up."""
    assert broken(sized(max_study_months=45.5, follow_up_months=12.0)) == []
    assert broken(sized(max_study_months=45.4)) == [
        ("max_study_months", "A2", "A2 takes 45.5 months to its final analysis, above the limit of 45.4")
    ]
    assert broken(sized((10.0, np.nan), max_study_months=99.0)) == [
        (
            "max_study_months",
            "A2",
            "how many months A2 takes to its final analysis is unknown without accrual rates of all its subgroups; "
            "the limit is 99",
        )
    ]


@pytest.mark.parametrize(("beyond", "kept"), [(0.0, True), (-0.1, False)])
def test_max_study_months_of_a_pfs_trial(beyond, kept):
    pfs = {"endpoint": "pfs", "target_hazard_ratio": 0.7, "control_median_months": 9.0, "follow_up_months": 12.0}

    def trial(**limit):
        settings = {"power": 0.8, **pfs, **limit}
        return small(trial=settings, hazard_ratio=np.full(5, 0.5), accrual=np.array([10.0, 4.0]))

    months = 12 + max(arm.size.accrual_months for arm in evaluate(trial(), SPLIT).arms)
    assert (broken(trial(max_study_months=months + beyond)) == []) == kept


def test_max_accrual_months_without_rates_is_no_yes():
    assert broken(sized((10.0, np.nan), max_accrual_months=99.0)) == [
        (
            "max_accrual_months",
            "A2",
            "A2 needs 182 patients, and how many months they take is unknown without accrual rates of all its "
            "subgroups; the limit is 99",
        )
    ]


def test_cost_of_cycles_and_courses():
    """A1: 4 cycles car and 12 cycles len, with their courses: 4000 + 50 + 120 + 5 = 4175. A2: 400. No control: 0."""
    first, second = (n.size for n in evaluate(sized(), SPLIT).arms)
    assert (first.cost, second.cost) == (91 * 4175.0, 91 * 400.0)


def test_control_patients_cost_what_the_control_regimen_costs():
    """dex, 1 a cycle, 4 cycles then 12; its coverage of 0.1 anchors p1 at 1 - 0.7 x 0.4 / 0.9."""
    first, second = (n.size for n in evaluate(sized(control=((4,), (4,))), SPLIT).arms)
    assert (first.cost, second.cost) == (91 * (4175 + 16.0), 91 * (400 + 16.0))


def test_each_side_costs_by_its_own_patients():
    """2 : 1: 140.2 experimental patients, 70.1 controls, with the variance under no effect pooled."""
    (numbers,) = evaluate(sized(control=((4,), (4,)), allocation_ratio=2.0), one("car")).arms
    assert (numbers.size.patients, numbers.size.control_patients) == (141, 71)
    assert numbers.size.cost == 141 * 4050.0 + 71 * 16.0


def test_a_course_is_paid_in_every_epoch_that_has_it_whatever_the_level():
    """len 4 + 12 cycles at 10 and twice 5."""
    for level in ("len", "len@half"):
        (numbers,) = evaluate(sized(), one(f"car {level}", level)).arms
        assert numbers.size.cost == 91 * (4050 + 160 + 10.0)


def test_budget():
    """91 x (4175 + 400) = 416,325."""
    assert broken(sized(budget=416325.0)) == []
    assert broken(sized(budget=400000.0)) == [
        ("budget", None, "the design costs 416,325 (A1 379,925 and A2 36,400), above the budget of 400,000")
    ]
    assert broken(sized(budget=416324.8)) == [
        ("budget", None, "the design costs 416,325.0 (A1 379,925 and A2 36,400), above the budget of 416,324.8")
    ]


def test_budget_holds_when_missed_by_a_billionth():
    """A course of car at 0.01 for each of 91 patients; small sums, where a billionth is no rounding."""
    cheap = Design((arm("fit frail", "car"),))
    cents = {"cost_per_cycle": np.zeros(5), "cost_per_course": np.full(5, 0.01)}
    for kept, missing in ((True, 0.9e-9), (False, 1.1e-9)):
        instance = replace(sized(budget=0.91 - missing), **cents)
        assert (broken(instance, cheap) == []) == kept


def test_limits_do_not_bind_an_unsized_trial():
    limits = {"max_patients": 1, "max_accrual_months": 0.1, "max_study_months": 0.1, "budget": 0.0}
    assert broken(sized(power=None, **limits)) == []


def test_an_arm_without_a_size_counts_nothing_beside_its_own_rule():
    """frail: 0.9 and 0.2 more make no rate. fit needs its 182 patients, 18.2 months, all the same."""
    instance = small(
        trial={"power": 0.8, "target_difference": 0.2, "max_patients": 100, "max_accrual_months": 10.0},
        control_rate=np.array([0.3, 0.9]),
        accrual=np.array([10.0, 4.0]),
    )
    assert [v[:2] for v in broken(instance)] == [
        ("size", "A2"),
        ("max_patients", None),
        ("max_accrual_months", "A1"),
    ]


@pytest.mark.parametrize("limit", ["max_patients", "max_accrual_months", "max_study_months", "budget"])
def test_a_generous_limit_changes_nothing(limit):
    assert evaluate(sized(**{limit: 10**9}), SPLIT).arms[0].size == evaluate(sized(), SPLIT).arms[0].size
