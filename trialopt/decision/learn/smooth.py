"""What is to be expected of a value that is known at drawn truths, given some of the inputs: a smooth regression.

Gaussian-process regression as Strong, Oakley and Brennan (Medical Decision Making 2014;34:311-26) use it for the value
of partial information, with the kernel on few centres: a linear part, and bumps `exp(-|z - c|^2 / (2 l^2 d))` about
centres `c` among the truths. `z` are the inputs as standard normal scores. Width `l` and ratio of signal to noise are
those of the greatest marginal likelihood on a grid that holds "no signal at all", so an input that says nothing gets a
flat line and the value 0. Written here because no package of the core does it for many values of few inputs at once.
"""

from __future__ import annotations

import numpy as np

from trialopt.core.instance import Floats

WIDTHS = (0.5, 1.0, 2.0)
"""Widths of a bump, in standard deviations of an input."""

RATIOS = np.concatenate([[0.0], np.logspace(-4, 4, 33)])
"""Variance of the signal over that of the noise."""

CENTRES_OF_ONE, CENTRES = 15, 60
"""Centres for a single input, and for several."""

JITTER = 1e-8


def smoothed(scores: Floats, values: Floats) -> Floats:
    """Regress values (N, K) on inputs (N, d) as standard normal scores; returns what is expected of them (N, K)."""
    middle = values.mean(axis=0)
    best = np.full(values.shape[1], -np.inf)
    fitted = np.zeros_like(values)
    for width in WIDTHS:
        features = _features(scores, width)
        left, size, _ = np.linalg.svd(features - features.mean(axis=0), full_matrices=False)
        power = size**2 / max(float((size**2).sum()) / len(values), 1e-300)
        likelihood, kept = _likeliest(left, power, values - middle)
        better = likelihood > best
        fitted[:, better] = left @ (kept * (left.T @ (values - middle)))[:, better]
        best = np.where(better, likelihood, best)
    result: Floats = middle + fitted
    return result


def _features(scores: Floats, width: float) -> Floats:
    """(N, d + c) columns whose inner products are the kernel."""
    count, inputs = scores.shape
    if inputs == 1:
        places = np.quantile(scores, np.linspace(0, 1, min(CENTRES_OF_ONE, count)), axis=0)
        centres = np.unique(places, axis=0)
    else:
        spread = np.linspace(0, count - 1, min(CENTRES, count)).astype(int)
        centres = np.unique(scores[np.argsort(scores.sum(axis=1), kind="stable")[spread]], axis=0)
    among = _bumps(centres, centres, width)
    root = np.linalg.cholesky(among + JITTER * np.eye(len(centres)))
    bumps = np.linalg.solve(root, _bumps(centres, scores, width)).T
    return np.hstack([scores, bumps])


def _bumps(centres: Floats, points: Floats, width: float) -> Floats:
    square = ((centres[:, None, :] - points[None, :, :]) ** 2).mean(axis=2)
    result: Floats = np.exp(-square / (2 * width**2))
    return result


def _likeliest(left: Floats, power: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Greatest log marginal likelihood (K,) over the ratios, and the share of each direction kept there (r, K)."""
    count = len(values)
    along = (left.T @ values) ** 2
    beside = np.maximum((values**2).sum(axis=0) - along.sum(axis=0), 0.0)
    best = np.full(values.shape[1], -np.inf)
    kept = np.zeros_like(along)
    for ratio in RATIOS:
        shrink = 1 / (1 + ratio * power)
        noise = np.maximum((shrink @ along + beside) / count, 1e-300)
        likelihood = -count / 2 * np.log(noise) + np.log(shrink).sum() / 2
        better = likelihood > best + 1e-9
        kept[:, better] = (1 - shrink)[:, None]
        best = np.where(better, likelihood, best)
    return best, kept
