"""Features that sit on an edge: limits met exactly or missed by a hair, twins, extreme numbers."""

from __future__ import annotations

import math
from random import Random

from tests.oracle import Oracle, Sequence
from tests.random_draft import Draft
from trialopt.reading.document import document

HAIRS = [0.0, 0.0, 1e-12, 5e-10, -5e-10, -1e-8, -1e-7, -1e-5]
"""Added to the number a design has: a limit may be missed by 1e-9 and still holds, by 1e-8 and does not."""


def twin(draft: Draft, random: Random) -> None:
    """The last agent gets the first one's class and numbers; rules by agent still tell them apart."""
    first, last = draft.agents[0], draft.agents[-1]
    rows = {str(row["agent"]): row for row in draft.rows("agents")}
    classmates = sum(draft.class_of[d] == draft.class_of[last] for d in draft.agents)
    levelled = any(row["agent"] in (first, last) for row in draft.rows("levels"))
    if levelled or "orr_in" in rows[first] or classmates == 1:
        return
    rows[last].clear()
    rows[last].update({**rows[first], "agent": last})
    draft.class_of[last] = draft.class_of[first]
    for table in ("activity", "toxicity"):
        rest = [row for row in draft.rows(table) if row["agent"] != last]
        draft.tables[table] = rest + [{**row, "agent": last} for row in rest if row["agent"] == first]
    for table in ("retained", "sensitivity", "emergence"):
        rest = [row for row in draft.rows(table) if row["key"] != last]
        draft.tables[table] = rest + [{**row, "key": last} for row in rest if row["key"] == first]


def extremes(draft: Draft, random: Random) -> None:
    """Responses of nearly none or nearly all, rates that are clipped, prevalences that add up to 1."""
    for row in draft.rows("agents"):
        if "orr" in row and "orr_in" not in row and random.random() < 0.3:
            row["orr"] = random.choice([0, 0.001, 0.99])
    for row in draft.rows("toxicity"):
        if "probability" in row and random.random() < 0.2:
            row["probability"] = random.choice([0, 1, 0.97, 0.5])
    for row in draft.rows("activity"):
        if "hazard_ratio" in row and random.random() < 0.3:
            row["hazard_ratio"] = random.choice([0.05, 1, 3])
    for row in draft.rows("emergence"):
        if random.random() < 0.2:
            row["multiplier"] = 20
    for g in draft.subgroups:
        of_g = [row for row in draft.rows("prevalence") if row["subgroup"] == g]
        if of_g and random.random() < 0.4 and not any("orr_in" in row for row in draft.rows("agents")):
            for row in of_g:
                row["prevalence"] = 0.0
            random.choice(of_g)["prevalence"] = 1


def hairline_limit(draft: Draft, random: Random) -> None:
    """A limit of a subgroup, epoch and category that some regimen just meets or just misses."""
    oracle, sequence = _some_sequence(draft, random)
    g, e, s = random.choice(draft.subgroups), random.choice(draft.categories), random.randrange(len(draft.epochs))
    total = oracle.base(g, s, e) + oracle.events(g, s, sequence[s])[draft.categories.index(e)]
    place = {"category": e, "subgroup": g, "epoch": draft.epochs[s]}
    draft.tables["limits"] = [
        row for row in draft.rows("limits") if any(row.get(column) != name for column, name in place.items())
    ]
    draft.rows("limits").append({**place, "limit": _within(1.0 - math.exp(-total) + random.choice(HAIRS))})


def hairline_control(draft: Draft, random: Random) -> None:
    """A difference to the control regimen that some regimen just keeps or just exceeds."""
    if "control" not in draft.settings:
        return
    oracle, sequence = _some_sequence(draft, random)
    g, k, s = random.choice(draft.subgroups), random.randrange(len(draft.categories)), random.randrange(len(sequence))
    assert oracle.facts.control is not None
    ours, theirs = (oracle.events(g, s, regimen)[k] for regimen in (sequence[s], oracle.facts.control[s]))
    more = math.exp(-theirs) - math.exp(-ours) + random.choice(HAIRS)
    draft.rows("categories")[k]["not_worse_than_control"] = _within(more)


def hairline_cumulative(draft: Draft, random: Random) -> None:
    oracle, sequence = _some_sequence(draft, random)
    g, k = random.choice(draft.subgroups), random.randrange(len(draft.categories))
    total = math.fsum(
        oracle.base(g, s, draft.categories[k]) + oracle.events(g, s, regimen)[k] for s, regimen in enumerate(sequence)
    )
    draft.rows("categories")[k]["cumulative_limit"] = _within(1.0 - math.exp(-total) + random.choice(HAIRS))


def hairline_coverage(draft: Draft, random: Random) -> None:
    """A mechanism coverage that some regimen just reaches or just misses."""
    oracle, sequence = _some_sequence(draft, random)
    g, m, s = random.choice(draft.subgroups), random.randrange(len(draft.mechanisms)), random.randrange(len(sequence))
    covered = 1.0 - math.exp(-oracle.activity(g, s, sequence[s])[m + 1])
    draft.rows("mechanisms")[m].update(min_coverage=_within(covered - random.choice(HAIRS)), epochs=draft.epochs[s])


def hairline_harm(draft: Draft, random: Random) -> None:
    """The control is a sequence that an arm may have, so that some arm does exactly as well."""
    _, sequence = _some_sequence(draft, random)
    levelled = {row["agent"] for row in draft.rows("levels")}
    draft.settings["control"] = {
        s: [f"{d}@{level}" if d in levelled else d for d, level in regimen]
        for s, regimen in zip(draft.epochs, sequence, strict=True)
    }
    draft.trial["no_harm"] = True


def _some_sequence(draft: Draft, random: Random) -> tuple[Oracle, Sequence]:
    oracle = Oracle(document("draft", draft.settings, draft.tables))
    return oracle, tuple(random.choice(list(oracle.regimens(s)) or [()]) for s in range(len(draft.epochs)))


def _within(probability: float) -> float:
    return min(1.0, max(0.0, probability))


EDGES = {
    "twin": (0.2, twin),
    "extremes": (0.15, extremes),
    "hairline_limit": (0.2, hairline_limit),
    "hairline_control": (0.1, hairline_control),
    "hairline_cumulative": (0.1, hairline_cumulative),
    "hairline_coverage": (0.08, hairline_coverage),
    "hairline_harm": (0.1, hairline_harm),
}
"""Feature -> how often a document has it, and what writes it; after all of `FEATURES`."""
