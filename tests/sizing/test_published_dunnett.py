"""Published critical values and powers for several arms with a shared control."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from trialopt.sizing.families import shared_control_allocation
from trialopt.sizing.multiplicity import all_below, critical_value, dunnett_critical, family_power, marginal_for

# Dunnett, JASA 50 (1955), table 1a: one-sided 0.05, infinite degrees of freedom, as reprinted for k = 2..12, 15
# and 20 arms in the appendix tables of textbooks (row "infinity").
ONE_SIDED_005 = {
    **{2: 1.92, 3: 2.06, 4: 2.16, 5: 2.23, 6: 2.29, 7: 2.34, 8: 2.38, 9: 2.42},
    **{10: 2.45, 11: 2.48, 12: 2.50, 15: 2.56, 20: 2.64},
}


@pytest.mark.parametrize(("arms", "printed"), ONE_SIDED_005.items())
def test_dunnett_1955(arms, printed):
    """Two decimals, the old table rounded by hand: within one unit of the last."""
    assert float(dunnett_critical(arms, 1.0, 0.05).z) == pytest.approx(printed, abs=0.0101)


class TestMultiarmReadme:
    """README of R package multiarm (Grayling and Wason, BMC Cancer 20:80, 2020): three arms, one-sided 0.05.

    ``des_ss_norm(K = 3, alpha = 0.05, beta = 0.2, delta1 = 1, sigma = 1, ratio = 1)``. Its bounds come from a
    randomised integral, hence the tolerances.
    """

    z = float(dunnett_critical(3, 1.0, 0.05).z)
    drift = z + norm.ppf(0.8)

    def test_total_patients(self):
        # n per arm = 2 (c + z_beta)^2 for unit variance and unit difference
        assert 4 * 2 * self.drift**2 == pytest.approx(67.42534, rel=1e-3)

    @pytest.mark.parametrize(
        ("mean", "kind", "printed", "digits"),
        [
            (0.0, "any", 0.0501, 2e-4),
            (0.0, "all", 0.00109, 2e-5),
            (0.0, "marginal", 0.0196, 5e-5),
            (None, "any", 0.950, 5e-4),
            (None, "all", 0.611, 1e-3),
            (None, "marginal", 0.800, 5e-4),
            (None, "alone", 0.800, 5e-4),
        ],
    )
    def test_power(self, mean, kind, printed, digits):
        got = family_power("dunnett", 3, self.drift if mean is None else mean, 0.05)
        assert getattr(got, kind) == pytest.approx(printed, abs=digits)

    def test_two_or_more_under_no_effect(self):
        # P(at least two) = 3 * marginal - P(at least one) - 2 P(all) by counting; printed 0.00774
        got = family_power("dunnett", 3, 0.0, 0.05)
        assert 3 * got.marginal - got.any - got.all == pytest.approx(0.00774, abs=5e-5)


@pytest.mark.parametrize(("kind", "printed"), [("any", 0.968), ("all", 0.834), ("marginal", 0.901), ("alone", 0.901)])
def test_multiarm_vignette(kind, printed):
    """Vignette single_stage of multiarm, example 1: two arms, one-sided 0.025, marginal power 0.901."""
    drift = float(dunnett_critical(2).z) + norm.ppf(0.901)
    got = family_power("dunnett", 2, drift, 0.025)
    assert getattr(got, kind) == pytest.approx(printed, abs=1e-3)


@pytest.mark.parametrize(("kind", "printed"), [("any", 0.0250), ("all", 0.00196), ("marginal", 0.0135)])
def test_multiarm_vignette_no_effect(kind, printed):
    got = family_power("dunnett", 2, 0.0, 0.025)
    assert getattr(got, kind) == pytest.approx(printed, abs=5e-5)


@pytest.mark.parametrize("arms", [2, 5, 20])
@pytest.mark.parametrize("ratio", [0.2, 1.0, 3.0, 30.0])
def test_against_adaptive_integration(arms, ratio):
    """The same integral by SciPy's adaptive quadrature, cut where it bends."""
    z = float(dunnett_critical(arms, ratio, 0.025).z)
    b = np.sqrt(ratio / (1 + ratio))
    s = np.sqrt(1 - b * b)
    cuts = sorted({-12.0, 0.0, *(float(np.clip(z / b + k * s, -12, 14)) for k in (-6, -2, 0, 2, 6)), 14.0})
    value = sum(
        quad(lambda w: norm.pdf(w) * norm.cdf((z - b * w) / s) ** arms, lo, hi, epsabs=1e-14)[0]
        for lo, hi in pairwise(cuts)
    )
    assert value == pytest.approx(0.975, abs=1e-9)


def test_unequal_arms_against_multivariate_normal():
    ratio = [0.5, 1.0, 2.0]
    z = float(dunnett_critical(3, ratio, 0.025).z)
    b = np.sqrt(np.array(ratio) / (1 + np.array(ratio)))
    corr = np.outer(b, b)
    np.fill_diagonal(corr, 1.0)
    assert multivariate_normal.cdf([z] * 3, cov=corr, abseps=1e-8) == pytest.approx(0.975, abs=1e-5)
    assert all_below([z] * 3, b) == pytest.approx(0.975, abs=1e-12)


def test_two_sided_at_two_arms():
    """Two-sided bound by the bivariate normal."""
    z = float(dunnett_critical(2, 1.0, 0.05, two_sided=True).z)
    law = multivariate_normal(cov=[[1, 0.5], [0.5, 1]])
    inside = law.cdf([z, z]) - law.cdf([-z, z]) - law.cdf([z, -z]) + law.cdf([-z, -z])
    assert inside == pytest.approx(0.95, abs=1e-9)


@pytest.mark.parametrize("mean", [0.0, 1.5, 3.0])
def test_holm_of_two_arms_by_hand(mean):
    """Two independent arms: both rejected when the larger passes z(alpha/2) and the smaller z(alpha)."""
    a, b = norm.sf(norm.isf(0.0125) - mean), norm.sf(norm.isf(0.025) - mean)
    got = family_power("holm", 2, mean, 0.025, correlation=0.0)
    assert got.any == pytest.approx(1 - (1 - a) ** 2, rel=1e-10)
    assert got.all == pytest.approx(b**2 - (b - a) ** 2, rel=1e-10)
    # the one effective arm: it passes the strict bound, or the easy one when the other (no effect) passed the strict
    assert got.alone == pytest.approx(a + (b - a) * 0.0125, rel=1e-10)


@pytest.mark.parametrize("arms", [2, 3, 4, 9])
def test_square_root_rule(arms):
    """Dunnett 1955: about sqrt(K) control patients to one on each arm is best; exactly so for a fixed bound."""
    fixed = shared_control_allocation(arms, "bonferroni")
    assert fixed.ratio == pytest.approx(1 / np.sqrt(arms), rel=1e-6)
    assert shared_control_allocation(arms).ratio == pytest.approx(1 / np.sqrt(arms), rel=0.05)
    assert shared_control_allocation(arms).saving > 0


@pytest.mark.parametrize("multiplicity", ["none", "bonferroni", "holm", "dunnett"])
@pytest.mark.parametrize("kind", ["marginal", "any", "all"])
def test_power_of_each_kind_is_reached(multiplicity, kind):
    marginal = marginal_for(kind, 0.9, multiplicity, 4)
    mean = float(critical_value(multiplicity, 4).z) + norm.ppf(marginal)
    assert getattr(family_power(multiplicity, 4, mean), kind) == pytest.approx(0.9, abs=1e-9)
