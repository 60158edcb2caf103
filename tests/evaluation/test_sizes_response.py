"""Sizes for a response endpoint by hand. car leaves 0.4 of the disease, dex 0.9; fit has 3/4 of patients, frail 1/4."""

from math import ceil, sqrt

import numpy as np
import pytest

from tests.evaluation.sized import NORMAL, over_strata, response_patients, response_power, z
from tests.evaluation.small import arm, one, small
from trialopt.core.design import Design, Interim
from trialopt.evaluation import evaluate
from trialopt.sizing import SizingError
from trialopt.sizing.exact_size import exact_size

RATES = np.array([0.3, 0.4])
DEX_ONLY = ((4,), (4,))
SPLIT_LATER = Design((arm("fit", "car", "ven"), arm("frail", "car", "ven", name="A2")))
SPLIT = Design((arm("fit", "car"), arm("frail", "car", name="A2")))


def trial(**settings):
    return {"power": 0.8, **settings}


def sizes(instance, design):
    return [numbers.size for numbers in evaluate(instance, design).arms]


def sentences(instance, design):
    return [(v.rule, v.arm, v.sentence) for v in evaluate(instance, design).violations]


def test_an_unsized_trial_has_no_sizes():
    instance = small(trial={"target_difference": 0.9, "max_patients": 1}, control_rate=RATES)
    assert sizes(instance, one("car")) == [None]
    assert evaluate(instance, one("car")).feasible


def test_sized_for_the_target():
    """0.3 to 0.5 in 3/4 and 0.4 to 0.6 in 1/4 of patients: 7.849 x (0.75 x 0.46 + 0.25 x 0.48) / 0.04 = 91.24."""
    instance = small(trial=trial(target_difference=0.2), control_rate=RATES)
    (size,) = sizes(instance, one("car"))
    assert z(0.025, 0.8) ** 2 * 0.465 / 0.04 == pytest.approx(91.24, abs=0.005)
    assert (size.patients, size.control_patients) == (92, 92)
    assert (size.p0, size.p1, size.sized_for) == pytest.approx((0.325, 0.6, 0.2))
    assert size.power == pytest.approx(NORMAL.cdf(0.2 / sqrt(0.465 / 92) - NORMAL.inv_cdf(0.975)), abs=1e-12)
    assert (size.hazard_ratio, size.events, size.accrual_months, size.cost) == (None, None, None, 0.0)
    assert (size.method, size.alpha, size.inflation) == ("unpooled", 0.025, 1.0)
    assert evaluate(instance, one("car")).feasible


def test_each_side_is_rounded_up_by_itself():
    """2 : 1: the control needs 64.3 patients, the arm 128.6: 65 and 129, which is not twice 65."""
    instance = small(trial=trial(target_difference=0.21, allocation_ratio=2.0), control_rate=RATES)
    (size,) = sizes(instance, one("car"))
    needed = over_strata((0.75, 0.25), RATES, RATES + 0.21, ratio=2, pooled=True)
    assert needed == pytest.approx((64.3199, 128.6398), abs=1e-4)
    assert (size.control_patients, size.patients, size.method) == (65, 129, "pooled")
    settings = trial(target_difference=0.21, allocation_ratio=2.0, null_variance="unpooled")
    (size,) = sizes(small(trial=settings, control_rate=RATES), one("car"))
    fewer, _ = over_strata((0.75, 0.25), RATES, RATES + 0.21, ratio=2)
    assert (size.control_patients, size.method) == (ceil(fewer), "unpooled")
    assert size.control_patients < 65


def test_pooled_data_takes_no_fewer_than_strata():
    """With mean rates 0.325 and 0.525: 7.849 x 0.46875 / 0.04 = 91.98 against 91.24; far apart it is 13 % more."""
    one_of = small(trial=trial(target_difference=0.2, analysis="pooled_data", max_arms=1), control_rate=RATES)
    assert sizes(one_of, one("car"))[0].patients == ceil(response_patients(0.325, 0.525)[0]) == 92
    rates = np.array([0.2, 0.65])
    half = {"share": np.full(2, 0.5), "control_rate": rates}
    few, many = (
        sizes(small(trial=trial(target_difference=0.15, analysis=analysis), **half), one("car bor"))[0].patients
        for analysis in ("stratified", "pooled_data")
    )
    assert few == ceil(over_strata((0.5, 0.5), rates, rates + 0.15)[0])
    assert many == ceil(response_patients(0.425, 0.575)[0])
    assert many > 1.1 * few


