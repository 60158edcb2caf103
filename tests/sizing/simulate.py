"""Seeded simulation of trials: the judge of the formulas, written apart from them."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

TRIALS = 20_000
NULL_TRIALS = 200_000  # binomial outcomes are cheap: the noise of a type I error is then 0.05 points or less


def proportions_rejected(rng, n0, n1, p0, p1, alpha, method, trials=TRIALS):
    """Share of trials whose one-sided z test of two proportions rejects."""
    x0, x1 = rng.binomial(n0, p0, trials) / n0, rng.binomial(n1, p1, trials) / n1
    if method == "unpooled":
        se = np.sqrt(x0 * (1 - x0) / n0 + x1 * (1 - x1) / n1)
    else:
        mean = (n0 * x0 + n1 * x1) / (n0 + n1)
        se = np.sqrt(mean * (1 - mean) * (1 / n0 + 1 / n1))
    return float(np.mean(x1 - x0 > norm.isf(alpha) * np.maximum(se, 1e-12)))


def logrank(rng, n0, n1, hazard, hazard_ratio, accrual, follow_up, dropout, trials):
    """Log-rank statistics (positive: the experimental arm, last `n1`, does better) of simulated trials."""
    n = n0 + n1
    treated = np.arange(n) >= n0
    event = rng.exponential(1, (trials, n)) / np.where(treated, hazard * hazard_ratio, hazard)
    censored = accrual + follow_up - rng.uniform(0, accrual, (trials, n))
    if dropout > 0:
        censored = np.minimum(censored, rng.exponential(1 / dropout, (trials, n)))
    seen = event <= censored
    order = np.argsort(np.where(seen, event, censored), axis=1)
    seen, arm = np.take_along_axis(seen, order, 1), treated[order]
    at_risk = n - np.arange(n)
    share = (n1 - np.cumsum(arm, 1) + arm) / at_risk
    score = ((arm - share) * seen).sum(1)
    return -score / np.sqrt((share * (1 - share) * seen).sum(1))


def survival_rejected(rng, n0, n1, median, hazard_ratio, alpha, *, accrual, follow_up, dropout):
    """Share of trials whose one-sided log-rank test rejects."""
    rejected = 0
    for _ in range(TRIALS // 500):
        z = logrank(rng, n0, n1, np.log(2) / median, hazard_ratio, accrual, follow_up, dropout, 500)
        rejected += int((z > norm.isf(alpha)).sum())
    return rejected / TRIALS


def arms_rejected(rng, n0, n1, p0, rates, bounds, trials=TRIALS):
    """Per trial, which arms a step-down test with these bounds rejects; one shared control, unpooled z."""
    x0 = rng.binomial(n0, p0, (trials, 1)) / n0
    x = rng.binomial(n1, np.asarray(rates), (trials, len(rates))) / n1
    z = (x - x0) / np.sqrt(x0 * (1 - x0) / n0 + x * (1 - x) / n1)
    order = np.argsort(-z, axis=1)
    passed = np.cumprod(np.take_along_axis(z, order, 1) > np.asarray(bounds), axis=1).astype(bool)
    rejected = np.zeros_like(passed)
    np.put_along_axis(rejected, order, passed, 1)
    return rejected


def looks_rejected(rng, n0, n1, p0, p1, timing, efficacy, futility, trials=TRIALS):
    """Share of trials stopped for efficacy at any look, and the mean share of the patients used."""
    at0, at1 = np.rint(np.array(timing) * n0).astype(int), np.rint(np.array(timing) * n1).astype(int)
    x0 = np.cumsum(rng.binomial(np.diff(at0, prepend=0), p0, (trials, len(at0))), axis=1) / at0
    x1 = np.cumsum(rng.binomial(np.diff(at1, prepend=0), p1, (trials, len(at1))), axis=1) / at1
    z = (x1 - x0) / np.sqrt(np.maximum(x0 * (1 - x0) / at0 + x1 * (1 - x1) / at1, 1e-12))
    won, running, used = np.zeros(trials, bool), np.ones(trials, bool), np.zeros(trials)
    for k in range(len(timing)):
        used[running] = timing[k]
        won |= running & (z[:, k] > efficacy[k])
        stop = z[:, k] > efficacy[k]
        if futility is not None:
            stop |= z[:, k] < futility[k]
        running &= ~stop
    return float(won.mean()), float(used.mean())
