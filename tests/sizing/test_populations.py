"""Nested and disjoint populations against R: ``mvtnorm::pmvnorm`` with correlation ``sqrt(share)`` and ``uniroot``."""

import pytest
from scipy.stats import norm

from trialopt.sizing import SizingError, disjoint_critical, disjoint_power, nested_bounds, nested_power
from trialopt.sizing.populations import overall_mean

# share, overall alpha, alpha; overall z, subgroup z, its level, power of either and of both at means 2.8 and 2.4
NESTED = """
0.3 0.02 0.025 2.0537489106 2.4657277927 0.0068367600837 0.81399172876 0.43204766805
0.5 0.02 0.025 2.0537489106 2.3785982208 0.0086893031794 0.79944330028 0.48133624691
0.7 0.02 0.025 2.0537489106 2.2629760612 0.011818582507 0.78775298364 0.53898320413
0.5 0.01 0.025 2.326347874 2.0758356789 0.018954575636 0.77154975892 0.53766942601
0.25 0.0125 0.025 2.2414027276 2.1849027698 0.014447988197 0.80956503266 0.48737090969
0.8 0.04 0.05 1.7506860713 1.8647667348 0.031107053981 0.86189455082 0.69484433731
0.4 0.0245 0.025 1.9685916692 3.0472134688 0.0011548680785 0.80344644865 0.25242895186
0.6 0.015 0.025 2.1700903776 2.1512350134 0.015728827363 0.77993433414 0.55391751918
"""

# Sidak by hand: 1 - (1 - alpha)^(1/m)
DISJOINT = [
    (1, 0.025, 0.025),
    (2, 0.025, 1 - 0.975**0.5),
    (3, 0.05, 1 - 0.95 ** (1 / 3)),
    (6, 0.025, 1 - 0.975 ** (1 / 6)),
]


@pytest.mark.parametrize("row", NESTED.strip().splitlines())
def test_nested(row):
    share, first, alpha, z, c, level, either, both = map(float, row.split())
    got = nested_bounds(share, first, alpha)
    assert (got.overall_z, got.subgroup_z, got.subgroup_alpha) == pytest.approx((z, c, level), abs=1e-8)
    power = nested_power(got, share, 2.8, 2.4)
    assert (power.any, power.all) == pytest.approx((either, both), abs=1e-9)
    assert alpha - first < got.subgroup_alpha < alpha


@pytest.mark.parametrize(("m", "alpha", "level"), DISJOINT)
def test_disjoint(m, alpha, level):
    z, got = disjoint_critical(m, alpha)
    assert got == pytest.approx(level, rel=1e-12)
    assert 1 - norm.cdf(z) ** m == pytest.approx(alpha, rel=1e-12)
    power = disjoint_power([2.5] * m, alpha)
    assert power.all == pytest.approx(norm.sf(z - 2.5) ** m, rel=1e-10)
    assert power.any == pytest.approx(1 - norm.cdf(z - 2.5) ** m, rel=1e-10)


def test_overall_mean():
    """By hand: equal means per root of information add up to the same effect in all patients."""
    assert overall_mean(0.36, 0.6 * 3, 0.8 * 3) == pytest.approx(3.0)


@pytest.mark.parametrize(
    "call", [lambda: nested_bounds(1.0), lambda: nested_bounds(0.5, 0.025), lambda: disjoint_critical(0)]
)
def test_refused(call):
    with pytest.raises(SizingError):
        call()
