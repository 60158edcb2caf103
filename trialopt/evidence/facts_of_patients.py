"""Rows from the library on patients, their adverse events and the regimens they were given.

Missing data must not make the least studied agent look safest. So an agent that no arm tells of never counts as 0: its
rate is imputed from its class, by partial pooling, and its row says so. CRS and ICANS are 0 for agents that do not
redirect T cells.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from itertools import combinations
from math import exp, log
from statistics import fmean
from typing import Any

import pandas as pd

from trialopt.evidence import library
from trialopt.evidence.arms import Fact, event_trials, fitted_fact, named
from trialopt.evidence.precedent import barred_pairs, pairs, tested_regimens

# -- Patient subgroups of the library: their share and what belonging to them changes. ----------------------------

SETTINGS = {
    "newly_diagnosed": r"NDMM|newly diagnosed",
    "early_relapse": r"1-3 prior|>=1 prior|CARTITUDE-4",
    "late_relapse": r">=2 prior|1-3 prior",
    "triple_class_exposed": r"triple-class|TCE|KarMMa|MajesTEC|MAMMOTH",
}
"""Population -> settings of ``subgroups`` that are it, as printed there. Ours."""

UNKNOWN_SHARE = 0.1
"""Share of a subgroup whose prevalence the library does not have. An assumption."""


@cache
def subgroup_ids() -> tuple[str, ...]:
    """Ids of the library's subgroups."""
    return tuple(dict.fromkeys(library.subgroups()["subgroup"]))


def share_fact(subgroup: str, population: str) -> Fact | None:
    """Name, definition and share of a subgroup, ``None`` if the library does not have it.

    The share is its prevalence in a setting of the population, else in any setting, else an assumption. Subgroups of
    the library overlap; shares are normalised on reading.
    """
    rows = library.subgroups()
    rows = rows[rows["subgroup"] == subgroup]
    if rows.empty:
        return None
    known = rows[rows["prevalence_pct"].notna()]
    near = known[[re.search(SETTINGS[population], text) is not None for text in known["setting"]]]
    first = rows.iloc[0]
    fact: Fact = {"name": first["name"], "definition": first["name"]}
    if known.empty:
        fact |= {"share": UNKNOWN_SHARE, "source": "assumption", "confidence": "assumption"}
        return {**fact, "note": "the library has no prevalence"}
    row = (known if near.empty else near).iloc[0]
    read = row["confidence"] if not near.empty else "assumption"
    cells = set(library.agent_ids(row["recalled_fields"]))
    fact |= {"share": round(float(row["prevalence_pct"]) / 100.0, 4), "source": row["source"], "confidence": read}
    fact["recalled_fields"] = "share" if read == "read" and "prevalence_pct" in cells else ""
    return {**fact, "note": f"prevalence in {row['setting']}; groups of the library overlap"}


def known_share(subgroup: str, population: str) -> float | None:
    """Prevalence of a subgroup as `share_fact` has it; ``None`` where the library has none."""
    known = library.subgroups()["prevalence_pct"].notna() & (library.subgroups()["subgroup"] == subgroup)
    fact = share_fact(subgroup, population)
    return float(str(fact["share"])) if known.any() and fact else None


@cache
def _effects() -> tuple[dict[str, Any], ...]:
    return tuple(
        {str(name): cell for name, cell in row.items()} for _, row in library.table("subgroup_effects").iterrows()
    )


def effect_facts(subgroup: str, kind: str) -> list[Fact]:
    """What belonging to a subgroup changes, for one table: contraindicated, sensitivity, prevalence, susceptibility."""
    column = {"prevalence": "mechanism", "susceptibility": "category"}.get(kind, "key")
    out = []
    for row in _effects():
        if row["subgroup"] == subgroup and row["kind"] == kind:
            fact: Fact = {"subgroup": subgroup, column: row["key"]}
            if kind != "contraindicated":
                fact[kind] = float(row["value"])
            out.append({**fact, "source": row["source"], "confidence": row["confidence"], "note": row["note"]})
    return out


# -- Severe adverse events of the library as cells of toxicity.csv and categories.csv. ----------------------------

OF_T_CELLS = ("crs", "icans")
"""Categories that follow T-cell engagement."""
POOLED = 2.0
"""Members of a class that the mean of all agents counts as. Ours."""
LEAST_RATE = 0.002
"""Rates are taken as at least this where their logarithms are averaged."""
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


