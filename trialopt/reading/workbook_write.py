"""Documents written as workbooks that read back as the same question."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.catalog import write_bytes
from trialopt.core.columns import TABLES
from trialopt.core.settings import SECTIONS
from trialopt.reading.document import Document
from trialopt.reading.toml_values import parsed, value_text
from trialopt.reading.workbook import TRIAL_SHEET, flat, openpyxl
from trialopt.reading.write import header_of

LONGEST = 32_767
"""Most letters of a cell, a limit of the format."""
NUMBERS = ("number", "count")


def write_workbook(document: Document, path: str | Path) -> Path:
    """Write a document as one workbook, whole or not at all; settings that could be made stand there without a value.

    Raises
    ------
    FileExistsError
        When the file is there already.
    WrongInput
        When openpyxl is not installed, or a text has a character that no workbook can hold.
    """
    target = Path(path)
    if target.exists():
        raise FileExistsError(f"{target} is there already; give another file")
    package = openpyxl()
    book = package.Workbook(write_only=True)
    sheets = {TRIAL_SHEET: list(_trial(document.settings))}
    sheets |= {name: list(_rows(document, name)) for name in TABLES if name in document.tables}
    _check_texts(sheets, package.cell.cell.ILLEGAL_CHARACTERS_RE)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for column in "ABC" if name == TRIAL_SHEET else "":
            sheet.column_dimensions[column].width = {"A": 32, "B": 32, "C": 90}[column]
        for line, row in enumerate(rows, start=1):
            sheet.append([_cell(package, sheet, value, bold=line == 1) for value in row])
    memory = io.BytesIO()
    book.save(memory)
    write_bytes(target, memory.getvalue())
    return target


def _check_texts(sheets: Mapping[str, Sequence[Sequence[Any]]], barred: re.Pattern[str]) -> None:
    """Raise `WrongInput` for a text that no cell can hold."""
    for name, rows in sheets.items():
        for line, row in enumerate(rows, start=1):
            for text in (value for value in row if isinstance(value, str)):
                if barred.search(text):
                    raise WrongInput(f"{name}, row {line}: a text has a character that no workbook can hold")
                if len(text) > LONGEST:
                    raise WrongInput(f"{name}, row {line}: a text is longer than the {LONGEST} letters of a cell")


def _cell(package: Any, sheet: Any, value: Any, bold: bool) -> Any:
    """A cell that holds a text as a text, also one that looks like a formula."""
    cell = package.cell.WriteOnlyCell(sheet, value=None)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    if bold:
        cell.font = package.styles.Font(bold=True)
    return cell


def _trial(settings: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    """Rows of the sheet `trial`: what is set, then what could be, with its meaning."""
    yield "key", "value", "meaning"
    given = list(flat(settings))
    epochs = {key.split(".")[1] for key, _ in given if key.startswith("epoch.")}
    meanings = dict(_meanings(epochs))
    for key, value in given:
        yield key, _value(value), meanings.pop(key, "")
    for key, meaning in meanings.items():
        yield key, None, meaning


def _meanings(epochs: set[str]) -> Iterator[tuple[str, str]]:
    for section in SECTIONS:
        heads = [f"epoch.{name}" for name in sorted(epochs)] if section.repeated else [section.name]
        for head in heads:
            for field in section.fields:
                if field.kind not in ("table", "tables") and not (section.repeated and field.name == "id"):
                    default = f"; default: {field.default_words}" if field.default_words else ""
                    yield ".".join(filter(None, (head, field.name))), f"{field.meaning} ({field.unit}){default}"


def _value(value: Any) -> Any:
    """A value as a cell: numbers and plain words as they are, the rest as TOML."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        exact = isinstance(value, float) or abs(value) < 2**53
        return value if exact and value == value and abs(value) != float("inf") else value_text(value)
    if isinstance(value, str) and value.strip() == value and parsed(value) == value:
        return value
    return value_text(value)


def _rows(document: Document, name: str) -> Iterator[Sequence[Any]]:
    """Header and rows of a table, numbers as numbers where that loses no digit."""
    header = header_of(document, name)
    yield header
    for row in document.tables[name]:
        yield [_number(row.cells.get(column), name, column) for column in header]


def _number(text: str | None, table: str, column: str) -> Any:
    declared = TABLES[table].column(column)
    if text is None or declared is None or declared.kind not in NUMBERS:
        return text
    try:
        value = int(text) if text.isdecimal() and len(text) < 16 else float(text)
    except ValueError:
        return text
    return value if abs(value) < 1e300 else text
