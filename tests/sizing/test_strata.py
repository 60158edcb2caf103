"""Sizes over strata against second computations: integrals over entry and event times, variances, gsDesign."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from trialopt.sizing import (
    SizingError,
    proportion_size,
    stratified_response_power,
    stratified_response_size,
    stratified_survival_power,
    stratified_survival_size,
    survival_size,
)

# gsDesign (development sources, 2025), R: LFPWE(alpha = 0.025, beta, lambdaC = log(2) / median, hr, etaC = etaE =
# dropout, gamma = rate * fractions, ratio, R = A, T = A + F, minfup = F, method = "LachinFoulkes"), A the root of
# n = rate A. Medians | fractions | hr rate F dropout ratio power | accrual months, patients, events
GSDESIGN = """
6 12 | 0.5 0.5 | 0.6 10 12 0.01 0.5 0.9 | 25.8681805331 258.681805331 185.627851925
5 9 20 | 0.2 0.5 0.3 | 0.65 15 6 0.02 0.5 0.8 | 23.9521734563 359.282601845 194.405608996
4 8 12 16 | 0.1 0.2 0.3 0.4 | 0.7 20 12 0 0.5 0.9 | 26.5149786415 530.29957283 378.91620853
3 6 9 15 30 | 0.3 0.25 0.2 0.15 0.1 | 0.55 8 9 0.005 0.5 0.85 | 20.4611660976 163.689328781 115.376674838
6 12 | 0.5 0.5 | 0.6 10 12 0.01 1 0.9 | 23.4385756989 234.385756989 160.139894883
5 9 20 | 0.2 0.5 0.3 | 0.65 15 6 0.02 1 0.8 | 22.0230039699 330.345059548 168.566190407
4 8 12 16 | 0.1 0.2 0.3 0.4 | 0.7 20 12 0 1 0.9 | 24.136403338 482.72806676 329.631264505
3 6 9 15 30 | 0.3 0.25 0.2 0.15 0.1 | 0.55 8 9 0.005 1 0.85 | 18.6157949537 148.92635963 99.6482803359
6 12 | 0.5 0.5 | 0.6 10 12 0.01 2 0.9 | 26.161337494 261.61337494 175.099866079
5 9 20 | 0.2 0.5 0.3 | 0.65 15 6 0.02 2 0.8 | 24.5377733498 368.066600248 185.180283275
4 8 12 16 | 0.1 0.2 0.3 0.4 | 0.7 20 12 0 2 0.9 | 26.7445015176 534.890030353 363.121459709
3 6 9 15 30 | 0.3 0.25 0.2 0.15 0.1 | 0.55 8 9 0.005 2 0.85 | 20.8259735911 166.607788729 109.167338265
6 12 | 0.5 0.5 | 0.6 10 12 0.01 3 0.9 | 30.4863012922 304.863012922 205.221427897
5 9 20 | 0.2 0.5 0.3 | 0.65 15 6 0.02 3 0.8 | 28.3580726827 425.37109024 217.320763656
4 8 12 16 | 0.1 0.2 0.3 0.4 | 0.7 20 12 0 3 0.9 | 30.8685313438 617.370626877 426.712663793
3 6 9 15 30 | 0.3 0.25 0.2 0.15 0.1 | 0.55 8 9 0.005 3 0.85 | 24.2614856087 194.09188487 128.089538479
"""


@pytest.mark.parametrize("row", GSDESIGN.strip().splitlines())
def test_lachin_foulkes_is_that_of_gsdesign(row):
    medians, fractions, design, want = ([float(x) for x in part.split()] for part in row.split("|"))
    hr, rate, follow_up, dropout, ratio, power = design
    course = {"follow_up": follow_up, "dropout": dropout}
    got = stratified_survival_size(hr, medians, fractions, rate, 0.025, power, ratio, "lachin_foulkes", **course)
    numbers = (float(got.accrual_months), float(got.n0_exact + got.n1_exact), float(got.events))
    assert numbers == pytest.approx(tuple(want), rel=1e-8)
    reached = stratified_survival_power(
        hr, medians, fractions, got.n0_exact, got.n1_exact, want[0], 0.025, "lachin_foulkes", **course
    )
    assert float(reached) == pytest.approx(power, abs=1e-9)


STRATA = {
    2: ((6.0, 14.0), (0.35, 0.65)),
    3: ((5.0, 9.0, 20.0), (0.2, 0.5, 0.3)),
    4: ((4.0, 8.0, 12.0, 16.0), (0.1, 0.2, 0.3, 0.4)),
    5: ((3.0, 6.0, 9.0, 15.0, 30.0), (0.3, 0.25, 0.2, 0.15, 0.1)),
}


def seen(hazard, dropout, accrual, follow_up):
    """Chance of an event, integrated over the time of entry and of the event."""

    def by_end(entry):
        stay = accrual - entry + follow_up
        return quad(lambda t: hazard * math.exp(-(hazard + dropout) * t), 0, stay, epsabs=1e-12)[0]

    return quad(by_end, 0, accrual, epsabs=1e-11)[0] / accrual


@pytest.mark.parametrize(("strata", "ratio"), list(itertools.product(STRATA, (0.5, 1.0, 2.0, 3.0))))
def test_schoenfeld_by_integration(strata, ratio):
    medians, fractions = STRATA[strata]
    hr, rate, follow_up, dropout, alpha, power = 0.62, 9.0, 10.0, 0.012, 0.0125, 0.85
    z = norm.isf(alpha) + norm.ppf(power)
    events = z**2 / math.log(hr) ** 2 / (ratio / (1 + ratio) ** 2)

    def short(months):
        total = 0.0
        for median, f in zip(medians, fractions, strict=True):
            h = math.log(2) / median
            p0, p1 = seen(h, dropout, months, follow_up), seen(hr * h, dropout, months, follow_up)
            total += f * (p0 / (1 + ratio) + p1 * ratio / (1 + ratio))
        return rate * months * total - events

    months = brentq(short, 5, 300, xtol=1e-9)
    got = stratified_survival_size(
        hr, medians, fractions, rate, alpha, power, ratio, follow_up=follow_up, dropout=dropout
    )
    assert float(got.events) == pytest.approx(events, rel=1e-10)
    assert float(got.n0_exact) == pytest.approx(rate * months / (1 + ratio), rel=1e-6)
    assert float(got.n1_exact) == pytest.approx(rate * months * ratio / (1 + ratio), rel=1e-6)
    assert float(got.accrual_months) == pytest.approx(months, rel=1e-6)
    assert got.events_by_stratum.sum() == pytest.approx(events, rel=1e-10)


RATES = {
    2: ((0.2, 0.55), (0.4, 0.7), (0.3, 0.7)),
    3: ((0.2, 0.45, 0.65), (0.35, 0.6, 0.8), (0.25, 0.5, 0.25)),
    4: ((0.1, 0.3, 0.5, 0.7), (0.3, 0.45, 0.65, 0.8), (0.1, 0.2, 0.3, 0.4)),
    5: ((0.15, 0.25, 0.4, 0.6, 0.75), (0.3, 0.4, 0.5, 0.8, 0.85), (0.3, 0.25, 0.2, 0.15, 0.1)),
}


@pytest.mark.parametrize(
    ("strata", "ratio", "null"), list(itertools.product(RATES, (0.5, 1.0, 2.0, 3.0), ("unpooled", "pooled")))
)
def test_response_by_the_variance_of_the_weighted_difference(strata, ratio, null):
    """Mantel-Haenszel weights ``n1 n0 / (n1 + n0)`` of each stratum, as an analysis would compute them."""
    p0, p1, fractions = RATES[strata]
    alpha, power = 0.025, 0.87

    def variance(n0, rates0, rates1):
        c, e = np.array(fractions) * n0, np.array(fractions) * n0 * ratio
        weight = c * e / (c + e)
        weight = weight / weight.sum()
        a, b = np.array(rates0), np.array(rates1)
        return float((weight**2 * (a * (1 - a) / c + b * (1 - b) / e)).sum()), float((weight * (b - a)).sum())

    def reached(n0):
        v1, effect = variance(n0, p0, p1)
        common = (np.array(p0) + ratio * np.array(p1)) / (1 + ratio)
        v0 = v1 if null == "unpooled" else variance(n0, common, common)[0]
        return norm.cdf((effect - norm.isf(alpha) * math.sqrt(v0)) / math.sqrt(v1))

    n0 = brentq(lambda n: reached(n) - power, 5, 5000, xtol=1e-9)
    got = stratified_response_size(p0, p1, fractions, alpha, power, ratio, null_variance=null)
    assert float(got.n0_exact) == pytest.approx(n0, rel=1e-8)
    assert float(got.n1_exact) == pytest.approx(ratio * n0, rel=1e-8)
    again = stratified_response_power(p0, p1, fractions, n0, ratio * n0, alpha, null_variance=null)
    assert float(again) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("null", ["unpooled", "pooled"])
def test_one_stratum_is_the_plain_formula(ratio, null):
    plain = proportion_size(0.3, 0.5, 0.025, 0.9, ratio, null)
    got = stratified_response_size([0.3], [0.5], [1.0], 0.025, 0.9, ratio, null_variance=null)
    assert float(got.n0_exact) == pytest.approx(float(plain.n0_exact), rel=1e-12)
    for method in ("schoenfeld", "lachin_foulkes"):
        one = survival_size(0.6, 9, 0.025, 0.9, ratio, method, accrual_rate=10, follow_up=6, dropout=0.01)
        same = stratified_survival_size(
            0.6, [9, 9], [0.4, 0.6], 10, 0.025, 0.9, ratio, method, follow_up=6, dropout=0.01
        )
        assert float(same.n0_exact) == pytest.approx(float(one.n0_exact), rel=1e-9)


def test_pooled_data_are_never_cheaper():
    """Issue: 13 % of patients saved at control rates 0.2, 0.45 and 0.65 (here equal shares, a gain of 0.15)."""
    p0, f = np.array([0.2, 0.45, 0.65]), np.full(3, 1 / 3)
    stratified = stratified_response_size(p0, p0 + 0.15, f)
    pooled = stratified_response_size(p0, p0 + 0.15, f, analysis="pooled_data")
    mean = proportion_size(p0.mean(), p0.mean() + 0.15)
    assert float(pooled.n0_exact) == pytest.approx(float(mean.n0_exact), rel=1e-12)
    assert 0.12 < 1 - float(stratified.n0_exact / pooled.n0_exact) < 0.15


def test_arrays_and_what_cannot_be_assessed():
    p0 = np.array([[0.2, 0.4], [0.3, 0.5]])
    both = stratified_response_size(p0, p0 + 0.2, [0.5, 0.5], not_evaluable=0.1, inflation=1.05)
    for k in range(2):
        one = stratified_response_size(p0[k], p0[k] + 0.2, [0.5, 0.5])
        assert both.n0_exact[k] == pytest.approx(1.05 / 0.9 * float(one.n0_exact), rel=1e-12)
    many = stratified_survival_size([0.5, 0.7], [6, 12], [0.5, 0.5], [4, 8], follow_up=[6, 9])
    for k, (hr, rate, late) in enumerate(((0.5, 4, 6), (0.7, 8, 9))):
        one = stratified_survival_size(hr, [6, 12], [0.5, 0.5], rate, follow_up=late)
        assert many.n0_exact[k] == pytest.approx(float(one.n0_exact), rel=1e-10)


BAD = [
    (lambda: stratified_response_size([0.2, 0.3], [0.4, 0.5], [0.5, 0.4]), "sum to 1"),
    (lambda: stratified_response_size([0.2, 0.3], [0.2, 0.3], [0.5, 0.5]), "above 0"),
    (lambda: stratified_response_size([0.2], [0.4], [1.0], analysis="crude"), "analysis must be"),
    (lambda: stratified_response_size([0.2], [0.4], [1.0], null_variance="no"), "null variance"),
    (lambda: stratified_response_size([0.2], [0.4], [1.0], not_evaluable=1.0), "below 1"),
    (lambda: stratified_survival_size(0.6, [6, 9], [0.5, 0.5], 10, method="freedman"), "schoenfeld or lachin"),
    (lambda: stratified_survival_size(1.2, [6, 9], [0.5, 0.5], 10), "below 1"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_refused(call, message):
    with pytest.raises(SizingError, match=message):
        call()
