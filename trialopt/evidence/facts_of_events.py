"""Severe adverse events of the library as cells of toxicity.csv and categories.csv.

Missing data must not make the least studied agent look safest. So an agent that no arm tells of gets, as an
assumption, the highest rate of its class-mates, else the median of the category's agents; CRS and ICANS are 0 for
agents that do not redirect T cells.
"""

from __future__ import annotations

from functools import cache
from statistics import median

import pandas as pd

from trialopt.evidence import library
from trialopt.evidence.citing import Fact, event_trials, fitted_fact

OF_T_CELLS = ("crs", "icans")
"""Categories that follow T-cell engagement."""
LEAST_PATIENTS = 50
"""Arms with fewer patients do not set a limit."""


@cache
def _fitted() -> dict[tuple[str, str], pd.Series]:
    return {(row["category"], row["agent"]): row for _, row in library.table("fitted_toxicity").iterrows()}


def event_categories() -> tuple[str, ...]:
    """Categories the library has rates for."""
    return tuple(dict.fromkeys(category for category, _ in _fitted()))


def own_rate(agent: str, category: str) -> bool:
    """Whether an arm of the library tells the agent's rate."""
    return (category, agent) in _fitted()


def rate_fact(agent: str, category: str) -> Fact | None:
    """Attributable probability of an agent and category; ``None`` if the library does not have one of the two."""
    classes = library.class_of()
    if agent not in classes or category not in event_categories():
        return None
    row = _fitted().get((category, agent))
    if row is None:
        return _assumed(agent, classes, category)
    note = f"90 % interval {row['low']:g} to {row['high']:g}"
    if row["basis"] == "regimens":
        note += "; no arm of the agent alone"
    model = f"component model of {category}"
    return fitted_fact("probability", row["probability"], row, model, event_trials(category, agent=agent), note)


def _assumed(agent: str, classes: dict[str, str], category: str) -> Fact:
    rates = {name: float(row["probability"]) for (found, name), row in _fitted().items() if found == category}
    rates = {name: rate for name, rate in rates.items() if name in classes}
    mates = {name: rate for name, rate in rates.items() if classes[name] == classes[agent]}
    if mates:
        worst = max(mates, key=mates.__getitem__)
        value, note = mates[worst], f"no arm tells: the highest rate of its class, {worst}"
    elif category in OF_T_CELLS and not classes[agent].endswith(("_car_t", "_bispecific")):
        value, note = 0.0, "the agent redirects no T cells"
    else:
        value, note = (
            median(rates.values()),
            f"no arm of its class tells: the median of {len(rates)} agents",
        )
    return {"probability": round(value, 4), "source": "assumption", "confidence": "assumption", "note": note}


def background_fact(category: str, population: str) -> Fact | None:
    """Background of a category in a population; ``None`` if the library does not have the category."""
    grounds = {name: row for (found, name), row in _fitted().items() if found == category and name.startswith("back")}
    if not grounds:
        return None
    row = grounds.get(f"background:{population}")
    if row is not None:
        note = f"90 % interval {row['low']:g} to {row['high']:g}"
        trials = event_trials(category, population=population)
        model = f"component model of {category}, {population}"
        return fitted_fact("background", row["probability"], row, model, trials, note)
    worst = max(grounds, key=lambda name: float(grounds[name]["probability"]))
    note = f"no arm in {population} tells: the highest of the other populations, {worst.partition(':')[2]}"
    value = round(float(grounds[worst]["probability"]), 4)
    return {"background": value, "source": "assumption", "confidence": "assumption", "note": note}


def limit_fact(category: str, population: str) -> Fact:
    """Limit to start from: the highest rate that an arm of 50 patients or more had, in the population if any did."""
    rows = library.adverse_events()
    rows = rows[(rows["category"] == category) & (rows["use_in_fit"] == "y") & (rows["n"] >= LEAST_PATIENTS)]
    near = rows[rows["population"] == population]
    rows = rows if near.empty else near
    if rows.empty:
        return {"limit": 1.0, "note": "limit: none, no arm is large enough"}
    worst = rows.sort_values("pct", ascending=False, kind="stable").iloc[0]
    note = f"limit: the highest rate of an arm, {worst['agents'].replace(';', ' + ')} in {worst['trial']}"
    return {"limit": round(float(worst["pct"]) / 100.0, 4), "note": note}
