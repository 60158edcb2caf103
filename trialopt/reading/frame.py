"""Checked rows and ids side by side: what every array is filled from, and what reading warns of.

Warnings are of data that are probably missing, or count as something else than what was written.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trialopt.core.design import TrialSettings
from trialopt.core.instance import NONE, Instance
from trialopt.reading.settings import Settings
from trialopt.reading.tables import Entry


@dataclass(frozen=True)
class Frame:
    """The rows of every table and the settings, checked; positions of ids in table order."""

    settings: Settings
    tables: Mapping[str, list[Entry]]

    @cached_property
    def agents(self) -> tuple[str, ...]:
        """Agent ids."""
        return tuple(e["agent"] for e in self.tables["agents"])

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Class ids, by first appearance."""
        return tuple(dict.fromkeys(e["class"] for e in self.tables["agents"]))

    @cached_property
    def class_of(self) -> Mapping[str, str]:
        """Class of each agent."""
        return {e["agent"]: e["class"] for e in self.tables["agents"]}

    @cached_property
    def epochs(self) -> tuple[str, ...]:
        """Epoch ids, in order of time."""
        return self.settings.epoch_ids()

    @cached_property
    def subgroups(self) -> tuple[str, ...]:
        """Subgroup ids."""
        return tuple(e["subgroup"] for e in self.tables["subgroups"])

    @cached_property
    def mechanisms(self) -> tuple[str, ...]:
        """Mechanism ids, `none` first."""
        return (NONE, *(e["mechanism"] for e in self.tables["mechanisms"]))

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """Category ids."""
        return tuple(e["category"] for e in self.tables["categories"])

    @cached_property
    def levels(self) -> Mapping[str, tuple[str, ...]]:
        """Level ids of every agent."""
        named: dict[str, list[str]] = {agent: [] for agent in self.agents}
        for entry in self.tables["levels"]:
            named.setdefault(entry["agent"], []).append(entry["level"])
        return {agent: tuple(levels) or ("standard",) for agent, levels in named.items()}

    def matching(self, item: str) -> list[str]:
        """Agents that are, or are of the class, `item`."""
        return [agent for agent, cls in self.class_of.items() if item in (agent, cls)]

    def usable(self, entry: Entry) -> tuple[str, ...]:
        """Epochs a row's `epochs` column lists, all when blank."""
        listed = entry.text("epochs")
        return self.epochs if listed is None else tuple(p.strip() for p in listed.split(";") if p.strip())

    def by_key(self, table: str, first: str, value: str) -> Mapping[tuple[str, str], float]:
        """Values of a table keyed by (`first` column, agent), an agent's row winning over its class's."""
        found: dict[tuple[str, str], float] = {}
        for by_class in (True, False):
            for entry in self.tables[table]:
                if (entry["key"] in self.classes) is by_class:
                    for agent in self.matching(entry["key"]):
                        found[entry[first], agent] = entry.numbers[value]
        return found

    @cached_property
    def sensitivity(self) -> Mapping[tuple[str, str], float]:
        """(subgroup, agent) -> sensitivity, where it is not 1."""
        return self.by_key("sensitivity", "subgroup", "sensitivity")

    @cached_property
    def retained(self) -> Mapping[tuple[str, str], float]:
        """(mechanism, agent) -> share of activity that survives, where it is not 1."""
        return self.by_key("retained", "mechanism", "retained")

    @cached_property
    def prevalence(self) -> Mapping[tuple[str, str], float]:
        """(subgroup, mechanism) -> prevalence, where it is not 0."""
        return {(e["subgroup"], e["mechanism"]): e.numbers["prevalence"] for e in self.tables["prevalence"]}


def positions(ids: Iterable[str]) -> dict[str, int]:
    """Position of each id."""
    return {name: index for index, name in enumerate(ids)}


def orr(entry: Entry) -> float | None:
    """Response rate of an agent's row, published or from its counts; `None` where neither is given."""
    rate, responders, n = entry.number("orr"), entry.number("responders"), entry.number("n")
    if rate is not None or responders is None or n is None:
        return rate
    return responders / n


def probability(entry: Entry) -> float | None:
    """Event probability of a row of toxicity.csv, published or from its counts."""
    rate, events, n = entry.number("probability"), entry.number("events"), entry.number("n")
    if rate is not None or events is None or n is None:
        return rate
    return events / n


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
    yield from _unlisted_pairs(instance)
    yield from _shares(frame)
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


def _shares(frame: Frame) -> Iterator[str]:
    """Shares whose sum is neither 1 nor 100: rounding to whole percents may miss it by half of one a share."""
    shares = [entry.numbers["share"] for entry in frame.tables["subgroups"]]
    total, slack = math.fsum(shares), 0.005 * (len(shares) - 1) + 1e-9
    if abs(total - 1) > slack and abs(total - 100) > 100 * slack:
        yield f"The shares of subgroups.csv sum to {total:.6g}, neither 1 nor 100 %; they are scaled to sum to 1."


def _unlisted_pairs(instance: Instance) -> Iterator[str]:
    asked = instance.trial.contribution
    if instance.trial.contributes and asked is not None and asked.require == "novel" and not instance.rules.precedents:
        yield "precedents.csv lists no pair, so every pair of agents counts as novel and brings component arms."


def _unused_target(instance: Instance) -> Iterator[str]:
    trial = instance.trial
    if not trial.sized:
        return
    if trial.endpoint == "pfs" and trial.target_difference is not None and trial.target_hazard_ratio is None:
        yield "target_difference is about the response endpoint and does not count for pfs."
    of_response = ("analysis", "null_variance", "not_evaluable")
    unused = [name for name in of_response if getattr(trial, name) != getattr(TrialSettings, name)]
    if trial.endpoint == "pfs" and unused:
        yield f"{', '.join(unused)}: about the response endpoint, and without effect for pfs."
    if trial.endpoint != "pfs" and trial.target_hazard_ratio is not None and trial.target_difference is None:
        yield f"target_hazard_ratio is about the pfs endpoint and does not count for {trial.endpoint}."
