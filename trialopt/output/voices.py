"""How people read the cells of a table: names and doses in place of ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trialopt.output.views import MARK, TIE, Column, Ids, Kind, nearest
from trialopt.record.solution import Question
from trialopt.record.words import dose, heading, name, percent, worded


class Words(Ids):
    """Voice of documents: names and labels in place of ids, blank where missing."""

    missing = ""

    def __init__(self, question: Question) -> None:
        self._question = question

    def head(self, column: Column) -> str:
        """Head of a column."""
        return heading(self._question, column.head) if column.named else column.head[:1].upper() + column.head[1:]

    def named(self, kind: Kind, value: Any) -> str:
        """Text of a cell with ids in it."""
        q = self._question
        match kind:
            case "id":
                return heading(q, value)
            case "ids":
                return "; ".join(heading(q, g) for g in value)
            case "regimen":
                return " + ".join(name(q, given.agent) for given in value) or "nothing"
            case "near":
                against = f"{percent(value.risk)}{TIE}of{TIE}{percent(value.limit)}"
                return against + (f" ({name(q, value.subgroup)})" if value.binding and value.subgroup else "")
            case "nearest":
                return nearest(value[0], value[1], self._together)
            case "pairs":
                return "; ".join(map(self._together, value)) or "none"
            case _:
                return str(value)

    def _together(self, agents: Iterable[str]) -> str:
        return " + ".join(name(self._question, agent) for agent in agents)


class Screen(Words):
    """Voice of terminals: names and doses, one agent a line; `-` where missing."""

    missing = "-"

    def head(self, column: Column) -> str:
        """Head of a column."""
        return heading(self._question, column.head) if column.named else column.head

    def named(self, kind: Kind, value: Any) -> str:
        """Text of a cell with ids in it."""
        q = self._question
        match kind:
            case "ids":
                return "\n".join(heading(q, g) for g in value)
            case "regimen":
                return f"{TIE}+\n".join(dose(q, given) for given in value) or "nothing"
            case "near":
                against = f"{percent(value.risk)}{TIE}/{TIE}{percent(value.limit)}"
                return f"{against}{TIE}{MARK}\n{name(q, value.subgroup)}".rstrip("\n") if value.binding else against
            case "pairs":
                return "\n".join(map(self._together, value)) or self.missing
            case "text":
                return worded(q, str(value))
            case _:
                return super().named(kind, value)

    def _together(self, agents: Iterable[str]) -> str:
        return f"{TIE}+ ".join(name(self._question, agent) for agent in agents)
