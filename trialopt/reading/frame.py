"""Checked rows and ids side by side: what every array is filled from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from trialopt.core.instance import NONE
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
