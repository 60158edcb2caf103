"""Sizes, powers and effects answer one another, and move the way they must."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from trialopt.sizing.accrual import event_probability, month_of_events
from trialopt.sizing.events import event_effect, event_power, required_events
from trialopt.sizing.group_sequential import group_sequential_design
from trialopt.sizing.multiplicity import dunnett_critical
from trialopt.sizing.proportions import proportion_effect, proportion_power, proportion_size
from trialopt.sizing.survival import METHODS, survival_effect, survival_power, survival_size
from trialopt.sizing.walk import efficacy_bounds

alphas = st.floats(0.001, 0.2)
powers = st.floats(0.5, 0.99)
ratios = st.floats(0.2, 5.0)
hazard_ratios = st.floats(0.2, 0.9)
medians = st.floats(2.0, 60.0)
follow_ups = st.floats(0.0, 36.0)
dropouts = st.sampled_from([0.0, 0.005, 0.02])
proportion_methods = st.sampled_from(["unpooled", "pooled"])
survival_methods = st.sampled_from(METHODS)
quick = settings(max_examples=60, deadline=None)


@quick
@given(st.floats(0.02, 0.8), st.floats(0.03, 0.95), alphas, powers, ratios, proportion_methods)
def test_proportion_round_trip(p0, step, alpha, power, ratio, method):
    p1 = p0 + step * (0.98 - p0)
    size = proportion_size(p0, p1, alpha, power, ratio, method)
    n0, n1 = size.n0_exact, size.n1_exact
    assert float(n1 / n0) == pytest.approx(ratio)
    assert float(proportion_power(p0, p1, n0, n1, alpha, method).power) == pytest.approx(power, abs=1e-9)
    assert float(proportion_effect(p0, n0, n1, alpha, power, method).p1) == pytest.approx(p1, abs=1e-8)


@quick
@given(hazard_ratios, alphas, powers, ratios, st.sampled_from(["schoenfeld", "freedman"]))
def test_events_round_trip(hr, alpha, power, ratio, method):
    events = required_events(hr, alpha, power, ratio, method).events_exact
    assert float(event_power(hr, events, alpha, ratio, method).power) == pytest.approx(power, abs=1e-9)
    assert float(event_effect(events, alpha, power, ratio, method).hazard_ratio) == pytest.approx(hr, rel=1e-9)


@quick
@given(hazard_ratios, medians, powers, ratios, follow_ups, dropouts, st.floats(0.5, 100), survival_methods)
def test_survival_round_trip(hr, median, power, ratio, follow_up, dropout, rate, method):
    """Rate to patients, patients over the same months back to the rate, and to power."""
    course = {"follow_up": follow_up, "dropout": dropout}
    size = survival_size(hr, median, 0.025, power, ratio, method, accrual_rate=rate, **course)
    n0, n1 = size.n0_exact, size.n1_exact
    months = (n0 + n1) / rate
    back = survival_size(hr, median, 0.025, power, ratio, method, accrual_months=months, **course)
    assert float(back.n0_exact) == pytest.approx(float(n0), rel=1e-9)
    got = survival_power(hr, median, n0, n1, 0.025, method, accrual_rate=rate, **course)
    assert float(got.power) == pytest.approx(power, abs=1e-8)


@quick
@given(st.floats(0.4, 0.9), medians, powers, ratios, st.floats(1.0, 30.0), dropouts, survival_methods)
def test_survival_effect_and_follow_up(hr, median, power, ratio, follow_up, dropout, method):
    size = survival_size(
        hr, median, 0.025, power, ratio, method, accrual_months=12, follow_up=follow_up, dropout=dropout
    )
    n0, n1 = size.n0_exact, size.n1_exact
    effect = survival_effect(
        median, n0, n1, 0.025, power, method, accrual_months=12, follow_up=follow_up, dropout=dropout
    )
    assert float(effect.hazard_ratio) == pytest.approx(hr, rel=1e-7)
    if follow_up < 10 * median:  # much later all events are in and follow-up is not identified
        found = survival_size(
            hr,
            *(median, 0.025, power, ratio, method),
            accrual_months=12,
            accrual_rate=(n0 + n1) / 12,
            dropout=dropout,
            strict=False,
        )
        again = survival_size(
            hr,
            *(median, 0.025, power, ratio, method),
            accrual_months=12,
            follow_up=found.follow_up_months,
            dropout=dropout,
        )
        assert float(again.n0_exact) == pytest.approx(float(n0), rel=1e-7)


@quick
@given(hazard_ratios, medians, st.floats(0.5, 100), follow_ups, dropouts)
def test_accrual_root_against_brentq(hr, median, rate, follow_up, dropout):
    """The events expected of N patients at `rate` equal the events required: solved by SciPy instead."""
    size = survival_size(hr, median, accrual_rate=rate, follow_up=follow_up, dropout=dropout)
    needed = float(required_events(hr).events_exact)

    def short(n):
        return n * float(event_probability(median, hr, n / rate, follow_up, dropout).pooled) - needed

    n = brentq(short, 1e-3, 1e7, xtol=1e-10, rtol=1e-14)
    assert float(size.n0_exact + size.n1_exact) == pytest.approx(n, rel=1e-8)


@quick
@given(hazard_ratios, medians, st.floats(1.0, 40.0), follow_ups, dropouts, ratios)
def test_event_probability_is_an_average_over_entry(hr, median, accrual, follow_up, dropout, ratio):
    """P(h, A, F) of model.md section 7 as an integral over the time of entry, by Gauss-Legendre."""
    got = event_probability(median, hr, accrual, follow_up, dropout, ratio)
    h, (x, w) = np.log(2) / median, np.polynomial.legendre.leggauss(60)
    watched = follow_up + accrual * (1 + x) / 2
    k = h + dropout
    assert float(got.control) == pytest.approx(float(w @ (h / k * -np.expm1(-k * watched)) / 2), rel=1e-9)


@quick
@given(st.floats(0.1, 0.6), st.floats(0.05, 0.3), alphas, powers)
def test_sizes_move_the_right_way(p0, step, alpha, power):
    size = float(proportion_size(p0, p0 + step, alpha, power).n0_exact)
    assert float(proportion_size(p0, p0 + step + 0.02, alpha, power).n0_exact) < size
    assert float(proportion_size(p0, p0 + step, alpha / 2, power).n0_exact) > size
    assert float(proportion_size(p0, p0 + step, alpha, power + 0.005).n0_exact) > size


@quick
@given(hazard_ratios, medians, follow_ups, dropouts, survival_methods)
def test_patients_move_the_right_way(hr, median, follow_up, dropout, method):
    def patients(**changed):
        course = {"accrual_rate": 10.0, "follow_up": follow_up, "dropout": dropout, **changed}
        return float(survival_size(hr, median, method=method, **course).n0_exact)

    now = patients()
    assert patients(follow_up=follow_up + 3) < now * (1 + 1e-12)
    assert patients(accrual_rate=20.0) > now * (1 - 1e-12)
    assert patients(dropout=dropout + 0.01) > now


def test_dropout_free_saturated_trial_needs_the_events():
    """Nobody drops out and all are followed for ever: patients are events."""
    size = survival_size(0.6, 6, accrual_months=1, follow_up=5000)
    assert float(size.n0_exact + size.n1_exact) == pytest.approx(float(size.events), rel=1e-9)


def test_rounding_is_each_side_by_itself():
    """By hand: n0 = 222.99.., ratio 2 gives n0 = 167.9.., n1 = 335.8.. for 0.35 against 0.5."""
    size = proportion_size(0.35, 0.5, 0.025, 0.9, 2.0)
    exact = 3.24151555**2 * (0.35 * 0.65 + 0.25 / 2) / 0.15**2
    assert float(size.n0_exact) == pytest.approx(exact, rel=1e-7)
    assert (float(size.n0), float(size.n1)) == (np.ceil(exact), np.ceil(2 * exact))


def test_arrays_broadcast_and_are_fast():
    rng = np.random.default_rng(5)
    p1, power = rng.uniform(0.4, 0.9, (500, 1)), np.array([0.8, 0.9])
    got = proportion_size(0.3, p1, 0.025, power)
    assert got.n0.shape == (500, 2)
    assert float(proportion_size(0.3, p1[7, 0], 0.025, 0.9).n0_exact) == got.n0_exact[7, 1]
    hr = rng.uniform(0.3, 0.9, 20_000)
    sizes = survival_size(hr, 9, accrual_rate=rng.uniform(1, 30, hr.size), follow_up=12, dropout=0.01)
    assert np.isfinite(sizes.n0).all()
    alone = survival_size(hr[3], 9, accrual_rate=sizes.accrual_rate[3], follow_up=12, dropout=0.01)
    assert float(alone.n0_exact) == pytest.approx(float(sizes.n0_exact[3]), rel=1e-12)


def test_inflation_multiplies_patients_of_a_fixed_accrual_time():
    plain = survival_size(0.6, 9, accrual_months=12, follow_up=6)
    more = survival_size(0.6, 9, accrual_months=12, follow_up=6, inflation=1.25)
    assert float(more.n0_exact) == pytest.approx(1.25 * float(plain.n0_exact))
    assert float(more.events) == pytest.approx(1.25 * float(plain.events))


def test_critical_values_rise_with_arms_and_fall_with_correlation():
    by_arms = [float(dunnett_critical(k).z) for k in range(1, 21)]
    assert np.all(np.diff(by_arms) > 0)
    by_ratio = [float(dunnett_critical(4, r).z) for r in (0.1, 0.5, 1, 2, 10)]
    assert np.all(np.diff(by_ratio) < 0)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.floats(0.05, 0.95), min_size=1, max_size=3, unique=True), st.sampled_from(["obrien_fleming", "pocock"])
)
def test_last_bound_is_stricter_than_one_look(times, spending):
    timing = (*sorted(times), 1.0)
    if min(np.diff((0.0, *timing))) < 0.01:
        return
    assert efficacy_bounds(0.025, timing, spending)[-1] >= 1.959963 - 1e-6
    design = group_sequential_design(len(times), spending, 0.025, 0.9, "none", timing)
    assert design.inflation >= 1 - 1e-9


def test_month_of_events():
    """Half way through a trial without follow-up or loss, uniform entry has seen less than half of its events."""
    months = month_of_events([0.25, 0.5, 1.0], 6, 0.6, 12, 6)
    assert months[2] == pytest.approx(18)
    assert np.all(np.diff(months) > 0)
    assert month_of_events(0.5, 6, 0.6, 12, 0.0) > 6
