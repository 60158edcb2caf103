"""Instances small enough for a sheet of paper: one epoch, one subgroup, arms of one agent, no mechanisms."""

from __future__ import annotations

from typing import Any

from trialopt.core.design import Arm, Design, Dose
from trialopt.reading.document import Document, document


def single(
    agents: list[dict[str, Any]], toxicity: list[dict[str, Any]] | None = None, limit: float = 1.0, **trial: Any
) -> Document:
    """One agent is given in one epoch, so the value of a design is its agent's response rate."""
    settings = {
        "format": 1,
        "title": "one agent",
        "trial": {"max_arms": 1, **trial},
        "epoch": [{"id": "only", "cycles": 1, "max_agents": 1}],
    }
    tables = {
        "agents": [{"class": f"class_{row['agent']}", **row} for row in agents],
        "subgroups": [{"subgroup": "all_patients", "share": 1}],
        "categories": [{"category": "infection", "limit": limit}],
        "toxicity": toxicity or [{"agent": agents[0]["agent"], "category": "infection", "probability": 0}],
    }
    return document("single", settings, tables)


def giving(agent: str) -> Design:
    """The design that gives everyone one agent."""
    return Design((Arm("A1", ("all_patients",), {"only": (Dose(agent),)}),))
