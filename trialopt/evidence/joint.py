"""Agents' activity, severe events and hazard ratios from the joint model, as one number each and as joint draws.

``drawn(agents, population, outcome, count, seed)`` is the door: N joint draws, agents of a class moving together, with
the deviation of a new trial, which all agents of one draw share. What a regimen has of its own is not in them: that is
``shared.arm_deviation(outcome)``, the standard deviation of a factor on its log-activity (model section 11).

An instance adds activities up and lets mechanisms take a share of each; the joint model has neither pair terms nor
mechanisms, but a ceiling, a steroid's effect on the others, and depth (CR and MRD need more than one agent). So
the activity of an agent is the root of ``sum over m of p[m] exp(-beta retained[m]) = 1 - P(agent alone)``, and what a
pair does beyond that is its pair term (``pair_terms``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from trialopt.evidence import events, facts, forecast, library, outcomes, surrogate
from trialopt.evidence.joint_harm import event_draws, hazard_draws
from trialopt.evidence.posterior import deviations, rates

Array = NDArray[np.float64]
STEPS = 60
HIGHEST = 0.995
"""Rates of a single agent or pair are cut at this share of what its mechanisms let through."""
FACTORS = np.linspace(0.4, 1.6, 61)
"""Common factors on the pair terms that are tried against larger regimens."""
MOST_CHECKED = 60


@dataclass(frozen=True)
class Drawn:
    """N joint draws for D agents in one population.

    Attributes
    ----------
    agents
        Their ids, in the order of the columns.
    activity
        (N, D) log-activity on disease with no listed mechanism, for the outcome asked for.
    toxicity
        Category -> (N, D) attributable probability of a severe event within the population's usual time on treatment.
    background
        Category -> (N,) the same without any agent.
    hazard_ratio
        (N, D) when added to a backbone; of T-cell therapies so that alone against the usual control they do what is
        predicted of them.
    """

    agents: tuple[str, ...]
    activity: Array
    toxicity: Mapping[str, Array]
    background: Mapping[str, Array]
    hazard_ratio: Array


def drawn(agents: Sequence[str], population: str, outcome: str = "response", count: int = 500, seed: int = 1) -> Drawn:
    """Draw what agents do in a new trial of a population: activity for an outcome, severe events, hazard ratios.

    Parameters
    ----------
    outcome
        ``response``, ``complete`` or ``mrd``.
    count, seed
        Draws are of the 500 shipped ones, in an order of the seed's, each with a new trial's deviation; the same
        agents in another order get the same numbers.

    Raises
    ------
    ValueError
        For an unknown agent, population or outcome.
    """
    _check(agents, population, outcome)
    rows = _rows(count, seed)
    alone = tuple((agent,) for agent in agents)
    activity = _activities(alone, population, outcome, rows, seed)
    toxicity, background = {}, {}
    for category in events.categories():
        found = event_draws(agents, population, category, rows, seed)
        background[category], toxicity[category] = found[:, 0], found[:, 1:]
    return Drawn(tuple(agents), activity, toxicity, background, hazard_draws(agents, population)[rows])


def drawn_activity(agents: Sequence[str], population: str, outcome: str) -> Array:
    """Draws of the activities alone, all shipped ones in their order; shape (draws, agents)."""
    rows = np.arange(forecast.DRAWS, dtype=np.int64)
    return _activities(tuple((agent,) for agent in agents), population, outcome, rows, forecast.SEED)


def _check(agents: Sequence[str], population: str, outcome: str) -> None:
    if population not in forecast.SETTINGS:
        raise ValueError(f"no population {population!r}; there are: {', '.join(forecast.SETTINGS)}")
    if outcome not in outcomes.OUTCOMES:
        raise ValueError(f"no outcome {outcome!r}; there are: {', '.join(outcomes.OUTCOMES)}")
    for agent in agents:
        if agent not in library.all_classes():
            raise ValueError(f"no agent {agent!r} in the library")


def _rows(count: int, seed: int) -> NDArray[np.int64]:
    """Which shipped draws, in an order of the seed's; more than there are begin again."""
    order = np.random.default_rng([seed, 11]).permutation(forecast.DRAWS)
    return np.asarray(np.resize(order, count), dtype=np.int64)


def _power(outcome: str) -> Array:
    terms, theta, _ = forecast.loaded("outcomes", outcomes.new_terms())
    return np.asarray(theta[:, terms.index[f"power:{outcome}"]], dtype=np.float64)


# -- activity -----------------------------------------------------------------------------------------------------


def regimen_rates(
    regimens: Sequence[Sequence[str]], population: str, outcome: str, rows: NDArray[np.int64] | None, seed: int = 0
) -> Array:
    """Rates of regimens in a population; shape (draws, regimens).

    ``rows`` are the draws to use, with a new trial's deviation; without them one row, at the mean of the draws.
    """
    setting = replace(forecast.SETTINGS[population], months=surrogate.MONTHS)
    texts = [";".join(regimen) for regimen in regimens]
    arms = forecast.arms_wanted(texts, population, setting, 0.0, forecast.YEAR).assign(months=surrogate.MONTHS)
    terms, theta, spread = forecast.loaded("outcomes", outcomes.new_terms())
    outcomes.observe(arms, terms, [outcome], known=False)
    seen, _ = outcomes.observe(arms, terms, [outcome], known=False)
    theta = forecast.widened(theta, terms, spread)
    if rows is None:
        return rates(theta.mean(axis=0, keepdims=True), seen)
    theta = theta[rows]
    same = [""] * len(texts)
    return rates(
        theta, seen, deviations(seen, theta, spread, {"trial": same, "trial_own": same}, seed, outcomes.FREEDOM)
    )


