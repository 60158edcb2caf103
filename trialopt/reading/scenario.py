"""A scenario file -> Document: its base with the overrides laid over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from trialopt.core.columns import TABLES
from trialopt.core.handed import a_path
from trialopt.core.input_files import InputFile
from trialopt.reading.csv_table import plain_cell
from trialopt.reading.document import SETTINGS, Document, InputErrors, Problem, Row, _text, nearest, suggest
from trialopt.reading.folder import load_folder
from trialopt.reading.setting_values import shown
from trialopt.reading.tables import row_key
from trialopt.reading.texts import FileError, kind_of, read_toml
from trialopt.reading.workbook import SUFFIX, load_workbook

Places = dict[str, tuple[str, int]]
_MERGED = ("format", "title", "setting", "trial", "rules", "control", "evidence", "registration", "columns")
_KEYS = ("base", *_MERGED, "epoch", "table")


def load(path: str | Path) -> Document:
    """Read an instance folder or a scenario file into a document that is not yet checked.

    What is wrong with single files is kept in the document and raised by `build` with everything else.

    Raises
    ------
    InputErrors
        When there is nothing to read: no such path, a folder that is no instance, a base that is not there.
    """
    return _load(a_path(path, "path", how="give an instance folder, a workbook or a scenario file"), ())


def _load(path: Path, above: tuple[Path, ...]) -> Document:
    if path.is_dir():
        return load_folder(path)
    if path.name == SETTINGS and path.is_file():
        return load_folder(path.parent)
    if path.is_file() and path.suffix == ".toml":
        return _load_scenario(path, above)
    if path.is_file() and path.suffix.lower() == SUFFIX:
        try:
            return load_workbook(path)
        except FileError as error:
            raise InputErrors([error.of(path.name)]) from None
    right = "give an instance folder, a workbook (.xlsx) or a scenario file (.toml)"
    sentence = "there is no such folder or file"
    if path.is_file():
        sentence = "the file is neither an instance folder nor a workbook (.xlsx) nor a scenario (.toml)"
    elif path.exists() or path.is_symlink():
        sentence = f"this is {kind_of(path)}, neither a folder nor a file"
    elif path.parent.is_dir() and (close := nearest(path.name, (p.name for p in path.parent.iterdir()))):
        right = f"did you mean {close!r}?"
    raise InputErrors([Problem(str(path), 0, "", str(path), sentence, right)])


def _load_scenario(path: Path, above: tuple[Path, ...]) -> Document:
    file = path.name
    here = path.resolve()
    if here in above:
        chain = " -> ".join(p.name for p in (*above[above.index(here) :], here))
        raise _one(file, 0, "base", chain, f"the scenarios stand on each other ({chain})", "let one stand on a folder")
    try:
        overrides, places = read_toml(path, file)
    except FileError as error:
        raise InputErrors([error.of(file)]) from None
    line = places.get("base", (file, 0))[1]
    base = overrides.get("base")
    if not isinstance(base, str):
        sentence = "the file has no base, so it is not a scenario" if base is None else f"{shown(base)} is not a path"
        raise _one(file, line, "base", str(base or ""), sentence, 'write base = "path to an instance folder"')
    target = path.parent / base
    if not target.exists():
        close = nearest(target.name, (p.name for p in target.parent.iterdir())) if target.parent.is_dir() else None
        otherwise = "give the path of an instance folder, as seen from the scenario"
        right = f"did you mean {close!r}?" if close else otherwise
        raise _one(file, line, "base", base, f"there is no {base!r}", right)
    return _apply(_load(target, (*above, here)), path.stem, file, overrides, places)


def _one(file: str, line: int, column: str, value: str, sentence: str, right: str) -> InputErrors:
    return InputErrors([Problem(file, line, column, value, sentence, right)])


def _apply(base: Document, name: str, file: str, overrides: Mapping[str, Any], places: Places) -> Document:
    problems: list[Problem] = []
    merged: dict[str, Any] = dict(base.settings)
    stands: Places = dict(base.places)
    for key, value in overrides.items():
        if key not in _KEYS:
            right = suggest(key, _KEYS, f"the keys are {', '.join(_KEYS)}")
            line = places.get(key, (file, 0))[1]
            problems.append(Problem(file, line, key, str(value), f"{key!r} is not a key of a scenario", right))
    for key in _MERGED:
        if key in overrides:
            merged[key] = _merge(merged.get(key), overrides[key])
            stands.update({p: at for p, at in places.items() if p == key or p.startswith(f"{key}.")})
    if "epoch" in overrides:
        merged["epoch"] = _merge_epochs(base, overrides["epoch"], file, places, stands, problems)
    tables = dict(base.tables)
    given = overrides.get("table", {})
    if not isinstance(given, Mapping):
        sentence, right = f"{shown(given)} is not a table", "write [[table.NAME]] above each row"
        problems.append(Problem(file, places.get("table", (file, 0))[1], "table", str(given), sentence, right))
        given = {}
    for table, entries in given.items():
        tables[table] = _merge_rows(table, tables.get(table, ()), entries, file, places, problems)
    above = InputFile(file, True, f"scenario over {base.name}")
    return replace(
        base,
        name=name,
        settings=merged,
        tables=tables,
        places=stands,
        problems=(*base.problems, *problems),
        inputs=(above, *base.inputs),
    )


def _merge(base: Any, over: Any) -> Any:
    """Lay a TOML value over another: tables key by key, anything else replaces."""
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {**base, **{key: _merge(base.get(key), value) for key, value in over.items()}}
    return over


def _merge_epochs(base: Document, over: Any, file: str, places: Places, stands: Places, problems: list[Problem]) -> Any:
    epochs = base.settings.get("epoch")
    if not isinstance(over, list) or not isinstance(epochs, list) or not all(isinstance(e, Mapping) for e in epochs):
        stands["epoch"] = places.get("epoch", (file, 0))
        return over
    merged = [dict(epoch) for epoch in epochs]
    ids = [epoch.get("id") for epoch in merged]
    for index, entry in enumerate(over):
        path = f"epoch.{index}"
        line = places.get(f"{path}.id", places.get(path, (file, 0)))[1]
        name = entry.get("id") if isinstance(entry, Mapping) else None
        if name not in ids:
            known = [i for i in ids if isinstance(i, str)]
            right = suggest(str(name or ""), known, "give the id of an epoch of the base")
            sentence = "the override names no epoch" if name is None else f"{name!r} is not an epoch of the base"
            problems.append(Problem(file, line, "[[epoch]] id", str(name or ""), sentence, right))
            continue
        position = ids.index(name)
        merged[position].update(entry)
        for place, at in places.items():
            if place.startswith(f"{path}."):
                stands[f"epoch.{position}{place.removeprefix(path)}"] = at
    return merged


def _merge_rows(
    table: str, base: tuple[Row, ...], entries: Any, file: str, places: Places, problems: list[Problem]
) -> tuple[Row, ...]:
    """Rows of a table with a scenario's laid over: in the place of the row with the same key, or at the end."""
    label = f"[[table.{table}]]"
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        line = places.get(f"table.{table}", (file, 0))[1]
        sentence = f"{shown(entries)} is not a list of rows"
        problems.append(Problem(file, line, label, "", sentence, f"write {label} above each row"))
        return base
    rows = list(base)
    replaced: set[int] = set()
    for index, entry in enumerate(entries):
        line = places.get(f"table.{table}.{index}", places.get(f"table.{table}", (file, 0)))[1]
        place = f"{label} entry {index + 1}"
        cells: dict[str, str] = {}
        for column, value in entry.items():
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                sentence = f"{shown(value)} is neither a text nor a number"
                where = f"{place} {column}"
                problems.append(Problem(file, line, where, str(value), sentence, "write text or a number"))
            elif text := _text(value):
                cells[column] = plain_cell(text, table, column)
        row = Row(cells, file, line, place)
        position = _same_key(table, rows, row)
        if position is None or position in replaced:
            rows.append(row)
            replaced.add(len(rows) - 1)
        else:
            rows[position] = row
            replaced.add(position)
    return tuple(rows)


def _same_key(table: str, rows: list[Row], row: Row) -> int | None:
    if table not in TABLES:
        return None
    key = row_key(TABLES[table], row.cells)
    return next((i for i, other in enumerate(rows) if row_key(TABLES[table], other.cells) == key), None)
