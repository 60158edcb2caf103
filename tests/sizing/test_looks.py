"""Spending, boundaries, stopping chances and power at a look, against R package rpact 3.3.4 and mvtnorm 1.1-3.

Bounds and stopping chances: ``d <- getDesignGroupSequential(informationRates, alpha, beta, sided = 1, typeOfDesign,
gammaA, typeBetaSpending, gammaB, bindingFutility)``, ``getDesignCharacteristics(d)`` (names asHSD, asKD, asOF, asP and
bsHSD, bsKD, bsOF, bsP): criticalValues, futilityBounds, rejectionProbabilities, futilityProbabilities,
inflationFactor, averageSampleNumber0 and 1. Conditional power: sums of ``pmvnorm(algorithm = Miwa(2048))`` over the
later looks; predictive power: ``integrate`` of that over the posterior.
"""

import math

import numpy as np
import pytest

from trialopt.sizing import (
    SizingError,
    conditional_power,
    group_sequential_design,
    looks_design,
    looks_of,
    predictive_power,
)
from trialopt.sizing.spending import check_spending, spend

RPACT = """
hsd:-4 none - 0.025 0.9; 0.333333333 0.666666667 1; 1.015197 1.0126423 0.7836538;
  3.0107395 2.5465306 1.9992264; 0.130277 0.4236773 0.3460457;
  ;

hsd:-2 none - 0.025 0.8; 0.3 0.6 0.8 1; 1.0613647 1.0551298 0.7967268;
  2.7248123 2.4612462 2.3059682 2.1062295; 0.1263242 0.2983628 0.2078262 0.1674867;
  ;

hsd:1 none - 0.05 0.9; 0.5 1; 1.1151603 1.0978068 0.7662489;
  1.8645398 1.8866472; 0.6257602 0.2742398;
  ;

power:3 none - 0.025 0.9; 0.333333333 0.666666667 1; 1.0184002 1.0155713 0.7819613;
  3.1130173 2.461934 2.0087053; 0.1104029 0.4756951 0.313902;
  ;

power:1.5 none - 0.025 0.9; 0.25 0.5 0.75 1; 1.0774481 1.0698516 0.7075051;
  2.7343688 2.470859 2.2934717 2.1491526; 0.1463954 0.3305342 0.2731497 0.1499207;
  ;

power:1 none - 0.025 0.9; 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1; 1.1616091 1.148541 0.6572624;
    2.8070338 2.7402975 2.672417 2.6117697 2.5577762 2.5092123 2.4650446 2.4244784 2.3869072 2.3518633; 0.0443545
    0.090137 0.1206228 0.1318805 0.1275552 0.113463 0.0949049 0.0756985 0.0581258 0.0432579;
  ;

hsd:-4 nonbinding hsd:-2 0.025 0.9; 0.333333333 0.666666667 1; 1.0698831 0.6248586 0.7912765;
  3.0107395 2.5465306 1.9992264; 0.1411961 0.4402736 0.3185303;
  -0.238724 0.9410672; 0.0148337 0.0288921

hsd:-4 binding hsd:-2 0.025 0.9; 0.333333333 0.666666667 1; 1.0487648 0.6174887 0.7807974;
  3.0107395 2.5462192 1.9643368; 0.1369421 0.4340792 0.3289787;
  -0.2579243 0.9139054; 0.0148337 0.0288921

obrien_fleming binding power:2 0.025 0.9; 0.5 0.75 1; 1.0546493 0.6437089 0.7764033;
  2.962588 2.3584207 1.9642693; 0.2713641 0.4313339 0.1973021;
  0.3939313 1.2105382; 0.025 0.03125

obrien_fleming nonbinding hsd:-1 0.025 0.8; 0.5 0.75 1; 1.1202135 0.6518402 0.8447062;
  2.962588 2.3590177 2.0140837; 0.1932797 0.391686 0.2150343;
  0.6607632 1.310274; 0.0755081 0.0545055

power:2 binding pocock 0.025 0.85; 0.2 0.5 0.7 0.9 1; 1.231176 0.5226762 0.7531352;
  3.0902323 2.5375145 2.3514071 2.1145384 1.9356555; 0.0544279 0.3750435 0.2431951 0.1464864 0.0308471;
  -0.2158563 0.8547552 1.2849705 1.7179666; 0.0443092 0.048708 0.025442 0.021746

pocock binding obrien_fleming 0.025 0.9; 0.2 0.4 0.6 0.8 1; 1.2280841 0.6567937 0.6666166;
  2.4379767 2.4268138 2.4101561 2.3931374 2.322859; 0.2028485 0.2645595 0.2149466 0.1418187 0.0758267;
  -1.8907345 -0.084657 0.9170841 1.6424273; 0.0002351 0.0090672 0.02441 0.0322026

obrien_fleming nonbinding hsd:-4 0.025 0.9; 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1; 1.0759268 0.5911628 0.7207471;
    6.9913517 4.8768852 3.9296823 3.3670791 2.9893298 2.714809 2.5040774 2.3358292 2.1975034 2.0811757; 0 0.0003715
    0.018052 0.0900169 0.1668683 0.1909028 0.1686428 0.1279268 0.0873121 0.0499069;
    -2.0524173 -1.4493785 -0.9360452 -0.4718777 -0.0374407 0.3787451 0.7846095 1.1866237 1.5942598; 0.0009176
    0.0013689 0.0020422 0.0030466 0.004545 0.0067803 0.010115 0.0150899 0.0225114

obrien_fleming none - 0.025 0.9; 0.125 0.25 0.375 0.5 0.625 0.75 0.875 1; 1.0319629 1.0277599 0.7311944;
    6.2319745 4.3326364 3.4813784 2.9796068 2.6443429 2.4011648 2.2146447 2.0657838; 2e-07 0.0036135 0.068062
    0.188757 0.2314114 0.1937066 0.1329546 0.0814947;
  ;
"""
"""A design a block: spending, futility rule and its spending, alpha, power; fractions; inflation, expected over fixed
size under no effect and under the effect; efficacy bounds; chance of stopping there; futility bounds; chance of those.
"""