def _activities(
    alone: tuple[tuple[str, ...], ...], population: str, outcome: str, rows: NDArray[np.int64] | None, seed: int
) -> Array:
    """Log-activity of single agents on disease with no listed mechanism; shape (draws, agents)."""
    found = regimen_rates(alone, population, outcome, rows, seed)
    shares, kept = _mechanisms(tuple(agent for (agent,) in alone), population)
    return np.stack([_root(found[:, d], shares, kept[d], np.zeros(len(shares))) for d in range(len(alone))], axis=1)


@cache
def _mechanisms(agents: tuple[str, ...], population: str) -> tuple[Array, Array]:
    """Shares of the population's mechanisms, none first, and what of each agent's activity survives each; (D, M)."""
    classes = library.all_classes()
    listed = facts.prevalence_facts(population)
    shares = np.array([float(str(fact["prevalence"])) for fact in listed])
    fitted = {fact["mechanism"] for fact in listed}
    retained = {(fact["mechanism"], fact["key"]): float(str(fact["retained"])) for fact in facts.retained_facts()
                if fact["mechanism"] in fitted}  # fmt: skip
    kept = np.array([
        [1.0, *(retained.get((fact["mechanism"], agent), retained.get((fact["mechanism"], classes[agent]), 1.0))
                for fact in listed)]
        for agent in agents
    ])  # fmt: skip
    return np.array([1.0 - shares.sum(), *shares]), kept


def _root(rate: Array, shares: Array, kept: Array, base: Array) -> Array:
    """Solve ``sum over m of shares exp(-base - x kept) = 1 - rate`` for x, each draw by bisection."""
    lost = kept <= 0.0
    most = 1.0 - float(np.sum(shares[lost] * np.exp(-base[lost])))
    target = 1.0 - np.minimum(rate, HIGHEST * most)
    low, high = np.full(rate.shape, -10.0), np.full(rate.shape, 30.0)
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        left = np.exp(-base - middle[:, None] * kept) @ shares
        low, high = np.where(left > target, middle, low), np.where(left > target, high, middle)
    return np.asarray(0.5 * (low + high), dtype=np.float64)


@dataclass(frozen=True)
class Additive:
    """The joint model as an instance adds it up.

    ``error`` is the mean absolute difference from the joint model over ``checked`` regimens of three agents or more,
    in points.
    """

    activity: Mapping[str, float]
    pairs: Mapping[tuple[str, str], float]
    error: float
    checked: int


@cache
def additive(agents: tuple[str, ...], population: str, outcome: str) -> Additive:
    """Activities and pair terms (alphabetical) of agents, at the mean of the draws.

    Pair terms that are exact for pairs overshoot or fall short in larger regimens, so they all have one factor, the
    best for the tested regimens of three agents or more among these agents (all triplets where none was tested).
    """
    _check(agents, population, outcome)
    names = tuple(sorted(agents))
    activity = _activities(tuple((a,) for a in names), population, outcome, None, 0)[0]
    pairs = list(combinations(range(len(names)), 2))
    shares, kept = _mechanisms(names, population)
    found = regimen_rates([(names[a], names[b]) for a, b in pairs], population, outcome, None)[0] if pairs else []
    terms = {}
    for (a, b), rate in zip(pairs, found, strict=True):
        base = activity[a] * kept[a] + activity[b] * kept[b]
        terms[a, b] = float(_root(np.array([rate]), shares, kept[a] * kept[b], base)[0])
    larger = _larger(names, population)
    factor, error = 1.0, 0.0
    if larger:
        wanted = regimen_rates([[names[d] for d in regimen] for regimen in larger], population, outcome, None)[0]
        errors = [np.abs(_added(larger, activity, terms, f, shares, kept) - wanted).mean() for f in FACTORS]
        factor, error = float(FACTORS[int(np.argmin(errors))]), 100.0 * float(min(errors))
    named = {(names[a], names[b]): factor * term for (a, b), term in terms.items()}
    return Additive(dict(zip(names, map(float, activity), strict=True)), named, error, len(larger))


def _larger(names: tuple[str, ...], population: str) -> list[tuple[int, ...]]:
    """Regimens of three agents or more to check: those tested in any population, else triplets."""
    place = {name: i for i, name in enumerate(names)}
    given = {frozenset(outcomes.given(text)) for text in library.table("outcome_arms")["agents"]}
    tested = sorted(tuple(sorted(place[a] for a in regimen)) for regimen in given
                    if len(regimen) > 2 and regimen <= set(names))  # fmt: skip
    return (tested or list(combinations(range(len(names)), 3)))[:MOST_CHECKED]


def _added(
    regimens: Sequence[tuple[int, ...]], activity: Array, pairs: Mapping[tuple[int, int], float], factor: float,
    shares: Array, kept: Array,
) -> Array:  # fmt: skip
    out = []
    for regimen in regimens:
        total = sum(activity[d] * kept[d] for d in regimen)
        total = total + sum(factor * pairs[a, b] * kept[a] * kept[b] for a, b in combinations(regimen, 2))
        out.append(1.0 - float(np.exp(-total) @ shares))
    return np.array(out)
