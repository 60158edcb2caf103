"""One CSV file as a table: its separator, its header, its rows, its numbers in plain form.

Commas with decimal points are the files' own form. Semicolons, with decimal points or decimal commas, are what a
spreadsheet writes in half of Europe, and are read where the file is consistent. Headers may be in another case and
have spaces or hyphens for `_`.
"""

from __future__ import annotations

import csv
import gc
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from trialopt.core.columns import REMARKS, SPREAD, SPREAD_COLUMNS, TABLES, TOXICITY_PREFIX
from trialopt.core.vocabulary import Field, Table
from trialopt.reading.document import Problem, Row
from trialopt.reading.numerals import EITHER_POINT, decimal_mark, plain
from trialopt.reading.texts import FileError, read_text

NUMERIC = ("number", "count")
"""Kinds of columns that hold numbers."""

Records = list[tuple[int, list[str]]]
Cells = tuple[int, dict[str, str]]
"""Line of a row, and its cells by column; blank ones are left out."""

HEAD = 100_000
"""Characters in which the header is looked for."""

COMMAS = "save it with commas and decimal points (Excel: CSV UTF-8 with commas as list separator)"


def read_table(path: Path, table: Table, problems: list[Problem]) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Header and rows of a CSV file. Wholly blank rows are skipped; problems of single rows are appended."""
    text = read_text(path)
    mark, declared = separator(text)
    with _uncollected():
        records = _records(text, mark)
        if declared:
            records = records[1:]
            if not records:
                raise FileError(0, "", "the file is empty", "write it, or remove it if the table is not needed")
        return table_of(table, records, problems, "" if mark == ";" else ".")


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles: a million rows have none, and every search would walk over all of them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def table_of(
    table: Table, records: Records, problems: list[Problem], decimal: str = "."
) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Header and rows of records, the header first. A blank `decimal` mark is found out from the cells."""
    file = table.file
    first, header = records[0]
    header = [canonical(name.strip(), table) for name in header]
    while header and not header[-1]:
        header.pop()
    numeric = {n: column for n in header if (column := column_of(table, n)) and column.kind in NUMERIC}
    rows: list[Cells] = []
    for line, record in records[1:]:
        cells = record
        while len(cells) > len(header) and not cells[-1]:
            cells.pop()
        if len(cells) > len(header):
            sentence = f"the row has {len(cells)} cells, and the header {len(header)}"
            right = "put text with a comma in double quotes, or name the column"
            problems.append(Problem(file, line, "", cells[len(header)], sentence, right))
        rows.append((line, {n: c for n, c in zip(header, cells, strict=False) if n and c}))
    if not decimal:
        decimal = decimal_mark(c for _, row in rows for n, c in row.items() if n in numeric)
        if decimal != ".":
            problems += _either(file, rows, numeric)
    for name, column in numeric.items():
        made: dict[str, str] = {}  # most cells of a column are alike
        for _, row in rows:
            if (text := row.get(name)) and not text.isdecimal():
                if text not in made:
                    made[text] = plain(text, column, decimal)
                row[name] = made[text]
    problems += _of_header(file, first, header)
    names = tuple(dict.fromkeys(name for name in header if name))
    return names, tuple(Row(row, file, line) for line, row in rows)


def column_of(table: Table, name: str) -> Field | None:
    """Column of a table by name, the percentiles of its uncertain number (in the unit of that) among them."""
    if name in SPREAD and table.uncertain:
        return replace(SPREAD_COLUMNS[SPREAD.index(name)], own_unit=table.names[table.uncertain[0]].own_unit)
    return table.column(name)


def plain_cell(text: str, table: str, column: str) -> str:
    """Text of one cell of a table, a number in plain form; nothing is changed in what is no table or no number."""
    declared = column_of(TABLES[table], column) if table in TABLES else None
    return plain(text, declared) if declared is not None and declared.kind in NUMERIC else text


def canonical(name: str, table: Table) -> str:
    """Name of a column as declared, where it differs in case, spaces or hyphens only; else as it is."""
    known = {*table.names, *REMARKS, *(SPREAD if table.uncertain else ())}
    if name in known:
        return name
    folded = re.sub(r"[ -]+", "_", name.casefold())
    if folded in known:
        return folded
    if table.more and re.sub(r" *: *", ":", name.casefold()).startswith(TOXICITY_PREFIX):
        return TOXICITY_PREFIX + re.sub(r"[ -]+", "_", name.casefold().partition(":")[2].strip())
    return name


def _either(file: str, rows: Sequence[Cells], numeric: Mapping[str, Field]) -> list[Problem]:
    """Ask about numbers such as `12.500` in a file that may have decimal commas."""
    found = []
    for line, row in rows:
        for name, text in row.items():
            if name in numeric and "." in text and EITHER_POINT.fullmatch(text):
                sentence = f"{text!r} may be thousands or decimals, in a file with semicolons"
                right = f"write {text.replace('.', '')}, or {text.replace('.', ',')} if the point is a decimal one"
                found.append(Problem(file, line, name, text, sentence, right))
    return found


def _of_header(file: str, first: int, header: Sequence[str]) -> list[Problem]:
    problems = []
    seen: set[str] = set()
    for position, name in enumerate(header):
        if not name:
            sentence = f"column {position + 1} has no name"
            problems.append(Problem(file, first, "", "", sentence, "name it or remove it"))
        elif name in seen:
            sentence = f"the column {name!r} is there twice"
            problems.append(Problem(file, first, name, name, sentence, "keep one of them"))
        seen.add(name)
    return problems


def separator(text: str) -> tuple[str, bool]:
    """Separator of the columns of a text, and whether a line of its own declares it (`sep=;`).

    Raises `FileError` for a separator that is neither a comma nor a semicolon.
    """
    text = text[:HEAD]
    lines = text.lstrip("\r\n\t ,;").splitlines()
    first = lines[0] if lines else ""
    line = 1 + next((k for k, content in enumerate(text.splitlines()) if first and first in content), 0)
    bare = re.sub(r'"[^"]*("|$)', "", first)
    declared = re.fullmatch(r'"?sep=(.)"?[,;\s]*', first.strip(), re.IGNORECASE) or (
        re.fullmatch(r"sep=(\t)", first, re.IGNORECASE)
    )
    if declared:
        mark = declared[1]
    else:
        counts = {mark: bare.count(mark) for mark in (",", ";", "\t", "|")}
        mark = ";" if counts[";"] > counts[","] else "," if counts[","] else max(counts, key=counts.__getitem__)
    if mark not in ",;":
        name = {"\t": "tabs"}.get(mark, repr(mark))
        raise FileError(line, mark, f"the columns are separated by {name}", COMMAS)
    return mark, bool(declared)


def _records(text: str, mark: str) -> Records:
    """Records that are not wholly blank, each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    records: Records = []
    line = 1
    try:
        for record in reader:
            cells = list(map(str.strip, record))
            if any(cells):
                records.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        sentence = f"the file is not CSV from here on ({error})"
        raise FileError(line, "", sentence, "close every double quote, and write a quote inside a text twice") from None
    if not records:
        raise FileError(0, "", "the file is empty", "write it, or remove it if the table is not needed")
    return records
