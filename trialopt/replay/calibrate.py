"""The control arms that the constants were fitted to, played again beside what was published.

The arms were named before anything was fitted (`data/control_arms.csv`). Their patients have the mechanisms of
`data/disease.csv` and three categories of severe events, each at `SEVERE` an agent and epoch (assumption). None of it
reads a shipped instance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from trialopt.core.design import Rules, TrialSettings
from trialopt.core.instance import NO_LIMIT, Floats, Instance
from trialopt.replay.course import Played, follow
from trialopt.replay.given import given
from trialopt.replay.patients import draw
from trialopt.replay.table import Constants, Population, constants, populations, rows

SEVERE = 0.15
CATEGORIES = ("severe_1", "severe_2", "severe_3")
MONTHS = 72.0
OUTCOMES = ("response", "complete", "mrd", "median_pfs")

CLASSES = {
    "bortezomib": "proteasome_inhibitor",
    "carfilzomib": "proteasome_inhibitor",
    "lenalidomide": "imid",
    "pomalidomide": "imid",
    "daratumumab": "anti_cd38",
    "melphalan": "alkylator",
    "dexamethasone": "corticosteroid",
    "prednisone": "corticosteroid",
}


@dataclass(frozen=True)
class Cell:
    """One outcome of one control arm: percent, or months of median PFS."""

    arm: str
    trial: str
    population: str
    outcome: str
    published: float
    low: float
    high: float
    played: float

    @property
    def within(self) -> bool:
        """Whether what was played lies in the 95 % interval of what was published."""
        return self.low <= self.played <= self.high


def interval(outcome: str, value: float, n: int, events: float | None = None) -> tuple[float, float]:
    """95 % interval of a published number: Wilson's of a percentage; of a median by its events, log scale.

    Events that are not known count as 65 % of the patients.
    """
    if outcome == "median_pfs":
        spread = math.exp(1.96 / math.sqrt(events or 0.65 * n))
        return value / spread, value * spread
    z, p = 1.96, value / 100
    middle, width = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return 100 * (middle - width) / (1 + z * z / n), 100 * (middle + width) / (1 + z * z / n)


@cache
def disease(population: str) -> Instance:
    """An instance with the mechanisms of a population and the agents of the control arms, and nothing else."""
    found = [row for row in rows("disease") if row["population"] == population]
    agents = tuple(CLASSES)
    classes = tuple(dict.fromkeys(CLASSES.values()))
    mechanisms = ("none", *(row["mechanism"] for row in found))
    retained = np.ones((len(agents), len(mechanisms)))
    for m, row in enumerate(found, start=1):
        for d, agent in enumerate(agents):
            if row["key"] in (agent, CLASSES[agent]):
                retained[d, m] = float(row["retained"])
    shares = np.array([[float(row["share"]) for row in found]])
    d, e, m = len(agents), len(CATEGORIES), len(mechanisms)
    values: dict[str, Any] = {
        **{"name": population, "title": population, "sha256": "", "agents": agents, "classes": classes},
        **{"epochs": ("first", "then"), "subgroups": ("all",), "mechanisms": mechanisms, "categories": CATEGORIES},
        **{"labels": {}, "trial": TrialSettings(max_arms=1), "rules": Rules(), "control": None},
        "agent_class": np.array([classes.index(CLASSES[a]) for a in agents]),
        **{"usable": np.ones((d, 2), bool), "beta": np.ones((d, 2)), "hazard_ratio": np.full(d, np.nan)},
        **{"cost_per_cycle": np.zeros(d), "cost_per_course": np.zeros(d)},
        **{"option_agent": np.arange(d), "option_level": ("standard",) * d},
        **{"activity_factor": np.ones(d), "toxicity_factor": np.ones(d), "cycle_days": np.zeros(d, np.int64)},
        **{"cycles": np.array([6.0, 24.0]), "weight": np.full(2, 0.5), "pfs_weight": np.full(2, 0.5)},
        **{"exposure": np.ones(2), "min_agents": np.ones(2, np.int64), "max_agents": np.full(2, 9)},
        **{"max_classes": np.full(2, NO_LIMIT), "share": np.ones(1), "accrual": np.full(1, np.nan)},
        **{
            "control_rate": np.full(1, np.nan),
            "control_median": np.full(1, np.nan),
            "reach": np.ones((1, 2)),
            "sensitivity": np.ones((1, d)),
        },
        **{"susceptibility": np.ones((1, e)), "prevalence": np.hstack([1 - shares.sum(axis=1, keepdims=True), shares])},
        **{"seed": np.zeros(m), "retained": retained, "min_coverage": np.full(m, np.nan)},
        **{"min_active": np.zeros(m, np.int64), "prevalence_floor": np.zeros(m)},
        **{"require_epochs": np.ones((m, 2), bool), "emergence_mechanism": np.zeros(0, np.int64)},
        **{"emergence_multiplier": np.zeros(0), "emergence_agents": np.zeros((0, d), bool)},
        **{"pair_agents": np.zeros((0, 2), np.int64), "pair_activity": np.zeros(0), "pair_toxicity": np.zeros((0, e))},
        **{"event_rate": np.full((d, e, 2), SEVERE), "background": np.zeros(e), "limit": np.ones((1, e, 2))},
        **{"cumulative_limit": np.ones(e), "not_worse_than_control": np.ones(e)},
    }
    return Instance(**values)


def _left(instance: Instance, row: dict[str, str]) -> Floats:
    """(1, D) sensitivity that prior exposure left, where the arm says so for a class."""
    found = np.ones_like(instance.sensitivity)
    if row["class_sensitivity"]:
        class_, value = row["class_sensitivity"].split(":")
        found[0, instance.agents_matching(class_)] = float(value)
    return found


def play_arm(row: dict[str, str], c: Constants, population: Population, n: int, seed: object = "calibration") -> Played:
    """Play one control arm on n patients."""
    base = disease(row["population"])
    instance = replace(base, cycles=np.array([float(row["cycles"]), 24.0]), sensitivity=_left(base, row))
    then = {"": row["agents"], "none": ""}.get(row["then"], row["then"])
    options = tuple(
        tuple(instance.option(agent, "standard") for agent in text.split(";") if agent)
        for text in (row["agents"], then)
    )
    patients = draw(instance, 0, n, c, population, seed)
    return follow(patients, given(instance, 0, options, c), MONTHS)


def outcomes(played: Played) -> dict[str, float]:
    """Best response, complete response and MRD negativity in percent, and the median of PFS in months."""
    shares = {"response": played.response, "complete": played.complete, "mrd": played.negative}
    found = {name: 100 * float(np.isfinite(times).mean()) for name, times in shares.items()}
    return {**found, "median_pfs": float(np.median(played.ended))}


def calibration(
    c: Constants | None = None, factors: dict[str, Population] | None = None, n: int = 4000
) -> tuple[Cell, ...]:
    """All control arms, played on n patients each, beside what was published."""
    c, factors = c or constants(), factors or populations()
    cells = []
    for row in rows("control_arms"):
        played = outcomes(play_arm(row, c, factors[row["population"]], n))
        for outcome in OUTCOMES:
            if row[outcome]:
                value, events = float(row[outcome]), float(row["pfs_events"]) if row["pfs_events"] else None
                low, high = interval(outcome, value, int(row["n"]), events)
                names = (row["arm"], row["trial"], row["population"], outcome)
                cells.append(Cell(*names, value, low, high, played[outcome]))
    return tuple(cells)
