"""An instance as one Excel workbook: a sheet for each table, and the sheet `trial` with the settings.

The sheet `trial` has the columns `key` and `value`; anything beside them is for people. Keys are dotted
(`trial.max_arms`, `epoch.induction.cycles`, `control.induction`), values are numbers, words, or TOML (`["a", "b"]`).
"""

from __future__ import annotations

import datetime
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.columns import TABLES
from trialopt.core.input_files import InputFile
from trialopt.reading.csv_table import Records, table_of
from trialopt.reading.document import SETTINGS, Document, Problem, Row, nearest
from trialopt.reading.folder import MISSPELT, missing, plain_name, used_tables
from trialopt.reading.texts import FileError, read_bytes
from trialopt.reading.toml_values import parsed

SUFFIX = ".xlsx"
TRIAL_SHEET = "trial"
MOST_UNPACKED = 2**28
"""Largest size of a workbook's parts together, unpacked."""
_ID = re.compile(r"[A-Za-z0-9_-]+")


def openpyxl() -> Any:
    """The package that reads and writes workbooks. Raises `WrongInput` where it is not installed."""
    try:
        import openpyxl as package
    except ImportError:
        raise WrongInput("workbooks need openpyxl: install trialopt[excel]") from None
    return package


def load_workbook(path: Path) -> Document:
    """Read a workbook as a document. What is wrong with a sheet goes into `problems`.

    Raises
    ------
    FileError
        When the file is no workbook that can be read.
    WrongInput
        When openpyxl is not installed.
    """
    sheets = _sheets(path)
    problems: list[Problem] = []
    unreadable: set[str] = set()
    tables: dict[str, tuple[Row, ...]] = {}
    columns: dict[str, tuple[str, ...]] = {}
    known = {name: name for name in (TRIAL_SHEET, *TABLES)}
    found: dict[str, str] = {}
    ignored: list[InputFile] = []
    warnings: list[str] = []
    plain = {title: re.sub(r"[ -]+", "_", plain_name(title)) for title in sheets}
    absent = [name for name in known if name not in plain.values()]
    for title in sheets:
        name = known.get(plain[title])
        meant = get_close_matches(plain[title], absent, 1, MISSPELT) if name is None and sheets[title] else []
        if meant:
            sentence = f"the name is almost that of the sheet {meant[0]}, and the sheet would not be read"
            right = f"rename it {meant[0]}, or give it a name that is like no table's"
            problems.append(Problem(_place(path, title), 0, "", "", sentence, right))
        elif name in found:
            problems.append(Problem(_place(path, title), 0, "", "", f"there are two sheets {name}", "keep one of them"))
        elif name is not None:
            found[name] = title
        elif sheets[title]:
            close = nearest(title, [n for n in known if n not in found])
            hint = f" (did you mean {close}?)" if close else ""
            ignored.append(InputFile(_place(path, title), False, f"no table{hint}"))
            warnings.append(f"The sheet {title} of {path.name} is not a table and is ignored{hint}.")
    shown = {f"{name}.csv": _place(path, title) for name, title in found.items()}
    shown |= {SETTINGS: _place(path, found.get(TRIAL_SHEET, TRIAL_SHEET))}
    settings: dict[str, Any] = {}
    places: dict[str, tuple[str, int]] = {}
    if TRIAL_SHEET in found:
        settings, places = _settings(sheets[found[TRIAL_SHEET]], problems)
    else:
        right = "add the sheet trial with the columns key and value, as `trialopt new --xlsx` writes it"
        problems.append(Problem(path.name, 0, "", "", "the workbook has no sheet trial", right))
        unreadable.add("trial")
    for table in TABLES.values():
        records = sheets[found[table.name]] if table.name in found else []
        if records:
            columns[table.name], tables[table.name] = table_of(table, records, problems)
        elif table.required:
            problems.append(missing(table))
            unreadable.add(table.name)
    inputs = [InputFile(SETTINGS, True, "settings"), *used_tables(settings, tables, columns)]
    return Document(
        path.stem, settings, tables, columns=columns, folder=path.parent, warnings=tuple(warnings), places=places,
        problems=tuple(problems), unreadable=frozenset(unreadable), shown_as=shown,
        inputs=(*(InputFile(shown[file.name], file.used, file.why) for file in inputs), *ignored),
    )  # fmt: skip


def _place(path: Path, title: str) -> str:
    return f"{path.name} [{title}]"


