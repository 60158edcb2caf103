"""Limits of a new trial that admit the standard of care: no tested regimen of the population breaks one.

A category is limited where `THIN` trials of the population or more reported it, to the highest rate that an arm of 50
patients or more had. Where the numbers that the trial is filled with predict more for an agent alone, or for a regimen
tested in the population, the limit is that. Where a group of patients is more susceptible, it has a limit of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache

from trialopt.evidence import library
from trialopt.evidence.arms import Fact
from trialopt.evidence.facts_of_events import background_fact, rate_fact
from trialopt.evidence.facts_of_patients import (
    LEAST_PATIENTS,
    effect_facts,
    event_categories,
    limit_fact,
    own_rate,
)
from trialopt.evidence.outcomes import given
from trialopt.evidence.precedent import barred_pairs, tested_regimens

THIN = 3
"""Trials of the population that must have reported a category before it is limited. Ours."""
STEP = 0.01
"""Limits are rounded up to whole percents."""
HIGHEST = 0.95
"""Rates are cut here, as in the model."""


@cache
def regimens_tested(population: str) -> tuple[tuple[frozenset[str], str], ...]:
    """Regimens of the library given in a population, each with a trial that gave it; barred ones are left out."""
    found: dict[frozenset[str], str] = {}
    frame = tested_regimens()
    rows = frame[(frame["population"] == population) & (frame["barred"] == "")]
    for agents, trial in zip(rows["agents"], rows["trial"], strict=True):
        found.setdefault(frozenset(library.agent_ids(agents)), trial)
    arms = library.table("outcome_arms")
    arms = arms[(arms["population"] == population) & (arms["use"] == "y")]
    known, barred = set(library.class_of()), [frozenset(pair) for pair in barred_pairs()]
    for text, trial in zip(arms["agents"], arms["trial"], strict=True):
        shares = given(text)
        if set(shares) <= known and all(share == 1.0 for share in shares.values()):
            found.setdefault(frozenset(shares), trial)
    return tuple((agents, trial) for agents, trial in found.items() if not any(pair <= agents for pair in barred))


def _within(agents: Sequence[str], population: str) -> list[tuple[frozenset[str], str]]:
    return [(regimen, trial) for regimen, trial in regimens_tested(population) if regimen <= set(agents)]


def category_rows(
    agents: Sequence[str], groups: Sequence[str], population: str, *, joint: bool = False
) -> tuple[list[Fact], list[Fact]]:
    """Rows of `categories` and of `limits`, for categories in which an arm tells of at least one of the agents."""
    named = [name for name in event_categories() if any(own_rate(agent, name) for agent in agents)]
    categories, limits = [], []
    for name in named:
        row = _category(name, agents, population, joint)
        categories.append(row)
        if "limit" in row:
            limits += _own_limits(name, float(str(row["limit"])), agents, groups, population, joint)
    return categories, limits


def left_out(categories: Iterable[Fact]) -> list[str]:
    """Name the categories that got no limit, in words."""
    thin = [str(row["category"]) for row in categories if "limit" not in row]
    return [f"no limit, for fewer than {THIN} trials of the population tell: {', '.join(thin)}"] if thin else []


def _category(category: str, agents: Sequence[str], population: str, joint: bool) -> Fact:
    base: Fact = {"category": category, "source": "limit: assumption", "confidence": "assumption"}
    trials = _trials(category, population)
    if trials < THIN:
        few = f"{trials or 'no'} trial{'' if trials == 1 else 's'} of the population with {LEAST_PATIENTS} patients"
        return base | {"note": f"limit: none, {few} or more in an arm report{'s' if trials == 1 else ''} it"}
    fact = _highest(category, population)
    limit, note = float(str(fact["limit"])), str(fact["note"])
    most, whose = _most(category, agents, population, 1.0, joint)
    if most > limit:
        limit, note = _up(most), f"limit: what the numbers predict for {whose}"
    return base | {"limit": round(limit, 4), "note": note}


@cache
def _trials(category: str, population: str) -> int:
    rows = library.adverse_events()
    used = rows[rows["use_in_fit"] == "y"]
    more = library.table("event_arms")
    found = [frame[(frame["category"] == category) & (frame["population"] == population)
                   & (frame["n"] >= LEAST_PATIENTS)] for frame in (used, more)]  # fmt: skip
    return len({trial for frame in found for trial in frame["trial_id"]})


@cache
def _ground(category: str, population: str, joint: bool) -> float:
    return _number(background_fact(category, population, joint=joint), "background")


@cache
def _rate(agent: str, category: str, population: str, joint: bool) -> float:
    return _number(rate_fact(agent, category, population, joint=joint), "probability")


@cache
def _highest(category: str, population: str) -> Fact:
    """Highest rate of an arm of the population, by either table of arms."""
    fact = limit_fact(category, population)
    rows = library.table("event_arms")
    rows = rows[(rows["category"] == category) & (rows["population"] == population) & (rows["n"] >= LEAST_PATIENTS)]
    if rows.empty:
        return fact
    worst = rows.iloc[int((rows["events"] / rows["n"]).to_numpy().argmax())]
    limit = round(float(worst["events"] / worst["n"]), 4)
    if limit <= float(str(fact["limit"])) and "none" not in str(fact["note"]):
        return fact
    regimen = str(worst["agents"]).replace(";", " + ")
    return {"limit": limit, "note": f"limit: the highest rate of an arm, {regimen} in {worst['trial']}"}


def _own_limits(
    category: str, limit: float, agents: Sequence[str], groups: Sequence[str], population: str, joint: bool
) -> list[Fact]:
    """Limits of groups in which a tested regimen is predicted to reach more than the category's limit."""
    out: list[Fact] = []
    for group in groups:
        factors = [float(str(fact["susceptibility"])) for fact in effect_facts(group, "susceptibility")
                   if fact["category"] == category]  # fmt: skip
        most, whose = _most(category, agents, population, factors[0] if factors else 1.0, joint)
        if most > limit:
            note = f"limit: what the numbers predict for {whose} in this group"
            out.append({"category": category, "subgroup": group, "limit": _up(most), "source": "assumption",
                        "confidence": "assumption", "note": note})  # fmt: skip
    return out


def _most(category: str, agents: Sequence[str], population: str, factor: float, joint: bool) -> tuple[float, str]:
    """Highest risk of an agent alone or a tested regimen in an epoch of exposure 1, and whose it is."""
    wanted = [(frozenset((agent,)), "") for agent in agents] + _within(agents, population)
    risks = {regimen: risk(category, regimen, population, factor, joint=joint) for regimen, _ in wanted}
    worst = max(risks, key=lambda regimen: (risks[regimen], sorted(regimen)))
    trial = dict(wanted).get(worst, "")
    return risks[worst], " + ".join(sorted(worst)) + (f" ({trial})" if trial else " alone")


def risk(category: str, regimen: Iterable[str], population: str, factor: float = 1.0, *, joint: bool = False) -> float:
    """Risk of a regimen in an epoch of exposure 1, as the model adds events up; `factor` is the susceptibility."""
    total = _log(_ground(category, population, joint) * factor)
    total += sum(_log(_rate(agent, category, population, joint) * factor) for agent in regimen)
    return -math.expm1(-total)


def _log(rate: float) -> float:
    return -math.log1p(-min(HIGHEST, rate))


def _up(value: float) -> float:
    """The next whole percent, at most 1, a little above what is reached."""
    return min(1.0, round(math.ceil((value + 1e-6) / STEP) * STEP, 4))


def _number(fact: Fact | None, column: str) -> float:
    return 0.0 if fact is None else float(str(fact[column]))
