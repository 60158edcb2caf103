"""Sizes for progression-free survival by hand: induction weighs 0.6, maintenance 0.4; fit 3/4 of patients."""

from math import ceil, exp, log

import numpy as np
import pytest

from tests.evaluation.sized import NORMAL, chance, events_of, patients_for, schoenfeld, z
from tests.evaluation.small import DEX, FRAIL, arm, one, small
from trialopt.core.design import Arm, Design, Dose, Interim
from trialopt.evaluation import evaluate

HAZARD_RATIOS = np.array([0.7, 0.6, 0.75, 0.9, 0.8])
RATES = np.array([12.0, 4.0])
COURSE = {"median": 9.0, "follow_up": 12.0, "dropout": 0.01}
DEX_ONLY = ((4,), (4,))


def pfs(*, trial=None, **changes):
    settings = {
        "power": 0.8,
        "endpoint": "pfs",
        "control_median_months": 9.0,
        "follow_up_months": 12.0,
        "dropout_per_month": 0.01,
        **(trial or {}),
    }
    return small(trial=settings, **{"hazard_ratio": HAZARD_RATIOS, "accrual": RATES, **changes})


def only(instance, design):
    return evaluate(instance, design).arms[0].size


def sentences(instance, design):
    return [(v.rule, v.arm, v.sentence) for v in evaluate(instance, design).violations]


def test_hazard_ratio_of_a_sequence_against_the_control():
    """car in induction, len in maintenance (nothing of it in the crbn patients, 0.1 and 0.2), against dex in both."""
    size = only(pfs(control=DEX_ONLY), one("car", "len"))
    kept = 0.75 * 0.9 + 0.25 * 0.8
    log_ratio = 0.6 * log(0.6) + 0.4 * log(0.75) * kept - log(0.9)
    assert size.hazard_ratio == pytest.approx(exp(log_ratio), abs=1e-12)
    assert size.sized_for == size.hazard_ratio
    assert (size.p0, size.p1) == (None, None)


def test_epochs_weigh_by_their_pfs_weight():
    size = only(pfs(pfs_weight=np.array([0.25, 0.75])), one("car", "bor"))
    assert size.hazard_ratio == pytest.approx(0.6**0.25 * 0.7**0.75)


def test_no_control_regimen_counts_nothing():
    assert only(pfs(), one("car")).hazard_ratio == pytest.approx(0.6**0.6)


def test_sensitivity_counts_levels_and_interactions_do_not():
    """frail has half the sensitivity to dex: 0.9 to the power of 0.75 + 0.25 / 2 in all."""
    sensitivity = np.ones((2, 5))
    sensitivity[FRAIL, DEX] = 0.5
    instance = pfs(sensitivity=sensitivity)
    assert only(instance, one("dex", "dex")).hazard_ratio == pytest.approx(0.9**0.875)
    half, full = (only(instance, one(f"car {level}")) for level in ("len@half", "len"))
    assert half == full
    both = Arm("A1", ("fit", "frail"), {"induction": (Dose("len", "half"), Dose("len", "full"))})
    assert only(instance, Design((both,))).hazard_ratio == only(instance, one("len")).hazard_ratio
    pairs = {
        "pair_agents": np.array([[0, 1]]),
        "pair_activity": np.array([0.5]),
        "pair_toxicity": np.zeros((1, 2)),
    }
    assert only(pfs(**pairs), one("bor car")) == only(pfs(), one("bor car"))


def test_sized_for_the_target():
    """HR 0.7: 4 x 7.849 / 0.3567^2 = 246.8 events; the patients are those whose expected events are that many."""
    size = only(pfs(trial={"target_hazard_ratio": 0.7}), one("car", "car"))
    events = schoenfeld(0.7)
    assert events == pytest.approx(246.79, abs=0.005)
    total = patients_for(events, 16.0, 0.7, **COURSE)
    assert size.events == pytest.approx(events, rel=1e-9)
    assert size.patients == size.control_patients == ceil(total / 2)
    assert (size.hazard_ratio, size.sized_for) == pytest.approx((0.6, 0.7))
    assert size.accrual_months == (size.patients + size.control_patients) / 16
    assert size.method == "schoenfeld"


