"""The ids and settings of a trial to start from: the library fills in the numbers, a designer edits the result."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from trialopt.core import WrongInput
from trialopt.evidence import facts, library
from trialopt.evidence.arms import Fact
from trialopt.evidence.facts_of_patients import (
    background_fact,
    event_categories,
    limit_fact,
    own_rate,
    rate_fact,
    subgroup_ids,
)

TOXICITY_WEIGHT = 0.03
"""Coverage given up to spare one severe event: an assumption."""

CAR_T = "_car_t"
STEROID = "corticosteroid"
"""Not a maintenance on its own."""

MAINTAINED = ("newly_diagnosed", "early_relapse")
"""Populations with a maintenance epoch: its trials were in them."""

SAME_TARGET = ("imid", "celmod")
"""Classes with one target, never together (rule c05)."""


def starter(
    agents: Sequence[str], subgroups: Sequence[str], population: str, library_name: str = "myeloma"
) -> tuple[dict[str, Any], dict[str, list[Fact]]]:
    """Return settings (with ``[evidence]``) and tables of ids, limits included.

    Raises
    ------
    ValueError
        For every unknown agent, subgroup and population at once, with the nearest known name; or when none is given.
    """
    _check(agents, subgroups, population)
    classes = library.class_of()
    maintained = [agent for agent in agents if facts.maintenance_fact(agent)] if population in MAINTAINED else []
    if all(classes[agent] == STEROID for agent in maintained):
        maintained = []
    epochs: list[dict[str, Any]] = [{"id": "induction", "cycles": 6, "weight": 1.0, "max_agents": min(4, len(agents))}]
    if maintained:
        epochs[0]["weight"] = 0.7
        most = min(2, len(maintained))
        epochs.append({"id": "maintenance", "cycles": 24, "weight": 0.3, "max_agents": most})
    used = list(dict.fromkeys(classes[agent] for agent in agents))
    cellular = [name for name in used if name.endswith(CAR_T)]
    rules: dict[str, Any] = {"one_per_class": used}
    if cellular:
        rules |= {"alone": cellular, "once": cellular}
    if set(SAME_TARGET) <= set(used):
        rules["not_together"] = [list(SAME_TARGET)]
    settings: dict[str, Any] = {
        "format": 1,
        "title": f"From the library: {len(agents)} agents, {population.replace('_', ' ')}",
        "evidence": {"library": library_name, "population": population},
        "trial": {"max_arms": min(3, len(subgroups)), "toxicity_weight": TOXICITY_WEIGHT},
        "epoch": epochs,
        "rules": rules,
    }
    tables: dict[str, list[Fact]] = {
        "agents": [
            {"agent": agent, "epochs": "" if agent in maintained or not maintained else "induction"} for agent in agents
        ],
        "subgroups": [{"subgroup": name} for name in subgroups],
        "categories": [_category(name, agents, population) for name in _categories(agents)],
    }
    return settings, tables


def _categories(agents: Sequence[str]) -> list[str]:
    """Categories in which an arm tells of at least one of the agents."""
    return [name for name in event_categories() if any(own_rate(agent, name) for agent in agents)]


def _category(category: str, agents: Sequence[str], population: str) -> Fact:
    """Row of a category with the limit to start from, which lets each agent be given alone."""
    fact = limit_fact(category, population)
    ground = _number(background_fact(category, population), "background")
    alone = max(1.0 - (1.0 - ground) * (1.0 - _number(rate_fact(a, category), "probability")) for a in agents)
    if alone > float(str(fact["limit"])):
        fact = {"limit": round(alone + 0.005, 2), "note": "limit: what the agent with most such events reaches alone"}
    return {"category": category, **fact, "source": "limit: assumption", "confidence": "assumption"}


def _number(fact: Fact | None, column: str) -> float:
    return 0.0 if fact is None else float(str(fact[column]))


def _check(agents: Sequence[str], subgroups: Sequence[str], population: str) -> None:
    wrong = []
    for what, given, known in (
        ("agent", agents, tuple(library.class_of())),
        ("subgroup", subgroups, subgroup_ids()),
        ("population", [population], facts.populations()),
    ):
        if not given:
            wrong.append(f"give at least one {what}")
        for name in given:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
                wrong.append(f"no {what} {name!r} in the library; {hint}")
        wrong += [f"{what} {name!r} is given twice" for name in dict.fromkeys(given) if list(given).count(name) > 1]
    without = [a for a in agents if a in library.class_of() and facts.activity_fact(a, facts.populations()[0]) is None]
    wrong += [f"no arm of the library tells the response of {agent}; leave it out" for agent in without]
    if wrong:
        raise WrongInput("\n".join(wrong))
