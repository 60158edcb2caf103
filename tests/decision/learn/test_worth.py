"""Values of information where they have a closed form: two designs, a normal difference, normal studies.

For a difference `D ~ N(m, s^2)` between two designs, choosing with D known is worth `s phi(m/s) - |m| Phi(-|m|/s)` more
than choosing without. EVPI has the whole standard deviation, EVPPI that of one input, and EVSI that of the mean of the
input after the study: `s sqrt(n / (n + k))`, where k is the study's variance over that of the input.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta as beta_distribution
from scipy.stats import norm

from trialopt.decision.learn.smooth import smoothed
from trialopt.decision.learn.worth import given, of_all, of_binomial, of_inputs, of_normal

TRUTHS = 2000
MEAN, FIRST, SECOND = -0.3, 1.0, 0.7


def known(mean: float, spread: float) -> float:
    return spread * norm.pdf(mean / spread) - abs(mean) * norm.cdf(-abs(mean) / spread)


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of three inputs, of which the third says nothing, and values of two designs that share much noise."""
    generator = np.random.default_rng(seed)
    z = generator.standard_normal((TRUTHS, 3))
    shared = 5 * generator.standard_normal(TRUTHS)
    return z, np.column_stack([shared, shared + MEAN + FIRST * z[:, 0] + SECOND * z[:, 1]])


def close(found, truth: float) -> bool:
    """Within four standard errors: of all the checks here one in a thousand runs would miss."""
    return abs(found.value - truth) <= 4 * found.error


@pytest.mark.parametrize("seed", [1, 2])
def test_two_designs_and_normal_inputs(seed):
    z, values = drawn(seed)
    assert close(of_all(values.max(axis=1), values[:, 0]), known(MEAN, np.hypot(FIRST, SECOND)))
    assert close(of_inputs(given(z[:, [0]], values)), known(MEAN, FIRST))
    assert close(of_inputs(given(z[:, [1]], values)), known(MEAN, SECOND))
    assert close(of_inputs(given(z[:, [0, 1]], values)), known(MEAN, np.hypot(FIRST, SECOND)))
    assert of_inputs(given(z[:, [2]], values)).value < 0.002


@pytest.mark.parametrize("patients", [1, 4, 16])
def test_normal_studies(patients):
    z, values = drawn(3)
    found = of_normal(given(z[:, [0]], values), z[:, 0], 1 / np.sqrt(patients))
    assert close(found, known(MEAN, FIRST * np.sqrt(patients / (patients + 1))))


@pytest.mark.parametrize("patients", [5, 40])
def test_binomial_studies(patients):
    """A rate with a Beta(a, b) distribution against a sure 0.45: the mean after x of n is (a + x) / (a + b + n)."""
    a, b, sure = 8.0, 12.0, 0.45
    uniform = np.random.default_rng(4).random(TRUTHS)
    rate = beta_distribution.ppf(uniform, a, b)
    values = np.column_stack([np.full(TRUTHS, sure), rate])
    x = np.arange(patients + 1)
    from scipy.stats import betabinom

    truth = betabinom.pmf(x, patients, a, b) @ np.maximum((a + x) / (a + b + patients) - sure, 0)
    found = of_binomial(given(norm.ppf(uniform)[:, None], values), rate, patients)
    assert close(found, truth)


def test_more_knowledge_is_worth_more():
    z, values = drawn(5)
    expected = given(z[:, [0]], values)
    studies = [of_normal(expected, z[:, 0], 1 / np.sqrt(n)).value for n in (1, 4, 16, 64)]
    whole = of_inputs(expected).value
    assert studies == sorted(studies)
    assert studies[-1] <= whole + 1e-3
    assert whole <= of_all(values.max(axis=1), values[:, 0]).value


def test_the_regression_follows_a_curve_and_ignores_what_says_nothing():
    generator = np.random.default_rng(6)
    z = generator.standard_normal((800, 2))
    curve = np.sin(2 * z[:, 0])
    values = np.column_stack([curve + 0.3 * generator.standard_normal(800), generator.standard_normal(800)])
    fitted = smoothed(z[:, [0]], values)
    assert np.sqrt(((fitted[:, 0] - curve) ** 2).mean()) < 0.08
    assert fitted[:, 1].std() < 0.08
