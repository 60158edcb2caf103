"""Rows of text to rows of values: columns, types, ranges, keys and references checked one table after another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trialopt.core.columns import REMARKS, SPREAD, SPREAD_COLUMNS, TABLES, TOXICITY_PREFIX
from trialopt.core.instance import NONE
from trialopt.core.settings import OWN_PREFIX
from trialopt.core.vocabulary import Field, Table, named
from trialopt.reading.cells import CellError, check_id, number, parts, snaked
from trialopt.reading.document import Document, Problem, Problems, Row, suggest
from trialopt.reading.own_columns import owned, owned_by

_SPREAD = {column.name: column for column in SPREAD_COLUMNS}

MOST_HINTS = 100
"""Unknown ids of a kind for which the nearest known one is looked up."""


@dataclass(frozen=True)
class Entry:
    """One row whose ids are right. Blank cells, and cells with a problem, are in neither mapping."""

    row: Row
    texts: Mapping[str, str]
    numbers: Mapping[str, float]

    def __getitem__(self, column: str) -> str:
        return self.texts[column]

    def text(self, column: str) -> str | None:
        """Text of a cell, `None` when blank."""
        return self.texts.get(column)

    def number(self, column: str) -> float | None:
        """Number of a cell, `None` when blank."""
        return self.numbers.get(column)


@dataclass(frozen=True)
class Ids:
    """Ids the tables and the settings define, in their order; `None` where the definition could not be read."""

    agent: tuple[str, ...] | None
    classes: tuple[str, ...] | None
    epoch: tuple[str, ...] | None
    subgroup: tuple[str, ...] | None
    mechanism: tuple[str, ...] | None
    category: tuple[str, ...] | None
    doses: tuple[str, ...] | None = None
    """Every `agent@level`."""
    home: Mapping[str, str] = field(
        default_factory=lambda: {
            "agent": "agents.csv",
            "class": "agents.csv",
            "item": "agents.csv",
            "dose": "agents.csv",
            "epoch": "trial.toml",
            "subgroup": "subgroups.csv",
            "mechanism": "mechanisms.csv",
            "category": "categories.csv",
        }
    )
    _sets: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)
    _asked: Counter[str] = field(default_factory=Counter, compare=False, repr=False)

    def has(self, value: str, refers: str) -> bool:
        """Whether a reference may name a value, as far as can be told."""
        if refers not in self._sets:
            known = self.known(refers)
            if known is None:
                return True
            self._sets[refers] = frozenset(known)
        return value in self._sets[refers]

    def known(self, refers: str) -> tuple[str, ...] | None:
        """Ids a reference may name, `None` when that cannot be told."""
        if refers == "item":
            return None if self.agent is None or self.classes is None else self.agent + self.classes
        if refers == "dose":
            items = self.known("item")
            return None if items is None or self.doses is None else items + self.doses
        if refers == "class":
            return self.classes
        return {
            "agent": self.agent,
            "epoch": self.epoch,
            "subgroup": self.subgroup,
            "mechanism": self.mechanism,
            "category": self.category,
        }[refers]

    def check(self, value: str, refers: str) -> None:
        """Raise `CellError` when a reference names nothing."""
        if self.has(value, refers):
            return
        home = self.home[refers]
        self._asked[refers] += 1
        if self._asked[refers] > MOST_HINTS:
            what = named("item" if refers == "dose" else refers)
            raise CellError(f"{value!r} is not {what} of {home}", f"give {what} of {home}")
        if "@" in value and refers == "dose":
            agent = value.partition("@")[0]
            self.check(agent, "agent")
            levels = tuple(dose for dose in self.doses or () if dose.partition("@")[0] == agent)
            raise CellError(f"{value!r} is not a level of {agent!r}", suggest(value, levels, "see levels.csv"))
        what = named("item" if refers == "dose" else refers)
        known = tuple(name for name in self.known(refers) or () if snaked(name) == name)
        raise CellError(f"{value!r} is not {what} of {home}", suggest(value, known, f"give {what} of {home}"))


def with_right_form(ids: Iterable[str]) -> tuple[str, ...]:
    """Ids as written, and what those that are no lower_snake would be: whoever refers to them made no mistake."""
    return tuple(dict.fromkeys(form for name in ids if name != NONE for form in (name, snaked(name))))


def collect_ids(document: Document, epochs: tuple[str, ...] | None) -> Ids:
    """Gather the ids that tables define, as written, so that references can be checked in any order."""

    def column(table: str, name: str) -> tuple[str, ...] | None:
        header = document.columns.get(table)
        if table in document.unreadable or (header and name not in header):
            return None
        rows = document.tables.get(table, ())
        if not all(name in row.cells for row in rows) or (TABLES[table].required and not rows):
            return None
        return with_right_form(row.cells[name] for row in rows)

    agents = column("agents", "agent")
    levels = document.tables.get("levels", ())
    named = {row.cells.get("agent"): True for row in levels}
    doses = [f"{row.cells.get('agent')}@{row.cells.get('level')}" for row in levels]
    known = column("levels", "agent") is not None and column("levels", "level") is not None
    return Ids(
        agent=agents,
        classes=column("agents", "class"),
        epoch=epochs,
        subgroup=column("subgroups", "subgroup"),
        mechanism=column("mechanisms", "mechanism"),
        category=column("categories", "category"),
        doses=(*doses, *(f"{a}@standard" for a in agents if a not in named)) if known and agents is not None else None,
    )


def row_problem(row: Row, column: str, value: str, sentence: str, right: str) -> Problem:
    """Make the problem of one cell, naming the scenario's entry where the row is a scenario's."""
    place = f"{row.place} {column}".strip() if row.place else column
    return Problem(row.file, row.line, place, value, sentence, right)


def row_key(table: Table, cells: Mapping[str, str]) -> tuple[str, ...]:
    """What tells a row of a table apart from the others."""
    key = tuple(cells.get(column, "") for column in table.key)
    return tuple(sorted(key)) if table.unordered else key


def check_tables(document: Document, ids: Ids, problems: Problems) -> dict[str, list[Entry]]:
    """Check every table cell by cell; returns the rows whose ids can be relied on."""
    for name in document.tables:
        if name not in TABLES:
            right = suggest(f"{name}.csv", (t.file for t in TABLES.values()), "see the list of tables")
            row = next(iter(document.tables[name]), Row({}, f"{name}.csv"))
            problems.add(row_problem(row, "", name, f"{name!r} is not a table", right), name)
    misread: dict[tuple[str, int], list[str]] = {}
    for problem in document.problems:
        misread.setdefault((problem.file, problem.row), []).append(problem.column)
    return {name: _check_table(table, document, ids, problems, misread) for name, table in TABLES.items()}


def _check_table(
    table: Table, document: Document, ids: Ids, problems: Problems, misread: Mapping[tuple[str, int], list[str]]
) -> list[Entry]:
    rows = document.tables.get(table.name, ())
    if table.name in document.unreadable:
        return []
    if table.required and not rows:
        right = f"write one row per {table.name[:-1]}"
        problems.add(Problem(table.file, 0, "", "", "the table has no rows", right), table.name)
    header = document.columns.get(table.name, ())
    own = owned_by(document.settings, table.name)
    absent = _check_header(table, header, ids, problems, own)
    entries: list[Entry] = []
    named = [c.name for c in table.columns if c.required and c.kind in ("id", "ref")]
    seen: dict[tuple[str, ...], Row] = {}
    for row in rows:
        if misread and any(column.startswith(row.place) for column in misread.get((row.file, row.line), ())):
            problems.spoil(table.name)  # its cells may stand in the wrong columns
            continue
        if problems.full(table.name) and row_key(table, row.cells) in seen:
            problems.more += 1
            continue
        found: list[Problem] = []
        entry = _check_row(table, row, ids, found, () if row.place else absent, own)
        first = row
        if all(column in row.cells for column in table.key if column in named):
            first = seen.setdefault(row_key(table, row.cells), row)
            if first is not row:
                found.append(_duplicate(table, row, first))
        for problem in found:
            problems.add(problem, table.name)
        if first is row and all(name in entry.texts for name in named):
            entries.append(entry)
    return entries


def _names(table: Table) -> tuple[str, ...]:
    return tuple(c.name for c in table.columns) + (SPREAD if table.uncertain else ()) + REMARKS


def _check_header(
    table: Table, header: tuple[str, ...], ids: Ids, problems: Problems, own: frozenset[str]
) -> tuple[str, ...]:
    """Check the columns a file has; returns the required ones it lacks."""
    for name in header:
        try:
            _check_column(table, name, ids, own)
        except CellError as error:
            problems.add(Problem(table.file, 1, name, name, error.sentence, error.right), table.name)
    absent = tuple(c.name for c in table.columns if c.required and c.name not in header) if header else ()
    for name in absent:
        sentence = f"the column {name!r} is missing"
        problems.add(Problem(table.file, 1, name, "", sentence, "add it, it is required"), table.name)
    return absent


def _check_column(table: Table, name: str, ids: Ids, own: frozenset[str]) -> None:
    if table.more and table.column(name) is table.more:
        ids.check(name.removeprefix(TOXICITY_PREFIX), "category")
    elif name not in _names(table) and not owned(name, own):
        otherwise = f"the columns are {', '.join(_names(table))}; one of your own begins with {OWN_PREFIX}"
        right = suggest(name, _names(table), otherwise)
        raise CellError(f"{name!r} is not a column of {table.file}", right)


def _check_row(
    table: Table, row: Row, ids: Ids, found: list[Problem], absent: tuple[str, ...], own: frozenset[str]
) -> Entry:
    texts: dict[str, str] = {}
    numbers: dict[str, float] = {}
    for name, text in row.cells.items():
        column = table.column(name) or (_SPREAD.get(name) if table.uncertain else None)
        try:
            if row.place:
                _check_column(table, name, ids, own)
            if column is None:
                texts[name] = text
            elif column.kind in ("number", "count"):
                numbers[name] = number(text, column)
            else:
                _check_text(text, column, ids)
                texts[name] = text
        except CellError as error:
            found.append(row_problem(row, name, text, error.sentence, error.right))
    for column in (c for c in table.columns if c.required and c.name not in row.cells and c.name not in absent):
        found.append(row_problem(row, column.name, "", "the cell is blank", _fill(column)))
    return Entry(row, texts, numbers)


def _check_text(text: str, column: Field, ids: Ids) -> None:
    if column.kind == "id":
        check_id(text)
    elif column.kind == "ref":
        if column.refers == "mechanism" and text == NONE:
            raise CellError("'none' is what the listed mechanisms leave over", "leave the row out")
        ids.check(text, column.refers)
    elif column.kind == "flag":
        if text.lower() not in ("true", "false"):
            raise CellError(f"{text!r} is neither true nor false", "write true or false")
    elif column.kind == "epochs":
        for part in parts(text):
            ids.check(part, "epoch")
        if not parts(text):
            raise CellError(f"{text!r} names no epoch", "give epochs separated by ;, or leave the cell blank for all")
    elif column.kind == "ids":
        for part in parts(text):
            check_id(part)
        if not parts(text):
            raise CellError(f"{text!r} names no agent", "give agents separated by ;")
    elif column.choices and text not in column.choices:
        raise CellError(f"{text!r} is not a {column.name}", suggest(text, column.choices, "see the list"))


def _fill(column: Field) -> str:
    if column.kind in ("number", "count"):
        return f"give a number {column.range}".rstrip()
    if column.kind == "id":
        return "give an id"
    return f"give {named(column.refers)}"


def _duplicate(table: Table, row: Row, first: Row) -> Problem:
    given = [row.cells[column] for column in table.key if column in row.cells]
    where = first.place or f"line {first.line}"
    order = " (in either order)" if table.unordered and given[::-1] == [first.cells[c] for c in table.key] else ""
    columns = ", ".join(c for c in table.key if c in row.cells)
    sentence = f"{', '.join(map(repr, given))} is already given in {where}{order}"
    return row_problem(row, columns, ", ".join(given), sentence, "keep one row")
