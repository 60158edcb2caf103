"""What reading warns of: data that are probably missing, or count as something else than what was written."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trialopt.core.instance import Instance
from trialopt.reading.frame import Frame

CLIP = 0.95
"""Event probabilities are clipped here before the logarithm (model section 4)."""


def warnings_of(instance: Instance, frame: Frame) -> Iterator[str]:
    """One sentence for each thing a reader should know about the data."""
    yield from _missing_activity(instance, frame)
    yield from _missing_toxicity(instance, frame)
    yield from _clipped(instance)
    yield from _overfull(instance)
    yield from _equal_levels(instance)
    yield from _unused_target(instance)
    for row in instance.rules.contraindicated:
        if row.partner == row.key and row.key in instance.agents:
            yield (
                f"contraindicated.csv bars {row.key} together with itself in {row.subgroup}, which bars nothing; "
                "leave `with` blank to bar the agent."
            )


def _missing_activity(instance: Instance, frame: Frame) -> Iterator[str]:
    known = {(e["agent"], e["epoch"]) for e in frame.tables["activity"]}
    for entry in frame.tables["agents"]:
        if entry.number("orr") is not None or entry.number("responders") is not None:
            continue
        lacking = [s for s in frame.usable(entry) if (entry["agent"], s) not in known]
        if lacking:
            yield (
                f"{entry['agent']} has no orr, no responders and no row in activity.csv for {', '.join(lacking)}; "
                "it counts as inactive there."
            )


def _missing_toxicity(instance: Instance, frame: Frame) -> Iterator[str]:
    known = {(e["agent"], e["category"], e.text("epoch")) for e in frame.tables["toxicity"]}
    limited = (instance.limit < 1).any(axis=(0, 2)) | (instance.cumulative_limit < 1)
    for d, agent in enumerate(instance.agents):
        lacking = []
        for category in np.array(instance.categories, dtype=object)[limited]:
            epochs = [s for s, usable in zip(instance.epochs, instance.usable[d], strict=True) if usable]
            without = [s for s in epochs if not known & {(agent, category, None), (agent, category, s)}]
            if without:
                lacking.append(category if without == epochs else f"{category} ({', '.join(without)})")
        if lacking:
            yield f"toxicity.csv has no row of {agent} for {', '.join(lacking)}; they count as 0."


def _clipped(instance: Instance) -> Iterator[str]:
    i = instance
    for o, d in enumerate(i.option_agent.tolist()):
        highest = np.where(i.usable[d], i.event_rate[d], 0.0).max(axis=1) * i.toxicity_factor[o]
        over = highest * i.susceptibility > CLIP
        name = f"{i.agents[d]}@{i.option_level[o]}" if i.option_level[o] != "standard" else i.agents[d]
        for e in np.flatnonzero(over.any(axis=0)):
            groups = ", ".join(np.array(i.subgroups, dtype=object)[over[:, e]])
            yield f"The rate of {i.categories[e]} under {name} exceeds {CLIP} in {groups} and counts as {CLIP}."
    over = i.background * i.susceptibility > CLIP
    for e in np.flatnonzero(over.any(axis=0)):
        groups = ", ".join(np.array(i.subgroups, dtype=object)[over[:, e]])
        yield f"The background of {i.categories[e]} exceeds {CLIP} in {groups} and counts as {CLIP}."


def _overfull(instance: Instance) -> Iterator[str]:
    """Prevalences of listed mechanisms that could add up to more than 1 once seeds and all emergence count."""
    i = instance
    if len(i.epochs) < 2:
        return
    growth = np.ones(len(i.mechanisms))
    given = i.usable[:, :-1].any(axis=1)
    for m, multiplier, applies in zip(i.emergence_mechanism, i.emergence_multiplier, i.emergence_agents, strict=True):
        if (applies & given).any():
            growth[m] *= multiplier
    most = (np.maximum(i.prevalence, i.seed) * growth)[:, 1:].sum(axis=1)
    for g, total in zip(i.subgroups, most, strict=True):
        if total > 1 + 1e-9:
            yield f"Prevalences of {g} could add up to {total:.2f} after emergence; coverage can fall below 0 there."


def _equal_levels(instance: Instance) -> Iterator[str]:
    i = instance
    seen: dict[tuple[int, float, float], str] = {}
    factors = zip(i.option_agent.tolist(), i.activity_factor.tolist(), i.toxicity_factor.tolist(), strict=True)
    for level, key in zip(i.option_level, factors, strict=True):
        first = seen.setdefault(key, level)
        if first != level:
            yield f"Levels {first} and {level} of {i.agents[key[0]]} have the same factors in levels.csv."


def _unused_target(instance: Instance) -> Iterator[str]:
    trial = instance.trial
    if not trial.sized:
        return
    if trial.endpoint == "pfs" and trial.target_difference is not None and trial.target_hazard_ratio is None:
        yield "target_difference is about the response endpoint and does not count for pfs."
    if trial.endpoint == "response" and trial.target_hazard_ratio is not None and trial.target_difference is None:
        yield "target_hazard_ratio is about the pfs endpoint and does not count for response."
