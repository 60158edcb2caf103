"""What a designer may write, as data: the words in which `settings.py` and `columns.py` declare it, once each.

Reading, checks, defaults, the digest, `trialopt schema`, the JSON Schema, the comments of a new trial.toml and
docs/input.md are all driven by these declarations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Range:
    """Numbers allowed, between `low` and `high`; a bound that is `open` is itself not allowed."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, number: float) -> bool:
        """Whether a number lies in the range."""
        low = self.low is None or number > self.low or (number == self.low and not self.low_open)
        return low and (self.high is None or number < self.high or (number == self.high and not self.high_open))

    def __str__(self) -> str:
        low = None if self.low is None else f"{'above' if self.low_open else 'of at least'} {self.low:g}"
        high = None if self.high is None else f"{'below' if self.high_open else 'at most'} {self.high:g}"
        if self.low is not None and self.high is not None and not (self.low_open or self.high_open):
            return f"from {self.low:g} to {self.high:g}"
        return " and ".join(filter(None, (low, high)))

    def percent(self) -> str:
        """The same of a percentage."""
        low, high = (None if bound is None else 100 * bound for bound in (self.low, self.high))
        return str(Range(low, high, self.low_open, self.high_open)).replace(" to ", " % to ") + " %"


ANY = Range()
AT_LEAST_0 = Range(low=0)
POSITIVE = Range(low=0, low_open=True)
PROBABILITY = Range(0, 1)
BELOW_1 = Range(0, 1, high_open=True)
INSIDE = Range(0, 1, low_open=True, high_open=True)
COUNT = Range(low=1)
HAZARD_RATIO = Range(0, 3, low_open=True)
"""A ratio above 3 is no drug that is given, but another scale."""
MOST = 10**9
"""Largest whole number that can count anything here."""
PATIENTS = Range(0, MOST, low_open=True)
"""What a rate may be worth: its distribution takes a minute to invert at 1e30 patients."""

NAMED = {
    "item": "an agent or a class",
    "dose": "an agent, a class or agent@level",
    "agent": "an agent",
    "epoch": "an epoch",
}


def named(refers: str) -> str:
    """Say what a reference names, with its article."""
    return NAMED.get(refers, f"a {refers}")


KINDS: Mapping[str, str] = {
    "number": "",
    "count": "",
    "flag": "true or false",
    "choice": "word",
    "text": "text",
    "id": "id",
    "ref": "id",
    "epochs": "ids",
    "ids": "ids",
    "items": "ids",
    "pairs": "pairs of ids",
    "orders": "pairs of ids",
    "numbers": "",
    "spending": "word",
    "lists": "lists of ids",
    "uses": "ids",
    "needs": "table",
    "table": "table",
    "tables": "tables",
}
"""Kind -> the unit of such a field where it has no other. Numbers and counts must name theirs.

`id` is an id the row gives itself, `ref` one that another table gives; `epochs` and `ids` are cells with ids
separated by `;` (`ids` may name what the instance does not have); `items` is a TOML list of ids; `pairs` a list of
unordered pairs; `orders` a list of `{ item, after }`; `lists` a list of lists of ids; `uses` a list of items, each
alone or as `{ item, epochs }`; `needs` a table of lists, or a list of `{ item, any, epochs }`; `numbers` a list of
numbers that rise; `spending` a word, or a word with a number behind a colon.
"""