def test_power_reached_with_whole_patients():
    """Schoenfeld turned round, with the events that whole patients are expected to have."""
    size = only(pfs(trial={"target_hazard_ratio": 0.7}), one("car", "car"))
    seen = events_of(2 * size.patients, 16.0, 0.7, **COURSE)
    power = NORMAL.cdf(seen**0.5 / 2 * -log(0.7) - NORMAL.inv_cdf(0.975))
    assert size.power == pytest.approx(power, abs=1e-9)
    assert 0.8 <= power < 0.802


def test_two_to_one():
    size = only(pfs(trial={"target_hazard_ratio": 0.7, "allocation_ratio": 2.0}), one("car", "car"))
    events = schoenfeld(0.7, ratio=2)
    total = patients_for(events, 16.0, 0.7, ratio=2, **COURSE)
    assert size.events == pytest.approx(events, rel=1e-9)
    assert (size.patients, size.control_patients) == (ceil(total * 2 / 3), ceil(total / 3))


def test_shrink_works_on_the_log_hazard_ratio():
    size = only(pfs(trial={"shrink": 0.5}), one("car", "car"))
    assert (size.hazard_ratio, size.sized_for) == pytest.approx((0.6, 0.6**0.5))
    assert size.events == pytest.approx(schoenfeld(0.6**0.5), rel=1e-9)


def test_accrual_is_that_of_the_arm_s_own_subgroups():
    design = Design((arm("fit", "car", "car"), arm("frail", "car", "car", name="A2")))
    fit, frail = (n.size for n in evaluate(pfs(trial={"target_hazard_ratio": 0.7}), design).arms)
    assert fit.patients == ceil(patients_for(schoenfeld(0.7), 12.0, 0.7, **COURSE) / 2)
    assert frail.patients == ceil(patients_for(schoenfeld(0.7), 4.0, 0.7, **COURSE) / 2)
    assert frail.accrual_months == 2 * frail.patients / 4
    assert fit.patients > frail.patients


def test_bonferroni_and_interim_looks_raise_the_events():
    """Both work on the unrounded events, before patients are found for them."""
    looks = {"target_hazard_ratio": 0.7, "multiplicity": "bonferroni", "interim": Interim(1, "pocock")}
    design = Design((arm("fit", "car", "car"), arm("frail", "car", "car", name="A2")))
    size = only(pfs(trial=looks), design)
    events = schoenfeld(0.7, 0.0125) * size.inflation
    assert size.inflation > 1.05
    assert size.events == pytest.approx(events, rel=1e-9)
    assert size.patients == ceil(patients_for(events, 12.0, 0.7, **COURSE) / 2)


def test_another_method_needs_other_patients():
    """Direct variance, N = z^2 / theta^2 x 2 (1 / P0 + 1 / P1), with the chances that N patients give themselves."""
    size = only(pfs(trial={"target_hazard_ratio": 0.7, "method": "rubinstein"}), one("car", "car"))
    total = 300.0
    for _ in range(100):
        p0, p1 = (chance(h * log(2) / 9, total / 16, 12, 0.01) for h in (1, 0.7))
        total = (z(0.025, 0.8) / log(0.7)) ** 2 * 2 * (1 / p0 + 1 / p1)
    assert (size.patients, size.method) == (ceil(total / 2), "rubinstein")


def test_power_inside_each_subgroup():
    """Each has the arm's accrual time, and a quarter or three quarters of its patients."""
    size = only(pfs(trial={"target_hazard_ratio": 0.7}), one("car", "car"))
    for g in ("fit", "frail"):
        n = size.experimental[g] + size.control[g]
        seen = events_of(n, n / size.accrual_months, 0.7, **COURSE)
        power = NORMAL.cdf(seen**0.5 / 2 * -log(0.7) - NORMAL.inv_cdf(0.975))
        assert size.power_by_subgroup[g] == pytest.approx(power, abs=2e-3)
    assert size.power_by_subgroup["frail"] < 0.35