@pytest.mark.parametrize("block", RPACT.strip().split("\n\n"))
def test_rpact(block):
    head, *rest = block.split(";")
    spending, rule, beta, alpha, power = head.split()
    timing, size, up, wins, down, stops = ([float(x) for x in part.split()] for part in rest)
    timing = [round(3 * t, 9) / 3 for t in timing]
    got = looks_design(len(timing) - 1, spending, float(alpha), float(power), rule, beta.strip("-") or None, timing)
    assert got.efficacy_z == pytest.approx(up, abs=5e-7)
    assert (got.inflation, got.expected(0), got.expected(1)) == pytest.approx(size, abs=2e-7)
    under = got.under(1)
    assert under.efficacy == pytest.approx(wins, abs=2e-7)
    assert sum(under.efficacy) == pytest.approx(float(power), abs=1e-9)
    if down:
        assert got.futility_z[:-1] == pytest.approx(down, abs=5e-7)
        assert under.futility[:-1] == pytest.approx(stops, abs=2e-7)


def test_what_binding_bounds_count_on():
    """By definition: alpha is held exactly when the rule is followed; a non-binding one holds it when overruled."""
    for rule in ("binding", "nonbinding"):
        got = looks_design(3, "hsd:-3", 0.025, 0.85, rule, "power:1.5")
        followed = sum(got.under(0).efficacy)
        if rule == "binding":
            assert followed == pytest.approx(0.025, abs=1e-10)
        else:
            assert followed < 0.025 - 1e-5
        assert np.cumsum(got.under(1).futility)[:-1] == pytest.approx(got.beta_spent[:-1], abs=1e-9)


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
@pytest.mark.parametrize("futility", ["none", "pocock"])
def test_same_numbers_as_the_designs_of_up_to_three_looks(spending, futility):
    old = group_sequential_design(3, spending, 0.025, 0.9, futility, (0.3, 0.5, 0.8))
    rule = "none" if futility == "none" else "nonbinding"
    new = looks_design(3, spending, 0.025, 0.9, rule, "pocock", (0.3, 0.5, 0.8))
    assert new.efficacy_z == pytest.approx(old.efficacy_z, abs=1e-9)
    assert new.inflation == pytest.approx(old.inflation, abs=1e-9)
    if futility != "none":
        assert new.futility_z == pytest.approx(old.futility_z, abs=1e-9)


