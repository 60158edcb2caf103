"""Uncertain numbers of an instance, their distributions, and draws of them: possible truths.

    Counted    Beta of a rate: what counts, or a number of patients they stand for, leave open
    Fitted     the log-activity (or tau) `-ln(1 - rate)` is log-normal: intervals of the component fits are so
    Hazard     the log-activity is normal: it is minus a log hazard ratio, and a ratio above 1 is possible

Source: ours; Beta(x + 1/2, n - x + 1/2) is the posterior of a proportion under the prior of Jeffreys (1946).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.special import betainc, betaincinv, ndtr, ndtri

from trialopt.core.instance import Floats, Instance, Ints

HIGHEST = 1 - 1e-9
"""Rates are kept below 1, where log-activity is infinite."""

JEFFREYS = 0.5
"""Added to each of the two counts of a proportion."""


class Spread(Protocol):
    """Distribution of a rate."""

    def quantile(self, probability: Floats) -> Floats:
        """Rates below which the distribution has these probabilities (0..1)."""

    def below(self, rate: float) -> float:
        """Probability that the rate is at most this."""

    def words(self) -> str:
        """Name the distribution."""


@dataclass(frozen=True)
class Counted:
    """Beta(a, b) of a rate, cut off at `top` (a response rate that the agent cannot exceed where it was measured)."""

    a: float
    b: float
    top: float = 1.0

    @staticmethod
    def of_counts(events: float, patients: float, top: float = 1.0) -> Counted:
        """After Jeffreys."""
        return Counted(events + JEFFREYS, patients - events + JEFFREYS, top)

    @staticmethod
    def of_rate(rate: float, patients: float, top: float = 1.0) -> Counted:
        """With the rate as its mean, as certain as that many patients make it."""
        return Counted(rate * patients, (1 - rate) * patients, top)

    def quantile(self, probability: Floats) -> Floats:
        """Rates at these probabilities."""
        room = betainc(self.a, self.b, self.top)
        rate: Floats = np.clip(betaincinv(self.a, self.b, probability * room), 0.0, self.top * HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        inside = min(max(rate, 0.0), self.top)
        return float(betainc(self.a, self.b, inside) / betainc(self.a, self.b, self.top))

    def words(self) -> str:
        """Name the distribution."""
        cut = "" if self.top > 0.9999 else f" below {100 * self.top:.3g} %"
        return f"Beta({self.a:.4g}, {self.b:.4g}){cut}"


@dataclass(frozen=True)
class Fitted:
    """Log-activity log-normal about the rate given, with `sd` of its logarithm."""

    rate: float
    sd: float

    def quantile(self, probability: Floats) -> Floats:
        """Rates at these probabilities."""
        activity = -np.log1p(-self.rate) * np.exp(self.sd * ndtri(probability))
        rate: Floats = np.minimum(-np.expm1(-activity), HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        if rate <= 0:
            return 0.0
        ratio = np.log1p(-min(rate, HIGHEST)) / np.log1p(-self.rate)
        return float(ndtr(np.log(ratio) / self.sd))

    def words(self) -> str:
        """Name the distribution."""
        return f"log-normal on the log scale, sd {self.sd:.3g}"


@dataclass(frozen=True)
class Hazard:
    """Log-activity normal about that of the rate given, with `sd`; the share of the hazard removed may be negative."""

    rate: float
    sd: float

    def quantile(self, probability: Floats) -> Floats:
        """Rates at these probabilities."""
        rate: Floats = np.minimum(-np.expm1(np.log1p(-self.rate) - self.sd * ndtri(probability)), HIGHEST)
        return rate

    def below(self, rate: float) -> float:
        """Probability of at most this rate."""
        return float(ndtr((np.log1p(-self.rate) - np.log1p(-min(rate, HIGHEST))) / self.sd))

    def words(self) -> str:
        """Name the distribution."""
        return f"normal log hazard ratio, sd {self.sd:.3g}"


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

    @property
    def name(self) -> str:
        """`response rate of carfilzomib`, `severe neutropenia of lenalidomide in maintenance`."""
        where = f" in {_spaced(self.epoch)}" if self.epoch else ""
        if self.category is not None:
            return f"severe {_spaced(self.category)} of {self.agent}{where}"
        if self.hazard:
            return f"share of the hazard removed by {self.agent}{where}"
        return f"response rate of {self.agent}{f' in {self.orr_in}' if self.orr_in else ''}{where}"

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


AT_ONCE = 200
"""Draws held in memory at once."""


@dataclass(frozen=True)
class Truths:
    """Some possible truths of one instance, N of them."""

    beta: Floats
    """(N, D, S) log-activity on disease with no listed mechanism."""
    event_rate: Floats
    """(N, D, E, S) probability of a severe event in an epoch of exposure 1."""

    def __len__(self) -> int:
        return len(self.beta)

    def instance(self, base: Instance, number: int) -> Instance:
        """Write one truth into the instance, to judge or to solve it with everything else as it was."""
        return replace(base, sha256="", beta=self.beta[number].copy(), event_rate=self.event_rate[number].copy())


def truths(instance: Instance, inputs: Sequence[Uncertain], rates: Floats) -> Truths:
    """Make the truths in which the inputs have these rates (N, inputs)."""
    count = len(rates)
    beta = np.repeat(instance.beta[None], count, axis=0)
    tau = np.repeat(-np.log1p(-np.minimum(instance.event_rate, HIGHEST))[None], count, axis=0)
    for column, one in enumerate(inputs):
        epochs, d = list(one.epochs), instance.agents.index(one.agent)
        factor = one.factor(rates[:, column])[:, None]
        if one.category is None:
            beta[:, d, epochs] *= factor
        else:
            tau[:, d, instance.categories.index(one.category), epochs] *= factor
    return Truths(beta, -np.expm1(-tau))


def as_given(instance: Instance) -> Truths:
    """Make the one truth in which every input is as the instance has it."""
    return Truths(instance.beta[None], instance.event_rate[None])


def moved(instance: Instance, inputs: Sequence[Uncertain], numbers: Ints, rates: Floats) -> Truths:
    """Make the truths in which only input `numbers[n]` has another rate than the one given, `rates[n]`."""
    beta = np.repeat(instance.beta[None], len(numbers), axis=0)
    event_rate = np.repeat(instance.event_rate[None], len(numbers), axis=0)
    for number in np.unique(numbers).tolist():
        one, rows = inputs[number], np.flatnonzero(numbers == number)
        some = truths(instance, [one], rates[rows, None])
        beta[rows], event_rate[rows] = some.beta, some.event_rate
    return Truths(beta, event_rate)


def drawn(inputs: Sequence[Uncertain], count: int, seed: int) -> Iterator[Floats]:
    """Rates (n, inputs) of `count` draws, at most `AT_ONCE` at a time; equal seeds give equal draws.

    A longer run begins with the draws of a shorter one.
    """
    generator = np.random.default_rng(seed)
    for start in range(0, count, AT_ONCE):
        # Inside (0, 1): a log-normal has no quantile at the ends.
        chance = np.clip(generator.random((AT_ONCE, len(inputs))), 1e-12, 1 - 1e-12)[: count - start]
        yield np.column_stack(
            [one.spread.quantile(chance[:, k]) for k, one in enumerate(inputs)] or [np.empty((len(chance), 0))]
        )


def _spaced(identifier: str) -> str:
    return identifier.replace("_", " ")