@dataclass(frozen=True)
class Field:
    """One key of a TOML table, or one column of a CSV table."""

    name: str
    meaning: str
    """One sentence, without the full stop."""
    section: int
    """Section of the model text (docs/model.md)."""
    kind: str = "text"
    own_unit: str = ""
    range: Range = ANY
    default: Any = None
    """Value that counts when nothing is written."""
    otherwise: str = ""
    """The default in words, where the value alone does not say it."""
    required: bool = False
    binds: str = "always"
    """Since when the field has an effect."""
    refers: str = ""
    """What ids in it name: agent, class, item (agent or class), dose (item or agent@level), epoch, subgroup,
    mechanism or category."""
    choices: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """What a value counts or measures."""
        return self.own_unit or KINDS[self.kind]

    @property
    def default_words(self) -> str:
        """What counts when nothing is written, as a reader is told; empty where nothing is declared."""
        if self.required:
            return "required"
        if self.otherwise:
            return self.otherwise
        if isinstance(self.default, float):
            return f"{self.default:g}"
        return "none" if self.default == () else "" if self.default is None else json.dumps(self.default)

    @property
    def allowed(self) -> str:
        """Values allowed, in words; empty where the kind says it all."""
        if self.refers:
            return named(self.refers)
        numbers = f"whole number {self.range}".strip() if self.kind == "count" else str(self.range).removeprefix("of ")
        return ", ".join(self.choices) or numbers


def number(
    name: str, meaning: str, section: int, unit: str, range: Range = ANY, default: Any = None, **more: Any
) -> Field:
    """Declare a number; `more` are further fields of `Field`."""
    return Field(name, meaning, section, "number", unit, range, default, **more)


def count(
    name: str, meaning: str, section: int, unit: str, range: Range = COUNT, default: Any = None, **more: Any
) -> Field:
    """Declare a whole number."""
    return Field(name, meaning, section, "count", unit, range, default, **more)


def ref(name: str, meaning: str, section: int, refers: str, otherwise: str = "", **more: Any) -> Field:
    """Declare an id of another table, required unless it is said what counts otherwise."""
    return Field(name, meaning, section, "ref", refers=refers, otherwise=otherwise, required=not otherwise, **more)


def own_id(name: str, meaning: str, section: int = 1) -> Field:
    """Declare the id that a row gives itself."""
    return Field(name, meaning, section, "id", required=True)


def shown_name(what: str) -> Field:
    """Declare the column with a name to show."""
    return Field("name", f"Name of the {what} as shown", 0, otherwise="the id")


def epoch_list(meaning: str, section: int) -> Field:
    """Declare a list of epochs in one cell."""
    return Field("epochs", f"{meaning}, separated by semicolons", section, "epochs", otherwise="all epochs")


@dataclass(frozen=True)
class Group:
    """Fields that stand together. `more` stands for any number of further ones, whose names are ids."""

    name: str
    meaning: str
    fields: tuple[Field, ...] = ()
    more: Field | None = None

    @cached_property
    def names(self) -> Mapping[str, Field]:
        """Fields by name, in the order declared."""
        return {field.name: field for field in self.fields}

    @property
    def declared(self) -> tuple[Field, ...]:
        """Every field, the one that stands for further ones last."""
        return (*self.fields, *((self.more,) if self.more else ()))

    @property
    def title(self) -> str:
        """What a reader calls it."""
        return self.name


@dataclass(frozen=True)
class Section(Group):
    """A TOML table of trial.toml, by its dotted path (`""` is the top of the file); `repeated` ones are `[[...]]`."""

    repeated: bool = False

    @property
    def title(self) -> str:
        """The header above its keys."""
        if not self.name:
            return "trial.toml"
        return f"[[{self.name}]]" if self.repeated else f"[{self.name}]"


@dataclass(frozen=True)
class Table(Group):
    """One CSV table: its columns, the columns that tell its rows apart, and whether these may come in either order."""

    key: tuple[str, ...] = ()
    absent: str = ""
    """What counts where there is no row."""
    unordered: bool = False
    required: bool = False
    uncertain: tuple[str, ...] = ()
    """Columns whose number `low` and `high` are percentiles of: the first of them that a row gives."""

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}.csv"

    @property
    def title(self) -> str:
        """Name of the file."""
        return self.file

    @property
    def columns(self) -> tuple[Field, ...]:
        """Columns with a name of their own, in order."""
        return self.fields

    def column(self, name: str) -> Field | None:
        """Find a column by name; one of the further columns by how it begins."""
        if self.more and name.startswith(self.more.name.partition(":")[0] + ":"):
            return self.more
        return self.names.get(name)
