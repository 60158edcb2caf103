"""What may be written into a random document: one function a feature, each with a stream of its own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from random import Random
from typing import Any

from tests.plain_facts import NONE, Facts
from tests.random_draft import Draft, between
from trialopt.reading.document import document

# -- agents and activity ---------------------------------------------------------------------------


def levels(draft: Draft, random: Random) -> None:
    room = 8 - len(draft.agents)
    for d in random.sample(draft.agents, min(room, random.randint(1, 3))):
        low = {"agent": d, "level": "low", "activity_factor": between(random, 0.4, 0.9)}
        low["toxicity_factor"] = between(random, 0.3, 0.9)
        other: dict[str, object] = {"agent": d, "level": random.choice(["standard", "high"])}
        if random.random() < 0.5:
            other.update(activity_factor=between(random, 1.0, 1.4), toxicity_factor=between(random, 1.0, 1.5))
        draft.rows("levels").extend([low, other] if random.random() < 0.8 else [low])


def responders(draft: Draft, random: Random) -> None:
    for row in draft.rows("agents"):
        if random.random() < 0.3:
            row["n"] = random.randint(20, 200)
            row["responders"] = random.randint(0, int(str(row["n"])) * 7 // 10)
            if random.random() < 0.7:
                del row["orr"]


def no_activity(draft: Draft, random: Random) -> None:
    """An agent without an ORR: inactive but where activity.csv says more."""
    random.choice(draft.rows("agents")).pop("orr", None)


def activity(draft: Draft, random: Random) -> None:
    for d in random.sample(draft.agents, random.randint(1, len(draft.agents))):
        for s in draft.epochs:
            if random.random() < 0.5:
                row: dict[str, object] = {"agent": d, "epoch": s}
                if random.random() < 0.4:
                    row["activity"] = between(random, 0.0, 1.5)
                else:
                    row["hazard_ratio"] = between(random, 0.4, 1.2)
                draft.rows("activity").append(row)


def orr_in(draft: Draft, random: Random) -> None:
    """Runs after sensitivity and retained: the rate has to be reachable in the subgroup."""
    facts = Facts(document("draft", draft.settings, draft.tables))
    for row in draft.rows("agents"):
        d, g = str(row["agent"]), random.choice(draft.subgroups)
        if facts.sensitivity[g, d] < 0.2 or random.random() < 0.5 or "orr" not in row:
            continue
        reachable = sum(facts.p[g, m] for m in [NONE, *draft.mechanisms] if facts.retained[d, m] >= 0.2)
        row["orr_in"], row["orr"] = g, round(min(float(str(row["orr"])), 0.8 * reachable), 3)


def agent_epochs(draft: Draft, random: Random) -> None:
    for row in draft.rows("agents")[1:]:
        if random.random() < 0.4:
            row["epochs"] = ";".join(s for s in draft.epochs if random.random() < 0.7) or draft.epochs[-1]


def sensitivity(draft: Draft, random: Random) -> None:
    for g in draft.subgroups:
        for key in draft.keyed(random, 4):
            value = random.choice([0, 0, between(random, 0.1, 1.0), between(random, 0.5, 1.0), 1.3])
            draft.rows("sensitivity").append({"subgroup": g, "key": key, "sensitivity": value})


def retained(draft: Draft, random: Random) -> None:
    for m in draft.mechanisms:
        for key in draft.keyed(random, 4):
            value = random.choice([0, 0, 0.5, between(random, 0.1, 0.9), between(random, 0.1, 0.9), 1.5])
            draft.rows("retained").append({"mechanism": m, "key": key, "retained": value})


def interactions(draft: Draft, random: Random) -> None:
    seen: set[frozenset[str]] = set()
    for _ in range(random.randint(1, 4)):
        a, b = draft.pair(random)
        if frozenset((a, b)) not in seen:
            seen.add(frozenset((a, b)))
            value = random.choice([between(random, -0.4, 0.0), between(random, 0.0, 0.4)])
            draft.rows("interactions").append({"a": a, "b": b, "activity": value})


def pair_toxicity(draft: Draft, random: Random) -> None:
    """Runs after interactions: some rows also carry toxicity, and one carries nothing else."""
    rows = draft.rows("interactions")
    a, b = draft.pair(random)
    if all({a, b} != {row["a"], row["b"]} for row in rows):
        rows.append({"a": a, "b": b, "activity": None})
    for row in rows:
        for e in draft.categories:
            if random.random() < 0.5:
                row[f"toxicity:{e}"] = between(random, 0.0, 0.25)


# -- mechanisms ------------------------------------------------------------------------------------


def emergence(draft: Draft, random: Random) -> None:
    for m in draft.mechanisms:
        if random.random() < 0.8:
            for key in draft.keyed(random, 4):
                row = {
                    "mechanism": m,
                    "key": key,
                    "multiplier": random.choice([1, 1.5, between(random, 1, 4)]),
                }
                draft.rows("emergence").append(row)


def seeds(draft: Draft, random: Random) -> None:
    for row in draft.rows("mechanisms"):
        if random.random() < 0.6:
            row["seed"] = between(random, 0.005, 0.3)


def carry(draft: Draft, random: Random) -> None:
    draft.trial["carry"] = random.choice([0.0, 0.5, 0.5, 1.0, 1.0])


def min_coverage(draft: Draft, random: Random) -> None:
    for row in draft.rows("mechanisms"):
        if random.random() < 0.4:
            row["min_coverage"] = between(random, 0.05, 0.45)


def min_active(draft: Draft, random: Random) -> None:
    for row in draft.rows("mechanisms"):
        if random.random() < 0.4:
            row["min_active"] = random.choice([1, 1, 2])


def requirement_scope(draft: Draft, random: Random) -> None:
    """Floors and epochs of requirements."""
    for row in draft.rows("mechanisms"):
        if random.random() < 0.6:
            row["prevalence_floor"] = between(random, 0.05, 0.3)
        if random.random() < 0.5:
            row["epochs"] = ";".join(s for s in draft.epochs if random.random() < 0.6) or draft.epochs[0]


# -- toxicity --------------------------------------------------------------------------------------


def epoch_toxicity(draft: Draft, random: Random) -> None:
    for d in draft.agents:
        for e in draft.categories:
            if random.random() < 0.25:
                row: dict[str, object] = {"agent": d, "category": e, "epoch": random.choice(draft.epochs)}
                if random.random() < 0.5:
                    row["n"] = random.randint(20, 100)
                    row["events"] = random.randint(0, int(str(row["n"])) // 3)
                else:
                    row["probability"] = between(random, 0.0, 0.35)
                draft.rows("toxicity").append(row)


def background(draft: Draft, random: Random) -> None:
    for row in draft.rows("categories"):
        if random.random() < 0.7:
            row["background"] = between(random, 0.0, 0.15)


def limits(draft: Draft, random: Random) -> None:
    for row in draft.rows("categories"):
        if random.random() < 0.8:
            row["limit"] = between(random, 0.2, 0.5)


def special_limits(draft: Draft, random: Random) -> None:
    """Limits of a subgroup, of an epoch, of both; some set looser than the category's, or to none."""
    places = [(g, s) for g in [None, *draft.subgroups] for s in [None, *draft.epochs] if g or s]
    for e in draft.categories:
        for g, s in random.sample(places, random.randint(1, len(places))):
            limit = random.choice([1, between(random, 0.15, 0.4), between(random, 0.25, 0.6)])
            draft.rows("limits").append({"category": e, "subgroup": g, "epoch": s, "limit": limit})


