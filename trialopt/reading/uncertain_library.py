"""How certain numbers are that rest on the evidence library: on its fits, or on the arms it has."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from math import log

from trialopt.core.uncertainty import Uncertainty
from trialopt.evidence import library
from trialopt.evidence.shared import arm_deviation, outcome_named
from trialopt.reading.document import Document

OTHER_NAMES = {"anemia": "anaemia", "thromboembolism": "venous_thromboembolism", "neurotoxicity": "icans"}
"""Categories of the shipped instances that the library calls otherwise."""

FITTED = ("fitted:", "Component fit of the evidence library")
"""How the source of a fitted row begins."""

OF_HAZARDS = ("fitted_hazard.csv", "log hazard ratios add")
"""What the source of a row says that rests on the fit of hazard ratios, not of response."""

_TRIAL = re.compile(r"\[([^\[\]]+)\]")

AS_PRINTED = 0.006
"""Rates this close are the same: published percentages are rounded."""


def fit_named(source: str) -> str:
    """Return the fit a row rests on: `response` (or toxicity), `hazard`, or an empty text for none."""
    if not any(words in source for words in FITTED):
        return ""
    return "hazard" if any(words in source for words in OF_HAZARDS) else "response"


def spread_of_activity(agent: str) -> float | None:
    """Return the standard error of the logarithm of an agent's fitted log-activity; `None` if it has none."""
    return _errors("fitted_activity", "agent").get((agent,))


def spread_of_hazard(agent: str) -> tuple[float, float] | None:
    """Return minus the log of an agent's fitted hazard ratio in maintenance, and its standard error; `None` if none."""
    for row in library.rows("fitted_hazard"):
        if (row["context"], row["agent"]) == ("maintenance", agent):
            return -log(float(row["hazard_ratio"])), float(row["se_log"])
    return None


def spread_of_rate(agent: str, category: str) -> float | None:
    """Return the standard error of the logarithm of an agent's fitted tau of a category; `None` if it has none."""
    found = _errors("fitted_toxicity", "agent", "category")
    return found.get((agent, category), found.get((agent, OTHER_NAMES.get(category, category))))


def with_deviation(document: Document, asked: Uncertainty) -> Uncertainty:
    """What is asked, with the library's deviation of a regimen where activities rest on its joint model of an outcome.

    One that the settings give stays.
    """
    default = document.settings.get("uncertainty", {}).get("default", {})
    rows = document.tables.get("activity", ())
    named = next((outcome for row in rows if (outcome := outcome_named(row.cells.get("source", "")))), "")
    if "arm_deviation" in default or not named:
        return asked
    return replace(asked, default=replace(asked.default, arm_deviation=arm_deviation(named)))


def patients_behind(source: str, agent: str, rate: float, category: str | None = None) -> float | None:
    """Patients a rate is worth, from the arm of the trial its source names in brackets; `None` if none is found.

    That arm had the agent (for a response rate: only it) and a rate `p` of `n` patients. Where the rate given is
    `p`, that is `n`. Where it is less, it is what `p` leaves over a background of `p - rate`, known no better than an
    arm of the same size tells: the variance is the sum of both, and the patients are those that give a proportion
    that variance.
    """
    found: tuple[float, float] | None = None
    for trial in _TRIAL.findall(source):
        found = found or _arms(category).get((trial, agent))
    if found is None or not 0 < rate < 1:
        return None
    patients, observed = found
    ground = observed - rate if observed - rate > AS_PRINTED else 0.0
    observed = observed if ground else rate
    variance = (observed * (1 - observed) + ground * (1 - ground)) / patients
    return rate * (1 - rate) / variance


@cache
def _errors(table: str, *key: str) -> dict[tuple[str, ...], float]:
    return {tuple(row[column] for column in key): float(row["se_log"]) for row in library.rows(table)}


@cache
def _arms(category: str | None) -> dict[tuple[str, str], tuple[float, float]]:
    """(trial, agent) -> patients and rate, of the arm with the fewest other agents."""
    if category is None:
        column, rows = "orr_pct", [row for row in library.rows("single_agent_arms") if ";" not in row["agents"]]
    else:
        names = (category, OTHER_NAMES.get(category, category))
        column, rows = "pct", [row for row in library.rows("adverse_events") if row["category"] in names]
    known = [
        (library.agent_ids(row["agents"]), row) for row in rows if row["n"] and row[column] and float(row["n"]) > 0
    ]
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for agents, row in sorted(known, key=lambda pair: len(pair[0])):
        for agent in agents:
            found.setdefault((row["trial"], agent), (float(row["n"]), float(row[column]) / 100))
    return found