def test_effects_are_those_of_the_patients_enrolled():
    """Shares of 3 to 1, but one patient in ten is fit."""
    instance = small(trial=trial(target_difference=0.1), control_rate=RATES, accrual=np.array([1.0, 9.0]))
    (size,) = sizes(instance, one("car"))
    assert size.p0 == pytest.approx(0.1 * 0.3 + 0.9 * 0.4)
    assert size.control_patients == ceil(over_strata((0.1, 0.9), RATES, RATES + 0.1)[0])


def test_who_is_off_protocol_did_not_respond():
    """0.8 of fit patients get to maintenance; their rate is 0.8 of the coverage, and the anchor works within them."""
    reach = np.array([[1.0, 0.8], [1.0, 1.0]])
    plain = small(trial=trial(endpoint_epoch=1), control=((), (4,)), reach=reach)
    fit = sizes(plain, SPLIT_LATER)[0]
    assert (fit.p0, fit.p1) == pytest.approx((0.8 * 0.1, 0.8 * 0.3))
    known = small(trial=trial(endpoint_epoch=1), control=((), (4,)), reach=reach, control_rate=np.array([0.2, np.nan]))
    fit = sizes(known, SPLIT_LATER)[0]
    assert (fit.p0, fit.p1) == pytest.approx((0.2, 0.8 * (1 - (1 - 0.2 / 0.8) * 0.7 / 0.9)))


def test_patients_without_an_assessment_are_made_up_for():
    instance = small(trial=trial(target_difference=0.2, not_evaluable=0.1), control_rate=RATES)
    (size,) = sizes(instance, one("car"))
    assert size.patients == ceil(over_strata((0.75, 0.25), RATES, RATES + 0.2)[0] / 0.9)
    assert size.power == pytest.approx(0.8, abs=0.005)


def test_a_subgroup_may_have_a_control_of_its_own():
    """fit against dex (0.1), frail against ven in the first epoch (0.3)."""
    instance = small(trial=trial(), control=DEX_ONLY, own_control={"frail": ((3,), ())})
    fit, frail = sizes(instance, SPLIT)
    assert (fit.p0, frail.p0) == pytest.approx((0.1, frail.p0))
    assert frail.p0 != pytest.approx(0.1)


def test_an_exact_analysis_is_boschlos_on_all_data_together():
    """0.325 against 0.725: 26 and 26 patients, by the size of `trialopt.sizing`, which is held to other programs'."""
    instance = small(trial=trial(target_difference=0.4, analysis="exact"), control_rate=RATES)
    (size,) = sizes(instance, one("car bor"))
    found = exact_size(0.325, 0.725, 0.025, 0.8)
    assert (size.patients, size.control_patients, size.method) == (found.n1, found.n0, "boschloo")
    assert size.power == pytest.approx(found.power, abs=1e-12)
    large = small(trial=trial(target_difference=0.1, analysis="exact"), control_rate=RATES)
    assert "exact sizes go to 400 in all" in sentences(large, one("car"))[0][2]


def test_sized_for_the_predicted_effect():
    """Control dex 0.1, arm 0.6."""
    (size,) = sizes(small(trial=trial(), control=DEX_ONLY), one("car"))
    n0, _ = response_patients(0.1, 0.6)
    assert size.control_patients == size.patients == ceil(n0)
    assert (size.p0, size.p1, size.sized_for) == pytest.approx((0.1, 0.6, 0.5))


def test_shrink_takes_a_part_of_the_predicted_effect():
    """Half of 0.5: sized for 0.1 against 0.35, while the prediction itself is still reported."""
    (size,) = sizes(small(trial=trial(shrink=0.5), control=DEX_ONLY), one("car"))
    n0, _ = response_patients(0.1, 0.35)
    assert size.control_patients == ceil(n0)
    assert (size.p0, size.p1, size.sized_for) == pytest.approx((0.1, 0.6, 0.25))
    assert size.power == pytest.approx(response_power(0.1, 0.35, ceil(n0), ceil(n0)), abs=1e-12)


