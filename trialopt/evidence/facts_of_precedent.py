"""What was given together in people, as cells of precedents.csv and regimens.csv, and what is barred."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

from trialopt.evidence import library
from trialopt.evidence.citing import Fact, named
from trialopt.evidence.precedent import barred_pairs, pairs, tested_regimens


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
