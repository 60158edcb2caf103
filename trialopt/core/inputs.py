"""Uncertain numbers of an instance, and possible truths drawn from their distributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
import scipy

from trialopt.core.distributions import ENDS, HIGHEST, Distribution
from trialopt.core.instance import Floats, Instance, Ints
from trialopt.core.truths import DRAWN, Truths, digest
from trialopt.core.uncertainty import stream

BASES = {
    "said": "low and high of the instance",
    "fit": "fitted to the trials of the evidence library",
    "counts": "counts of the instance",
    "cited": "patients of the trial cited",
    "rate": "our assumption: a published rate without patients",
    "assumed": "our assumption: an assumed rate",
}
"""What a distribution can rest on."""


Shared = tuple[tuple[str, float], ...]
"""Names of streams of standard normal numbers, each with a loading; the squares sum to less than 1."""


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
    spread: Distribution
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
    shared: Shared = ()
    """Streams that numbers of the evidence library move with, and its loading on each."""

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

    @property
    def stream(self) -> str:
        """Name of the stream it is drawn from: its name, and the places (from 1) of the epochs that move."""
        return f"{self.name}, {' '.join(str(s + 1) for s in self.epochs)}"

    def factor(self, rates: Floats, kept: Floats | None = None) -> Floats:
        """What the cells are multiplied by, on the log scale, at these rates.

        `kept` (N, M) is the share of activity by mechanism in each truth, where it is not as given.
        """
        given = self._log(np.array([self.rate]), self.kept)
        factor: Floats = self._log(np.asarray(rates, dtype=float), self.kept if kept is None else kept) / given
        return factor

    def beyond(self, rate: float, above: bool) -> float:
        """Probability that a draw lies above, or below, a rate."""
        below = self.spread.below(rate)
        return 1 - below if above else below

    def _quantile(self, probability: float) -> float:
        return float(self.spread.quantile(np.array([probability]))[0])

    def _log(self, rates: Floats, kept: Floats | None) -> Floats:
        if self.prevalence is None or kept is None:
            activity: Floats = -np.log1p(-np.minimum(rates, HIGHEST))
            return activity
        return activity_in(rates, self.prevalence, kept)


def activity_in(rates: Floats, prevalence: Floats, kept: Floats) -> Floats:
    """Log-activity that gives each rate where disease is made up so: `sum p * exp(-beta * kept) = 1 - rate`.

    Newton's method from 0 on the logarithm of the left side, which is convex and falls: it rises to the root without
    passing it (model section 2). `kept` is (M,), or (N, M) with one row a rate.
    """
    beta = np.zeros_like(rates)
    wanted = np.log1p(-rates)
    done = np.zeros(rates.shape, dtype=bool)  # each by itself: a draw does not depend on those beside it
    for _ in range(200):
        terms = prevalence * np.exp(-beta[..., None] * kept)
        total = terms.sum(axis=-1)
        step = np.where(done, 0.0, (np.log(total) - wanted) * total / (terms * kept).sum(axis=-1))
        beta += step
        done |= np.abs(step) <= 1e-12 * np.abs(beta) + 1e-15  # it converges quadratically: the next step is nothing
        if done.all():
            break
    return beta


@dataclass(frozen=True, eq=False)
class Cell:
    """One number of another table, and the cells of one array that it fills, or that it is a part of (`added`)."""

    array: str
    """One of `trialopt.core.truths.DRAWN`, or `control_median`."""
    at: tuple[Ints, ...]
    """Indices of the cells, one array an axis."""
    given: float
    spread: Distribution
    basis: str
    said: str
    name: str
    agent: str = ""
    """Agent or class it is about, if it is about one."""
    mechanism: str = ""
    added: bool = False
    """Whether the cells are sums of several numbers, of which this is one."""
    shared: Shared = ()
    """As in `Uncertain`."""

    @property
    def stream(self) -> str:
        """Name of the stream it is drawn from."""
        return self.name


Input = Uncertain | Cell
"""One uncertain number."""


def chances(one: Input, seed: int, numbers: Ints) -> Floats:
    """(N,) uniform numbers of an input, inside (0, 1): a log-normal has no quantile at the ends.

    An input that shares streams has the normal score `sum a * z[shared] + sqrt(1 - sum a**2) * z[own]`, of which this
    is the probability (a Gaussian copula).
    """
    most = int(numbers.max(initial=-1)) + 1
    own: Floats = np.clip(stream(seed, one.stream).random(most)[numbers], 1e-12, 1 - 1e-12)
    if not one.shared:
        return own
    score = sqrt(1 - sum(loading**2 for _, loading in one.shared)) * scipy.special.ndtri(own)
    for name, loading in one.shared:
        score += loading * stream(seed, name).standard_normal(most)[numbers]
    return np.clip(scipy.special.ndtr(score), 1e-12, 1 - 1e-12)


def rates_of(inputs: Sequence[Input], seed: int, numbers: Ints) -> Floats:
    """(N, inputs) drawn numbers."""
    columns = [one.spread.quantile(chances(one, seed, numbers)) for one in inputs]
    return np.column_stack(columns) if columns else np.empty((len(numbers), 0))


def draw(instance: Instance, inputs: Sequence[Input], numbers: Ints, *, named: bool = True) -> Truths:
    """Draw truths of an instance with `uncertainty`; `numbers` (N,) are their places in the streams, from 0.

    Their digest, which is half of the work, is left out unless they are `named`: where they are used and forgotten.
    """
    asked = instance.uncertainty
    if asked is None:
        raise ValueError("the instance has no [uncertainty]")
    i, count = instance, len(numbers)
    arrays = {name: np.repeat(np.asarray(getattr(i, name))[None], count, axis=0) for name in DRAWN}
    arrays["control_median"] = np.repeat(i.control_medians[None], count, axis=0)
    rates = rates_of(inputs, asked.seed, numbers)
    for column, one in enumerate(inputs):
        if isinstance(one, Cell):
            cells: tuple[Any, ...] = (slice(None), *one.at)
            move = rates[:, column, None]
            arrays[one.array][cells] = arrays[one.array][cells] + (move - one.given) if one.added else move
    tau = -np.log1p(-np.minimum(arrays["event_rate"], HIGHEST))
    for column, one in enumerate(inputs):
        if isinstance(one, Uncertain):
            _move(i, one, rates[:, column], arrays, tau)
    arrays["event_rate"] = np.where(arrays["event_rate"] < 1, -np.expm1(-tau), 1.0)
    given: dict[str, Any] = dict(arrays)
    made = Truths(
        asked.seed, numbers, i.agents, arm_deviation=asked.default.arm_deviation, inputs=tuple(inputs), **given
    )
    return replace(made, sha256=digest(i, made) if named else "", _factors={})


def _move(i: Instance, one: Uncertain, rates: Floats, arrays: dict[str, Floats], tau: Floats) -> None:
    """Move an agent's response, or its events, to these rates (N,)."""
    d, epochs = i.agents.index(one.agent), list(one.epochs)
    if one.category is not None:
        tau[:, d, i.categories.index(one.category), epochs] *= one.factor(rates)[:, None]
        return
    kept = None
    if one.orr_in is not None:
        kept = arrays["sensitivity"][:, i.subgroups.index(one.orr_in), d, None] * arrays["retained"][:, d]
    arrays["beta"][:, d, epochs] *= one.factor(rates, kept)[:, None]


def fresh(instance: Instance, count: int) -> Instance:
    """The same question on `count` truths that come after its own in the streams."""
    known = instance.truths
    if known is None:
        raise ValueError("the instance has no truths")
    first = int(known.numbers.max(initial=-1)) + 1
    made = draw(instance, known.inputs, np.arange(first, first + count))
    return replace(instance, sha256="", truths=made)


def _spaced(identifier: str) -> str:
    return identifier.replace("_", " ")