# Spending by hand: the formulas of the papers at a few points.
SPENT = [
    ("hsd:-4", 0.5, 0.025 * (1 - math.e**2) / (1 - math.e**4)),
    ("hsd:1", 0.5, 0.025 * (1 - math.exp(-0.5)) / (1 - math.exp(-1))),
    ("hsd:0", 0.3, 0.0075),
    ("power:3", 0.5, 0.003125),
    ("power:1", 0.2, 0.005),
    ("pocock", 0.5, 0.025 * math.log(1 + (math.e - 1) / 2)),
]


@pytest.mark.parametrize(("spending", "time", "spent"), SPENT)
def test_spending(spending, time, spent):
    assert spend(0.025, time, spending) == pytest.approx(spent, rel=1e-12)
    assert spend(0.025, 1.0, spending) == pytest.approx(0.025, rel=1e-12)


# look, z; conditional power under the effect, under the trend, under the effect with futility followed; predictive
# power with a flat prior, and with prior N(drift, 2^2) and futility followed
AT_LOOK = [
    (1, 0.5, 0.740716465481, 0.0834226054584, 0.705500702295, 0.212187938816, 0.342007933988),
    (1, 1.5, 0.913833374608, 0.773658788203, 0.9085467801, 0.668500320583, 0.751146583531),
    (1, 2.2, 0.970054132757, 0.987850785682, 0.969253223953, 0.905010808428, 0.924057203135),
    (2, 0.5, 0.206143286981, 0.00815059346561, 0.206143286981, 0.0249215744442, 0.0457527963183),
    (2, 1.5, 0.72385668749, 0.389439148167, 0.72385668749, 0.409334658977, 0.485616070975),
    (2, 2.2, 0.943435749933, 0.885732869803, 0.943435749933, 0.837240264903, 0.868632246758),
]


@pytest.mark.parametrize(("look", "z", "effect", "trend", "ruled", "predictive", "informed"), AT_LOOK)
def test_power_at_a_look(look, z, effect, trend, ruled, predictive, informed):
    design = looks_design(2, "hsd:-4", 0.025, 0.9, "nonbinding", "hsd:-2")
    assert conditional_power(design, look, z, design.drift) == pytest.approx(effect, abs=1e-8)
    assert conditional_power(design, look, z) == pytest.approx(trend, abs=1e-8)
    assert conditional_power(design, look, z, design.drift, follow_futility=True) == pytest.approx(ruled, abs=1e-8)
    assert predictive_power(design, look, z) == pytest.approx(predictive, abs=1e-8)
    prior = (design.drift, 2.0)
    assert predictive_power(design, look, z, prior, follow_futility=True) == pytest.approx(informed, abs=1e-8)


def test_predictive_power_with_one_look_left():
    """Jennison and Turnbull 2000, equation 10.7, in closed form: Phi((B / t - c) / sqrt((1 - t) / t))."""
    design, t, z = looks_design(1, timing=(0.6,)), 0.6, 1.7
    wanted = (z * math.sqrt(t) / t - design.efficacy_z[-1]) / math.sqrt((1 - t) / t)
    assert predictive_power(design, 1, z) == pytest.approx(0.5 * math.erfc(-wanted / math.sqrt(2)), abs=1e-12)