def fitted_rate(agent: str, category: str) -> Fact | None:
    """Attributable probability of an agent and category by the component model; ``None`` where no arm tells it."""
    row = _fitted().get((category, agent))
    if row is None:
        return None
    note = f"90 % interval {row['low']:g} to {row['high']:g}"
    if row["basis"] == "regimens":
        note += "; no arm of the agent alone"
    model = f"component model of {category}"
    return fitted_fact("probability", row["probability"], row, model, event_trials(category, agent=agent), note)


def pooled_rate(agent: str, category: str) -> Fact:
    """Mean of the class on the log scale, pooled with the mean of all agents, which counts as `POOLED` of the class."""
    classes = library.class_of()
    if category in OF_T_CELLS and not classes[agent].endswith(("_car_t", "_bispecific")):
        note = "the agent redirects no T cells"
        return {"probability": 0.0, "source": "assumption", "confidence": "assumption", "note": note}
    rates = {name: log(max(float(row["probability"]), LEAST_RATE)) for (found, name), row in _fitted().items()
             if found == category and name in classes}  # fmt: skip
    mates = [rate for name, rate in rates.items() if classes[name] == classes[agent]]
    everyone = fmean(rates.values())
    value = exp((sum(mates) + POOLED * everyone) / (len(mates) + POOLED))
    of = f"{len(mates)} of the class {classes[agent]}, pooled with " if mates else ""
    source = f"imputed from {of}{len(rates)} agents with a rate of {category}"
    return {"probability": round(value, 4), "source": source, "confidence": "assumption",
            "note": f"no arm tells of {agent}"}  # fmt: skip


def fitted_background(category: str, population: str) -> Fact | None:
    """Background of a category by the component model; ``None`` if the library does not have the category."""
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


# -- What was given together in people, as cells of precedents.csv and regimens.csv, and what is barred. ----------


def precedent_facts(agents: Collection[str]) -> list[Fact]:
    """Pairs (``a``, ``b``) of these agents that a trial gave together; barred pairs are left out."""
    frame = pairs()
    frame = frame[frame["a"].isin(list(agents)) & frame["b"].isin(list(agents))]
    return [
        {
            "a": row["a"],
            "b": row["b"],
            "source": row["source"],
            "confidence": row["confidence"],
            "note": named(row["trials"].split(";")),
        }
        for _, row in frame.iterrows()
    ]


def regimen_facts(agents: Collection[str]) -> list[Fact]:
    """Regimens (``trial``, ``agents``) with any of these agents, the most recent trial of each.

    Regimens whose trial was halted or did harm, and those with a barred pair, are left out.
    """
    barred = barred_pairs()
    frame = tested_regimens().sort_values("published", ascending=False, kind="stable")
    out: dict[str, Fact] = {}
    others: dict[str, list[str]] = {}
    for _, row in frame[frame["barred"] == ""].iterrows():
        given = library.agent_ids(row["agents"])
        if not set(given) & set(agents) or any(pair in barred for pair in combinations(given, 2)):
            continue
        others.setdefault(row["agents"], []).append(row["trial"])
        where = f"{row['population']}, published {row['published']}" if row["published"] else row["population"]
        fact: Fact = {"trial": row["trial"], "agents": row["agents"]}
        fact |= {"source": row["source"], "confidence": row["confidence"], "note": where}
        known = {"setting": row["population"], "phase": row["phase"], "status": row["status"]}
        fact |= {name: text for name, text in known.items() if text}
        if row["patients"] == row["patients"] and row["patients"]:
            fact["patients"] = int(row["patients"])
        out.setdefault(row["agents"], fact)
    for regimen, fact in out.items():
        if more := list(dict.fromkeys(others[regimen]))[1:]:
            fact["note"] = f"{fact['note']}; also {named(more)}"
    return list(out.values())


def barred_facts(agents: Collection[str]) -> list[tuple[Fact, bool]]:
    """Pairs (``key``, ``with``) of these agents that are forbidden, and whether t(11;14) lifts the bar."""
    out: list[tuple[Fact, bool]] = []
    for _, row in library.contraindications().iterrows():
        if row["kind"] == "pair" and row["level"] == "forbidden" and {row["item_a"], row["item_b"]} <= set(agents):
            fact: Fact = {"key": row["item_a"], "with": row["item_b"]}
            fact |= {"source": row["source"], "confidence": row["confidence"]}
            fact["note"] = f"{row['rule']}: {row['reason_and_numbers']}"
            out.append((fact, row["applies_to"].startswith("NOT t(11;14)")))
    return out
