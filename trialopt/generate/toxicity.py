"""Toxicity: rates by class profile, and limits low enough to decide which agents fit together."""

from __future__ import annotations

import numpy as np

from trialopt.generate.people import CATEGORIES, Cast, Rows, rounded
from trialopt.generate.size import MAINTENANCE

LIMIT = 0.32
HAEMATOLOGICAL_LIMIT = 0.4
FRAIL_LIMIT = 0.32
MAINTENANCE_LIMIT = 0.25
CUMULATIVE_NEUROPATHY = 0.4


def categories() -> Rows:
    """A limit for every category; neuropathy has one over all epochs too, because it stays."""
    accepted = ("neutropenia", "thrombocytopenia", "infection")
    return [
        {
            "category": c,
            "background": 0.02,
            "limit": HAEMATOLOGICAL_LIMIT if c in accepted else LIMIT,
            "cumulative_limit": CUMULATIVE_NEUROPATHY if c == "neuropathy" else "",
        }
        for c in CATEGORIES
    ]


def limits(cast: Cast) -> Rows:
    """Lower limits for the frail, and in maintenance, which lasts."""
    rows: Rows = [
        {"category": c, "subgroup": g, "epoch": "", "limit": FRAIL_LIMIT}
        for g, frail in zip(cast.subgroups, cast.frail, strict=True)
        if frail
        for c in ("infection", "neutropenia")
    ]
    if MAINTENANCE in cast.epochs:
        rows += [
            {"category": c, "subgroup": "", "epoch": MAINTENANCE, "limit": MAINTENANCE_LIMIT}
            for c in ("fatigue", "diarrhoea")
        ]
    return rows


def toxicity(rng: np.random.Generator, cast: Cast) -> Rows:
    """A rate for every agent and category: the class's, scattered, or little."""
    rows: Rows = []
    for agent, c in zip(cast.agents, cast.class_of, strict=True):
        for category in CATEGORIES:
            rate = c.profile.get(category, 0.015) * rng.uniform(0.6, 1.4)
            rows.append({"agent": agent, "category": category, "epoch": "", "probability": rounded(rate)})
    return rows


def susceptibility(rng: np.random.Generator, cast: Cast) -> Rows:
    """The frail have more infections, fatigue and cardiac events."""
    return [
        {"subgroup": g, "category": c, "susceptibility": rounded(rng.uniform(1.1, 1.5))}
        for g, frail in zip(cast.subgroups, cast.frail, strict=True)
        if frail
        for c in ("infection", "fatigue", "cardiac")
    ]
