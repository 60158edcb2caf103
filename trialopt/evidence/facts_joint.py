"""The joint model as cells of an instance's tables: activities and pair terms of one outcome, events, hazard ratios.

An instance names the outcome its coverage means (``[evidence] outcome``). Patients are the population's usual ones
(``forecast.SETTINGS``): lines, refractory shares, months on treatment.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

from trialopt.evidence import events, forecast, joint, joint_harm, library, outcomes
from trialopt.evidence.arms import Fact, fitted_fact

WORDS = {"response": "response", "complete": "complete response", "mrd": "MRD negativity"}
"""Outcomes in words."""
LEAST = 0.005
"""Pair terms below this are left out."""
_ROWS = np.arange(forecast.DRAWS, dtype=np.int64)


def activity_facts(agents: Sequence[str], population: str, outcome: str) -> dict[str, Fact]:
    """Log-activity of each agent for an outcome, on disease with no listed mechanism; imputed agents say so."""
    known = tuple(agent for agent in agents if agent in library.all_classes())
    if not known:
        return {}
    found = joint.additive(known, population, outcome)
    drawn = joint.drawn_activity(known, population, outcome)
    return {
        agent: _activity(agent, found.activity[agent], np.quantile(drawn[:, d], (0.05, 0.95)), population, outcome)
        for d, agent in enumerate(known)
    }


def _activity(agent: str, value: float, limits: joint.Array, population: str, outcome: str) -> Fact:
    trials, recalled = _basis(agent, outcome)
    model = f"joint model of {WORDS[outcome]}, {population}"
    low, high = (float(x) for x in limits)
    note = f"90 % interval in a new trial {low:.3g} to {high:.3g}"
    if not trials:
        source = f"imputed from the class {library.all_classes()[agent]} by the {model}"
        return {"activity": round(value, 4), "source": source, "confidence": "assumption",
                "note": f"no arm tells of {agent}; {note}"}  # fmt: skip
    row = pd.Series({"low": low, "high": high, "recalled_share": recalled})
    return fitted_fact("activity", value, row, model, trials, note)


def pair_facts(agents: Sequence[str], population: str, outcome: str) -> list[Fact]:
    """Pair terms (``a``, ``b``, ``activity``): depth, a steroid's effect on the others and the ceiling, by pairs."""
    known = tuple(agent for agent in agents if agent in library.all_classes())
    if len(known) < 2:
        return []
    found = joint.additive(known, population, outcome)
    note = "what the pair does beyond the sum of both, with one factor for larger regimens; "
    note += f"these are off by {found.error:.1f} points on average ({found.checked} regimens)"
    source = f"fitted: joint model of {WORDS[outcome]}, {population}"
    return [
        {"a": a, "b": b, "activity": round(term, 4), "source": source, "confidence": "assumption", "note": note}
        for (a, b), term in found.pairs.items()
        if abs(term) >= LEAST
    ]


@cache
def _basis(agent: str, outcome: str) -> tuple[tuple[str, ...], float]:
    """Trials behind an agent's numbers, largest arm first, and the share of their patients that is recalled."""
    frame = outcomes.outcome_arms()
    frame = frame[frame[outcome].notna()]
    frame = frame[[agent in outcomes.given(text) for text in frame["agents"]]]
    frame = frame.sort_values("n", ascending=False, kind="stable")
    recalled = [
        row["confidence"] == "recalled" or outcome in library.agent_ids(row["recalled_fields"])
        for _, row in frame.iterrows()
    ]
    share = float(frame["n"][recalled].sum() / frame["n"].sum()) if len(frame) else 0.0
    return tuple(dict.fromkeys(frame["trial"])), share


@cache
def _event_basis(agent: str, category: str) -> tuple[tuple[str, ...], float]:
    frame = events.event_arms(category)
    frame = frame[[agent in outcomes.given(text) for text in frame["agents"]]]
    frame = frame.sort_values("n", ascending=False, kind="stable")
    recalled = (frame["confidence"] == "recalled") | frame["recalled_fields"].str.contains("events")
    share = float(frame["n"][recalled].sum() / frame["n"].sum()) if len(frame) else 0.0
    return tuple(dict.fromkeys(frame["trial"])), share


@cache
def _event_draws(agent: str, population: str, category: str) -> joint.Array:
    return joint_harm.event_draws((agent,), population, category, _ROWS, forecast.SEED)


def has_events(category: str) -> bool:
    """Whether the joint model has a fit of a category."""
    return category in events.categories()


def event_fact(agent: str, population: str, category: str) -> Fact:
    """Attributable probability of a severe event in the population's usual months; imputed agents say so."""
    months = f"{forecast.SETTINGS[population].months:g} months on treatment"
    value = float(joint_harm.event_means((agent,), population, category)[1])
    trials, recalled = _event_basis(agent, category)
    low, high = np.quantile(_event_draws(agent, population, category)[:, 1], (0.05, 0.95))
    model, note = f"joint model of {category}, {population}", f"{months}, 90 % interval {low:.3g} to {high:.3g}"
    if trials or not events.causing(agent, category):
        row = pd.Series({"low": low, "high": high, "recalled_share": recalled})
        if not events.causing(agent, category):
            return {"probability": 0.0, "source": "assumption", "confidence": "assumption",
                    "note": "the agent redirects no T cells"}  # fmt: skip
        return fitted_fact("probability", value, row, model, trials, note)
    source = f"imputed from the class {library.all_classes()[agent]} by the {model}"
    return {"probability": round(value, 4), "source": source, "confidence": "assumption",
            "note": f"no arm tells of {agent}; {note}"}  # fmt: skip


def ground_fact(population: str, category: str) -> Fact:
    """Background of a category in the population's usual months."""
    value = float(joint_harm.event_means((), population, category)[0])
    source = f"fitted: joint model of {category}, {population}"
    note = f"{forecast.SETTINGS[population].months:g} months on treatment"
    return {"background": round(value, 4), "source": source, "confidence": "assumption", "note": note}


@cache
def predicted_hazard(agent: str, population: str) -> Fact:
    """Hazard ratio when added to a backbone, predicted from the effect on CR; no trial of the agent tells it."""
    drawn = joint_harm.hazard_draws([agent], population)[:, 0]
    low, value, high = np.quantile(drawn, (0.05, 0.5, 0.95))
    note = f"predicted, 90 % interval {low:.2g} to {high:.2g}"
    if library.all_classes()[agent].endswith(outcomes.T_CELL):
        control = forecast.SETTINGS[population].control
        note += f"; such that alone against {control} it does what is predicted of it in the place of {control}"
    return {"hazard_ratio": round(float(value), 3), "source": f"predicted: trial-level surrogacy of CR, {population}",
            "confidence": "assumption", "note": note}  # fmt: skip
