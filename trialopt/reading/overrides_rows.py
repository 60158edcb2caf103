"""One cell of a table set anew: the row found by its key, changed or added, and marked as no longer published."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from trialopt.core.columns import TOXICITY_PREFIX
from trialopt.core.vocabulary import Table
from trialopt.reading.cells import CellError
from trialopt.reading.csv_table import plain_cell
from trialopt.reading.document import Document, Row, _text, suggest
from trialopt.reading.fill import filled
from trialopt.reading.fill_request import epoch_ids
from trialopt.reading.setting_values import shown
from trialopt.reading.tables import collect_ids, row_key, with_right_form

WHAT_IF = "what-if"
"""How the source of a changed row begins."""

SCALED = "all are scaled to sum to 1"

WINS = ("has its own for", "counts instead")
"""Words of a remark that says what wins over a cell."""

INSTEAD = {
    ("agents", "orr"): ("responders", "n"),
    ("agents", "responders"): ("orr",),
    ("toxicity", "probability"): ("events", "n"),
    ("toxicity", "events"): ("probability",),
    ("activity", "activity"): ("hazard_ratio",),
    ("activity", "hazard_ratio"): ("activity",),
}
"""Columns that say the same in another way, blanked when one of them is set, so that the new value counts."""


def set_cell(document: Document, table: Table, parts: Sequence[str], value: Any) -> tuple[Document, str, str, str, str]:
    """Set one cell, named by the parts of its row's key and its column; `None` blanks it.

    Returns the document, the cell in words, what stood and stands there, and a remark. A blank cell in a column that
    must not be blank takes the row away, so that its default counts. Raises `CellError` when the parts name nothing.
    """
    if len(parts) < 2:
        raise CellError(f"it names no cell of {table.file}", f"write {_pattern(table)}")
    *given, column = parts
    _check_column(document, table, column)
    text = plain_cell(_cell(value), table.name, column)
    where = f"{column} of {', '.join(part for part in given if part)} ({table.file})"
    rows = document.tables.get(table.name, ())
    key = _key_of(document, table, given, column, rows)
    position = _find(table, rows, key)
    if position is None and "evidence" in document.settings:
        whole = filled(document)
        known = whole.tables.get(table.name, ())
        key = _key_of(document, table, given, column, known)
        if (position := _find(table, known, key)) is not None:
            settings = {name: content for name, content in whole.settings.items() if name != "evidence"}
            document, rows = replace(whole, settings=settings), known
    old = rows[position] if position is not None else None
    before = old.cells.get(column, "") if old else ""
    remark = _remark(document, table, key, column, old)
    if text == "" and _is_required(table, column):
        rows = tuple(row for row in rows if row is not old)
    else:
        row = _changed(table, old, key, column, text)
        rows = (*rows, row) if old is None else tuple(row if other is old else other for other in rows)
        if text and (blanked := _blanked(table, old, column)):
            remark = "; ".join(filter(None, (f"{' and '.join(blanked)} of the row left out", remark)))
    return replace(document, tables={**document.tables, table.name: rows}), where, before, text, remark


def _remark(document: Document, table: Table, key: dict[str, str], column: str, old: Row | None) -> str:
    """Say what else decides what a cell does: rows that win over it, or that it is scaled."""
    if (table.name, column) == ("subgroups", "share"):
        return SCALED
    name = next(iter(key.values()))
    if (table.name, column) == ("categories", "limit"):
        return _own_rows(document, "limits", ("subgroup", "epoch"), lambda cells: cells.get("category") == name)
    rate = {"agents": "orr", "toxicity": "probability"}.get(table.name, "")
    if column == "n" and old is not None and old.cells.get(rate):
        return f"{rate} of the row counts instead"
    if table.name == "agents" and column in ("orr", "responders", "n"):
        return _own_rows(document, "activity", ("epoch",), lambda cells: cells.get("agent") == name)
    blank = [column for column in table.key if not key.get(column)]
    if blank:
        given = {(k, v) for k, v in key.items() if v}
        return _own_rows(
            document, table.name, blank, lambda cells: given <= set(cells.items()) and any(map(cells.get, blank))
        )
    if "key" in table.key:
        rows = document.tables.get("agents", ())
        agents = {row.cells.get("agent") for row in rows if row.cells.get("class") == key["key"]}
        rest = {(k, v) for k, v in key.items() if k != "key"}
        return _own_rows(
            document, table.name, ("key",), lambda cells: cells.get("key") in agents and rest <= set(cells.items())
        )
    return ""


def _own_rows(document: Document, table: str, columns: Sequence[str], wins: Callable[[Mapping[str, str]], bool]) -> str:
    """Name the rows of a table that win over a cell."""
    rows = [row.cells for row in document.tables.get(table, ()) if wins(row.cells)]
    names = [" in ".join(cells[c] for c in columns if c in cells) for cells in rows]
    return f"{table}.csv has its own for {'; '.join(names)}" if names else ""


def _pattern(table: Table) -> str:
    return f"{table.name}.{'.'.join(part.upper() for part in table.key)}.COLUMN=VALUE"


def _check_column(document: Document, table: Table, column: str) -> None:
    if table.more and table.column(column) is table.more:
        collect_ids(document, None).check(column.removeprefix(TOXICITY_PREFIX), "category")
        return
    columns = [c.name for c in table.columns if c.name not in table.key]
    if not columns:
        raise CellError(f"the rows of {table.file} have no value to set", "edit the file")
    if column not in columns:
        right = suggest(column, columns, f"the columns are {', '.join(columns)}")
        raise CellError(f"{column!r} is not a column of {table.file} that can be set", right)


def _is_required(table: Table, column: str) -> bool:
    found = table.column(column)
    return found is not None and found.required and not table.required


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        raise CellError(f"{shown(value)} is not a value of a cell", "write text or a number")
    if isinstance(value, list):
        return ";".join(map(_cell, value))
    return shown(value) if isinstance(value, bool) else _text(value)


def _key_of(document: Document, table: Table, given: Sequence[str], column: str, rows: Sequence[Row]) -> dict[str, str]:
    """Cells of the key that the parts stand for; those left out at its end are blank where no row has them filled."""
    if len(given) > len(table.key):
        raise CellError(f"a row of {table.file} is named by {', '.join(table.key)}", f"write {_pattern(table)}")
    ids = collect_ids(document, with_right_form(epoch_ids(document)))
    key: dict[str, str] = {}
    for position, one in enumerate(c for name in table.key if (c := table.column(name))):
        part = given[position] if position < len(given) else ""
        if part:
            key[one.name] = part
            if one.kind == "ref":
                ids.check(part, one.refers)
            else:
                _check_own(table, rows, key, one.name)
        elif one.required:
            raise CellError(f"it names no {one.name} of {table.file}", f"write {_pattern(table)}")
    left_out = table.key[len(given) :]
    like = [
        row for row in rows if all(row.cells.get(name, "") == key.get(name, "") for name in table.key[: len(given)])
    ]
    if any(row.cells.get(name) for row in like for name in left_out):
        names = [".".join([table.name, *(row.cells.get(name, "") for name in table.key), column]) for row in like]
        sentence = "several rows could be meant" if len(like) > 1 else f"{table.file} has only a row for less than that"
        raise CellError(sentence, f"write {' or '.join(sorted(names))}")
    return key


def _check_own(table: Table, rows: Sequence[Row], key: dict[str, str], column: str) -> None:
    """Refuse an id that the table itself would define: what is new needs more than one cell."""
    name = key[column]
    others = {k: v for k, v in key.items() if k != column}
    known = [row.cells[column] for row in rows if column in row.cells and others.items() <= row.cells.items()]
    if name not in known:
        right = suggest(name, known, f"a new {column} goes into the file")
        raise CellError(f"{table.file} has no {column} {name!r}", right)


def _find(table: Table, rows: Sequence[Row], key: dict[str, str]) -> int | None:
    wanted = row_key(table, key)
    return next((k for k, row in enumerate(rows) if row_key(table, row.cells) == wanted), None)


def _changed(table: Table, old: Row | None, key: dict[str, str], column: str, text: str) -> Row:
    """Make the row with the cell set, marked as an assumption that says what it was before."""
    cells = dict(old.cells) if old else dict(key)
    before = cells.get(column, "")
    blanked = _blanked(table, old, column) if text else []
    for name in (column, *blanked, "recalled_fields"):
        cells.pop(name, None)
    if text:
        cells[column] = text
    said = f"{column} {text or 'blank'}" + (f" instead of {before}" if before else "")
    said += f", {' and '.join(blanked)} left out" if blanked else ""
    source = cells.get("source", "")
    earlier, rest = _earlier(source)
    cells["source"] = f"{WHAT_IF}: {'; '.join([*earlier, said])}" + (f"; the rest: {rest}" if rest else "")
    cells["confidence"] = "assumption"
    place = ".".join([table.name, *(key.get(name, "") for name in table.key)]).rstrip(".")
    return Row(cells, "--set", 0, place)


def _blanked(table: Table, old: Row | None, column: str) -> list[str]:
    """Columns of a row that say the same in another way."""
    return [name for name in INSTEAD.get((table.name, column), ()) if old is not None and name in old.cells]


def _earlier(source: str) -> tuple[list[str], str]:
    """What earlier overrides of the same row said, and the source it had before them."""
    if not source.startswith(f"{WHAT_IF}: "):
        return [], source
    said, _, rest = source.removeprefix(f"{WHAT_IF}: ").partition("; the rest: ")
    return [said], rest
