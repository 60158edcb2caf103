"""Published events, patients, follow-up and power for survival; every row names where its value is printed.

rpact rows are expected values in the test suite of R package rpact 4.1.0 (test-f_design_plan_survival.R). Its
defaults are one-sided alpha 0.025, power 0.8, accrual over 12 and follow-up of 6 months. Where it has a hazard
ratio above 1 the arms are swapped here: Schoenfeld's events depend on |log HR| only.
gsDesign rows are printed by that package's tests and their snapshots (SAS and East results among them).
"""

import math

import pytest

from trialopt.sizing.events import event_power, required_events
from trialopt.sizing.survival import survival_power, survival_size

REFERENCE = -math.log(1 - 0.2) / 12  # rpact pi2 = 0.2 at month 12, its lambda2
FASTER = [-math.log(1 - p) / 12 for p in (0.4, 0.5, 0.6)]


def slower_over_faster(faster):
    """Hazard ratio below 1 and the median of the arm that fails faster, the control here."""
    return REFERENCE / faster, math.log(2) / faster


def total(got):
    return float(got.n0_exact + got.n1_exact)


@pytest.mark.parametrize(("faster", "events"), list(zip(FASTER, (58.52451, 31.248898, 20.120262), strict=True)))
def test_events_rpact_alpha_001(faster, events):
    hr, _ = slower_over_faster(faster)
    assert float(required_events(hr, 0.01, 0.8).events_exact) == pytest.approx(events, rel=1e-6)


@pytest.mark.parametrize(("faster", "events"), list(zip(FASTER, (45.770282, 24.438835, 15.735459), strict=True)))
def test_events_rpact_alpha_0025(faster, events):
    hr, _ = slower_over_faster(faster)
    assert float(required_events(hr, 0.025, 0.8).events_exact) == pytest.approx(events, rel=1e-6)


@pytest.mark.parametrize(
    ("hr", "power", "ratio", "events"),
    [
        (0.7, 0.9, 1, 330.37791),
        (0.6, 0.8, 1, 120.3157),
        (0.5, 0.8, 1, 65.345659),
        (2 / 3, 0.8, 1, 190.96804),
    ],
)
def test_events_rpact(hr, power, ratio, events):
    assert float(required_events(hr, 0.025, power, ratio).events_exact) == pytest.approx(events, rel=1e-6)


@pytest.mark.parametrize(("faster", "n"), list(zip(FASTER, (197.78666, 90.804254, 51.314209), strict=True)))
def test_patients_rpact_12_months(faster, n):
    hr, median = slower_over_faster(faster)
    got = survival_size(hr, median, 0.01, 0.8, accrual_months=12, follow_up=6)
    assert total(got) == pytest.approx(n, rel=1e-6)


@pytest.mark.parametrize(("faster", "n"), list(zip(FASTER, (165.54072, 75.582097, 42.441939), strict=True)))
def test_patients_rpact_10_months(faster, n):
    hr, median = slower_over_faster(faster)
    got = survival_size(hr, median, 0.025, 0.8, accrual_months=10, follow_up=6)
    assert total(got) == pytest.approx(n, rel=1e-6)


@pytest.mark.parametrize(("faster", "follow_up"), list(zip(FASTER, (14.350651, 4.1854022, 1.0840261), strict=True)))
def test_follow_up_rpact_120_patients_at_30_a_month(faster, follow_up):
    hr, median = slower_over_faster(faster)
    got = survival_size(hr, median, 0.025, 0.8, accrual_rate=30, accrual_months=4)
    assert float(got.follow_up_months) == pytest.approx(follow_up, rel=1e-6)


@pytest.mark.parametrize(("rate", "n", "follow_up"), [(22, 132, 44.431065), (22, 300, 9.9154676)])
def test_follow_up_rpact_hazards(rate, n, follow_up):
    got = survival_size(0.5, math.log(2) / 0.02, 0.025, 0.8, accrual_rate=rate, accrual_months=n / rate)
    assert float(got.follow_up_months) == pytest.approx(follow_up, rel=1e-6)