def cumulative_limits(draft: Draft, random: Random) -> None:
    for row in draft.rows("categories"):
        if random.random() < 0.6:
            row["cumulative_limit"] = between(random, 0.3, 0.65)


def susceptibility(draft: Draft, random: Random) -> None:
    for g in draft.subgroups:
        for e in draft.categories:
            if random.random() < 0.5:
                value = random.choice([0, between(random, 0.5, 1.0), between(random, 1.0, 1.8), 6])
                draft.rows("susceptibility").append({"subgroup": g, "category": e, "susceptibility": value})


def exposure(draft: Draft, random: Random) -> None:
    for epoch in draft.settings["epoch"]:
        epoch["exposure"] = random.choice([0.5, 1.0, between(random, 0.0, 1.6)])


def toxicity_weight(draft: Draft, random: Random) -> None:
    draft.trial["toxicity_weight"] = random.choice([0.05, 0.2, between(random, 0.0, 1.0)])


# -- rules -----------------------------------------------------------------------------------------


def one_per_class(draft: Draft, random: Random) -> None:
    draft.rules["one_per_class"] = random.sample(draft.classes, random.randint(1, 2))


def not_together(draft: Draft, random: Random) -> None:
    draft.rules["not_together"] = [draft.pair(random) for _ in range(random.randint(1, 2))]


def requires(draft: Draft, random: Random) -> None:
    for item in draft.keyed(random, 2):
        choices = draft.keyed(random, 3)
        draft.rules.setdefault("requires", {})[item] = [c for c in choices if c != item or c in draft.classes]
    draft.rules["requires"] = {item: found for item, found in draft.rules["requires"].items() if found}


def precedent(draft: Draft, random: Random) -> None:
    draft.rules["precedent"] = random.random() < 0.8
    share = random.choice([0.4, 0.7])
    pairs = [pair for pair in combinations(draft.agents, 2) if random.random() < share]
    draft.rows("precedents").extend({"a": a, "b": b} for a, b in (random.sample(p, 2) for p in pairs))


def alone(draft: Draft, random: Random) -> None:
    draft.rules["alone"] = [draft.item(random)]


def once(draft: Draft, random: Random) -> None:
    draft.rules["once"] = draft.keyed(random, 2)


def not_after(draft: Draft, random: Random) -> None:
    pairs = [draft.pair(random) for _ in range(random.randint(1, 2))]
    draft.rules["not_after"] = [{"item": item, "after": after} for item, after in pairs]


