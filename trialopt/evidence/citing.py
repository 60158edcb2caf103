"""What a fitted number says of itself: ``fitted``, the trials it rests on, and how far it can be trusted.

The rule for ``confidence`` of a fitted number is ours. ``assumption`` where its 90 % interval spans more than a
factor of ten: then the prior speaks, not the data. Else ``recalled`` where half or more of the patients behind it
come from recalled rows. Else ``read``, with the column named in ``recalled_fields`` if any patients do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import pandas as pd

from trialopt.evidence import library
from trialopt.evidence.arms import latest_reports, response_arms

Fact = dict[str, object]
"""Cells of one row of an instance's table, by column."""

SPAN = 10.0
"""A 90 % interval wider than this factor leaves a number to the prior."""
NAMED = 5
"""Trials named in a source, largest first; the rest are counted."""
DIGITS = 4
"""Decimals of a fitted number."""


def fitted_fact(column: str, value: float, row: pd.Series, model: str, trials: Iterable[str], note: str) -> Fact:
    """Cells of a fitted number: the value, its source, confidence and 90 % interval.

    ``row`` is its row of a fitted table, with ``low``, ``high`` and, where there is one, ``recalled_share``.
    """
    recalled = float(row.get("recalled_share", 0.0))
    if row["low"] <= 0.0 or row["high"] / row["low"] > SPAN:
        confidence = "assumption"
    else:
        confidence = "recalled" if recalled >= 0.5 else "read"
    return {
        column: round(value, DIGITS),
        "source": f"fitted: {model} ({named(trials)})",
        "confidence": confidence,
        "recalled_fields": column if confidence == "read" and recalled > 0.0 else "",
        "note": note,
    }


def named(trials: Iterable[str]) -> str:
    """Name the first trials and count the rest."""
    names = list(dict.fromkeys(trials))
    more = len(names) - NAMED
    return "; ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


@cache
def _response_trials() -> tuple[tuple[frozenset[str], str], ...]:
    """Agents and trial of the arms in the response fit, largest first."""
    frame = latest_reports(response_arms()).sort_values("n", ascending=False, kind="stable")
    agents = [frozenset(library.agent_ids(text)) for text in frame["agents"]]
    return tuple(zip(agents, frame["trial"], strict=True))


def response_trials(agent: str) -> Iterator[str]:
    """Trials behind an agent's fitted activity, largest arm first."""
    return (trial for agents, trial in _response_trials() if agent in agents)


def response_trials_of_classes(a: str, b: str) -> Iterator[str]:
    """Trials that gave agents of two classes together, largest arm first."""
    classes = library.class_of()
    return (trial for agents, trial in _response_trials() if {a, b} <= {classes[agent] for agent in agents})


@cache
def _event_trials() -> tuple[tuple[str, frozenset[str], str, str], ...]:
    frame = library.adverse_events()
    frame = frame[frame["use_in_fit"] == "y"].sort_values("n", ascending=False, kind="stable")
    agents = [frozenset(library.agent_ids(text)) for text in frame["agents"]]
    return tuple(zip(frame["category"], agents, frame["population"], frame["trial"], strict=True))


def event_trials(category: str, *, agent: str = "", population: str = "") -> Iterator[str]:
    """Trials behind an agent's fitted event rate, or behind a population's background, largest arm first."""
    return (
        trial
        for found, agents, setting, trial in _event_trials()
        if found == category and (not agent or agent in agents) and (not population or setting == population)
    )


@cache
def _trial_names() -> dict[str, tuple[str, float, bool]]:
    """Trial id -> name, patients, whether the hazard ratio is recalled."""
    out: dict[str, tuple[str, float, bool]] = {}
    for _, row in library.regimens().iterrows():
        fields = set(library.agent_ids(row["recalled_fields"]))
        size = sum(float(row[column]) for column in ("n_arm", "n_control") if pd.notna(row[column]))
        out[row["trial_id"]] = row["trial"], size, row["confidence"] == "recalled" or "pfs_hr" in fields
    return out


def hazard_basis(trials: str) -> tuple[list[str], float]:
    """Names of trials (ids, ``;``-separated), and the share of their patients whose hazard ratio is recalled."""
    rows = [_trial_names()[name] for name in library.agent_ids(trials)]
    total = sum(size for _, size, _ in rows)
    recalled = sum(size for _, size, is_recalled in rows if is_recalled)
    return [name for name, _, _ in rows], recalled / total if total else 1.0