def _sheets(path: Path) -> dict[str, Records]:
    """Rows of every sheet as texts, with their numbers. Raises `FileError`."""
    read_bytes(path)
    package = openpyxl()
    try:
        with zipfile.ZipFile(path) as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size > MOST_UNPACKED:
            raise FileError(0, "", f"the workbook is {size / 2**20:.0f} MB unpacked", "leave pictures and notes out")
        book = package.load_workbook(path, read_only=True, data_only=True)
        written = package.load_workbook(path, read_only=True)
        return {sheet.title: _records(sheet, written[sheet.title]) for sheet in book.worksheets}
    except FileError:
        raise
    except zlib.error:
        raise FileError(0, "", "the workbook is damaged: a part cannot be unpacked", "save it as .xlsx") from None
    except Exception as error:  # whatever a damaged part makes the parsers raise
        words = (str(error.args[0] if error.args else "") or "a part is damaged").splitlines()[0][:200]
        raise FileError(0, "", f"the file is not a workbook that can be read ({words})", "save it as .xlsx") from None


def _records(sheet: Any, written: Any) -> Records:
    """Rows that are not wholly blank."""
    sheet.reset_dimensions()
    written.reset_dimensions()
    records: Records = []
    for line, (row, raw) in enumerate(zip(sheet.iter_rows(), written.iter_rows(), strict=False), start=1):
        cells = [_text(cell, own, sheet.title) for cell, own in zip(row, raw, strict=False)]
        if any(cells):
            records.append((line, cells))
    return records


def _text(cell: Any, written: Any, sheet: str) -> str:
    """What a cell holds, as it would stand in a CSV file."""
    value = cell.value
    if value is None and written.value is not None:
        sentence = f"sheet {sheet}, cell {written.coordinate}: the formula has no stored value"
        raise FileError(written.row, "", sentence, "open and save the file in a spreadsheet, or write the value")
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        sentence = f"sheet {sheet}, cell {cell.coordinate}: {value} is a date"
        raise FileError(cell.row, str(value), sentence, "format the cell as text and write it again")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip()


def _settings(records: Records, problems: list[Problem]) -> tuple[dict[str, Any], dict[str, tuple[str, int]]]:
    """Settings of the rows under `key` and `value`, and the row of each."""
    settings: dict[str, Any] = {}
    places: dict[str, tuple[str, int]] = {}
    first, header = records[0] if records else (1, [])
    names = [name.casefold() for name in header]
    for name in ("key", "value"):
        if names.count(name) != 1:
            sentence = f"the sheet needs one column {name!r}, and has {names.count(name)}"
            problems.append(Problem(SETTINGS, first, name, "", sentence, "write the header key, value"))
            return settings, places
    for line, row in records[1:]:
        cells = dict(zip(names, row, strict=False))
        key, text = cells["key"], cells.get("value", "")
        if not key and text:
            problems.append(Problem(SETTINGS, line, "key", "", "the value has no key", "write its key"))
        if not key or not text:
            continue
        path = _lay(settings, key.split("."), parsed(text))
        if path is None or path in places:
            sentence = f"{key!r} is already given" if path else f"{key!r} does not fit the rows above it"
            problems.append(Problem(SETTINGS, line, "key", key, sentence, "keep one of the rows"))
        else:
            places[path] = (SETTINGS, line)
    return settings, places


def _lay(settings: dict[str, Any], parts: Sequence[str], value: Any) -> str | None:
    """Put a value at its dotted key; `epoch.ID.KEY` is of the epoch with that id. Returns the path in the settings."""
    parts = [part.strip() for part in parts]
    if parts[0] == "epoch" and len(parts) > 2:
        epochs = settings.setdefault("epoch", [])
        if not isinstance(epochs, list) or not all(isinstance(e, dict) for e in epochs):
            return None
        number = next((k for k, epoch in enumerate(epochs) if epoch["id"] == parts[1]), len(epochs))
        if number == len(epochs):
            epochs.append({"id": parts[1]})
        level, rest, path = epochs[number], parts[2:], f"epoch.{number}"
    else:
        level, rest, path = settings, parts, ""
    for part in rest[:-1]:
        level = level.setdefault(part, {})
        if not isinstance(level, dict):
            return None
    level.setdefault(rest[-1], value)
    return ".".join(filter(None, (path, *rest)))


def flat(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys and values of settings, as the sheet `trial` has them."""
    for key, value in settings.items():
        path = f"{above}.{key}" if above else key
        if path == "epoch" and _have_ids(value):
            for epoch in value:
                rest = {name: content for name, content in epoch.items() if name != "id"}
                yield from flat(rest, f"epoch.{epoch['id']}")
        elif isinstance(value, Mapping) and value and all(_ID.fullmatch(name) for name in value):
            yield from flat(value, path)
        else:
            yield path, value


def _have_ids(epochs: Any) -> bool:
    """Whether every epoch can be named by its id, and has something else to say."""
    if not isinstance(epochs, list | tuple) or not all(isinstance(e, Mapping) and len(e) > 1 for e in epochs):
        return False
    ids = [epoch.get("id") for epoch in epochs]
    return all(isinstance(name, str) and _ID.fullmatch(name) for name in ids) and len(set(ids)) == len(ids) > 0