def test_a_target_takes_the_place_of_shrink():
    (size,) = sizes(small(trial=trial(shrink=0.1, target_difference=0.4), control=DEX_ONLY), one("car"))
    assert size.sized_for == 0.4


def test_anchored_on_the_observed_rate_where_both_are_known():
    """fit: 0.2 observed, so p1 = 1 - 0.8 x 0.4 / 0.9; frail: nothing observed, so control 0.1 and arm 0.6."""
    instance = small(trial=trial(), control=DEX_ONLY, control_rate=np.array([0.2, np.nan]))
    (size,) = sizes(instance, one("car"))
    p0 = 0.75 * 0.2 + 0.25 * 0.1
    p1 = 0.75 * (1 - 0.8 * 0.4 / 0.9) + 0.25 * 0.6
    n0, _ = over_strata((0.75, 0.25), (0.2, 0.1), (1 - 0.8 * 0.4 / 0.9, 0.6))
    assert (size.p0, size.p1) == pytest.approx((p0, p1), abs=1e-12)
    assert size.control_patients == ceil(n0)


def test_rates_weigh_by_share_within_the_arm():
    """Half of a trial's patients may be in neither of an arm's subgroups: shares are those within the arm."""
    design = Design((arm("frail", "car"), arm("fit", "bor", name="A2")))
    frail, fit = sizes(small(trial=trial(), control_rate=RATES), design)
    assert (frail.p0, frail.p1, fit.p0, fit.p1) == pytest.approx((0.4, 0.6, 0.3, 0.5))


def test_the_arm_meets_mechanisms_of_its_subgroups():
    """len covers 0.36 where crbn does not drive the disease: 0.9 of fit patients, 0.8 of frail ones."""
    (size,) = sizes(small(trial=trial(), control_rate=np.array([0.1, 0.1])), one("len"))
    assert size.p1 == pytest.approx(0.75 * 0.9 * 0.36 + 0.25 * 0.8 * 0.36)


def test_response_is_read_in_the_endpoint_epoch():
    """ven in maintenance: 0.3, and the control then gives nothing but what is observed, 0.1."""
    instance = small(trial=trial(endpoint_epoch=1), control_rate=np.array([0.1, 0.1]))
    (size,) = sizes(instance, one("car", "ven"))
    assert (size.p0, size.p1) == pytest.approx((0.1, 0.3))


def test_bonferroni_divides_alpha_by_the_arms_of_the_design():
    for multiplicity, alpha in (("none", 0.025), ("bonferroni", 0.0125)):
        instance = small(trial=trial(multiplicity=multiplicity, max_arms=9), control_rate=RATES)
        fit, frail = sizes(instance, SPLIT)
        n_fit, n_frail = (ceil(response_patients(p0, 0.6, alpha)[0]) for p0 in (0.3, 0.4))
        assert (fit.patients, frail.patients) == (n_fit, n_frail)
        assert fit.power == pytest.approx(response_power(0.3, 0.6, n_fit, n_fit, alpha), abs=1e-12)
        assert fit.alpha == alpha
        assert sizes(instance, one("car"))[0].alpha == 0.025
    assert n_fit > ceil(response_patients(0.3, 0.6)[0])


def power_of_two_looks(drift, first, second):
    """Z1 at half the information, Z2 = (Z1 + Y) / sqrt 2 with an independent Y; the drift of each is drift / sqrt 2."""
    half, step = drift / sqrt(2), 0.001
    total = 1 - NORMAL.cdf(first - half)
    z1 = first - step / 2
    while z1 > half - 9:
        total += step * NORMAL.pdf(z1 - half) * (1 - NORMAL.cdf(second * sqrt(2) - z1 - half))
        z1 -= step
    return total


def test_interim_looks_inflate_the_unrounded_sizes():
    """One O'Brien-Fleming look: bounds 2.9626 and 1.9686 (Lan and DeMets). The drift grows by the factor's root."""
    instance = small(trial=trial(target_difference=0.2, interim=Interim(1, "obrien_fleming")), control_rate=RATES)
    (size,) = sizes(instance, one("car"))
    drift = z(0.025, 0.8) * sqrt(size.inflation)
    assert power_of_two_looks(drift, 2.9626, 1.9686) == pytest.approx(0.8, abs=2e-5)
    assert power_of_two_looks(z(0.025, 0.8), 2.9626, 1.9686) < 0.799
    n0, _ = over_strata((0.75, 0.25), RATES, RATES + 0.2, inflation=size.inflation)
    assert size.control_patients == size.patients == ceil(n0) == 92
    assert size.power == pytest.approx(NORMAL.cdf(0.2 / sqrt(0.465 / 92 * size.inflation) - NORMAL.inv_cdf(0.975)))


