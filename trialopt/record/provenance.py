"""Where numbers of an answer come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trialopt.core.design import Arm
from trialopt.core.instance import Instance, SourceRow

NOT_NUMBERS = ("contraindicated", "precedents", "regimens")
"""Tables that bar or flag, and give an arm none of its numbers."""

BY_AGENT = ("retained", "sensitivity", "emergence")
"""Tables in which an agent's row wins over its class's."""

_KINDS = (("read", "read"), ("recall", "recalled"), ("assum", "assumed"))


def kind_of(row: SourceRow) -> str:
    """Say whether a row was `read`, `recalled`, `assumed`, or is `unstated`."""
    word = (row.confidence or row.source).strip().lower()
    return next((kind for start, kind in _KINDS if word.startswith(start)), "unstated")


def is_fitted(row: SourceRow) -> bool:
    """Whether a row's number, or one of them, was estimated by a model from the trials its source names."""
    return "fitted:" in row.source


def rests_on(instance: Instance, arm: Arm) -> tuple[SourceRow, ...]:
    """Rows an arm's numbers rest on, in table order: of its doses, its subgroups, and of what all arms share.

    Where the trial is sized, the control regimen's rows are among them: the effect is against it.
    """
    return tuple(_Uses(instance, arm).rows())


def subject(row: SourceRow) -> str:
    """What a row is about, for grouping: an agent, class or pair, else a subgroup, else the trial."""
    at = dict(zip(row.columns, row.key, strict=False))
    if {"a", "b"} <= at.keys():
        return f"{at['a']} + {at['b']}"
    return at.get("agent") or at.get("key") or at.get("subgroup") or "all arms"


class _Uses:
    def __init__(self, instance: Instance, arm: Arm) -> None:
        self._instance = instance
        self._served = set(arm.subgroups)
        self._doses = {(d.agent, d.level) for doses in arm.sequence.values() for d in doses}
        self._given = {(d.agent, epoch) for epoch, doses in arm.sequence.items() for d in doses}
        self._regimens = [{d.agent for d in doses} for doses in arm.sequence.values()]
        if instance.trial.sized and instance.control is not None:
            controls = {instance.control_of(instance.subgroups.index(g)) or () for g in arm.subgroups}
            for epoch, options in (pair for control in controls for pair in zip(instance.epochs, control, strict=True)):
                doses = [(instance.agents[instance.option_agent[o]], instance.option_level[o]) for o in options]
                self._doses.update(doses)
                self._given.update((agent, epoch) for agent, _ in doses)
                self._regimens.append({agent for agent, _ in doses})
        self._agents = {agent for agent, _ in self._doses}
        self._class = {a: instance.classes[c] for a, c in zip(instance.agents, instance.agent_class, strict=True)}
        self._own = {(row.table, self._without_key(row), self._at(row)["key"]) for row in self._keyed()}

    def rows(self) -> Iterator[SourceRow]:
        return (row for row in self._instance.sources if row.table not in NOT_NUMBERS and self._counts(row))

    def _keyed(self) -> list[SourceRow]:
        return [row for row in self._instance.sources if row.table in BY_AGENT and "key" in row.columns]

    @staticmethod
    def _at(row: SourceRow) -> Mapping[str, str]:
        return dict(zip(row.columns, row.key, strict=False))

    def _without_key(self, row: SourceRow) -> str:
        return next((part for column, part in self._at(row).items() if column != "key"), "")

    def _counts(self, row: SourceRow) -> bool:
        at = self._at(row)
        if "subgroup" in at and at["subgroup"] not in self._served:
            return False
        if "level" in at:
            return (at["agent"], at["level"]) in self._doses
        if "agent" in at:
            return (at["agent"], at["epoch"]) in self._given if "epoch" in at else at["agent"] in self._agents
        if "key" in at:
            return at["key"] in self._agents or self._class_counts(row, at["key"])
        if "a" in at:
            return any(self._pair(at["a"], at["b"], regimen) for regimen in self._regimens)
        return True

    def _class_counts(self, row: SourceRow, item: str) -> bool:
        """Whether a class's row reaches an agent given, that has no row of its own."""
        rest = self._without_key(row)
        return any(self._class.get(a) == item and (row.table, rest, a) not in self._own for a in self._agents)

    def _pair(self, a: str, b: str, regimen: set[str]) -> bool:
        ones = [x for x in regimen if a in (x, self._class[x])]
        others = [x for x in regimen if b in (x, self._class[x])]
        return any(x != y for x in ones for y in others)