def test_effects_at_the_bounds():
    """By hand: 150 events, HR 0.6: the estimate at look k is exp(-z_k / sqrt(events / 4)), events by fraction."""
    design = looks_design(2, "hsd:-4", 0.025, 0.9, "binding", timing=(0.4, 0.7))
    effect = math.log(0.6)
    events = 4 * (design.drift / effect) ** 2
    for row in looks_of(design, effect, math.log(0.8)):
        by_hand = math.exp(-row.efficacy_z / math.sqrt(events * row.information_fraction / 4))
        assert math.exp(row.efficacy_effect) == pytest.approx(by_hand, rel=1e-12)
        low = math.exp(-row.futility_z / math.sqrt(events * row.information_fraction / 4))
        assert math.exp(row.futility_effect) == pytest.approx(low, rel=1e-12)
        assert len(row.stop_efficacy) == len(row.stop_futility) == 3
        assert row.stop_efficacy[0] < row.stop_efficacy[2]


# getSampleSizeSurvival(d, hazardRatio, allocationRatioPlanned, typeOfComputation = "Schoenfeld"): spending, timing |
# alpha, power, hazard ratio, ratio, futility and its spending | criticalValuesEffectScale | futilityBoundsEffectScale
EFFECTS = """
obrien_fleming 0.5 1|0.025 0.9 0.6 1 none -|0.5173021181 0.7336675731|
obrien_fleming 0.333333333333 0.666666666667 1|0.025 0.9 0.7 2 none -|0.4951134109 0.7142951947 0.8041145498|
pocock 0.5 0.75 1|0.025 0.8 0.65 1 none -|0.6481276369 0.6841335634 0.7183432733|
hsd:-4 0.4 0.7 1|0.025 0.9 0.6 1 nonbinding hsd:-2|0.4976287677 0.6347732493 0.7374224323|0.98700695 0.82640499
hsd:-4 0.4 0.7 1|0.025 0.9 0.6 1 binding hsd:-2|0.4937892686 0.6316226244 0.7393683984|0.99247441 0.82934879
power:3 0.5 0.75 1|0.05 0.8 0.75 1.5 nonbinding power:2|0.6764281532 0.7667018606 0.8278847427|0.97021521 0.88423722
obrien_fleming 0.25 0.5 0.75 1|0.0125 0.9 0.5 0.5 none -|0.1495394499 0.3966357472 0.5472859595 0.6402041849|
"""


@pytest.mark.parametrize("row", EFFECTS.strip().splitlines())
def test_effects_at_the_bounds_against_rpact(row):
    plan, asked, up, down = (part.split() for part in row.split("|"))
    spending, *timing = plan
    alpha, power, hr, _, rule, beta = asked
    times = [float(t) for t in timing[:-1]]
    design = looks_design(len(times), spending, float(alpha), float(power), rule, beta.strip("-") or None, times)
    looks = looks_of(design, math.log(float(hr)))
    assert [math.exp(look.efficacy_effect) for look in looks] == pytest.approx([float(x) for x in up], abs=5e-7)
    low = [math.exp(look.futility_effect) for look in looks[:-1] if look.futility_effect is not None]
    assert low == pytest.approx([float(x) for x in down], abs=5e-7)


BAD = [
    (lambda: check_spending("hsd"), "must be one of"),
    (lambda: check_spending("power:0"), "must be one of"),
    (lambda: check_spending("hsd:99"), "must be one of"),
    (lambda: check_spending("pocock:1"), "must be one of"),
    (lambda: looks_design(10), "0 to 9"),
    (lambda: looks_design(2, futility="perhaps"), "futility must be"),
    (lambda: looks_design(2, futility_spending="beta"), "futility spending"),
    (lambda: looks_design(2, timing=(0.7, 0.5)), "rise"),
    (lambda: conditional_power(looks_design(2), 3, 1.0), "interim looks 1 to 2"),
    (lambda: predictive_power(looks_design(2), 1, 1.0, (0.0, 0.0)), "standard deviation"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_refused(call, message):
    with pytest.raises(SizingError, match=message):
        call()