def contraindicated(draft: Draft, random: Random) -> None:
    seen = set()
    for g in draft.subgroups:
        for _ in range(random.randint(0, 2)):
            pair = draft.pair(random)
            key, partner = pair[0], pair[1] if random.random() < 0.5 else None
            if (g, key, partner) not in seen and (g, partner, key) not in seen:
                seen.add((g, key, partner))
                draft.rows("contraindicated").append({"subgroup": g, "key": key, "with": partner})


def include(draft: Draft, random: Random) -> None:
    draft.trial["include"] = [draft.item(random)]


def exclude(draft: Draft, random: Random) -> None:
    """Never the first agent, which keeps every epoch usable, nor what is included."""
    included = draft.trial.get("include", [])
    items = [
        item
        for item in [*draft.agents[1:], *draft.classes]
        if not draft.matches(draft.agents[0], item)
        and not any(draft.matches(d, item) and draft.matches(d, i) for d in draft.agents for i in included)
    ]
    draft.trial["exclude"] = random.sample(items, min(1, len(items)))


def min_agents(draft: Draft, random: Random) -> None:
    for epoch in draft.settings["epoch"]:
        epoch["min_agents"] = random.choice([0, 0, 2])


def max_classes(draft: Draft, random: Random) -> None:
    for epoch in draft.settings["epoch"]:
        epoch["max_classes"] = random.choice([1, 2, 2])


def control(draft: Draft, random: Random) -> None:
    """A control regimen, which `no_harm` mostly uses; an epoch may be left out or empty."""
    draft.settings["control"] = _regimen(draft, random)
    draft.trial["no_harm"] = random.random() < 0.8
    own = Random(f"{draft.settings['control']}/own")
    for g in draft.subgroups:
        if own.random() < 0.2 and draft.settings["control"]:
            draft.settings["control"][g] = _regimen(draft, own)


def _regimen(draft: Draft, random: Random) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    named_levels: dict[object, list[object]] = {d: [] for d in draft.agents}
    for row in draft.rows("levels"):
        named_levels[row["agent"]].append(row["level"])
    for s in draft.epochs:
        if random.random() < 0.75:
            found[s] = []
            for d in random.sample(draft.agents, random.choice([0, 1, 1, 2])):
                named = named_levels[d]
                if named and (random.random() < 0.5 or ("standard" not in named and len(named) > 1)):
                    found[s].append(f"{d}@{random.choice(named)}")
                else:
                    found[s].append(d)
    return found


# -- weights ---------------------------------------------------------------------------------------


def weights(draft: Draft, random: Random) -> None:
    for row in draft.rows("subgroups"):
        row["share"] = random.choice([1, 2, between(random, 0.1, 3.0)])
    for epoch in draft.settings["epoch"]:
        if random.random() < 0.8:
            epoch["weight"] = random.choice([1, 2, between(random, 0.1, 1.0)])


def reach(draft: Draft, random: Random) -> None:
    for g in draft.subgroups:
        for s in draft.epochs:
            if random.random() < 0.6:
                value = between(random, 0.3, 1.0)
                draft.rows("reach").append({"subgroup": g, "epoch": s, "reach": value})


FEATURES: dict[str, tuple[float, Callable[[Draft, Random], None]]] = {
    "levels": (0.4, levels),
    "responders": (0.3, responders),
    "no_activity": (0.1, no_activity),
    "activity": (0.4, activity),
    "sensitivity": (0.5, sensitivity),
    "retained": (0.85, retained),
    "orr_in": (0.4, orr_in),
    "agent_epochs": (0.3, agent_epochs),
    "interactions": (0.5, interactions),
    "pair_toxicity": (0.4, pair_toxicity),
    "emergence": (0.6, emergence),
    "seeds": (0.5, seeds),
    "carry": (0.6, carry),
    "min_coverage": (0.3, min_coverage),
    "min_active": (0.3, min_active),
    "requirement_scope": (0.7, requirement_scope),
    "epoch_toxicity": (0.4, epoch_toxicity),
    "background": (0.4, background),
    "limits": (0.6, limits),
    "special_limits": (0.35, special_limits),
    "cumulative_limits": (0.4, cumulative_limits),
    "susceptibility": (0.4, susceptibility),
    "exposure": (0.4, exposure),
    "toxicity_weight": (0.5, toxicity_weight),
    "one_per_class": (0.25, one_per_class),
    "not_together": (0.25, not_together),
    "requires": (0.25, requires),
    "precedent": (0.2, precedent),
    "alone": (0.2, alone),
    "once": (0.25, once),
    "not_after": (0.25, not_after),
    "contraindicated": (0.3, contraindicated),
    "include": (0.15, include),
    "exclude": (0.2, exclude),
    "min_agents": (0.3, min_agents),
    "control": (0.4, control),
    "weights": (0.6, weights),
    "reach": (0.4, reach),
    "max_classes": (0.15, max_classes),
}
"""Feature -> how often a document has it, and what writes it. Order matters: later ones look at earlier."""
