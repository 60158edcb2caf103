"""What documents say of a choice under drawn inputs: what `trialopt stability` wrote beside the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trialopt.output.views import TIE, Grid
from trialopt.record.solution import Question
from trialopt.record.words import heading, name, percent, whole_percent, worded

Json = Mapping[str, Any]

TURNS = 12
"""Switching values that are shown, the likeliest."""

SELDOM = 0.05
"""Agents in the best design of fewer draws everywhere are left out."""

ALL = "all epochs"


def shade(share: float) -> int:
    """0 to 5, in even steps."""
    return min(5, max(0, int(6 * share)))


def turns(record: Json) -> Sequence[Json]:
    """Switching values, the likeliest first, one an input."""
    found: dict[str, Json] = {}
    for one in sorted(record["switching"], key=lambda one: -one["probability"]):
        found.setdefault(one["input"], one)
    return list(found.values())[:TURNS]


def switching(record: Json, q: Question) -> Grid:
    """One row an input: now, range, where the choice tips, how likely, and what comes then."""
    rows = tuple(
        (
            worded(q, one["input"]),
            _percent(one["now"]),
            f"{percent(one['low'])} to {_percent(one['high'])}",
            f"{one['way']} {_percent(one['at'])}",
            _percent(one["probability"]),
            worded(q, one["then"]),
        )
        for one in turns(record)
    )
    heads = ("Input", "Now", "90 % range", "Tips", "Draws beyond", "What comes then")
    return Grid("Switching values", heads, rows, frozenset({1, 4}))


def in_best(record: Json, q: Question) -> Grid:
    """One row a subgroup and epoch, one column an agent: in how many draws the best design gives it there."""
    share = {(one["subgroup"], one["epoch"], one["agent"]): one for one in record["doses"]}
    agents = [
        agent
        for agent in dict.fromkeys(agent for _, _, agent in share)
        if any(one["in_best"] >= SELDOM or one["recommended"] for key, one in share.items() if key[2] == agent)
    ]
    places = [(g, s) for g in q.shares for s in q.epochs if any(key[:2] == (g, s) for key in share)]
    rows, heat, kept = [], {}, set()
    for k, (g, s) in enumerate(places):
        cells = []
        for n, agent in enumerate(agents, start=2):
            one = share.get((g, s, agent))
            cells.append("" if one is None else f"{whole_percent(one['in_best'])}{TIE}%")
            if one is not None:
                heat[k, n] = shade(one["in_best"])
                if one["recommended"]:
                    kept.add((k, n))
        rows.append((heading(q, g), heading(q, s), *cells))
    note = "Share of draws whose best design gives the agent there. Outlined: recommended."
    heads = ("Subgroup", "Epoch", *(name(q, agent) for agent in agents))
    numeric = frozenset(range(2, len(heads)))
    return Grid("What the best design gives in the draws", heads, tuple(rows), numeric, frozenset(), note,
                frozenset(kept), heat)  # fmt: skip


def _percent(share: float) -> str:
    return f"{percent(share)}{TIE}%"
