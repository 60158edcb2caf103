"""One uncertain input: the number given, its distribution, and the cells of the instance that move with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.instance import Floats
from trialopt.stability.spread import HIGHEST, Spread

ENDS = (0.05, 0.95)
"""Ends of the 90 % range."""

BASES = {
    "fit": "fitted to the trials of the evidence library",
    "counts": "counts of the instance",
    "cited": "patients of the trial cited",
    "rate": "our assumption: a published rate without patients",
    "assumed": "our assumption: an assumed rate",
}
"""What a distribution can rest on."""


@dataclass(frozen=True, eq=False)
class Uncertain:
    """An agent's response, or its rate of one category of severe events, with what is known of it.

    The cells of `epochs` move together: on the scale of `-ln(1 - rate)` each is multiplied by `factor`, so an epoch's
    own number keeps its proportion to the number the distribution is of.
    """

    agent: str
    category: str | None
    """Category of events; `None` for response."""
    epochs: tuple[int, ...]
    """Epochs whose numbers move."""
    rate: float
    """The number given, as a probability: response rate, event rate, or share of the hazard removed."""
    spread: Spread
    basis: str
    """A key of `BASES`."""
    said: str
    """What the distribution rests on, in words."""
    hazard: bool = False
    """Whether `rate` is the share of the hazard that maintenance removes."""
    epoch: str = ""
    """The epoch whose own number it is; empty for a number of all epochs that have none of their own."""
    orr_in: str | None = None
    """Subgroup in which the response rate was measured."""
    prevalence: Floats | None = None
    """(M,) mechanisms of that subgroup."""
    kept: Floats | None = None
    """(M,) share of the agent's activity there, by mechanism."""

    @property
    def low(self) -> float:
        """Lower end of the 90 % range."""
        return self._quantile(ENDS[0])

    @property
    def high(self) -> float:
        """Upper end of the 90 % range."""
        return self._quantile(ENDS[1])

    def factor(self, rates: Floats) -> Floats:
        """What the cells are multiplied by, on the log scale, at these rates."""
        factor: Floats = self._log(np.asarray(rates, dtype=float)) / self._log(np.array([self.rate]))
        return factor

    def beyond(self, rate: float, above: bool) -> float:
        """Probability that a draw lies above, or below, a rate."""
        below = self.spread.below(rate)
        return 1 - below if above else below

    def _quantile(self, probability: float) -> float:
        return float(self.spread.quantile(np.array([probability]))[0])

    def _log(self, rates: Floats) -> Floats:
        if self.prevalence is None or self.kept is None:
            activity: Floats = -np.log1p(-np.minimum(rates, HIGHEST))
            return activity
        return activity_in(rates, self.prevalence, self.kept)


def activity_in(rates: Floats, prevalence: Floats, kept: Floats) -> Floats:
    """Log-activity that gives each rate where disease is made up so: `sum p * exp(-beta * kept) = 1 - rate`.

    Newton's method from 0 on the logarithm of the left side, which is convex and falls: it rises to the root without
    passing it (model section 2).
    """
    beta = np.zeros_like(rates)
    wanted = np.log1p(-rates)
    for _ in range(200):
        terms = prevalence * np.exp(-beta[..., None] * kept)
        total = terms.sum(axis=-1)
        step = (np.log(total) - wanted) * total / (terms @ kept)
        beta += step
        if (np.abs(step) <= 1e-12 * np.abs(beta) + 1e-15).all():  # it converges quadratically: the next step is nothing
            break
    return beta