def test_interim_looks_and_bonferroni_together():
    instance = small(trial=trial(multiplicity="bonferroni", interim=Interim(2, "pocock")), control_rate=RATES)
    fit, _ = sizes(instance, SPLIT)
    assert fit.inflation > 1.1
    n0, _ = response_patients(0.3, 0.6, 0.0125, inflation=fit.inflation)
    assert fit.control_patients == ceil(n0)


def test_power_inside_each_subgroup_of_a_pooled_arm():
    """Sized for the target over both; alone, 69 and 23 patients a side see the same 0.2 with less power."""
    (size,) = sizes(small(trial=trial(target_difference=0.2), control_rate=RATES), one("car"))
    assert size.experimental == size.control == {"fit": 69, "frail": 23}
    assert size.power_by_subgroup == pytest.approx(
        {"fit": response_power(0.3, 0.5, 69, 69), "frail": response_power(0.4, 0.6, 23, 23)}
    )
    assert size.power_by_subgroup["frail"] < 0.3
    assert sizes(small(trial=trial(), control_rate=RATES), SPLIT)[0].power_by_subgroup["fit"] > 0.8


def test_power_inside_a_subgroup_takes_its_own_predicted_effect():
    (size,) = sizes(small(trial=trial(shrink=0.5), control_rate=RATES), one("car"))
    n_fit, n_frail = size.control["fit"], size.control["frail"]
    assert size.power_by_subgroup == pytest.approx(
        {"fit": response_power(0.3, 0.45, n_fit, n_fit), "frail": response_power(0.4, 0.5, n_frail, n_frail)}
    )


def test_power_inside_a_subgroup_with_interim_looks():
    """Patients count divided by the inflation, as they do for the arm."""
    instance = small(trial=trial(target_difference=0.2, interim=Interim(2, "pocock")), control_rate=RATES)
    (size,) = sizes(instance, one("car"))
    n = size.control["frail"] / size.inflation
    assert size.power_by_subgroup["frail"] == pytest.approx(response_power(0.4, 0.6, n, n))


def test_a_rate_out_of_range_in_one_subgroup_is_the_arms():
    """0.85 plus 0.2 is no rate, though the arm as a whole, 0.4375 plus 0.2, is."""
    instance = small(trial=trial(target_difference=0.2), control_rate=np.array([0.3, 0.85]))
    assert sentences(instance, one("car bor")) == [
        (
            "size",
            "A1",
            "A1 cannot be sized: the 0.850 of its control and a difference of 0.200 "
            "make a response rate of 1.050 in frail, and it must be below 1",
        )
    ]


def test_an_arm_predicted_to_miss_the_target_is_still_sized_for_it():
    """bor gives 0.5 against 0.325."""
    instance = small(trial=trial(target_difference=0.2), control_rate=RATES)
    assert sentences(instance, one("bor")) == [
        (
            "target",
            "A1",
            "A1 is predicted a response rate of 0.500 against 0.325 of its control: "
            "a difference of 0.175, below the target 0.200",
        )
    ]
    assert sizes(instance, one("bor"))[0].patients == 92


def test_the_target_holds_when_missed_by_a_billionth():
    def broken(target):
        return sentences(small(trial=trial(target_difference=target), control_rate=RATES), one("bor"))

    assert broken(0.175 + 0.9e-9) == []
    assert broken(0.175 + 1.1e-9)[0][2] == (
        "A1 is predicted a response rate of 0.500 against 0.325 of its control: "
        "a difference of 0.175000000, below the target 0.175000001"
    )


def test_no_effect_cannot_be_sized():
    """dex against dex has none, ven against car a wrong one."""
    assert sizes(small(trial=trial(), control=DEX_ONLY), one("dex")) == [None]
    assert sentences(small(trial=trial(), control=DEX_ONLY), one("dex")) == [
        (
            "size",
            "A1",
            "A1 has no effect to be sized for: "
            "its predicted response rate is 0.100, not above the 0.100 of its control",
        )
    ]
    assert sentences(small(trial=trial(), control=((1,), ())), one("ven")) == [
        (
            "size",
            "A1",
            "A1 has no effect to be sized for: "
            "its predicted response rate is 0.300, not above the 0.600 of its control",
        )
    ]


