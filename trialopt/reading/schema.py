"""The tables and the settings an instance may have, as data: columns, keys, types, ranges and defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

REMARKS = ("source", "confidence", "recalled_fields", "note")
"""Columns any table may have: kept and shown, never computed with."""

TOXICITY_PREFIX = "toxicity:"
"""Start of the columns of interactions.csv that add toxicity to a category."""


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
        low = None if self.low is None else f"{'above' if self.low_open else 'at least'} {self.low:g}"
        high = None if self.high is None else f"{'below' if self.high_open else 'at most'} {self.high:g}"
        if self.low is not None and self.high is not None and not (self.low_open or self.high_open):
            return f"from {self.low:g} to {self.high:g}"
        return " and ".join(filter(None, (low, high)))


ANY = Range()
AT_LEAST_0 = Range(low=0)
POSITIVE = Range(low=0, low_open=True)
PROBABILITY = Range(0, 1)
BELOW_1 = Range(0, 1, high_open=True)
INSIDE = Range(0, 1, low_open=True, high_open=True)
COUNT = Range(low=1)


@dataclass(frozen=True)
class Column:
    """One column. `kind` is text, id (of the table's own), ref, epochs, number or count.

    A `ref` names an id of another table: `agent`, `class`, `item` (agent or class), `epoch`, `subgroup`,
    `mechanism` or `category`.
    """

    name: str
    kind: str = "text"
    required: bool = False
    range: Range = ANY
    refers: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: its columns, the columns that tell its rows apart, and whether these may come in either order."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    unordered: bool = False
    required: bool = False

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.name}.csv"

    def column(self, name: str) -> Column | None:
        """Find a column by name."""
        return next((c for c in self.columns if c.name == name), None)


def _id(name: str) -> Column:
    return Column(name, "id", required=True)


def _ref(name: str, refers: str, required: bool = True) -> Column:
    return Column(name, "ref", required, refers=refers)


def _number(name: str, range: Range = ANY, required: bool = False) -> Column:
    return Column(name, "number", required, range)


def _count(name: str, range: Range = AT_LEAST_0) -> Column:
    return Column(name, "count", range=range)


MECHANISM_KINDS = ("genetic", "cytogenetic", "antigen", "microenvironment", "immune", "transport", "metabolism")

_NAME = Column("name")
_HAZARD_RATIO = _number("hazard_ratio", POSITIVE)

TABLES = {
    table.name: table
    for table in (
        Table(
            "agents",
            (
                _id("agent"),
                _NAME,
                _id("class"),
                _count("responders"),
                _count("n", COUNT),
                _number("orr", PROBABILITY),
                _ref("orr_in", "subgroup", required=False),
                _HAZARD_RATIO,
                _number("cost_per_cycle", AT_LEAST_0),
                _number("cost_per_course", AT_LEAST_0),
                Column("epochs", "epochs"),
            ),
            key=("agent",),
            required=True,
        ),
        Table(
            "activity",
            (_ref("agent", "agent"), _ref("epoch", "epoch"), _number("activity"), _HAZARD_RATIO),
            key=("agent", "epoch"),
        ),
        Table(
            "levels",
            (
                _ref("agent", "agent"),
                _id("level"),
                Column("dose"),
                _number("activity_factor", AT_LEAST_0),
                _number("toxicity_factor", AT_LEAST_0),
            ),
            key=("agent", "level"),
        ),
        Table(
            "toxicity",
            (
                _ref("agent", "agent"),
                _ref("category", "category"),
                _ref("epoch", "epoch", required=False),
                _count("events"),
                _count("n", COUNT),
                _number("probability", PROBABILITY),
            ),
            key=("agent", "category", "epoch"),
        ),
        Table(
            "categories",
            (
                _id("category"),
                _NAME,
                _number("background", PROBABILITY),
                _number("limit", PROBABILITY),
                _number("cumulative_limit", PROBABILITY),
            ),
            key=("category",),
        ),
        Table(
            "limits",
            (
                _ref("category", "category"),
                _ref("subgroup", "subgroup", required=False),
                _ref("epoch", "epoch", required=False),
                _number("limit", PROBABILITY, required=True),
            ),
            key=("category", "subgroup", "epoch"),
        ),
        Table(
            "mechanisms",
            (
                _id("mechanism"),
                _NAME,
                Column("kind", choices=MECHANISM_KINDS),
                _number("seed", PROBABILITY),
                _number("min_coverage", PROBABILITY),
                _count("min_active"),
                _number("prevalence_floor", PROBABILITY),
                Column("epochs", "epochs"),
            ),
            key=("mechanism",),
        ),
        Table(
            "retained",
            (_ref("mechanism", "mechanism"), _ref("key", "item"), _number("retained", AT_LEAST_0, required=True)),
            key=("mechanism", "key"),
        ),
        Table(
            "emergence",
            (_ref("mechanism", "mechanism"), _ref("key", "item"), _number("multiplier", COUNT, required=True)),
            key=("mechanism", "key"),
        ),
        Table(
            "subgroups",
            (
                _id("subgroup"),
                _NAME,
                Column("definition"),
                _number("share", AT_LEAST_0, required=True),
                _number("accrual_per_month", POSITIVE),
                _number("control_rate", PROBABILITY),
            ),
            key=("subgroup",),
            required=True,
        ),
        Table(
            "reach",
            (_ref("subgroup", "subgroup"), _ref("epoch", "epoch"), _number("reach", PROBABILITY, required=True)),
            key=("subgroup", "epoch"),
        ),
        Table(
            "prevalence",
            (
                _ref("subgroup", "subgroup"),
                _ref("mechanism", "mechanism"),
                _number("prevalence", PROBABILITY, required=True),
            ),
            key=("subgroup", "mechanism"),
        ),
        Table(
            "sensitivity",
            (_ref("subgroup", "subgroup"), _ref("key", "item"), _number("sensitivity", AT_LEAST_0, required=True)),
            key=("subgroup", "key"),
        ),
        Table(
            "susceptibility",
            (
                _ref("subgroup", "subgroup"),
                _ref("category", "category"),
                _number("susceptibility", AT_LEAST_0, required=True),
            ),
            key=("subgroup", "category"),
        ),
        Table(
            "contraindicated",
            (_ref("subgroup", "subgroup"), _ref("key", "item"), _ref("with", "item", required=False)),
            key=("subgroup", "key", "with"),
        ),
        Table("precedents", (_ref("a", "agent"), _ref("b", "agent")), key=("a", "b"), unordered=True),
        Table(
            "interactions",
            (_ref("a", "item"), _ref("b", "item"), _number("activity")),
            key=("a", "b"),
            unordered=True,
        ),
    )
}


@dataclass(frozen=True)
class Setting:
    """One key of trial.toml. `kind` is text, number, count, flag, items, choice, epoch or table."""

    kind: str
    range: Range = ANY
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()


TOP = {
    "format": Setting("count", default=1),
    "title": Setting("text"),
    "trial": Setting("table"),
    "epoch": Setting("tables"),
    "control": Setting("table"),
    "rules": Setting("table"),
}

TRIAL = {
    "max_arms": Setting("count", COUNT, required=True),
    "carry": Setting("number", PROBABILITY, 0.0),
    "toxicity_weight": Setting("number", AT_LEAST_0, 0.0),
    "endpoint": Setting("choice", choices=("response", "pfs"), default="response"),
    "endpoint_epoch": Setting("epoch"),
    "target_difference": Setting("number", INSIDE),
    "target_hazard_ratio": Setting("number", INSIDE),
    "shrink": Setting("number", Range(0, 1, low_open=True), 1.0),
    "no_harm": Setting("flag", default=False),
    "alpha": Setting("number", Range(0, 0.5, low_open=True, high_open=True), 0.025),
    "power": Setting("number", INSIDE),
    "allocation_ratio": Setting("number", POSITIVE, 1.0),
    "multiplicity": Setting("choice", choices=("none", "bonferroni"), default="none"),
    "method": Setting("choice", choices=("schoenfeld",), default="schoenfeld"),
    "max_patients": Setting("count", COUNT),
    "max_accrual_months": Setting("number", POSITIVE),
    "budget": Setting("number", AT_LEAST_0),
    "control_rate": Setting("number", PROBABILITY),
    "control_median_months": Setting("number", POSITIVE),
    "follow_up_months": Setting("number", AT_LEAST_0, 0.0),
    "dropout_per_month": Setting("number", AT_LEAST_0, 0.0),
    "include": Setting("items", default=()),
    "exclude": Setting("items", default=()),
    "interim": Setting("table"),
}

INTERIM = {
    "looks": Setting("count", Range(1, 3), required=True),
    "spending": Setting("choice", choices=("obrien_fleming", "pocock"), default="obrien_fleming"),
}

EPOCH = {
    "id": Setting("text", required=True),
    "cycles": Setting("number", POSITIVE, required=True),
    "weight": Setting("number", AT_LEAST_0, 1.0),
    "pfs_weight": Setting("number", AT_LEAST_0),
    "exposure": Setting("number", AT_LEAST_0, 1.0),
    "min_agents": Setting("count", AT_LEAST_0, 1),
    "max_agents": Setting("count", COUNT, required=True),
}

RULES = {
    "one_per_class": Setting("items", default=()),
    "precedent": Setting("flag", default=False),
    "once": Setting("items", default=()),
    "alone": Setting("items", default=()),
    "not_together": Setting("pairs", default=()),
    "not_after": Setting("orders", default=()),
    "requires": Setting("table"),
}
