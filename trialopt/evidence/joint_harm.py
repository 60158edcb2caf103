"""Severe events and hazard ratios of single agents under the draws of the joint model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trialopt.evidence import events, forecast, library, outcomes
from trialopt.evidence.posterior import deviations, linear_predictor

Array = NDArray[np.float64]


def event_draws(
    agents: Sequence[str], population: str, category: str, rows: NDArray[np.int64] | None, seed: int
) -> Array:
    """Probability of a severe event: without any agent, then what each agent adds; shape (draws, 1 + agents).

    An instance adds up what agents do, and they are given together: so what an agent adds is that beside one other.
    """
    terms, theta, spread = forecast.loaded(f"events:{category}", events.new_terms())
    base = {"trial_id": "new", "population": population, "months": forecast.SETTINGS[population].months,
            "category": category, "laboratory": "n", "routine": "n", "transplant": "",
            "events": 0.0, "n": 1.0}  # fmt: skip
    wanted = pd.DataFrame([base | {"agents": text} for text in ("", *agents)])
    events.observe(wanted, terms, known=False)
    seen = events.observe(wanted, terms, known=False)
    theta = forecast.widened(theta, terms, spread)
    theta = theta.mean(axis=0, keepdims=True) if rows is None else theta[rows]
    effect: Array | float = 0.0
    if rows is not None:
        effect = deviations(seen, theta, spread, {"trial": ["new"] * len(wanted)}, seed)
    hazard = np.exp(np.minimum(linear_predictor(theta, seen)[0] + effect, 5.0))
    hazard[:, 0] = 0.0 if category in events.T_CELL_ONLY else hazard[:, 0]
    if "several" in terms.index:
        beside = np.exp(np.log(2.0) * theta[:, [terms.index["several"]]])
        pairs = np.array([events.together(agent) for agent in agents], dtype=bool)
        hazard[:, 1:] = np.where(pairs, hazard[:, :1] + (hazard[:, 1:] - hazard[:, :1]) * beside, hazard[:, 1:])
    caused = [bool(events.causing(agent, category)) for agent in agents]
    added = np.where(caused, np.maximum(hazard[:, 1:] - hazard[:, :1], 0.0), 0.0)
    return np.asarray(-np.expm1(-np.column_stack([hazard[:, 0], added])), dtype=np.float64)


def event_means(agents: Sequence[str], population: str, category: str) -> Array:
    """Probability of a severe event at the mean of the draws: without any agent, then what each agent adds."""
    return np.asarray(event_draws(agents, population, category, None, 0)[0], dtype=np.float64)


# -- hazard ratios ------------------------------------------------------------------------------------------------


def hazard_draws(agents: Sequence[str], population: str) -> Array:
    """Draws of hazard ratios of agents when added to a backbone, in the order of the shipped draws; (draws, agents)."""
    control = library.agents_named(forecast.SETTINGS[population].control)
    backbone: Array = np.ones(forecast.DRAWS)
    own: dict[str, Array] = {}
    for agent in dict.fromkeys([*control, *agents]):
        if _replaces(agent):
            continue
        without = [a for a in control if a != agent] or ["dexamethasone" if agent != "dexamethasone" else "prednisone"]
        own[agent] = _against([*without, agent], without, population)
        if agent in control:
            backbone = backbone * own[agent]
    for agent in agents:
        if _replaces(agent):
            own[agent] = _against([agent], control, population) * backbone
    return np.asarray(np.stack([own[agent] for agent in agents], axis=1), dtype=np.float64)


def _replaces(agent: str) -> bool:
    """Whether an agent is given in the place of a regimen: T-cell therapies."""
    return library.all_classes()[agent].endswith(outcomes.T_CELL)


def _against(arm: Sequence[str], control: Sequence[str], population: str) -> Array:
    arms = forecast.arms_wanted(
        [";".join(arm), ";".join(control)], population, forecast.SETTINGS[population], 0.0, forecast.YEAR
    )
    drawn, key = forecast.outcome_rates(arms)
    complete: Array = drawn[:, (key["outcome"] == "complete").to_numpy()]
    return forecast.hazard_ratios(arms, complete)