def test_follow_up_rpact_slow_accrual():
    hr, median = slower_over_faster(FASTER[0])
    got = survival_size(hr, median, 0.025, 0.8, accrual_rate=1, accrual_months=50)
    assert float(got.follow_up_months) == pytest.approx(77.550073, rel=1e-6)


def test_patients_rpact_medians():
    got = survival_size(0.6, 3, 0.025, 0.8, accrual_months=12, follow_up=6)
    assert total(got) == pytest.approx(141.26641, rel=1e-6)


def test_accrual_time_rpact():
    """rpact solves the accrual time to about six digits itself: 18.579481 months, 557.38443 patients."""
    got = survival_size(2 / 3, math.log(2) / 0.03, 0.025, 0.8, accrual_rate=30, follow_up=8)
    assert total(got) == pytest.approx(557.38443, rel=2e-6)


@pytest.mark.parametrize(
    ("hazard_ratio", "power"), [(1.5984103, 0.31674317), (2.2892242, 0.74507635), (3.1062837, 0.94783846)]
)
def test_power_of_40_events_rpact(hazard_ratio, power):
    assert float(event_power(1 / hazard_ratio, 40).power) == pytest.approx(power, rel=1e-6)


def test_patients_sas_seqdesign():
    """SAS 9.4 PROC SEQDESIGN in gsDesign's test-independent-test-nSurv.R: 87.4793 events, 197.1152 patients.

    The hazard of the SAS run is 0.03466 (tests/benchmarks/SAS_nsurv_01.sas).
    """
    got = survival_size(0.5, math.log(2) / 0.03466, 0.025, 0.9, accrual_months=24, follow_up=12)
    assert float(got.events) == pytest.approx(87.4793, abs=5e-5)
    assert total(got) == pytest.approx(197.1152, abs=5e-5)


def test_accrual_time_sas_seqdesign():
    """The same source, 6 patients a month: 182.1759 patients."""
    got = survival_size(0.5, math.log(2) / 0.03466, 0.025, 0.9, accrual_rate=6, follow_up=12)
    assert total(got) == pytest.approx(182.1759, abs=5e-5)


def test_power_east():
    """East 6.5 in gsDesign's test-independent-test-nSurv.R: 39.02121789 events, power 0.58120457."""
    got = survival_power(0.5, 10, 24, 24, accrual_rate=4, follow_up=30)
    assert float(got.expected_events) == pytest.approx(39.02121789, rel=1e-8)
    assert float(got.power) == pytest.approx(0.58120457, rel=1e-7)


@pytest.mark.parametrize(("dropout", "n", "events"), [(0.1, 430, 91), (6.9, 4308, 92)])
def test_lachin_foulkes_gsdesign(dropout, n, events):
    """gsDesign nSurvival snapshot: hazards 0.2 and 0.1 a year, half a year of accrual, two years in all.

    That package prints patients rounded up to an even number.
    """
    got = survival_size(
        0.5, math.log(2) / 0.2, 0.025, 0.9, 1, "lachin_foulkes", accrual_months=0.5, follow_up=1.5, dropout=dropout
    )
    assert 2 * math.ceil(total(got) / 2) == n
    assert math.ceil(float(got.events)) == events


def test_lachin_foulkes_accrual_time_gsdesign():
    """gsDesign nSurv snapshot: one patient a month, median 6, HR 0.6, follow-up 0.2: 172.0 patients, 160.7 events."""
    got = survival_size(0.6, 6, 0.025, 0.9, 1, "lachin_foulkes", accrual_rate=1, follow_up=0.2)
    assert total(got) == pytest.approx(172.0, abs=0.05)
    assert float(got.events) == pytest.approx(160.7, abs=0.05)


def test_events_by_hand():
    """Schoenfeld at HR 0.5, equal groups: 4 (1.959964 + 1.281552)^2 / 0.693147^2."""
    assert float(required_events(0.5).events_exact) == pytest.approx(4 * 3.2415155**2 / 0.69314718**2, rel=1e-7)


def test_freedman_by_hand():
    """Freedman at HR 0.5, twice as many treated: z^2 (1 + 1)^2 / (2 * 0.25) = 8 z^2."""
    got = required_events(0.5, ratio=2, method="freedman")
    assert float(got.events_exact) == pytest.approx(8 * 3.2415155**2, rel=1e-7)
