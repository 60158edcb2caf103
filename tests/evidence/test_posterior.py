"""The engine of the joint model: it finds what was simulated, and says how sure it is."""

import numpy as np
import pytest

from trialopt.evidence.posterior import Terms, dense, deviations, fit, rates


def simulated(seed, trials=40, n=150):
    """Arms of three agents and their pairs with known activities, a known spread between trials and a ceiling."""
    rng = np.random.default_rng(seed)
    truth = {"a": np.log(0.3), "b": np.log(0.8), "c": np.log(1.5)}
    regimens = [("a",), ("b",), ("c",), ("a", "b"), ("b", "c"), ("a", "c")]
    terms = Terms()
    terms.add_group("agent", 1.0)
    terms.add_group("trial", 0.1, 5.0)
    rows = []
    for trial in range(trials):
        agents = regimens[trial % len(regimens)]
        activity = sum(np.exp(truth[agent]) for agent in agents) * np.exp(0.25 * rng.standard_normal())
        events = float(rng.binomial(n, 0.95 * (1 - np.exp(-activity))))
        parts = [[(terms.of(f"agent:{agent}", "agent", -0.5), 1.0)] for agent in agents]
        inner = [(terms.of(f"trial:{trial}", "trial"), 1.0)]
        rows.append((events, float(n), [1.0] * len(agents), parts, inner, [], -1, terms.alone("ceiling", 2.9, 0.1)))
    return dense(rows, len(terms.index)), terms, truth


def test_intervals_of_agents_cover_the_truth_as_they_say():
    inside = []
    for seed in range(20):
        seen, terms, truth = simulated(seed)
        drawn = fit(seen, terms).draws(400, seed)
        for agent, value in truth.items():
            low, high = np.quantile(drawn[:, terms.index[f"agent:{agent}"]], [0.05, 0.95])
            inside.append(low <= value <= high)
    assert 0.8 <= np.mean(inside) <= 0.98


def test_the_spread_between_trials_is_learnt():
    found = [fit(*simulated(seed)[:2]).spread["trial"] for seed in range(5)]
    assert 0.17 <= np.mean(found) <= 0.33


def test_draws_are_those_of_the_seed_and_agree_with_the_mode():
    seen, terms, _ = simulated(1)
    found = fit(seen, terms)
    first = found.draws(2000, 3)
    assert np.array_equal(first, found.draws(2000, 3))
    assert np.abs(first.mean(axis=0) - found.mode).max() < 0.05
    assert not np.array_equal(first, found.draws(2000, 4))


def test_agents_add_on_the_log_scale_below_the_ceiling():
    terms = Terms()
    terms.add_group("agent", 1.0)
    a, b, top = terms.of("a", "agent"), terms.of("b", "agent"), terms.alone("ceiling", 0.0, 1.0)
    rows = [
        (0.0, 1.0, [1.0], [[(a, 1.0)]], [], [], -1, top),
        (0.0, 1.0, [1.0], [[(b, 1.0)]], [], [], -1, top),
        (0.0, 1.0, [1.0, 1.0], [[(a, 1.0)], [(b, 1.0)]], [], [], -1, top),
    ]
    theta = np.array([[np.log(0.5), np.log(1.0), np.log(0.9 / 0.1)]])
    alone_a, alone_b, both = rates(theta, dense(rows, 3))[0] / 0.9
    assert 1 - both == pytest.approx((1 - alone_a) * (1 - alone_b))


def test_a_shared_deviation_moves_arms_of_a_trial_together():
    seen, terms, _ = simulated(2, trials=3)
    theta = np.zeros((500, len(terms.index)))
    shared = deviations(seen, theta, {"trial": 0.3}, {"trial": ["x", "x", "y"]}, 1)
    assert np.array_equal(shared[:, 0], shared[:, 1])
    assert abs(np.corrcoef(shared[:, 0], shared[:, 2])[0, 1]) < 0.2
    assert shared[:, 0].std() == pytest.approx(0.3, rel=0.1)
