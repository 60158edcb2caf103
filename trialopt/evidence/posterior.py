"""One engine for counts that agents add up to: the posterior's mode, its spread and its draws.

An observation is a count of ``n`` patients with an outcome. Its rate is::

    p   = ceiling * (1 - exp(-exp(eta)))
    eta = power * (ln(sum_j w_j exp(v_j . theta)) + z . theta) + x . theta

``j`` runs over the components of what was given (agents, or a background), ``w_j`` is how much of one there is. With
power 1 this is additivity on ``-ln(1 - p / ceiling)`` (Bliss), scaled by ``exp(z . theta + x . theta)``. A power above
1 makes an outcome that needs depth, such as a complete response, come faster with more activity.

All of ``theta`` has independent normal priors in named groups; what agents share (class, outcome, trial) are terms of
their own that the vectors ``v``, ``z`` and ``x`` add up. So the posterior is found by iterated least squares in the
space of observations, and drawn by conditioning draws of the prior (Matheron's rule); no matrix of parameters is
inverted. The spread of a group is set where it and the data agree (EM), against a prior worth ``weight`` members of
the group.

Sources: Bliss, Ann Appl Biol 1939;26:585-615; Dempster, Laird, Rubin, JRSS B 1977;39:1-38; Rasmussen and Williams,
Gaussian Processes for Machine Learning, 2006, chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_TINY = 1e-9
ROUNDS, STEPS, SETTLED = 8, 60, 1e-7


@dataclass
class Terms:
    """Names of the parameters with their normal priors; filled while the observations are described.

    Attributes
    ----------
    spread, weight
        Prior standard deviation of each group, and how many members that guess is worth; infinite keeps it fixed.
    """

    spread: dict[str, float] = field(default_factory=dict)
    weight: dict[str, float] = field(default_factory=dict)
    index: dict[str, int] = field(default_factory=dict)
    group: list[str] = field(default_factory=list)
    mean: list[float] = field(default_factory=list)

    def add_group(self, name: str, spread: float, weight: float = np.inf) -> None:
        """Make a group of parameters that share a standard deviation."""
        self.spread[name], self.weight[name] = spread, weight

    def of(self, name: str, group: str, mean: float = 0.0) -> int:
        """Return the position of a parameter, made at first mention."""
        if name not in self.index:
            self.index[name] = len(self.index)
            self.group.append(group)
            self.mean.append(mean)
        return self.index[name]

    def alone(self, name: str, mean: float, spread: float) -> int:
        """Return the position of a parameter that is a group of its own with a fixed spread."""
        if name not in self.spread:
            self.add_group(name, spread)
        return self.of(name, name, mean)


@dataclass(frozen=True)
class Observations:
    """What was counted and what was given, rows being observations.

    Attributes
    ----------
    events, n
        Patients with the outcome, and patients; shape (rows,).
    amount
        ``w``, shape (rows, components); 0 where there is none.
    component, inner, outer
        ``v``, ``z``, ``x``: shapes (rows, components, terms), (rows, terms), (rows, terms).
    power, ceiling
        Position of the power's and of the ceiling's (logit) parameter, or -1 where it is 1; shape (rows,).
    """

    events: Array
    n: Array
    amount: Array
    component: Array
    inner: Array
    outer: Array
    power: NDArray[np.int64]
    ceiling: NDArray[np.int64]


Sparse = list[tuple[int, float]]
Described = tuple[float, float, list[float], list[Sparse], Sparse, Sparse, int, int]
"""One observation before its row: events, n, amounts, components, inner and outer terms, power, ceiling."""


def dense(rows: list[Described], size: int) -> Observations:
    """Lay described observations out as arrays over ``size`` terms."""
    widest = max(1, *(len(row[2]) for row in rows))
    amount = np.zeros((len(rows), widest))
    component = np.zeros((len(rows), widest, size))
    inner, outer = np.zeros((len(rows), size)), np.zeros((len(rows), size))
    for i, (_, _, amounts, parts, inside, outside, _, _) in enumerate(rows):
        amount[i, : len(amounts)] = amounts
        for j, part in enumerate(parts):
            for at, value in part:
                component[i, j, at] += value
        for at, value in inside:
            inner[i, at] += value
        for at, value in outside:
            outer[i, at] += value
    events, n = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    power, ceiling = np.array([row[6] for row in rows]), np.array([row[7] for row in rows])
    return Observations(events, n, amount, component, inner, outer, power, ceiling)


@dataclass(frozen=True)
class Posterior:
    """The mode, the spreads of the groups, and what draws need."""

    terms: Terms
    spread: dict[str, float]
    mode: Array
    prior_mean: Array
    prior_variance: Array
    slope: Array
    noise: Array
    target: Array

    def draws(self, count: int, seed: int) -> Array:
        """Return seeded draws of all parameters, shape (count, terms)."""
        rng = np.random.default_rng(seed)
        root = np.sqrt(self.prior_variance)
        prior = self.prior_mean + root * rng.standard_normal((count, len(root)))
        shown = prior @ self.slope.T + np.sqrt(self.noise) * rng.standard_normal((count, len(self.noise)))
        spread = self.slope * self.prior_variance
        gain = np.linalg.solve(spread @ self.slope.T + np.diag(self.noise), spread)
        return np.asarray(prior + (self.target - shown) @ gain, dtype=np.float64)


def linear_predictor(theta: Array, seen: Observations) -> tuple[Array, Array, Array, Array]:
    """Return eta, the activity before the power, the power and the ceiling for each draw and row.

    ``theta`` has shape (draws, terms); every result has shape (draws, rows).
    """
    parts = np.einsum("rjt,dt->drj", seen.component, theta, optimize=True)
    top = parts.max(axis=2, keepdims=True)
    total = top[:, :, 0] + np.log(np.maximum((seen.amount * np.exp(parts - top)).sum(axis=2), _TINY))
    inside = total + theta @ seen.inner.T
    power = np.where(seen.power >= 0, theta[:, seen.power], 1.0)
    ceiling = np.where(seen.ceiling >= 0, 1.0 / (1.0 + np.exp(-theta[:, seen.ceiling])), 1.0)
    return power * inside + theta @ seen.outer.T, inside, power, ceiling


def rates(theta: Array, seen: Observations, effect: Array | float = 0.0) -> Array:
    """Return the rate of each row under each draw, shape (draws, rows); ``effect`` is added to eta."""
    eta, _, _, ceiling = linear_predictor(theta, seen)
    eta = eta + effect
    return np.asarray(ceiling * -np.expm1(-np.exp(np.minimum(eta, 30.0))), dtype=np.float64)


def deviations(
    seen: Observations, theta: Array, spread: dict[str, float], labels: dict[str, list[str]], seed: int,
    freedom: float = np.inf,
) -> Array:  # fmt: skip
    """Draw what a new trial and its arms have of their own, to be added to eta; shape (draws, rows).

    ``labels`` says for each group which rows share an effect. Groups that end in ``_own`` act after the power.
    With ``freedom`` (above 2) they are Student's t of the same standard deviation: most trials are as foreseen, a few
    are far off (Lange, Little and Taylor, JASA 1989;84:881-96).
    """
    rng = np.random.default_rng([seed, 1])
    total = np.zeros((len(theta), len(seen.n)))
    power = np.where(seen.power >= 0, theta[:, seen.power], 1.0)
    for group, rows in labels.items():
        place = {label: i for i, label in enumerate(dict.fromkeys(rows))}
        drawn = rng.standard_normal((len(theta), len(place)))
        if np.isfinite(freedom):
            drawn = drawn * np.sqrt((freedom - 2.0) / rng.chisquare(freedom, drawn.shape))
        drawn = spread[group] * drawn[:, [place[label] for label in rows]]
        total += drawn if group.endswith("_own") else power * drawn
    return total


def _slope(theta: Array, seen: Observations) -> tuple[Array, Array]:
    """Return rate and its derivative by the parameters at one point; shapes (rows,), (rows, terms)."""
    eta, inside, power, ceiling = (part[0] for part in linear_predictor(theta[None], seen))
    parts = np.einsum("rjt,t->rj", seen.component, theta)
    share = seen.amount * np.exp(parts - parts.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    by_eta = power[:, None] * (np.einsum("rj,rjt->rt", share, seen.component) + seen.inner) + seen.outer
    rows = np.arange(len(eta))
    has = seen.power >= 0
    by_eta[rows[has], seen.power[has]] += inside[has]
    activity = np.exp(np.minimum(eta, 30.0))
    rate = ceiling * -np.expm1(-activity)
    slope = (ceiling * np.exp(-activity) * activity)[:, None] * by_eta
    has = seen.ceiling >= 0
    slope[rows[has], seen.ceiling[has]] += rate[has] * (1.0 - ceiling[has])
    return np.clip(rate, _TINY, 1.0 - _TINY), slope


def _objective(theta: Array, seen: Observations, mean: Array, variance: Array) -> float:
    rate = np.clip(rates(theta[None], seen)[0], _TINY, 1.0 - _TINY)
    likelihood = np.sum(seen.events * np.log(rate) + (seen.n - seen.events) * np.log1p(-rate))
    return float(likelihood - 0.5 * np.sum((theta - mean) ** 2 / variance))


def _settle(theta: Array, seen: Observations, mean: Array, variance: Array) -> tuple[Array, Array, Array, Array]:
    """Walk to the mode; return it with slope, noise and target of the linear model that touches it there."""
    best = _objective(theta, seen, mean, variance)
    for _ in range(STEPS):
        rate, slope = _slope(theta, seen)
        noise = rate * (1.0 - rate) / seen.n
        target = slope @ theta + seen.events / seen.n - rate
        spread = slope * variance
        move = spread.T @ np.linalg.solve(spread @ slope.T + np.diag(noise), target - slope @ mean) + mean - theta
        size = 1.0
        while size > 1e-4 and _objective(theta + size * move, seen, mean, variance) < best:
            size *= 0.5
        if size <= 1e-4:
            break
        theta = theta + size * move
        before, best = best, _objective(theta, seen, mean, variance)
        if best - before < SETTLED * abs(best):
            break
    rate, slope = _slope(theta, seen)
    return theta, slope, rate * (1.0 - rate) / seen.n, slope @ theta + seen.events / seen.n - rate


def fit(seen: Observations, terms: Terms, *, rounds: int = ROUNDS) -> Posterior:
    """Find the posterior of all terms, the spreads of their groups included."""
    mean = np.array(terms.mean)
    groups = np.array(terms.group)
    spread = dict(terms.spread)
    theta = mean.copy()
    for _ in range(rounds):
        variance = np.array([spread[group] ** 2 for group in terms.group])
        theta, slope, noise, target = _settle(theta, seen, mean, variance)
        scaled = slope * variance
        left = variance - np.sum(np.linalg.solve(scaled @ slope.T + np.diag(noise), scaled) * scaled, axis=0)
        for name, weight in terms.weight.items():
            mine = groups == name
            if np.isfinite(weight) and mine.any():
                found = np.sum((theta[mine] - mean[mine]) ** 2 + left[mine])
                spread[name] = float(np.sqrt((weight * terms.spread[name] ** 2 + found) / (weight + mine.sum())))
    variance = np.array([spread[group] ** 2 for group in terms.group])
    theta, slope, noise, target = _settle(theta, seen, mean, variance)
    return Posterior(terms, spread, theta, mean, variance, slope, noise, target)
