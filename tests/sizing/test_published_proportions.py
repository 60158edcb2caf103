"""Published sizes and powers for two proportions; every row names where its value is printed.

Two-sided levels of the sources are halved. Where a source adds the chance of rejecting in the wrong direction
(Stata, statsmodels) the same is done here; `two-sided` marks those rows.
"""

import pytest

from trialopt.sizing.exact import exact_power
from trialopt.sizing.proportions import proportion_effect, proportion_power, proportion_size

R = "R stats::power.prop.test, "
ARTCAT = "artcat validation script compare_with_power.do, output of Stata's power twoproportions"

# source, p0, p1, one-sided alpha, power, method, ratio, unrounded n per group (None: not printed), whole total
SIZES = [
    (R + "help page; statsmodels test_power_2indep", 0.5, 0.75, 0.025, 0.9, "pooled", 76.70692, None),
    (R + "one-sided; statsmodels test_power_2indep", 0.5, 0.75, 0.05, 0.9, "pooled", 62.33551, None),
    (R + "printed output, public course notes", 0.3, 0.55, 0.025, 0.8, "pooled", 60.18568, None),
    (R + "printed output, public course notes", 0.2, 0.6, 0.025, 0.9, "pooled", 29.38798, None),
    (R + "printed output, public A/B test notes", 0.01, 0.0105, 0.005, 0.8, "pooled", 947857.8, None),
    (ARTCAT, 0.2, 0.5, 0.025, 0.9, "pooled", None, 104),
    (ARTCAT, 0.24, 0.38, 0.025, 0.8, "pooled", None, 342),
    (ARTCAT, 0.05, 0.07, 0.05, 0.8, "pooled", None, 3486),
    (ARTCAT, 0.5, 0.8, 0.025, 0.75, "pooled", None, 70),
    (ARTCAT, 0.01, 0.03, 0.025, 0.8, "pooled", None, 1538),
    ("artbin test suite, score test, equal to Stata power", 0.9, 0.95, 0.025, 0.9, "pooled", None, 1164),
    (
        "Chow, Shao and Wang 2008, p. 89, as printed by powerandsamplesize.com",
        *(0.65, 0.85, 0.025, 0.8, "unpooled", 69.65881, 140),
    ),
    ("Pocock, Clinical Trials 1983, in the artbin test suite (wald)", 0.9, 0.95, 0.025, 0.9, "unpooled", None, 1156),
    ("Sealed Envelope calculator, in the artbin test suite (wald)", 0.1, 0.2, 0.05, 0.8, "unpooled", None, 310),
]

# source, p0, p1, n0, n1, one-sided alpha, method, power, decimals printed
POWERS = [
    (R + "strict, two-sided; statsmodels test_power_2indep", 0.5, 0.65, 83.4373, 83.4373, 0.025, "pooled", 0.5, 7),
    (R + "help page", 0.5, 0.75, 50, 50, 0.025, "pooled", 0.7401659, 7),
    (R + "Valliant, Practical Tools, example output", 0.5, 0.53, 1000, 1000, 0.05, "pooled", 0.3810421, 7),
    (R + "printed output, public package notes", 0.5, 0.6, 100, 100, 0.025, "pooled", 0.2941273, 7),
    (R + "printed output, public course notes", 0.36, 0.64, 25, 25, 0.025, "pooled", 0.5082837, 7),
    ("Stata, two-sided, in statsmodels test_power_2indep", 0.001, 0.015, 550, 550, 0.025, "pooled", 0.7415600, 7),
    ("Stata, two-sided, unequal groups, in statsmodels", 0.1, 0.2, 154, 308, 0.025, "pooled", 0.7995659, 7),
    (ARTCAT + ", two-sided", 0.06, 0.23, 125, 125, 0.025, "pooled", 0.9722, 4),
    (ARTCAT + ", two-sided", 0.2, 0.3, 190, 190, 0.05, "pooled", 0.7292, 4),
    (ARTCAT + ", two-sided", 0.01, 0.03, 1000, 1000, 0.025, "pooled", 0.8921, 4),
    (ARTCAT + ", two-sided", 0.06, 0.08, 1515, 1515, 0.05, "pooled", 0.6961, 4),
    ("Chow, Shao and Wang 2008, p. 89", 0.65, 0.85, 69.65881, 69.65881, 0.025, "unpooled", 0.8, 6),
]


@pytest.mark.parametrize(("source", "p0", "p1", "alpha", "power", "method", "n", "total"), SIZES)
def test_size(source, p0, p1, alpha, power, method, n, total):
    got = proportion_size(p0, p1, alpha, power, 1.0, method)
    if n is not None:
        assert float(got.n0_exact) == pytest.approx(n, rel=2e-6), source
    if total is not None:
        assert float(got.n0 + got.n1) == total, source


@pytest.mark.parametrize(("source", "p0", "p1", "n0", "n1", "alpha", "method", "power", "digits"), POWERS)
def test_power(source, p0, p1, n0, n1, alpha, method, power, digits):
    got = float(proportion_power(p0, p1, n0, n1, alpha, method).power)
    if "two-sided" in source:
        got += float(proportion_power(p1, p0, n1, n0, alpha, method).power)
    assert got == pytest.approx(power, abs=0.6 * 10**-digits), source


def test_detectable_rate():
    """R stats::power.prop.test help page: n = 50, p1 = 0.5, power 0.9 gives p2 = 0.8026."""
    got = proportion_effect(0.5, 50, 50, 0.025, 0.9, "pooled")
    assert float(got.p1) == pytest.approx(0.8026, abs=5e-5)


def test_unpooled_needs_less_than_pooled_at_equal_allocation():
    """By hand: the pooled variance of equal groups is never below the unpooled one."""
    assert proportion_size(0.3, 0.5).n0_exact < proportion_size(0.3, 0.5, method="pooled").n0_exact


def test_fisher_region_by_hand():
    """Tea tasting, Fisher, The Design of Experiments 1935: 4 and 4 cups, all right has p-value 1/70."""
    got = exact_power(0.5, 0.9, 4, 4, 1 / 70, "fisher")
    assert got.power == pytest.approx(0.5**4 * 0.9**4, rel=1e-12)
    assert exact_power(0.5, 0.9, 4, 4, 1 / 71, "fisher").power == 0
