"""A hazard ratio that changes with time on treatment: what a log-rank test then sees.

The ratio is ``ratios[k]`` from ``starts[k]`` months after entry on (``starts[0] = 0``): ``starts = (0, 3), ratios =
(1, 0.6)`` is an effect that sets in after three months. Control times are exponential, accrual uniform over ``A``
months, then ``F``; dropout exponential. With ``e_i(t)`` the density of events in arm ``i`` at ``t`` months, per
patient of the trial, and ``n_i(t)`` its share at risk, ``phi = n_1 / n_0``, ``theta(t)`` the ratio and ``e = e_0 +
e_1``:

* average hazard ratio: ``exp`` of the mean of ``log theta(t)`` over events. Kalbfleisch and Prentice, Biometrika 68
  (1981) 105-112; Mukhopadhyay et al., Statistics in Biopharmaceutical Research 12 (2020) 511-519.
* the log-rank statistic of ``N`` patients has mean ``sqrt(N) integral e (phi / (1 + phi) - phi theta / (1 + phi
  theta)) dt / sqrt(integral e phi / (1 + phi)^2 dt)`` and variance 1. Schoenfeld, Biometrika 68 (1981) 316-319;
  Lakatos, Biometrics 44 (1988) 229-241, equation 3.

The loss is the power of the same patients had the last ratio held from the start, less the power they have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from trialopt.sizing.accrual import hazard_of_median
from trialopt.sizing.checks import Floats, SizingError, floats, not_negative, positive, proportion
from trialopt.sizing.special import ndtr, ndtri

NODES = 64


@dataclass(frozen=True)
class DelayedPower:
    """What `n0` + `n1` patients show: average hazard ratio, events, power, the same without delay, the loss."""

    average_hazard_ratio: float
    events: float
    power: float
    power_without_delay: float
    loss: float


def delayed_power(
    ratios: Sequence[float],
    starts: Sequence[float],
    control_median: float,
    n0: float,
    n1: float,
    accrual_months: float,
    follow_up: float,
    alpha: float = 0.025,
    dropout: float = 0.0,
) -> DelayedPower:
    """Average hazard ratio and one-sided log-rank power under a piecewise hazard ratio; sources: see the module.

    `ratios` hold from `starts` (months after entry, rising from 0) on. Patients, accrual and follow-up months as
    planned, `dropout` a hazard per month in both arms.

    Raises
    ------
    SizingError
        Starts that do not rise from 0, or a number out of its range.
    """
    theta, from_ = positive(ratios, "hazard ratio"), floats(starts, "start")
    if theta.shape != from_.shape or theta.ndim != 1 or from_[0] != 0 or any(b <= a for a, b in pairwise(from_)):
        raise SizingError("starts must rise from 0, one for each hazard ratio")
    m0, m1 = float(positive(n0, "n0")), float(positive(n1, "n1"))
    span, late = float(positive(accrual_months, "accrual months")), float(not_negative(follow_up, "follow-up"))
    h0, lost = float(hazard_of_median(control_median)), float(not_negative(dropout, "dropout"))
    za = -float(ndtri(proportion(alpha, "alpha")))
    average, events, mean = _seen(theta, from_, h0, m0, m1, span, late, lost)
    undelayed = _seen(theta[-1:], from_[:1], h0, m0, m1, span, late, lost)[2]
    power, best = float(ndtr(mean - za)), float(ndtr(undelayed - za))
    return DelayedPower(average, events, power, best, best - power)


def _seen(
    theta: Floats, starts: Floats, h0: float, n0: float, n1: float, accrual: float, late: float, dropout: float
) -> tuple[float, float, float]:
    """Average hazard ratio, events, and the mean of the log-rank statistic."""
    end = accrual + late
    edges = np.unique(np.concatenate([starts[starts < end], [late, end]]))
    x, w = np.polynomial.legendre.leggauss(NODES)
    low, high = edges[:-1, None], edges[1:, None]
    t = (0.5 * (high - low) * x + 0.5 * (high + low)).ravel()
    weight = (0.5 * (high - low) * w).ravel()
    piece = np.searchsorted(starts, t, side="right") - 1
    before = np.concatenate([[0.0], np.cumsum(theta[:-1] * np.diff(starts))])
    ratio = theta[piece]
    watched = np.clip((end - t) / accrual, 0, 1) * np.exp(-dropout * t)  # still followed at t months after entry
    risk0 = n0 * np.exp(-h0 * t) * watched
    under = before[piece] + ratio * (t - starts[piece])
    risk1 = n1 * np.exp(-h0 * under) * watched
    dying = weight * (h0 * risk0 + h0 * ratio * risk1)
    events = float(dying.sum())
    if not events > 0:
        raise SizingError("no event is expected within the follow-up: give a shorter median or a longer follow-up")
    phi = n1 / n0 * np.exp(np.clip(h0 * (t - under), -300, 300))  # of both risks, also where nobody is left in either
    shift = phi / (1 + phi) - phi * ratio / (1 + phi * ratio)
    mean = float((dying * shift).sum() / np.sqrt((dying * phi / (1 + phi) ** 2).sum()))
    return float(np.exp((dying * np.log(ratio)).sum() / events)), events, mean
