"""The ids and settings of a trial to start from: the library fills in the numbers, a designer edits the result.

Rules are the usual ones, each without the items that a regimen tested in the population would break: one agent of a
class, CAR-T alone and once and after bridging, one target met by one agent, an IMiD or a proteasome inhibitor with its
steroid, and doses as the label has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.agent_names import agents_of
from trialopt.evidence import facts, library
from trialopt.evidence.arms import Fact
from trialopt.evidence.facts_of_patients import subgroup_ids
from trialopt.evidence.outcomes import OUTCOMES
from trialopt.evidence.scaffold_groups import exclusive
from trialopt.evidence.scaffold_limits import category_rows, left_out, regimens_tested

TOXICITY_WEIGHT = 0.03
"""Coverage given up to spare one severe event: an assumption."""

CAR_T = "_car_t"
BISPECIFIC = "_bispecific"
BCMA = "bcma_"
STEROID = "corticosteroid"
"""Not a maintenance on its own."""

MAINTAINED = ("newly_diagnosed", "early_relapse")
"""Populations with a maintenance epoch: its trials were in them."""

SAME_TARGET = ("imid", "celmod")
"""Classes with one target, never together (rule c05)."""

WITH_STEROID = ("imid", "proteasome_inhibitor")
"""Classes that a steroid goes with while disease is being reduced."""

BRIDGING, INDUCTION, MAINTENANCE = "bridging", "induction", "maintenance"
MOST_AGENTS = 4


@dataclass(frozen=True)
class Starter:
    """Settings (with ``[evidence]``), tables of ids with limits and doses, and what a designer should know."""

    settings: dict[str, Any]
    tables: dict[str, list[Fact]]
    remarks: list[str]


def starter(
    agents: Sequence[str],
    subgroups: Mapping[str, float | None] | Sequence[str],
    population: str,
    library_name: str = "myeloma",
    outcome: str = "",
) -> Starter:
    """Return a trial of agents in groups of patients; a group may come with its share of all patients.

    Agents may be named by abbreviation, brand or regimen (``dara``, ``Velcade``, ``VRd``).
    With an ``outcome`` (response, complete or mrd) coverage means it, and the numbers are those of the joint model.

    Raises
    ------
    WrongInput
        For every unknown agent, subgroup and population at once, with the nearest known name; when none is given; or
        where the shares of groups must be asked for.
    """
    agents = agents_of(agents, library.class_of())
    asked = dict(subgroups) if isinstance(subgroups, Mapping) else dict.fromkeys(subgroups)
    _check(agents, list(subgroups), population, outcome)
    groups = exclusive(asked, population)
    names = [str(row["subgroup"]) for row in groups.rows]
    maintained = _maintained(agents, population)
    epochs = _epochs(agents, maintained, population)
    categories, limits = category_rows(agents, names, population, joint=bool(outcome))
    levels, barred = _doses(agents, names)
    trial: dict[str, Any] = {"max_arms": min(3, len(names)), "toxicity_weight": TOXICITY_WEIGHT}
    if epochs[0]["id"] == BRIDGING:
        trial["endpoint_epoch"] = INDUCTION
    if outcome == "mrd":
        trial["endpoint"] = "mrd"
    filled = {"library": library_name, "population": population} | ({"outcome": outcome} if outcome else {})
    settings: dict[str, Any] = {
        "format": 1,
        "title": f"From the library: {len(agents)} agents, {population.replace('_', ' ')}",
        "setting": population,
        "evidence": filled,
        "trial": trial,
        "epoch": epochs,
        "rules": _rules(agents, epochs, population),
    }
    tables = {
        "agents": [_agent(agent, [epoch["id"] for epoch in epochs], maintained) for agent in agents],
        "subgroups": groups.rows,
        "categories": categories,
        "limits": limits,
        "levels": levels,
        "contraindicated": barred,
        "prevalence": groups.prevalence,
    }
    tables = {name: rows for name, rows in tables.items() if rows}
    return Starter(settings, tables, [*groups.remarks, *left_out(categories), *_renal_words(barred)])


def _maintained(agents: Sequence[str], population: str) -> list[str]:
    """Agents with a trial of maintenance, in populations that have one; none if only steroids have."""
    classes = library.class_of()
    found = [agent for agent in agents if facts.maintenance_fact(agent)] if population in MAINTAINED else []
    return [] if all(classes[agent] == STEROID for agent in found) else found


def _cellular(agents: Sequence[str]) -> list[str]:
    classes = library.class_of()
    return [agent for agent in agents if classes[agent].endswith(CAR_T)]


def _epochs(agents: Sequence[str], maintained: Sequence[str], population: str) -> list[dict[str, Any]]:
    """Bridging (where there is CAR-T and something to bridge with), induction, maintenance."""
    tested = [len(regimen) for regimen, _ in regimens_tested(population) if regimen <= set(agents)]
    most = min(max([MOST_AGENTS, *tested]), len(agents))
    epochs: list[dict[str, Any]] = [{"id": INDUCTION, "cycles": 6, "weight": 1.0, "max_agents": most}]
    bridges = len(agents) - len(_cellular(agents))
    if bridges and bridges < len(agents):
        epochs[0]["weight"] = 0.8
        bridging = {"id": BRIDGING, "cycles": 2, "weight": 0.2, "min_agents": 0, "max_agents": min(most, bridges)}
        epochs.insert(0, bridging)
    if maintained:
        epochs[-1]["weight"] = round(epochs[-1]["weight"] - 0.3, 1)
        epochs.append({"id": MAINTENANCE, "cycles": 24, "weight": 0.3, "max_agents": min(2, len(maintained))})
    return epochs


def _agent(agent: str, epochs: Sequence[str], maintained: Sequence[str]) -> Fact:
    """Row of an agent: its epochs (all of them if blank), and what a cell therapy is."""
    cellular = bool(_cellular([agent]))
    mine = [
        epoch
        for epoch in epochs
        if not (epoch == BRIDGING and cellular) and not (epoch == MAINTENANCE and agent not in maintained)
    ]
    row: Fact = {"agent": agent, "epochs": "" if mine == list(epochs) else ";".join(mine)}
    return row | ({"kind": "cell_therapy", "one_off": "true"} if cellular else {})


def _rules(agents: Sequence[str], epochs: Sequence[Mapping[str, Any]], population: str) -> dict[str, Any]:
    classes = library.class_of()
    used = list(dict.fromkeys(classes[agent] for agent in agents))
    tested = [regimen for regimen, _ in regimens_tested(population) if regimen <= set(agents)]
    kinds = [[classes[agent] for agent in regimen] for regimen in tested]
    rules: dict[str, Any] = {"one_per_class": [name for name in used if all(k.count(name) <= 1 for k in kinds)]}
    cellular = [name for name in used if name.endswith(CAR_T)]
    if cellular:
        rules["alone"] = [name for name in cellular if all(name not in k or len(k) == 1 for k in kinds)]
        rules["once"] = cellular
    if apart := _apart(used, kinds):
        rules["not_together"] = apart
    if STEROID in used:
        active = [epoch["id"] for epoch in epochs if epoch["id"] != MAINTENANCE]
        if needs := _steroid_rules(used, kinds, active if len(active) < len(epochs) else []):
            rules["requires"] = needs
    return rules


def _apart(used: Sequence[str], kinds: Sequence[Sequence[str]]) -> list[list[str]]:
    """Pairs of classes never together: one target or one antigen twice, and a bispecific with a steroid.

    A steroid is only premedication of a bispecific: it blunts the T cells that the agent needs. Pairs that a tested
    regimen has are left out.
    """
    antigens = [name for name in used if name.startswith(BCMA)]
    pairs = [*combinations(SAME_TARGET, 2), *combinations(antigens, 2)]
    pairs += [(name, STEROID) for name in used if name.endswith(BISPECIFIC)]
    return [list(p) for p in pairs if set(p) <= set(used) and not any(set(p) <= set(k) for k in kinds)]


def _steroid_rules(
    used: Sequence[str], kinds: Sequence[Sequence[str]], epochs: Sequence[str]
) -> list[dict[str, Any]] | dict[str, list[str]]:
    """What an IMiD or a proteasome inhibitor needs: a steroid, or what a tested regimen gave it with instead.

    Only while disease is being reduced, in `epochs`: maintenance is an IMiD or a proteasome inhibitor alone. Without
    `epochs` there is no maintenance, and it is so in all.
    """
    out: dict[str, list[str]] = {}
    for name in WITH_STEROID:
        if name in used:
            instead = {k for kind in kinds if name in kind and STEROID not in kind for k in kind if k != name}
            bispecific = {k for k in used if k.endswith(BISPECIFIC)}
            out[name] = [STEROID, *(k for k in used if k in instead | bispecific and k != STEROID)]
    if not epochs:
        return out
    return [{"item": name, "any": partners, "epochs": list(epochs)} for name, partners in out.items()]


def _doses(agents: Sequence[str], groups: Sequence[str]) -> tuple[list[Fact], list[Fact]]:
    """Rows of `levels`, and of `contraindicated` for doses that the label bars in a group.

    The other levels of an agent are there only where a group of the trial needs one.
    """
    frame = library.table("doses")
    levels: list[Fact] = []
    barred: list[Fact] = []
    for agent in agents:
        rows = frame[frame["agent"] == agent]
        bars = {group for text in rows["barred_in"] for group in library.agent_ids(text)} & set(groups)
        for _, row in rows.iterrows():
            if row["level"] != "standard" and not bars:
                continue
            remarks: Fact = {name: row[name] for name in ("source", "confidence", "note")}
            shown = ("level", "dose", "amount", "unit", "route", "days", "cycle_days")
            factors = ("activity_factor", "toxicity_factor")
            levels.append({"agent": agent, **{name: _cell(row[name]) for name in (*shown, *factors)}, **remarks})
            barred += [
                {"subgroup": group, "key": f"{agent}@{row['level']}", **remarks}
                for group in groups
                if group in library.agent_ids(row["barred_in"])
            ]
    return levels, barred


def _cell(value: object) -> object:
    """A number without a needless fraction, nothing for a blank."""
    if isinstance(value, float):
        return "" if value != value else int(value) if value.is_integer() else value
    return value


def _renal_words(barred: Sequence[Fact]) -> list[str]:
    return [f"{row['key']} is barred in {row['subgroup']}: {row['source']}" for row in barred]


def _check(agents: Sequence[str], subgroups: Sequence[str], population: str, outcome: str) -> None:
    wrong = []
    for what, given, known in (
        ("agent", agents, tuple(library.class_of())),
        ("subgroup", subgroups, subgroup_ids()),
        ("population", [population], facts.populations()),
        ("outcome", [outcome or OUTCOMES[0]], OUTCOMES),
    ):
        if not given:
            wrong.append(f"give at least one {what}")
        for name in given:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
                wrong.append(f"no {what} {name!r} in the library; {hint}")
        wrong += [f"{what} {name!r} is given twice" for name in dict.fromkeys(given) if list(given).count(name) > 1]
    told = [a for a in agents if a in library.class_of() and not outcome]  # the joint model imputes the others
    without = [a for a in told if facts.activity_fact(a, facts.populations()[0]) is None]
    wrong += [f"no arm of the library tells the response of {agent}; leave it out" for agent in without]
    if wrong:
        raise WrongInput("\n".join(wrong))
