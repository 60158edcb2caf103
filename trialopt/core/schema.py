"""The tables an instance may have, as data: columns, keys, types and ranges."""

from __future__ import annotations

from dataclasses import dataclass

from trialopt.core.ranges import ANY, AT_LEAST_0, COUNT, POSITIVE, PROBABILITY, Range

REMARKS = ("source", "confidence", "recalled_fields", "note")
"""Columns any table may have: kept and shown, never computed with."""

TOXICITY_PREFIX = "toxicity:"
"""Start of the columns of interactions.csv that add toxicity to a category."""


@dataclass(frozen=True)
class Column:
    """One column. `kind` is text, id (of the table's own), ref, epochs, ids, number or count.

    A `ref` names an id of another table: `agent`, `class`, `item` (agent or class), `epoch`, `subgroup`,
    `mechanism` or `category`. `ids` is a `;`-separated list of ids, known or not: a tested regimen may have agents the
    instance does not use.
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
            "regimens",
            (Column("trial", required=True), Column("agents", "ids", required=True)),
            key=("trial", "agents"),
        ),
        Table(
            "interactions",
            (_ref("a", "item"), _ref("b", "item"), _number("activity")),
            key=("a", "b"),
            unordered=True,
        ),
    )
}
