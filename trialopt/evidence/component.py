"""The additive component model: arm counts in, activity of each component with its uncertainty out.

A component is an agent (or the background of a population). On the scale ``-ln(1 - p)`` components add::

    P_i = 1 - sum_k w[i,k] * exp(-scale_i * floor(sum_c X[i,k,c] * coef_c))
    scale_i = exp(sum_f Z[i,f] * f + u[trial_i] + v_i)

``floor`` is the identity above 0.03 and falls smoothly to 0 below, so that antagonism cannot make a rate negative.
``k`` runs over disease with no listed mechanism and each listed one, ``w`` is the share of the arm's patients,
``X`` what the mechanism leaves of the component (its ``retained``). ``coef`` is ``exp(b)`` for a component, so it is
never negative, and a free ``delta`` for a pair of classes. ``Z`` marks the arm's population (and may hold a
covariate); its factors act on the whole activity. ``u`` is what the patients of one trial share, ``v`` what is
particular to one arm. Priors are normal, so small components shrink to their class and silent pairs to their kind.
The posterior is approximated at its mode (Laplace) with the expected information.

Source: the additive component network meta-analysis (Welton et al., Am J Epidemiol 2009;169:1158-65; Rücker et
al., Biom J 2020;62:808-21) moved to the complementary log scale; the mechanisms are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_FLOOR = 1e-7
_KNEE = 0.03


@dataclass(frozen=True)
class Prior:
    """Means and standard deviations of the normal priors, all on the log-activity scale.

    Attributes
    ----------
    class_mean, class_sd
        Where a class's mean log(activity) lies before data.
    agent_sd
        Spread of the agents of one class, on the log of activity.
    pair_sd
        Spread of pair terms around the mean of their kind.
    kind_sd
        Spread of the mean of a kind of pair around 0.
    trial_sd, arm_sd
        Spread of trials and of arms of one trial, on the log of the whole activity.
    """

    class_mean: float = -1.0
    class_sd: float = 1.0
    agent_sd: float = 0.5
    pair_sd: float = 0.15
    kind_sd: float = 0.3
    trial_sd: float = 0.2
    arm_sd: float = 0.1


@dataclass(frozen=True)
class Arms:
    """Observed arms and the structure that links them to parameters.

    Attributes
    ----------
    events, n
        Responders (or patients with the event) and patients, shape (arms,).
    weight
        Share of each mechanism, none first, shape (arms, mechanisms); rows sum to 1.
    loading
        ``X``, shape (arms, mechanisms, components + pairs).
    factor
        ``Z``, shape (arms, factors).
    trial
        Index of each arm's trial.
    """

    events: Array
    n: Array
    weight: Array
    loading: Array
    factor: Array
    trial: NDArray[np.int64]


@dataclass(frozen=True)
class Structure:
    """Names behind the parameter vector, and which prior each belongs to."""

    components: tuple[str, ...]
    component_class: tuple[int, ...]
    classes: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    pair_kind: tuple[int, ...]
    kinds: tuple[str, ...]
    factors: tuple[str, ...]
    factor_mean: tuple[float, ...]
    factor_sd: tuple[float, ...]
    trials: tuple[str, ...]
    class_mean: tuple[float, ...] = ()

    def offsets(self, arms: int) -> dict[str, slice]:
        """Return where each block of parameters sits in the vector."""
        sizes = {
            "component": len(self.components),
            "pair": len(self.pairs),
            "class": len(self.classes),
            "kind": len(self.kinds),
            "factor": len(self.factors),
            "trial": len(self.trials),
            "arm": arms,
        }
        out: dict[str, slice] = {}
        start = 0
        for name, size in sizes.items():
            out[name] = slice(start, start + size)
            start += size
        return out


@dataclass(frozen=True)
class Fit:
    """A posterior: its mode, its covariance and what it was fitted to."""

    structure: Structure
    prior: Prior
    arms: Arms
    mode: Array
    covariance: Array
    log_evidence: float
    iterations: int

    def block(self, name: str) -> slice:
        """Return the slice of a named block of parameters."""
        return self.structure.offsets(len(self.arms.n))[name]

    def draws(self, count: int, seed: int) -> Array:
        """Return ``count`` draws of the parameter vector, shape (count, parameters); the same seed, the same draws."""
        rng = np.random.default_rng(seed)
        root = np.linalg.cholesky(self.covariance)
        noise = rng.standard_normal((count, len(self.mode)))
        return np.asarray(self.mode + noise @ root.T, dtype=np.float64)


def prior_precision(structure: Structure, prior: Prior, arms: int) -> tuple[Array, Array]:
    """Return the prior's precision matrix and mean vector."""
    at = structure.offsets(arms)
    size = at["arm"].stop
    precision = np.zeros((size, size))
    linear = np.zeros(size)

    def add(index: Sequence[int], sign: Sequence[float], mean: float, sd: float) -> None:
        for i, a in zip(index, sign, strict=True):
            linear[i] += a * mean / sd**2
            for j, b in zip(index, sign, strict=True):
                precision[i, j] += a * b / sd**2

    first = at["class"].start
    for i, owner in enumerate(structure.component_class):
        add([i, first + owner], [1.0, -1.0], 0.0, prior.agent_sd)
    for i in range(len(structure.classes)):
        mean = structure.class_mean[i] if structure.class_mean else prior.class_mean
        add([first + i], [1.0], mean, prior.class_sd)
    first_kind, first_pair = at["kind"].start, at["pair"].start
    for i, owner in enumerate(structure.pair_kind):
        add([first_pair + i, first_kind + owner], [1.0, -1.0], 0.0, prior.pair_sd)
    for i in range(len(structure.kinds)):
        add([first_kind + i], [1.0], 0.0, prior.kind_sd)
    first = at["factor"].start
    for i, (mean, sd) in enumerate(zip(structure.factor_mean, structure.factor_sd, strict=True)):
        add([first + i], [1.0], mean, sd)
    for i in range(at["trial"].start, at["trial"].stop):
        add([i], [1.0], 0.0, prior.trial_sd)
    for i in range(at["arm"].start, at["arm"].stop):
        add([i], [1.0], 0.0, prior.arm_sd)
    return precision, np.linalg.solve(precision, linear)