def test_power_inside_a_subgroup_takes_its_own_effect_and_the_looks():
    """frail has half the sensitivity to car: 0.6 to the power of 0.5 against 0.6; 0.8 of either on the log scale."""
    sensitivity = np.array([[1.0, 1, 1, 1, 1], [1, 0.5, 1, 1, 1]])
    instance = pfs(trial={"shrink": 0.8, "interim": Interim(1, "pocock")}, sensitivity=sensitivity)
    size = only(instance, one("car", "car"))
    assert size.sized_for == pytest.approx(0.6 ** (0.8 * 0.875))
    for g, ratio in (("fit", 0.6**0.8), ("frail", 0.6**0.4)):
        n = (size.experimental[g] + size.control[g]) / size.inflation
        seen = events_of(n, n / size.accrual_months, ratio, **COURSE)
        power = NORMAL.cdf(seen**0.5 / 2 * -log(ratio) - NORMAL.inv_cdf(0.975))
        assert size.power_by_subgroup[g] == pytest.approx(power, abs=3e-3)


def test_an_arm_predicted_to_miss_the_target():
    instance = pfs(trial={"target_hazard_ratio": 0.7})
    assert sentences(instance, one("ven", "ven")) == [
        ("target", "A1", "A1 is predicted a hazard ratio of 0.800 against its control, above the target 0.700")
    ]
    assert only(instance, one("ven", "ven")) is not None


def test_the_target_holds_when_missed_by_a_billionth():
    def broken(target):
        return sentences(pfs(trial={"target_hazard_ratio": target}), one("ven", "ven"))

    assert broken(0.8 - 0.9e-9) == []
    assert broken(0.8 - 1.1e-9)[0][2] == (
        "A1 is predicted a hazard ratio of 0.800000000 against its control, above the target 0.799999999"
    )


def test_no_effect_cannot_be_sized():
    for given, ratio in (("dex", "1.000"), ("", "1.111")):
        instance = pfs(control=DEX_ONLY)
        assert only(instance, one(given, given)) is None
        assert sentences(instance, one(given, given)) == [
            (
                "size",
                "A1",
                "A1 has no effect to be sized for: "
                f"its predicted hazard ratio against its control is {ratio}, not below 1",
            )
        ]


def test_an_effect_within_a_billionth_is_none():
    """Otherwise rounding would decide between no size and astronomical ones."""
    for size, log_ratio in ((None, -0.9e-9), (True, -1.1e-9)):
        instance = pfs(hazard_ratio=np.full(5, exp(log_ratio)))
        assert (only(instance, one("car", "car")) and True) == size


def test_what_pfs_needs_is_named():
    unknown = HAZARD_RATIOS.copy()
    unknown[[0, 3]] = np.nan
    assert sentences(pfs(hazard_ratio=unknown), one("bor car", "dex")) == [
        ("size", "A1", "A1 cannot be sized: pfs needs the hazard ratio of bor and dex")
    ]
    assert only(pfs(hazard_ratio=unknown), one("car")) is not None
    assert sentences(pfs(accrual=np.array([12.0, np.nan])), one("car")) == [
        ("size", "A1", "A1 cannot be sized: pfs needs an accrual rate of each of its subgroups")
    ]
    assert sentences(pfs(trial={"control_median_months": None}), one("car")) == [
        ("size", "A1", "A1 cannot be sized: pfs needs the control's median in fit and frail")
    ]


@pytest.mark.parametrize(
    ("method", "ratio", "words"),
    [
        ("schoenfeld", 0.5, "optimistic where the control is over-sampled (allocation ratio 0.5)"),
        ("schoenfeld", 3.0, "pessimistic where the experimental side is over-sampled (allocation ratio 3)"),
        ("freedman", 3.0, "optimistic where the experimental side is over-sampled (allocation ratio 3)"),
        ("schoenfeld", 1.0, None),
        ("rubinstein", 0.5, None),
    ],
)
def test_a_formula_that_is_off_at_unequal_allocation_says_so(method, ratio, words):
    result = evaluate(pfs(trial={"method": method, "allocation_ratio": ratio}), one("car"))
    assert result.feasible
    assert [words in warning for warning in result.warnings] == ([] if words is None else [True])
    unsized = pfs(trial={"method": method, "allocation_ratio": ratio, "power": None})
    assert evaluate(unsized, one("car")).warnings == ()
