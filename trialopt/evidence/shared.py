"""How far numbers of the joint model spread in a new trial, and what of that they share: as the library has it.

``shared_fit`` makes the table. Read without pandas and without the model, because every instance is read beside it.
"""

from __future__ import annotations

import re
from functools import cache

from trialopt.evidence.library import rows

GROUND, HAZARD = "background", "hazard_ratio"
ANY = "early_relapse"
"""The population of severe events."""
OUTCOME = {"response": "response", "complete response": "complete", "MRD negativity": "mrd"}
"""Outcome as a source names it -> as the tables do."""
_JOINT = re.compile(r"joint model of ([A-Za-z_ ]+), ([a-z_]+)")
_PREDICTED = re.compile(r"trial-level surrogacy of CR, ([a-z_]+)")

Together = tuple[float, tuple[tuple[str, float], ...]]
"""Standard deviation on the number's scale, and the streams it shares with their loadings."""


@cache
def _table() -> dict[tuple[str, str, str], tuple[float, float, float, str]]:
    return {
        (row["what"], row["population"], row["agent"]):
            (float(row["sd"]), float(row["all"]), float(row["class"]), row["group"])
        for row in rows("joint_shared")
    }  # fmt: skip


def _found(what: str, population: str, agent: str) -> Together | None:
    known = _table().get((what, population, agent))
    if known is None:
        return None
    sd, every, family, group = known
    stream = f"library {'activity' if what in OUTCOME.values() else what.replace('_', ' ')}"
    parts = ((stream, every), (f"{stream} of {group}", family))
    return sd, tuple((name, loading) for name, loading in parts if loading > 0.0)


def together(source: str, agent: str) -> Together | None:
    """How a number moves whose row has this source; ``None`` where it does not rest on the joint model.

    ``agent`` is its id, or ``background``. The source says the outcome or category, and the population.
    """
    if predicted := _PREDICTED.search(source):
        return _found(HAZARD, predicted[1], agent)
    named = _JOINT.search(source)
    if named is None:
        return None
    if named[1] in OUTCOME:
        return _found(OUTCOME[named[1]], named[2], agent)
    return _found(named[1], ANY, agent)


def outcome_named(source: str) -> str:
    """The outcome whose joint model a row rests on; empty for none."""
    named = _JOINT.search(source)
    return OUTCOME.get(named[1], "") if named else ""


def arm_deviation(outcome: str = "response") -> float:
    """Return the standard deviation of a regimen's own factor on its log-activity, calibrated on gains over control."""
    return {row["outcome"]: float(row["value"]) for row in rows("arm_deviation")}[outcome]