def _floored(raw: Array) -> tuple[Array, Array]:
    """Return the floored total activity and its slope; smooth, positive, the identity above the knee."""
    low = _KNEE * np.exp(np.minimum(raw / _KNEE, 1.0) - 1.0)
    above = raw > _KNEE
    return np.where(above, raw, low), np.where(above, 1.0, low / _KNEE)


def _scale(theta: Array, at: dict[str, slice], arms: Arms) -> Array:
    log_scale = arms.factor @ theta[at["factor"]] + theta[at["trial"]][arms.trial] + theta[at["arm"]]
    return np.asarray(np.exp(log_scale), dtype=np.float64)


def _rate_and_slope(theta: Array, at: dict[str, slice], arms: Arms) -> tuple[Array, Array]:
    coef = np.concatenate([np.exp(theta[at["component"]]), theta[at["pair"]]])
    scale = _scale(theta, at, arms)
    total, slant = _floored(arms.loading @ coef)
    left = arms.weight * np.exp(-scale[:, None] * total)
    rate = 1.0 - left.sum(axis=1)
    gain = left * scale[:, None]
    by_coef = np.einsum("ik,ikc->ic", gain * slant, arms.loading)
    by_scale = (gain * total).sum(axis=1)
    slope = np.zeros((len(arms.n), len(theta)))
    size = at["component"].stop
    slope[:, at["component"]] = by_coef[:, :size] * coef[:size]
    slope[:, at["pair"]] = by_coef[:, size:]
    rows = np.arange(len(arms.n))
    slope[:, at["factor"]] = by_scale[:, None] * arms.factor
    slope[rows, at["trial"].start + arms.trial] = by_scale
    slope[rows, at["arm"].start + rows] = by_scale
    return np.clip(rate, _FLOOR, 1.0 - _FLOOR), slope


