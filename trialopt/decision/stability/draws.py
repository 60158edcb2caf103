"""Truths of an agent's response and events alone, for valuing listed designs; drawn as all truths are.

Model section 11: every input has a stream of its own (`trialopt.core.inputs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trialopt.core.distributions import HIGHEST
from trialopt.core.inputs import Uncertain, rates_of
from trialopt.core.instance import Floats, Instance, Ints

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
    for start in range(0, count, AT_ONCE):
        yield rates_of(inputs, seed, np.arange(start, min(start + AT_ONCE, count)))
