"""Agents: activity, levels, cost, and what pairs of them do together."""

from __future__ import annotations

import numpy as np

from trialopt.generate.people import Cast, Rows, rounded
from trialopt.generate.size import MAINTENANCE

CYCLES_IN_A_COURSE = 40
"""A cellular therapy is paid once: about as much as this many cycles of another agent."""


def agents(rng: np.random.Generator, cast: Cast) -> Rows:
    """Response rates scattered around the class's, hazard ratios, costs, and epochs for cellular therapy."""
    rows: Rows = []
    for agent, c in zip(cast.agents, cast.class_of, strict=True):
        orr = rounded(np.clip(c.response * rng.uniform(0.75, 1.25), 0.02, 0.9))
        hazard_ratio = rounded(rng.uniform(0.55, 0.9))
        cost = round(float(rng.uniform(500, 12_000)))
        rows.append(
            {
                "agent": agent,
                "class": c.name,
                "orr": orr,
                "hazard_ratio": hazard_ratio,
                "cost_per_cycle": "" if c.cellular else cost,
                "cost_per_course": cost * CYCLES_IN_A_COURSE if c.cellular else "",
                "epochs": ";".join(e for e in cast.epochs if e != MAINTENANCE) if c.cellular else "",
            }
        )
    return rows


def activity(rng: np.random.Generator, cast: Cast) -> Rows:
    """Hazard ratios in maintenance, where agents delay progression rather than induce response."""
    if MAINTENANCE not in cast.epochs:
        return []
    return [
        {"agent": agent, "epoch": MAINTENANCE, "hazard_ratio": rounded(rng.uniform(0.5, 0.85))}
        for agent, c in zip(cast.agents, cast.class_of, strict=True)
        if not c.cellular
    ]


def levels(rng: np.random.Generator, cast: Cast) -> Rows:
    """A reduced level of every second agent: it spares more toxicity than it loses activity."""
    rows: Rows = []
    for agent in cast.agents[::2]:
        rows.append({"agent": agent, "level": "standard", "activity_factor": 1.0, "toxicity_factor": 1.0})
        less = rng.uniform(0.55, 0.85)
        spared = less * rng.uniform(0.7, 0.95)
        rows.append(
            {
                "agent": agent,
                "level": "reduced",
                "activity_factor": rounded(less),
                "toxicity_factor": rounded(spared),
            }
        )
    return rows


def interactions(rng: np.random.Generator, cast: Cast) -> Rows:
    """Synergy of the support with four classes; two classes that weaken each other and add infections."""
    classes = cast.classes
    rows: Rows = [
        {"a": classes[0].name, "b": c.name, "activity": rounded(rng.uniform(0.02, 0.15))} for c in classes[1:5]
    ]
    if len(classes) > 7:
        rows.append({"a": classes[6].name, "b": classes[7].name, "activity": -0.05, "toxicity:infection": 0.05})
    return rows
