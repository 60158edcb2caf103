"""How far numbers of the joint model spread in a new trial, and what of that they share: a factor model of its draws.

Draws of truths must be the same for whoever draws them, in any order and any number, so they are not taken from the 500
shipped draws of the posterior but from a factor model fitted to them::

    z = all * z[all] + class * z[group] + sqrt(1 - all**2 - class**2) * z[own]

``z`` is the normal score of an agent's number. Products of ``all`` are nearest to the correlations of agents of
different groups, ``class`` squared is the mean of what agents of one group have beyond them. A group is a class;
T-cell therapies are one group. Scales: log of the log-activity, log of ``-ln(1 - q)`` of severe events and backgrounds,
log of the hazard ratio. Severe events are those of early relapse, whatever the population: there agents differ as
elsewhere. Ours.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialopt.evidence import events, forecast, joint, joint_harm, library, outcomes
from trialopt.evidence.shared import ANY, GROUND, HAZARD

Array = NDArray[np.float64]
MOST = 1.0 - 1e-12
"""Rates nearer to 1 than this have no finite log."""
LEAST = 1e-4
"""Activities below this count as this on the log scale."""
WIDE = 2.0 * 1.6448536269514722
"""Standard deviations in the middle 90 % of a normal distribution."""
T_CELLS = "t_cell"
ROUNDS, HIGHEST = 200, 0.97
REST = 0.01
"""Least share of the variance that is an agent's own."""


def group_of(agent: str) -> str:
    """The agents that move together with an agent: its class, or all T-cell therapies."""
    family = library.all_classes().get(agent, GROUND)
    return T_CELLS if family.endswith(outcomes.T_CELL) else family


def _loadings(correlation: Array, apart: NDArray[np.bool_]) -> Array:
    """One loading an agent, such that their products are the correlations of agents of different groups; least squares.

    Not below 0; where all are of one group, 0.
    """
    found = np.full(len(correlation), 0.5 if apart.any() else 0.0)
    for _ in range(ROUNDS):
        weight = apart @ found**2
        step = np.clip(correlation @ found / np.maximum(weight, LEAST), 0.0, HIGHEST)
        found = np.where(weight > 0.0, 0.5 * (found + step), 0.0)
    return np.asarray(found, dtype=np.float64)


def _rows(what: str, population: str, agents: tuple[str, ...], scores: Array) -> list[dict[str, object]]:
    """Rows of the table for numbers (draws, agents) on their scale."""
    correlation: Array = np.corrcoef(scores.T).reshape(len(agents), len(agents))
    groups = np.array([group_of(agent) for agent in agents])
    same = groups[:, None] == groups[None]
    every = _loadings(np.where(same, 0.0, correlation), ~same)
    others = same & ~np.eye(len(agents), dtype=bool)
    beyond = correlation - np.outer(every, every)
    out = []
    for d, agent in enumerate(agents):
        mates = others & (groups == groups[d])[:, None]
        own = max(float(beyond[mates].mean()), 0.0) if mates.any() else 0.0
        low, high = np.quantile(scores[:, d], (0.05, 0.95))
        out.append({"what": what, "population": population, "agent": agent, "group": groups[d],
                    "sd": (high - low) / WIDE, "all": every[d],
                    "class": np.sqrt(min(own, 1.0 - every[d] ** 2 - REST))})  # fmt: skip
    return out


def build() -> pd.DataFrame:
    """The table: what, population, agent, group, sd, all, class."""
    agents = tuple(library.class_of())
    every = np.arange(forecast.DRAWS, dtype=np.int64)
    out: list[dict[str, object]] = []
    for population in forecast.SETTINGS:
        for outcome in outcomes.OUTCOMES:
            found = np.log(np.maximum(joint.drawn_activity(agents, population, outcome), LEAST))
            out += _rows(outcome, population, agents, found)
        out += _rows(HAZARD, population, agents, np.log(joint_harm.hazard_draws(agents, population)))
    for category in events.categories():
        caused = tuple(agent for agent in agents if events.causing(agent, category))
        rate = joint_harm.event_draws(caused, ANY, category, every, forecast.SEED)
        names = (GROUND, *caused)
        if category in events.T_CELL_ONLY:
            rate, names = rate[:, 1:], caused
        out += _rows(category, ANY, names, np.log(np.maximum(-np.log1p(-np.minimum(rate, MOST)), LEAST)))
    return pd.DataFrame(out)
