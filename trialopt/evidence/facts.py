"""What the library knows, as cells of an instance's tables: activity, mechanisms, pairs, subgroups.

Everything here returns plain rows (column to value) with ``source``, ``confidence`` and ``note``; nothing here knows
how an instance is read. ``facts_of_events`` has toxicity, ``facts_of_precedent`` what was given together.

The activity of an agent is the fitted log-activity on disease with no listed mechanism times the factor of the
population (model section 2). It goes with ``mechanisms``, ``prevalence`` and ``retained`` of the same fit: without them
resistance is not counted, and with a published response rate in its place it is counted twice.
"""

from __future__ import annotations

import math
from functools import cache

import pandas as pd

from trialopt.evidence import library
from trialopt.evidence.arms import Fact, fitted_fact, hazard_basis, response_trials, response_trials_of_classes
from trialopt.evidence.facts_of_patients import share_fact

__all__ = [
    "activity_fact",
    "agent_fact",
    "fitted_mechanisms",
    "hazard_fact",
    "interaction_facts",
    "maintenance_fact",
    "mechanism_fact",
    "populations",
    "prevalence_facts",
    "retained_facts",
    "share_fact",
]

ADDED = "added to a backbone"
EFFECTS = {"full": 0.0, "partial": 0.5}
"""What is read as ``retained`` of a mechanism whose effect is known in words only. Assumptions."""


@cache
def _rows(name: str, *key: str) -> dict[tuple[str, ...], pd.Series]:
    frame = library.table(name)
    return {tuple(str(row[column]) for column in key): row for _, row in frame.iterrows()}


def populations() -> tuple[str, ...]:
    """Populations with a fitted activity factor."""
    return tuple(dict.fromkeys(library.table("population_mechanisms")["population"]))


def agent_fact(agent: str) -> Fact | None:
    """Name and class of an agent, ``None`` if the library does not have it."""
    row = _rows("agents", "agent").get((agent,))
    if row is None:
        return None
    return {
        "name": row["name"],
        "class": row["class"],
        "source": row["source"],
        "confidence": row["confidence"],
    }


def hazard_fact(agent: str) -> Fact | None:
    """Hazard ratio of an agent added to a backbone; ``None`` where no randomised contrast tells."""
    return _hazard(agent, "treatment", "hazard_ratio")


def maintenance_fact(agent: str) -> Fact | None:
    """Log-activity in maintenance, ``-ln(hazard ratio against no maintenance)``; ``None`` where no trial tells."""
    fact = _hazard(agent, "maintenance", "hazard_ratio")
    if fact is None:
        return None
    value = _rows("fitted_hazard", "context", "agent", "meaning")["maintenance", agent, ADDED]["hazard_ratio"]
    fields = "activity" if fact["recalled_fields"] else ""
    del fact["hazard_ratio"]
    note = f"-ln of the hazard ratio {value:g}. {fact['note']}"
    return {"activity": round(-math.log(value), 4), **fact, "recalled_fields": fields, "note": note}


def _hazard(agent: str, context: str, column: str) -> Fact | None:
    row = _rows("fitted_hazard", "context", "agent", "meaning").get((context, agent, ADDED))
    if row is None:
        return None
    trials, recalled = hazard_basis(row["trials"])
    row = pd.concat([row, pd.Series({"recalled_share": recalled})])
    model = f"log hazard ratios add over agents, {context}"
    return fitted_fact(column, row["hazard_ratio"], row, model, trials, _interval(row))


def activity_fact(agent: str, population: str) -> Fact | None:
    """Log-activity of an agent in a population, on disease with no listed mechanism; ``None`` where no arm tells."""
    row = _rows("fitted_activity", "agent").get((agent,))
    if row is None:
        return None
    factor = float(_rows("fitted_factors", "factor")[(population,)]["value"])
    note = f"{row['activity']:g} in early relapse ({_interval(row)}) times {factor:g} for {population}"
    if row["basis"] == "regimens":
        note += "; no arm of the agent alone"
    model = f"component model of response, {population}"
    return fitted_fact("activity", row["activity"] * factor, row, model, response_trials(agent), note)


def _interval(row: pd.Series) -> str:
    return f"90 % interval {row['low']:g} to {row['high']:g}"


def interaction_facts(population: str) -> list[Fact]:
    """Pair terms of classes (``a``, ``b``, ``activity``) where the data speak, scaled like the activities."""
    factor = float(_rows("fitted_factors", "factor")[(population,)]["value"])
    out = []
    for (a, b), row in _rows("fitted_pairs", "class_a", "class_b").items():
        if row["speaks"] != "y":
            continue
        note = f"{row['delta']:g} in early relapse ({_interval(row)}) times {factor:g} for {population}"
        model = f"component model of response, {population}"
        trials = response_trials_of_classes(a, b)
        fact = fitted_fact("activity", row["delta"] * factor, row, model, trials, note)
        right = row["probability_of_sign"]
        fact["confidence"] = "assumption"
        fact["note"] = f"{note}; right in sign with probability {right:g}, so marked an assumption"
        out.append({"a": a, "b": b, **fact, "recalled_fields": ""})
    return out


def mechanism_fact(mechanism: str) -> Fact | None:
    """Name and kind of a mechanism, ``None`` if the library does not have it."""
    for name in ("mechanism_effects", "mechanism_prevalence"):
        row = _rows(name, "mechanism").get((mechanism,))
        if row is not None:
            return {
                "name": row["name"],
                "kind": row["kind"],
                "source": row["source"],
                "confidence": row["confidence"],
            }
    return None


def fitted_mechanisms() -> tuple[str, ...]:
    """Mechanisms of the response fit, which its activities assume."""
    return tuple(dict.fromkeys(library.table("retained")["mechanism"]))


def prevalence_facts(population: str) -> list[Fact]:
    """Shares of a population (``mechanism``, ``prevalence``) with the mechanisms of the response fit."""
    return [
        {
            "mechanism": row["mechanism"],
            "prevalence": float(row["share"]),
            "source": row["source"],
            "confidence": row["confidence"],
            "note": row["note"],
        }
        for (name, _), row in _rows("population_mechanisms", "population", "mechanism").items()
        if name == population
    ]


def retained_facts() -> list[Fact]:
    """Shares of activity kept (``mechanism``, ``key``, ``retained``).

    Those of the response fit, and for the library's other mechanisms what their effect in words is read as.
    """
    out: list[Fact] = [
        {
            "mechanism": row["mechanism"],
            "key": row["key"],
            "retained": float(row["retained"]),
            "source": row["source"],
            "confidence": row["confidence"],
            "note": row["note"],
        }
        for row in _rows("retained", "mechanism", "key").values()
    ]
    fitted = {row["mechanism"] for row in out}
    groups: dict[str, list[str]] = {}
    for _, row in library.table("groups").iterrows():
        groups.setdefault(row["group"], []).append(row["class"])
    for _, row in library.mechanism_effects().iterrows():
        if row["mechanism"] in fitted or row["effect"] not in EFFECTS:
            continue
        note = f"effect {row['effect']} ({row['evidence_grade']}); the size is an assumption"
        if row["effect_numbers"]:
            note += f". {row['effect_numbers']}"
        for key in groups.get(row["key"], [row["key"]]):
            out.append(
                {
                    "mechanism": row["mechanism"],
                    "key": key,
                    "retained": EFFECTS[row["effect"]],
                    "source": row["source"],
                    "confidence": "assumption",
                    "note": note,
                }
            )
    return list({(row["mechanism"], row["key"]): row for row in reversed(out)}.values())[::-1]
