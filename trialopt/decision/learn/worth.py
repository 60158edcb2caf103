"""What it is worth to know: EVPI, EVPPI and EVSI from the values of designs in drawn truths.

All three are what the best choice with the knowledge is worth on average, less what the best choice without it is. The
first design is the best without it; values are taken less its own, in which most of what truths share cancels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from trialopt.core.instance import Floats
from trialopt.decision.learn.smooth import smoothed

RESULTS = 2000
"""Results of a study with a normal estimate that are drawn."""


@dataclass(frozen=True)
class Worth:
    """A value of information and the standard error that the number of truths leaves it."""

    value: float
    error: float

    @staticmethod
    def of(gain: Floats) -> Worth:
        """Mean of gains (N,) over the truths."""
        error = float(gain.std(ddof=1) / np.sqrt(len(gain))) if len(gain) > 1 else float("inf")
        return Worth(float(gain.mean()), error)


def of_all(best: Floats, first: Floats) -> Worth:
    """EVPI: value of the best design of each truth (N,), less that of the first design (N,)."""
    return Worth.of(best - first)


def given(scores: Floats, values: Floats) -> Floats:
    """(N, K) what designs are expected to be worth beyond the first, given inputs (N, d) as standard normal scores."""
    return smoothed(scores, values - values[:, :1])


def of_inputs(expected: Floats) -> Worth:
    """EVPPI of the inputs that `expected` (N, K) rests on (Strong, Oakley and Brennan 2014, equation 6)."""
    return _chosen(expected, expected)


def _chosen(known: Floats, expected: Floats) -> Worth:
    without = int(expected.mean(axis=0).argmax())
    return Worth.of(known.max(axis=1) - known[:, without])


def of_binomial(expected: Floats, rates: Floats, patients: int) -> Worth:
    """EVSI of a study of some patients, of whom a share `rates` (N,) responds in each truth.

    `expected` is the regression of the values on that rate. For each possible number of responders the truths are
    weighted by its probability in them (Bayes), and the design chosen that is worth most then: the preposterior
    expectation over the truths drawn, without a simulated study (ours; the regression is that of Strong et al. 2014).
    """
    x = np.arange(patients + 1)[:, None]
    log = scipy.special.gammaln(patients + 1) - scipy.special.gammaln(x + 1) - scipy.special.gammaln(patients - x + 1)
    rate = np.clip(rates, 0.0, 1.0)[None, :]
    weight = np.exp(log + scipy.special.xlogy(x, rate) + scipy.special.xlog1py(patients - x, -rate))
    return _after(weight, expected)


def of_normal(expected: Floats, centre: Floats, error: float, seed: int = 1) -> Worth:
    """EVSI of a study whose estimate is normal about `centre` (N,) with a standard error: drawn results, then Bayes."""
    generator = np.random.default_rng(seed)
    times = -(-RESULTS // len(centre))
    result = np.concatenate([centre + error * generator.standard_normal(len(centre)) for _ in range(times)])
    distance = (result[:, None] - centre[None, :]) / error
    weight = np.exp(-0.5 * (distance**2 - (distance**2).min(axis=1, keepdims=True)))
    weight /= weight.sum(axis=1, keepdims=True) * len(result) / len(centre)
    return _after(weight, expected)


def _after(weight: Floats, expected: Floats) -> Worth:
    """Worth of results with probabilities (x, N), in each truth, of which the columns sum to about 1."""
    count = len(expected)
    chance = weight.sum(axis=1) / count
    some = chance > 0
    known = (weight[some] @ expected) / (count * chance[some])[:, None]
    without = int(expected.mean(axis=0).argmax())
    gain = known.max(axis=1) - known[:, without]
    value = float(chance[some] @ gain)
    in_truth = weight[some].T @ gain
    return Worth(value, float(in_truth.std(ddof=1) / np.sqrt(count)) if count > 1 else float("inf"))
