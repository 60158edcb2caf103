"""The tables of a run, each defined once: title, columns with name and kind, rows of values, note.

Record -> view -> text -> format. A view holds values; a voice puts them into text for one kind of reader: `Exact`
for pages of data, `Screen` (in `voices.py`) for terminals, `Words` for documents. Excel takes the values themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from trialopt.record.precedent import Precedent
from trialopt.record.rows import NAMES, columns_of, regimen, rows
from trialopt.record.words import method_in_words, percent

if TYPE_CHECKING:
    from trialopt.record.solution import Question, Solution

TIE = "\u00a0"
"""A space that holds a number and what follows it on one line."""

MARK = "*"
"""What stands behind a risk close to its limit, where there is no colour."""

Kind = Literal[
    "text", "id", "ids", "regimen", "method", "truth", "whole", "number", "share", "near", "nearest", "pairs"
]
"""What a cell holds: an id or several, doses, a method's id, a count, a number, a share of 1, a risk against its limit
(`Closest`), a precedent with the number of agents it is nearest to, pairs of agents. `None` where there is none."""

NUMERIC = ("whole", "number", "share")
"""Kinds that are set to the right."""


@dataclass(frozen=True)
class Column:
    """One column: its key in files for programs, its name for people, what its cells hold."""

    key: str
    head: str
    kind: Kind = "text"
    form: str = ".6f"
    """How a number that is no share is shown in a short table."""
    named: bool = False
    """Whether the head is an id that documents show by its label."""


@dataclass(frozen=True)
class View:
    """One table: what it shows, its columns, its rows of values. `sums` are the rows that add up those above."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    note: str = ""
    sums: frozenset[int] = frozenset()
    near: frozenset[tuple[int, int]] = frozenset()
    """Cells (row, column) that a reader should not miss."""

    def only(self, keys: Collection[str]) -> View:
        """Those columns alone, in the order of the view."""
        kept = [k for k, column in enumerate(self.columns) if column.key in keys]
        near = frozenset((row, kept.index(k)) for row, k in self.near if k in kept)
        cells = tuple(tuple(row[k] for k in kept) for row in self.rows)
        return replace(self, columns=tuple(self.columns[k] for k in kept), rows=cells, near=near)

    def of(self, arm: str) -> View:
        """The rows of one arm, without its name, which is the first column."""
        kept = [k for k, row in enumerate(self.rows) if row[0] == arm]
        near = frozenset((kept.index(k), n - 1) for k, n in self.near if k in kept)
        return replace(self, columns=self.columns[1:], rows=tuple(self.rows[k][1:] for k in kept), near=near)

    def telling(self) -> View:
        """Without the columns that have no value in any row."""
        return self.only([c.key for k, c in enumerate(self.columns) if any(row[k] is not None for row in self.rows)])


@dataclass(frozen=True)
class Grid:
    """A view as text. `numeric` columns stand to the right; `marked` rows, `emphasised` cells are not to be missed."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    marked: frozenset[int] = frozenset()
    note: str = ""
    emphasised: frozenset[tuple[int, int]] = frozenset()
    heat: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """Cell -> 0 (little) to 5 (much), where shades help to find the large ones; the number stands in the cell too."""


class Ids:
    """Voice of terminals: ids as they stand in the tables, numbers rounded."""

    missing = "-"

    def head(self, column: Column) -> str:
        """Head of a column."""
        return column.head

    def cell(self, column: Column, value: Any) -> str:
        """Text of a cell."""
        if value is None:
            return self.missing
        match column.kind:
            case "whole":
                return f"{value:,}"
            case "number":
                return format(value, column.form)
            case "share":
                return f"{percent(value)}{TIE}%"
            case "truth":
                return "yes" if value else "no"
            case "method":
                return method_in_words(value)
            case _:
                return self.named(column.kind, value)

    def named(self, kind: Kind, value: Any) -> str:
        """Text of a cell with ids in it."""
        match kind:
            case "ids":
                return "\n".join(value)
            case "regimen":
                return regimen(value).replace(" + ", f"{TIE}+ ")
            case "near":
                against = f"{percent(value.risk)}{TIE}/{TIE}{percent(value.limit)}"
                return f"{against}{TIE}{MARK}\n{value.subgroup}".rstrip("\n") if value.binding else against
            case "nearest":
                return nearest(value[0], value[1], tied)
            case "pairs":
                return "\n".join(map(tied, value)) or self.missing
            case _:
                return str(value)


class Exact(Ids):
    """Voice of pages of data: ids, six decimals or as many digits as a number has, blank where missing."""

    missing = ""

    def cell(self, column: Column, value: Any) -> str:
        """Text of a cell."""
        if isinstance(value, float):
            whole = value.is_integer() and (column.kind == "whole" or abs(value) >= 1000)
            return f"{value:.0f}" if whole else f"{value:.6f}"
        return str(value) if column.kind in NUMERIC and value is not None else super().cell(column, value)


def drawn(view: View, voice: Ids) -> Grid:
    """Put a view into text."""
    cells = tuple(
        tuple(voice.cell(column, value) for column, value in zip(view.columns, row, strict=True)) for row in view.rows
    )
    numeric = frozenset(k for k, column in enumerate(view.columns) if column.kind in NUMERIC)
    return Grid(view.title, tuple(map(voice.head, view.columns)), cells, numeric, view.sums, view.note, view.near)


def printable(text: str) -> str:
    """Drop control characters, so that a title from a file cannot steer the terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


