"""What lies outside a formula's range is refused by name, or comes back as inf where that is asked for."""

import numpy as np
import pytest

from trialopt.sizing import SizingError
from trialopt.sizing.accrual import dropout_hazard, event_probability
from trialopt.sizing.events import event_effect, required_events
from trialopt.sizing.exact import exact_power
from trialopt.sizing.group_sequential import group_sequential_design
from trialopt.sizing.multiplicity import dunnett_critical, family_power, marginal_for
from trialopt.sizing.proportions import proportion_effect, proportion_size
from trialopt.sizing.subgroups import response_subgroup_power, subgroup_shares, survival_subgroup_power
from trialopt.sizing.survival import survival_effect, survival_power, survival_size

CASES = [
    (lambda: proportion_size(0.3, 0.3), "p1 must be above p0"),
    (lambda: proportion_size(0.3, 0.2), "wrong way"),
    (lambda: proportion_size(0.3, [0.4, 0.1]), "p0 = 0.3, p1 = 0.1"),
    (lambda: proportion_size(0.0, 0.2), "p0 must lie strictly between 0 and 1"),
    (lambda: proportion_size(0.3, 1.0), "p1 must lie strictly between 0 and 1"),
    (lambda: proportion_size(0.3, 0.5, power=0.02), "power must be above alpha"),
    (lambda: proportion_size(0.3, 0.5, alpha=0.6), "one-sided"),
    (lambda: proportion_size(0.3, 0.5, ratio=0), "ratio must be above 0"),
    (lambda: proportion_size(0.3, 0.5, method="arcsine"), "method for a response endpoint"),
    (lambda: proportion_size(0.55, 0.98, power=0.1, ratio=20, method="pooled"), "too low for the method pooled"),
    (lambda: proportion_size(0.3, float("nan")), "NaN"),
    (lambda: proportion_size(0.3, "half"), "must be a number"),
    (lambda: proportion_effect(0.3, 3, 3), "cannot detect any rate"),
    (lambda: required_events(1.0), "below 1"),
    (lambda: required_events(1.3), "wrong way"),
    (lambda: required_events(-0.5), "hazard ratio must be above 0"),
    (lambda: required_events(0.5, method="rubinstein"), "events alone"),
    (lambda: event_effect(2, method="freedman"), "no hazard ratio"),
    (lambda: survival_size(0.6, 9), "accrual rate or accrual months"),
    (lambda: survival_size(0.6, 9, accrual_rate=0), "accrual rate must be above 0"),
    (lambda: survival_size(0.6, -9, accrual_rate=1), "median must be above 0"),
    (lambda: survival_size(0.6, 9, accrual_rate=1, method="cox"), "method for a pfs endpoint"),
    (lambda: survival_size(0.6, 9, accrual_rate=1, dropout=-1), "dropout must be 0 or above"),
    (lambda: survival_size(0.6, 9, accrual_rate=5, accrual_months=10), "accrual is too slow ever to reach"),
    (lambda: survival_power(0.6, 9, 50, 50), "accrual rate or the accrual months"),
    (lambda: survival_effect(9, 2, 2, accrual_months=6), "too few events"),
    (lambda: event_probability(9, 0.6, 0, 0), "both 0 months"),
    (lambda: dropout_hazard(1.0, 12), "below 1"),
    (lambda: group_sequential_design(10), "must be 0 to 9"),
    (lambda: group_sequential_design(1, "haybittle"), "spending must be one of"),
    (lambda: group_sequential_design(1, futility="always"), "futility must be one of"),
    (lambda: group_sequential_design(2, timing=(0.5,)), "one information fraction for each"),
    (lambda: group_sequential_design(2, timing=(0.6, 0.4)), "must rise"),
    (lambda: group_sequential_design(1, power=0.01), "power must be above alpha"),
    (lambda: dunnett_critical(0), "1 to 20"),
    (lambda: dunnett_critical(3, [1, 1]), "one for each of 3 arms"),
    (lambda: family_power("hochberg", 2, 3.0), "multiplicity must be one of"),
    (lambda: family_power("dunnett", 2, 3.0, correlation=1.0), "correlation must lie"),
    (lambda: marginal_for("some", 0.9, "holm", 2), "kind of power"),
    (lambda: exact_power(0.3, 0.5, 10.5, 10), "whole number"),
    (lambda: exact_power(0.3, 0.5, 10, 10, test="barnard"), "test must be one of"),
    (lambda: exact_power(0.3, 0.5, 3000, 3000), "more outcomes"),
    (lambda: response_subgroup_power(0.3, 0.5, [-1], [5]), "cannot be negative"),
    (lambda: subgroup_shares((0.5, 0.4)), "sum to 1"),
]


@pytest.mark.parametrize(("call", "message"), CASES)
def test_refused_by_name(call, message):
    with pytest.raises(SizingError, match=message):
        call()


def test_infinite_instead_where_asked():
    got = proportion_size([0.3, 0.3, 0.3, 0.0], [0.5, 0.3, 1.0, 0.4], strict=False)
    assert np.isfinite(got.n0).tolist() == [True, False, False, False]
    assert np.isnan(got.power).tolist() == [False, True, True, True]
    events = required_events([0.5, 1.0, 1.4], strict=False)
    assert np.isfinite(events.events).tolist() == [True, False, False]
    size = survival_size([0.6, 1.1], 9, accrual_rate=5, strict=False)
    assert np.isfinite(size.n1).tolist() == [True, False]
    never = survival_size(0.6, 9, accrual_rate=[5, 50], accrual_months=10, strict=False)
    assert np.isfinite(never.n1).tolist() == [False, True]


def test_slow_accrual_alone_always_arrives():
    """With accrual left open any number of events is reached, however slowly patients come."""
    got = survival_size(0.6, 9, accrual_rate=1e-4, dropout=0.5)
    assert float(got.events) == pytest.approx(float(required_events(0.6).events_exact))


def test_empty_subgroup_has_no_power():
    got = response_subgroup_power([0.3, 0.3], [0.5, 0.5], [60, 0], [60, 10])
    assert got.power[0] > 0.5
    assert got.power[1] == 0
    pfs = survival_subgroup_power([0.5, 1.2], 9, [50, 50], [50, 50], 12, follow_up=6)
    assert pfs.power[0] > 0.5
    assert pfs.power[1] == 0


def test_a_pooled_arm_has_less_power_inside():
    """Two halves of a 90 % design by hand: z = sqrt(1/2) * 3.2415 - 1.96 = 0.3321, power 0.6301."""
    size = proportion_size(0.35, 0.5)
    half = response_subgroup_power(0.35, 0.5, size.n0_exact / 2, size.n1_exact / 2)
    assert float(half.power) == pytest.approx(0.6301, abs=1e-4)