def test_an_effect_within_a_billionth_is_none():
    """Otherwise rounding would decide between no size and astronomical ones."""
    for known, gain in ((True, 0.9e-9), (False, 1.1e-9)):
        instance = small(trial=trial(), control_rate=np.full(2, 0.6 - gain))
        assert (sizes(instance, one("car")) == [None]) == known


def test_a_rate_within_a_billionth_of_1_is_1():
    for known, target in ((True, 0.3 - 0.9e-9), (False, 0.3 - 1.1e-9)):
        instance = small(trial=trial(target_difference=target), control_rate=np.full(2, 0.7))
        assert (sizes(instance, one("car bor len")) == [None]) == known


def test_rates_that_are_none():
    high = small(trial=trial(target_difference=0.3), control_rate=np.array([0.7, 0.7]))
    assert sentences(high, one("car bor len"))[0][2] == (
        "A1 cannot be sized: the 0.700 of its control and a difference of 0.300 "
        "make a response rate of 1.000 in fit, and it must be below 1"
    )
    never = small(trial=trial(), control_rate=np.array([0.0, 0.0]))
    assert sentences(never, one("car")) == [
        ("size", "A1", "A1 cannot be sized: the response rate of its control in fit is 0.000, and must be above 0")
    ]
    unknown = small(trial=trial(), control_rate=np.array([0.3, np.nan]))
    assert sentences(unknown, one("car")) == [
        ("size", "A1", "A1 cannot be sized: there is neither a control rate nor a control regimen for frail")
    ]


def test_a_control_that_leaves_nothing_is_no_anchor():
    """With a log-activity of 84 dex leaves exp(-84) of the disease, which is nothing beside 1."""
    beta = np.full((5, 2), 0.9)
    beta[3] = 84
    instance = small(trial=trial(), control=DEX_ONLY, control_rate=RATES, beta=beta)
    assert sentences(instance, one("car")) == [
        ("size", "A1", "A1 cannot be sized: the control regimen is predicted to leave no disease to improve on")
    ]


def test_subgroups_without_a_share_count_alike():
    """Nothing else can be said of an arm for subgroups that are no patients' at all."""
    (size,) = sizes(small(trial=trial(target_difference=0.2), share=np.zeros(2), control_rate=RATES), one("car"))
    assert size.p0 == pytest.approx(0.35)
    assert size.control == {"fit": 47, "frail": 46}
    assert over_strata((0.5, 0.5), RATES, RATES + 0.2)[0] == pytest.approx(92.2, abs=0.05)
    fit, frail = sizes(small(trial=trial(), share=np.array([1.0, 0.0]), control_rate=RATES), SPLIT)
    assert (fit.p0, frail.p0) == (0.3, 0.4)


def test_an_arm_without_subgroups_breaks_one_rule_only():
    design = Design((arm("fit frail", "car"), arm("", "car", name="A2")))
    assert [v[2] for v in sentences(small(trial=trial(), control_rate=RATES), design)] == ["A2 serves no subgroup"]


def test_looks_that_no_size_overcomes_are_said(monkeypatch):
    def never(interim, alpha, power):
        raise SizingError("no size reaches its power")

    monkeypatch.setattr("trialopt.evaluation.patients.boundaries", never)
    instance = small(trial=trial(interim=Interim(7, "pocock")), control_rate=RATES)
    assert sizes(instance, one("car")) == [None]
    assert sentences(instance, one("car")) == [("size", "A1", "A1 cannot be sized: no size reaches its power")]


def test_order_of_arms_and_subgroups_does_not_matter():
    instance = small(trial=trial(target_difference=0.1, multiplicity="bonferroni"), control_rate=RATES)
    forth, back = sizes(instance, SPLIT), sizes(instance, Design(SPLIT.arms[::-1]))
    assert forth == back[::-1]
    (listed,), (turned,) = (sizes(instance, Design((arm(g, "car"),))) for g in ("fit frail", "frail fit"))
    assert listed == turned