def tied(agents: Iterable[str]) -> str:
    """Agents in one cell, broken only after one: `a + b`."""
    return f"{TIE}+ ".join(agents)


def nearest(found: Precedent, count: int, join: Callable[[Iterable[str]], str]) -> str:
    """Say which trial gave a regimen of `count` agents or most of it; `join` writes agents."""
    part = join(found.given)
    whole = len(found.given) == count
    if not found.trial:
        if count == 1:
            return "one agent, no pair"
        if not found.given:
            return "none"
        return "every pair given before" if whole else f"each pair of {part}"
    beside = f", beside {join(found.others)}" if found.others else ""
    trial = printable(found.trial) + (" (under way)" if found.under_way else "")
    whole_of = f"{trial}{beside}" if whole else f"{part} in {trial}{beside}"
    return f"{whole_of}; elsewhere {printable(found.elsewhere)}" if found.elsewhere else whole_of


# -- The columns, whatever table they stand in. -------------------------------------------------------------------

COLUMNS: dict[str, Column] = {
    column.key: column
    for column in (
        Column("arm", "arm"),
        Column("subgroups", "subgroups"),
        Column("subgroup", "subgroup", "id"),
        Column("epoch", "epoch", "id"),
        Column("category", "category", "id"),
        Column("share", "share of patients", "share"),
        Column("patients", "patients", "whole"),
        Column("control_patients", "control patients", "whole"),
        Column("p1", "rate predicted", "share"),
        Column("p0", "control rate", "share"),
        Column("hazard_ratio", "hazard ratio", "number", ".3f"),
        Column("sized_for", "sized for", "number", ".3f"),
        Column("alpha", "alpha", "number", ".4g"),
        Column("inflation", "inflation", "number", ".3f"),
        Column("events", "events", "number", ".1f"),
        Column("power", "power", "share"),
        Column("accrual_months", "months of accrual", "number", ".1f"),
        Column("cost", "cost", "number", ",.0f"),
        Column("size_method", "sized by", "method"),
        Column("experimental", "experimental", "whole"),
        Column("control", "control", "whole"),
        Column("power_inside", "power inside", "share"),
        Column("total", "total", "number"),
        Column("limited_by", "limited by"),
        Column("limit", "limit", "number"),
        Column("used", "used", "share"),
        Column("binding", "close to its limit", "truth"),
        Column("month", "month", "whole"),
        Column("enrolled", "enrolled", "whole"),
        Column("cumulative", "enrolled so far", "whole"),
        Column("look", "look", "whole"),
        Column("fraction", "info", "share"),
        Column("at_month", "month", "number", ".1f"),
        Column("z", "z", "number", ".3f"),
        Column("p", "p", "number", ".2g"),
        Column("effect", "effect at z", "number", ".3f"),
        Column("futility_z", "futility z", "number", ".3f"),
        Column("futility_effect", "effect there", "number", ".3f"),
        Column("alpha_spent", "alpha spent", "number", ".2g"),
        Column("beta_spent", "beta spent", "number", ".2g"),
        *(
            Column(f"stop_{why}_{truth}", f"{why}, {words}", "share")
            for why in ("efficacy", "futility")
            for truth, words in (("none", "no effect"), ("sized", "effect sized for"), ("predicted", "predicted"))
        ),
        Column("if_true", "if true"),
        Column("months", "months", "number", ".1f"),
        Column("milestone", "milestone"),
        Column("assessed", "responses read", "whole"),
        Column("events_without_effect", "events without effect", "number", ".1f"),
        Column("coverage", "coverage", "share"),
        Column("reach", "on protocol", "share"),
        Column("burden", "severe events (log scale)", "number"),
        Column("prevalence", "prevalence", "share"),
        Column("weakest", "weakest", "truth"),
        Column("risk", "risk", "share"),
        Column("row", "row", "whole"),
        Column("recalled_fields", "recalled fields"),
    )
}
"""Key -> column; a key that is not here is text under its own name."""

TITLES = {"risk": "Severe toxicity by epoch", "cumulative_risk": "Severe toxicity over all epochs"}

SOURCES = ("file", "row", "about", "source", "confidence", "recalled_fields")


def _columns(question: Question, keys: Sequence[str]) -> tuple[Column, ...]:
    """Columns of a table of the record; a limit beside a risk is a share."""
    found = []
    for key in keys:
        if key in question.epochs:
            found.append(Column(key, key))
        elif key.removeprefix("coverage_") in question.epochs:
            found.append(Column(key, key.replace("_", " ", 1), "share"))
        elif key == "limit" and "risk" in keys:
            found.append(Column(key, "limit", "share"))
        else:
            found.append(COLUMNS.get(key, Column(key, key)))
    return tuple(found)


def tables(solution: Solution) -> dict[str, View]:
    """Every table of the record, whole."""
    views = {}
    for name in NAMES:
        cells = tuple(tuple(row.values()) for row in rows(solution, name))
        title = TITLES.get(name) or name.replace("_", " ").capitalize()
        views[name] = View(title, _columns(solution.question, columns_of(solution, name)), cells)
    return views


def sources(solution: Solution) -> View:
    """One row per row of the instance's tables that names a source; `row` is missing where a scenario gave it."""
    q = solution.question
    cells = [(s.file, s.row or None, ", ".join(s.key), s.source, s.confidence, s.recalled_fields) for s in q.sources]
    return View("Sources", _columns(q, SOURCES), tuple(cells))
