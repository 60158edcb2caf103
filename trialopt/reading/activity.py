"""Log-activity of an agent from what was published of it."""

from __future__ import annotations

import math
from collections.abc import Sequence


class NoRoot(ValueError):
    """No log-activity gives the response rate; `ceiling` is the rate that any activity stays below."""

    def __init__(self, ceiling: float) -> None:
        super().__init__(f"response rates stay below {ceiling:g}")
        self.ceiling = ceiling


def log_activity(orr: float) -> float:
    """Log-activity `-ln(1 - ORR)` of a response rate below 1 on disease with no listed mechanism."""
    return -math.log1p(-orr) + 0.0  # no negative zero


def log_activity_in(orr: float, prevalence: Sequence[float], kept: Sequence[float]) -> float:
    """Log-activity that gives a response rate in patients of whom some carry resistance (model section 2).

    The root `beta` of `sum_m prevalence[m] * exp(-beta * kept[m]) = 1 - orr`, `none` included, where `kept` is
    sensitivity times retained. Newton's method on the logarithm of the left side, which is convex and decreasing in
    `beta`, so that it rises to the root from 0 without passing it. Sums are `math.fsum`, so that the order of
    mechanisms does not matter.

    Raises
    ------
    NoRoot
        When the patients the agent cannot work in are already more than `1 - orr`.
    """
    if orr == 0:
        return 0.0
    resistant = math.fsum(p for p, k in zip(prevalence, kept, strict=True) if k == 0)
    if 1 - orr <= resistant:
        raise NoRoot(1 - resistant)
    target = math.log1p(-orr)
    beta = 0.0
    for _ in range(200):
        terms = [p * math.exp(-beta * k) for p, k in zip(prevalence, kept, strict=True)]
        total = math.fsum(terms)
        slope = math.fsum(t * k for t, k in zip(terms, kept, strict=True)) / total
        if slope <= 0:
            raise NoRoot(1 - resistant)
        step = (math.log(total) - target) / slope
        beta += step
        if abs(step) <= 1e-14 * beta:
            break
    return beta
