"""Rules of random documents that name levels, epochs, sets of subgroups, cycles or the control regimen."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.random_draft import Draft, between


def _doses(draft: Draft, random: Random) -> list[str]:
    """Items at levels: of the agents with levels, and now and then of one without."""
    named = [f"{row['agent']}@{row['level']}" for row in draft.rows("levels")]
    levelled = {str(row["agent"]) for row in draft.rows("levels")}
    return named + [f"{d}@standard" for d in draft.agents if d not in levelled and random.random() < 0.2]


def _some_epochs(draft: Draft, random: Random) -> list[str]:
    return [s for s in draft.epochs if random.random() < 0.6] or [draft.epochs[-1]]


def _another(draft: Draft, random: Random, dose: str) -> str:
    """An item that another agent than that of the dose can meet."""
    agent = dose.partition("@")[0]
    items = [*draft.agents, *draft.classes, *_doses(draft, random)]
    return random.choice([x for x in items if x.partition("@")[0] != agent])


def level_items(draft: Draft, random: Random) -> None:
    """Items at levels, in any rule that takes an item."""
    doses = _doses(draft, random)
    for kind in random.sample(LEVEL_RULES, random.randint(1, 3)) if doses else ():
        dose = random.choice(doses)
        other = _another(draft, random, dose)
        if kind in ("alone", "once"):
            draft.rules[kind] = [*draft.rules.get(kind, []), dose]
        elif kind == "not_together":
            draft.rules[kind] = [*draft.rules.get(kind, []), random.sample([dose, other], 2)]
        elif kind == "not_after":
            one, two = random.sample([dose, other], 2)
            draft.rules[kind] = [*draft.rules.get(kind, []), {"item": one, "after": two}]
        elif kind == "requires":
            item, choice = random.sample([dose, other], 2)
            draft.rules.setdefault("requires", {}).setdefault(item, []).append(choice)
        elif kind == "contraindicated":
            partner = other if random.random() < 0.4 else None
            _bar(draft, {"subgroup": random.choice(draft.subgroups), "key": dose, "with": partner})
        else:
            _use(draft, kind, dose)


LEVEL_RULES = ("alone", "once", "not_together", "not_after", "requires", "contraindicated", "include", "exclude")


def _bar(draft: Draft, row: dict[str, object]) -> None:
    """Add a contraindication unless its key is there already."""
    key = {(x["subgroup"], frozenset((x["key"], x["with"]))) for x in draft.rows("contraindicated")}
    if (row["subgroup"], frozenset((row["key"], row["with"]))) not in key:
        draft.rows("contraindicated").append(row)


def _use(draft: Draft, kind: str, entry: Any) -> None:
    """Include or exclude something, where that does not contradict the other of the two outright."""
    other = {"include": "exclude", "exclude": "include"}[kind]
    if not draft.trial.get(other):
        draft.trial[kind] = [*draft.trial.get(kind, []), entry]


def in_epochs(draft: Draft, random: Random) -> None:
    """Rules that bind in some epochs."""
    for kind in random.sample(("include", "exclude", "requires", "contraindicated"), random.randint(1, 2)):
        items = [*draft.agents[1:], *draft.classes, *_doses(draft, random)]
        item, epochs = random.choice(items), _some_epochs(draft, random)
        if kind in ("include", "exclude"):
            _use(draft, kind, {"item": item, "epochs": epochs})
        elif kind == "requires":
            before = draft.rules.get("requires", {})
            needs = [{"item": x, "any": any_of} for x, any_of in before.items()] if isinstance(before, dict) else before
            need = {"item": item, "any": draft.keyed(random, 3), "epochs": epochs}
            draft.rules["requires"] = [*needs, need]
        else:
            partner = random.choice([None, _another(draft, random, item)])
            place = random.choice(draft.subgroups)
            _bar(draft, {"subgroup": place, "key": item, "with": partner, "epochs": ";".join(epochs)})


def sets(draft: Draft, random: Random) -> None:
    """Subgroups that share an arm, or must not."""
    if len(draft.subgroups) < 2:
        return
    for kind in random.choice([["same_arm"], ["apart"], ["apart"], ["same_arm", "apart"]]):
        draft.trial[kind] = [random.sample(draft.subgroups, random.randint(2, len(draft.subgroups)))]
    if random.random() < 0.7:
        draft.trial["max_arms"] = max(2, int(draft.trial["max_arms"]))


def cycles(draft: Draft, random: Random) -> None:
    """Lengths of cycles, of levels that are there and of agents without levels."""
    levelled = {row["agent"] for row in draft.rows("levels")}
    draft.rows("levels").extend({"agent": d, "level": "standard"} for d in draft.agents if d not in levelled)
    for row in draft.rows("levels"):
        if random.random() < 0.7:
            row["cycle_days"] = random.choice([21, 28, 28])
    draft.rules["mixed_cycles"] = random.random() < 0.15


def beside_control(draft: Draft, random: Random) -> None:
    """Attributable risks beside those of the control regimen."""
    if "control" not in draft.settings:
        levelled = {row["agent"]: row["level"] for row in draft.rows("levels")}
        d = draft.agents[0]
        draft.settings["control"] = {draft.epochs[0]: [f"{d}@{levelled[d]}" if d in levelled else d]}
    for row in draft.rows("categories"):
        if random.random() < 0.7:
            row["not_worse_than_control"] = random.choice([0.05, 0.15, between(random, 0.1, 0.5), 1])


RULES: dict[str, tuple[float, Callable[[Draft, Random], None]]] = {
    "level_items": (0.3, level_items),
    "in_epochs": (0.25, in_epochs),
    "sets": (0.2, sets),
    "cycles": (0.2, cycles),
    "beside_control": (0.2, beside_control),
}
"""Feature -> how often a document has it, and what writes it; after `FEATURES`, before `EDGES`."""
