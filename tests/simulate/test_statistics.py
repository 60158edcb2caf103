"""The tests that decide a simulated trial, held against scipy and against plain loops over patients."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from trialopt.core import WrongInput
from trialopt.simulate import exact, logrank, rates


def test_the_statistics_of_rates_are_those_of_the_definition():
    """Proves weights, both variances and strata without patients, on counts small enough to do by hand."""
    rng = np.random.default_rng(1)
    n1, n0 = np.array([[12, 7, 0]]), np.array([[9, 14, 5]])
    for _ in range(20):
        x1, x0 = rng.integers(0, n1 + 1), rng.integers(0, n0 + 1)
        top = weights = slopes = levels = pooled = 0.0
        for a, n, b, m in zip(x1[0], n1[0], x0[0], n0[0], strict=True):
            if n == 0:
                continue
            w, p, q = n * m / (n + m), a / n, b / m
            top, weights = top + w * (p - q), weights + w
            slopes += (n**2 * b - m**2 * a + n * m * (m - n) / 2) / (n + m) ** 2
            levels += (a * (m - b) + b * (n - a)) / (2 * (n + m))
            pooled += w**2 * (a + b) / (n + m) * (1 - (a + b) / (n + m)) * (1 / n + 1 / m)
        for variance, kind in ((top / weights * slopes + levels, False), (pooled, True)):
            found, z = rates.difference(x1, n1, x0, n0, pooled=kind)
            assert found[0] == pytest.approx(top / weights, abs=1e-12)
            if variance > 0:
                assert z[0] == pytest.approx(top / variance**0.5, rel=1e-12)


def test_in_one_stratum_the_unpooled_variance_is_that_of_two_rates():
    x1, x0 = np.array([[9], [3], [11]]), np.array([[5], [4], [1]])
    _, z = rates.difference(x1, np.full((3, 1), 14), x0, np.full((3, 1), 21), pooled=False)
    p, q = x1[:, 0] / 14, x0[:, 0] / 21
    assert z == pytest.approx((p - q) / np.sqrt(p * (1 - p) / 14 + q * (1 - q) / 21), rel=1e-12)


def test_a_variance_of_nothing_decides_by_the_difference():
    three = np.array([[3], [3], [0]])
    found, z = rates.difference(three, np.full((3, 1), 3), np.array([[3], [0], [3]]), np.full((3, 1), 3), pooled=False)
    assert z.tolist() == [0.0, np.inf, -np.inf]
    assert found.tolist() == [0.0, 1.0, -1.0]


def test_fisher_is_that_of_scipy_for_every_table():
    n1, n0, alpha = 9, 13, 0.05
    x1, x0 = np.meshgrid(np.arange(n1 + 1), np.arange(n0 + 1), indexing="ij")
    ours = exact.rejects("fisher", alpha, x1.ravel(), np.full(x1.size, n1), x0.ravel(), np.full(x1.size, n0))
    for a, b, rejected in zip(x1.ravel(), x0.ravel(), ours, strict=True):
        p = stats.fisher_exact([[a, n1 - a], [b, n0 - b]], alternative="greater").pvalue
        assert rejected == (p <= alpha * (1 + 1e-9)), (a, b)


def test_boschloo_is_that_of_scipy():
    """Tables on both sides of the critical one; scipy looks for the largest level by itself."""
    n1, n0, alpha = 14, 10, 0.025
    least = exact.fewest("boschloo", alpha, n1, n0)
    for b in (0, 2, 5, 8):
        for a in (least[b] - 1, least[b]):
            if 0 <= a <= n1:
                table = [[int(a), b], [n1 - int(a), n0 - b]]
                p = stats.boschloo_exact(table, alternative="greater", n=64).pvalue
                assert (p <= alpha) == (a >= least[b]), (a, b, p)


def test_boschloo_keeps_its_level_and_rejects_more_than_fisher():
    for n1, n0 in ((20, 20), (27, 80), (60, 30)):
        ours, fisher = (exact.fewest(test, 0.025, n1, n0) for test in ("boschloo", "fisher"))
        p = np.linspace(0.001, 0.999, 3001)
        control = stats.binom.pmf(np.arange(n0 + 1)[None], n0, p[:, None])
        level = (control * stats.binom.sf(ours - 1, n1, p[:, None])).sum(axis=1).max()
        assert level <= 0.025 + 1e-9
        assert level == pytest.approx(exact.level(ours, n1, n0), abs=2e-6)
        assert (ours <= fisher).all()
        assert (ours < fisher).any()


def test_boschloo_has_a_limit():
    with pytest.raises(WrongInput, match="at most 400 patients"):
        exact.fewest("boschloo", 0.025, 201, 200)


def patients(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    treated = np.arange(n) % 3 > 0
    return rng.exponential(np.where(treated, 1.5, 1.0)), rng.random(n) < 0.7, treated


def by_hand(time: np.ndarray, event: np.ndarray, treated: np.ndarray) -> tuple[float, float]:
    score = variance = 0.0
    for k in np.flatnonzero(event):
        at_risk = time >= time[k]
        share = treated[at_risk].mean()
        score += treated[k] - share
        variance += share * (1 - share)
    return score, variance


def test_the_logrank_statistic_is_that_of_a_loop_over_events_and_of_scipy():
    rng = np.random.default_rng(2)
    strata = [patients(rng, n) for n in (40, 25, 11)]
    sums = np.sum([by_hand(*one) for one in strata], axis=0)
    made = [logrank.ordered(logrank.coded(t[None], e[None], g), int(g.sum())) for t, e, g in strata]
    z, events = logrank.logrank(made)
    assert z[0] == pytest.approx(-sums[0] / sums[1] ** 0.5, rel=1e-9)
    assert events[0] == sum(e.sum() for _, e, _ in strata)
    time, event, treated = strata[0]
    one, _ = logrank.logrank(made[:1])
    sides = [stats.CensoredData.right_censored(time[g], ~event[g]) for g in (treated, ~treated)]
    assert abs(one[0]) == pytest.approx(abs(stats.logrank(*sides).statistic), rel=1e-9)


def test_the_hazard_ratio_is_the_root_of_the_score_of_cox():
    rng = np.random.default_rng(3)
    strata = [patients(rng, n) for n in (60, 33)]

    def score(beta: float) -> float:
        total = 0.0
        for time, event, treated in strata:
            for k in np.flatnonzero(event):
                at_risk = treated[time >= time[k]]
                hazard = np.exp(beta) * at_risk.sum()
                total += treated[k] - hazard / (hazard + (~at_risk).sum())
        return total

    made = [logrank.ordered(logrank.coded(t[None], e[None], g), int(g.sum())) for t, e, g in strata]
    assert logrank.log_hazard_ratio(made)[0] == pytest.approx(optimize.brentq(score, -5, 5), abs=1e-6)


def test_patients_who_are_not_in_by_the_look_count_nothing():
    """Proves the place of excluded patients: with them, marked by a time of 0, the statistic is as without them."""
    rng = np.random.default_rng(4)
    time, event, treated = patients(rng, 50)
    out = np.arange(50) % 7 == 0
    late = logrank.coded(np.where(out, 0.0, time)[None], (event & ~out)[None], treated)
    there = logrank.coded(time[None, ~out], event[None, ~out], treated[~out])
    with_them, _ = logrank.logrank([logrank.ordered(late, int(treated.sum()))])
    without, _ = logrank.logrank([logrank.ordered(there, int(treated[~out].sum()))])
    assert with_them[0] == pytest.approx(without[0], rel=1e-12)
