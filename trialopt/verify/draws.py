"""The truths of a question drawn again, by the recipe of model section 11, and held against those that were used.

What is uncertain and how it spreads is what the reader of instances says (`Truths.inputs`); everything from there on is
done here again: the streams, the scores that numbers of the evidence library share, the numbers themselves (each is
shown to be the quantile it should be, by a distribution function of our own), and what they do to the tables.
Source: model text; the continued fraction of the incomplete beta function is Lentz's (Press and others 2007, 6.4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import erfc, lgamma, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from trialopt.core.distributions import Counted, Distribution, Fitted, Hazard, Scaled
from trialopt.core.inputs import Input, Uncertain
from trialopt.core.instance import Floats, Instance, Ints
from trialopt.core.truths import DRAWN, Truths
from trialopt.verify.drawn import generator

NEAR = 1e-9
"""Most that a chance, or a share of a larger number, may differ by."""

BELOW_ONE = 1 - 1e-9
"""Rates are kept at most this far up, where log-activity is infinite."""

EDGE = 1e-12
"""Uniform numbers are kept this far from 0 and 1."""

TERMS = 500
HALVINGS = 110
NORMAL = NormalDist()


def chances(one: Input, seed: int, numbers: Ints) -> Floats:
    """(N,) the uniform numbers of an input."""
    most = int(numbers.max(initial=-1)) + 1
    own = np.clip(generator(seed, one.stream).random(most)[numbers], EDGE, 1 - EDGE)
    if not one.shared:
        return np.asarray(own)
    rest = 1 - sum(loading * loading for _, loading in one.shared)
    score = sqrt(rest) * np.array([NORMAL.inv_cdf(u) for u in own.tolist()])
    for name, loading in one.shared:
        score = score + loading * generator(seed, name).standard_normal(most)[numbers]
    return np.clip(_below(score), EDGE, 1 - EDGE)


def _below(score: Floats) -> Floats:
    """Chance that a standard normal number is below."""
    return np.array([0.5 * erfc(-z / sqrt(2)) for z in score.tolist()])


def beta_below(a: float, b: float, x: Floats) -> Floats:
    """Chance that a number of Beta(a, b) is below each of (n,) numbers in 0..1."""
    found = np.zeros(len(x))
    found[x >= 1] = 1.0
    inside = (x > 0) & (x < 1)
    near = inside & (x <= (a + 1) / (a + b + 2))
    for rows, p, q, at in ((near, a, b, x), (inside & ~near, b, a, 1 - x)):
        if rows.any():
            part = _fraction(p, q, at[rows])
            found[rows] = part if rows is near else 1 - part
    return found


def _fraction(a: float, b: float, x: Floats) -> Floats:
    """The incomplete beta function by its continued fraction, which converges fast for x below its mean."""
    front = np.exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * np.log(x) + b * np.log1p(-x)) / a
    tiny = 1e-300
    c = np.ones(len(x))
    d = 1 / (1 - (a + b) * x / (a + 1))
    total = d.copy()
    for m in range(1, TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1 + step * d
            c = 1 + step / c
            d, c = 1 / np.where(d == 0, tiny, d), np.where(c == 0, tiny, c)
            total = total * d * c
        if (np.abs(d * c - 1) < 1e-15).all():
            break
    return np.asarray(front * total)


def wrong_quantile(spread: Distribution, number: Floats, chance: Floats) -> float:
    """Most by which the chance of being below numbers (N,) differs from the chances they were drawn at."""
    match spread:
        case Counted(a, b, top):
            below = beta_below(a, b, number) / beta_below(a, b, np.array([min(top, 1.0)]))
            edge = number >= top * BELOW_ONE * (1 - 1e-12)
        case Fitted(rate, sd):
            with np.errstate(divide="ignore"):
                below = _below(np.log(np.log1p(-number) / np.log1p(-rate)) / sd)
            edge = number >= BELOW_ONE
        case Hazard(rate, sd):
            below, edge = _below((np.log1p(-rate) - np.log1p(-number)) / sd), number >= BELOW_ONE
        case Scaled(scale, mean, sd, top):
            if sd == 0:
                return 0.0
            at = number if scale == "plain" else np.log(number if scale == "log" else number / (top - number))
            below, edge = _below((at - mean) / sd), np.zeros(len(number), dtype=bool)
        case _:
            return np.inf
    return float(np.abs(np.where(edge, np.minimum(0.0, chance - below + NEAR), below - chance)).max(initial=0.0))


class Again:
    """One question's truths drawn again: `truths`, and what is `wrong` with those that were used, in words."""

    def __init__(self, instance: Instance, first: int = 0) -> None:
        """`first` is the place in the streams of the first of them."""
        asked, used = instance.uncertainty, instance.truths
        if asked is None or used is None:
            raise ValueError("the question has no truths")
        self.wrong: list[str] = []
        self._i, self._numbers = instance, first + np.arange(len(used.numbers))
        arrays = {name: np.repeat(np.asarray(getattr(instance, name))[None], len(used), axis=0) for name in DRAWN}
        arrays["control_median"] = np.repeat(instance.control_medians[None], len(used), axis=0)
        self._fill(arrays, used.inputs, asked.seed)
        for name, array in arrays.items():
            other = np.asarray(getattr(used, name))
            if other.shape != array.shape or not np.allclose(other, array, rtol=1e-8, atol=1e-11, equal_nan=True):
                self.wrong.append(f"the draws of {name.replace('_', ' ')} are not those of the recipe")
        kept: dict[str, Any] = dict(arrays)
        self.truths: Truths = replace(used, numbers=self._numbers, sha256="", _factors={}, **kept)

    def _number(self, one: Input, seed: int) -> Floats:
        chance = chances(one, seed, self._numbers)
        number = one.spread.quantile(chance)
        if not wrong_quantile(one.spread, number, chance) <= NEAR:
            self.wrong.append(f"{one.name} is not drawn from {one.spread.words()}")
        return number

    def _fill(self, arrays: dict[str, Floats], inputs: Iterable[Input], seed: int) -> None:
        rates = [(one, self._number(one, seed)) for one in inputs]
        for one, number in rates:
            if not isinstance(one, Uncertain):
                at: Any = (slice(None), *one.at)
                added = arrays[one.array][at] + (number[:, None] - one.given)
                arrays[one.array][at] = added if one.added else number[:, None]
        for one, number in rates:
            if isinstance(one, Uncertain):
                d, epochs = self._i.agents.index(one.agent), list(one.epochs)
                if one.category is None:
                    arrays["beta"][:, d, epochs] *= self._of_response(one, d, number, arrays)[:, None]
                    continue
                cells = arrays["event_rate"][:, d, self._i.categories.index(one.category)]
                factor = np.log1p(-np.minimum(number, BELOW_ONE)) / np.log1p(-min(one.rate, BELOW_ONE))
                left = np.power(1 - np.minimum(cells[:, epochs], BELOW_ONE), factor[:, None])
                cells[:, epochs] = np.where(cells[:, epochs] < 1, 1 - left, 1.0)

    def _of_response(self, one: Uncertain, d: int, number: Floats, arrays: dict[str, Floats]) -> Floats:
        """(N,) factors on the log-activity of an agent."""
        if one.prevalence is None or one.kept is None or one.orr_in is None:
            return np.asarray(np.log1p(-np.minimum(number, BELOW_ONE)) / np.log1p(-min(one.rate, BELOW_ONE)))
        g = self._i.subgroups.index(one.orr_in)
        kept = arrays["sensitivity"][:, g, d, None] * arrays["retained"][:, d]
        given = _activity(np.array([one.rate]), one.prevalence, one.kept[None])
        return np.asarray(_activity(number, one.prevalence, kept) / given)


def _activity(rate: Floats, prevalence: Floats, kept: Floats) -> Floats:
    """(N,) log-activity at which a mixture of mechanisms responds at each rate, by halving."""
    low, high = np.full(len(rate), -1.0), np.ones(len(rate))

    def responds(beta: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.asarray(1 - np.exp(-beta[:, None] * kept) @ prevalence)

    for _ in range(60):
        lower, higher = responds(low) > rate, responds(high) < rate
        if not (lower | higher).any():
            break
        low, high = np.where(lower, 2 * low, low), np.where(higher, 2 * high, high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        less = responds(middle) < rate
        low, high = np.where(less, middle, low), np.where(less, high, middle)
        if (high - low <= 1e-13 * np.abs(high)).all():
            break
    return np.asarray((low + high) / 2)