def fit(arms: Arms, structure: Structure, prior: Prior, *, start: Array | None = None, limit: int = 2000) -> Fit:
    """Find the posterior's mode by damped Fisher scoring, and its curvature there.

    Raises
    ------
    RuntimeError
        If the mode was not reached within ``limit`` steps.
    """
    at = structure.offsets(len(arms.n))
    precision, mean = prior_precision(structure, prior, len(arms.n))
    theta = mean.copy() if start is None else start.copy()

    def objective(value: Array) -> float:
        rate, _ = _rate_and_slope(value, at, arms)
        likelihood = float(np.sum(arms.events * np.log(rate) + (arms.n - arms.events) * np.log1p(-rate)))
        gap = value - mean
        return likelihood - 0.5 * float(gap @ precision @ gap)

    def slope_and_curvature(value: Array) -> tuple[Array, Array]:
        rate, slope = _rate_and_slope(value, at, arms)
        score = slope.T @ ((arms.events - arms.n * rate) / (rate * (1.0 - rate)))
        information = slope.T @ (slope * (arms.n / (rate * (1.0 - rate)))[:, None]) + precision
        # The curve of exp itself, where data pull a component down against its prior.
        for block in ("component", "factor", "trial", "arm"):
            where = np.arange(at[block].start, at[block].stop)
            information[where, where] += np.maximum(0.0, -score[where])
        return score - precision @ (value - mean), information

    best = objective(theta)
    damping, steps = 0.0, 0
    for _ in range(limit):
        steps += 1
        score, information = slope_and_curvature(theta)
        move = np.linalg.solve(information + damping * np.diag(np.diag(information)), score)
        promised = float(score @ move)
        if promised < 1e-10 * max(1.0, abs(best)) and damping < 1.0:
            theta = theta + move
            break
        reached = objective(theta + move)
        ratio = (reached - best) / (promised - 0.5 * float(move @ information @ move))
        if ratio < 0.5:
            damping = max(3.0 * damping, 1e-3)
        elif ratio > 0.8:
            damping = damping / 3.0 if damping > 1e-4 else 0.0
        if reached >= best:
            theta, best = theta + move, reached
    else:
        raise RuntimeError(f"the component fit did not settle in {limit} steps")
    _, information = slope_and_curvature(theta)
    _, log_prior = np.linalg.slogdet(precision)
    _, log_posterior = np.linalg.slogdet(information)
    evidence = best + 0.5 * float(log_prior - log_posterior)
    covariance = np.linalg.inv(information)
    return Fit(structure, prior, arms, theta, 0.5 * (covariance + covariance.T), evidence, steps)


def rates(theta: Array, structure: Structure, size: int, arms: Arms, effect: Array) -> Array:
    """Rates of arms that need not have been fitted, for each row of ``theta``.

    Parameters
    ----------
    theta
        Draws, shape (draws, parameters) of a fit with ``size`` arms.
    arms
        The arms to predict; their ``trial`` is not used.
    effect
        Trial and arm effects to add on the log scale, shape (draws, arms).

    Returns
    -------
    Array
        Shape (draws, arms).
    """
    at = structure.offsets(size)
    coef = np.concatenate([np.exp(theta[:, at["component"]]), theta[:, at["pair"]]], axis=1)
    scale = np.exp(theta[:, at["factor"]] @ arms.factor.T + effect)
    total, _ = _floored(np.asarray(np.einsum("ikc,dc->dik", arms.loading, coef), dtype=np.float64))
    left = (arms.weight[None] * np.exp(-scale[:, :, None] * total)).sum(axis=2)
    return np.asarray(1.0 - left, dtype=np.float64)
