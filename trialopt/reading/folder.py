"""Folders of tables read as documents; every file of the folder is accounted for."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from trialopt.core.columns import TABLES
from trialopt.core.input_files import InputFile
from trialopt.core.run_folder import RECORDS
from trialopt.core.vocabulary import Table
from trialopt.reading.csv_table import read_table
from trialopt.reading.document import SETTINGS, Document, InputErrors, Problem, Row, nearest
from trialopt.reading.own_columns import owned, owned_by
from trialopt.reading.texts import FileError, kind_of, read_bytes, read_toml

_COMPANIONS = re.compile(r"readme.*|license.*|reference\.toml|__init__\.py|\..*", re.IGNORECASE)

_ENDING = re.compile(
    r"\.(csv|txt|tsv|tab|dat|xlsx?|xlsm|xlsb|ods|numbers|parquet|feather|json|jsonl|xml|sas7bdat|xpt|dta|rds|toml)$"
    r"|\.(bak|old|orig|gz|zip|bz2|xz|~)$|~$"
)
_COPY = re.compile(r"^(copy of |kopie von )| ?\(\d+\)$|[ _-]+(copy|kopie)( ?\(?\d+\)?)?$")
"""Endings and copy marks under which a table is still recognised."""

MISSPELT = 0.75
"""How alike a name is to that of a missing table before the file must be that table."""

MOST_HINTS = 50
"""Unknown files for which the nearest name is looked up."""


def load_folder(folder: Path) -> Document:
    """Read `trial.toml` and every known table of a folder. What is wrong with a file goes into `problems`.

    Raises
    ------
    InputErrors
        When the folder has no `trial.toml`, and so is no instance at all.
    """
    settings_path = folder / SETTINGS
    if not settings_path.is_file():
        right = f"give a folder with {SETTINGS} and tables, or a scenario file"
        near = [path.name for path in folder.iterdir() if plain_name(path.name) == "trial"]
        right += f"; {sorted(near)[0]} is almost that: rename or save it as {SETTINGS}" if near else ""
        sentence = f"the folder has no {SETTINGS}, so it is not an instance"
        raise InputErrors([Problem(str(folder), 0, "", str(folder), sentence, right)])
    problems: list[Problem] = []
    unreadable: set[str] = set()
    settings: Mapping[str, Any] = {}
    places: dict[str, tuple[str, int]] = {}
    try:
        settings, places = read_toml(settings_path, SETTINGS)
    except FileError as error:
        problems.append(error.of(SETTINGS))
        unreadable.add("trial")
    tables: dict[str, tuple[Row, ...]] = {}
    columns: dict[str, tuple[str, ...]] = {}
    names = sorted(path.name for path in folder.iterdir())
    problems += _almost_named(folder, names)
    for table in TABLES.values():
        path = folder / table.file
        if not path.is_file():
            if table.required:
                problems.append(missing(table))
                unreadable.add(table.name)
            continue
        try:
            columns[table.name], tables[table.name] = read_table(path, table, problems)
        except FileError as error:
            problems.append(error.of(table.file))
            unreadable.add(table.name)
    warnings, ignored = _unknown_files(folder, names)
    inputs = [InputFile(SETTINGS, True, "settings"), *used_tables(settings, tables, columns), *ignored]
    return Document(
        folder.resolve().name,
        settings,
        tables,
        columns=columns,
        folder=folder,
        warnings=tuple(warnings),
        places=places,
        problems=tuple(problems),
        unreadable=frozenset(unreadable),
        inputs=tuple(sorted(inputs, key=lambda file: file.name)),
    )


def missing(table: Table) -> Problem:
    """Problem of a table that must be there."""
    right = f"write {table.file} with the columns {', '.join(c.name for c in table.columns if c.required)}"
    return Problem(table.file, 0, "", "", "the file is missing", right)


def used_tables(
    settings: Mapping[str, Any], tables: Mapping[str, Sequence[Row]], columns: Mapping[str, Sequence[str]]
) -> list[InputFile]:
    """Tables read, with the columns of their own that are kept and not computed with."""
    found = []
    for name, rows in tables.items():
        own = [column for column in columns[name] if owned(column, owned_by(settings, name))]
        kept = f"; own columns kept and not used: {', '.join(own)}" if own else ""
        found.append(InputFile(TABLES[name].file, True, f"table, {len(rows)} row{'' if len(rows) == 1 else 's'}{kept}"))
    return found


def plain_name(name: str) -> str:
    """Name of a file or a sheet without case, endings and the marks that systems put on copies."""
    plain = name.casefold().strip()
    while (stripped := _ENDING.sub("", plain)) != plain:
        plain = stripped
    return _COPY.sub("", plain).strip()


def _almost_named(folder: Path, names: Sequence[str]) -> list[Problem]:
    """Files that are tables but for case, ending, copy mark or a slip of spelling: left out they are no data."""
    known = {table.file.removesuffix(".csv"): table.file for table in TABLES.values()} | {"trial": SETTINGS}
    problems = []
    for path in (folder / name for name in names):
        right = known.get(plain_name(path.name)) or _misspelt(path.name, known, names)
        if right is None or (path.name == right and path.is_file()):
            continue
        if path.name == right:
            problems.append(
                Problem(path.name, 0, "", "", f"this is {kind_of(path)}, not a table", f"put the file {right} there")
            )
        elif path.suffix != ".toml" or not _companion(path):
            sentence = f"the name is almost that of {right}, and the file would not be read"
            problems.append(Problem(path.name, 0, "", "", sentence, f"rename or save it as {right}, or move it away"))
    return problems


def _misspelt(name: str, known: Mapping[str, str], names: Sequence[str]) -> str | None:
    """File of the table that a name must mean, where there is no such file."""
    plain = plain_name(name)
    if plain == name.casefold().strip() or name.startswith((".", "~")):
        return None
    close = get_close_matches(plain, [key for key, file in known.items() if file not in names], 1, MISSPELT)
    return known[close[0]] if close else None


def _unknown_files(folder: Path, names: Sequence[str]) -> tuple[list[str], list[InputFile]]:
    """Warnings of files that are nothing to an instance, and every file that is not read with the reason."""
    known = [SETTINGS, *(table.file for table in TABLES.values())]
    present = set(names)
    warnings: list[str] = []
    ignored: list[InputFile] = []
    for path in (folder / name for name in names if name not in known):
        if path.is_dir():
            for lost in _tables_inside(path, present):
                ignored.append(InputFile(lost, False, "in a folder of the instance"))
                warnings.append(f"{lost} is in a folder of the instance and is ignored; {Path(lost).name} is missing.")
            continue
        if why := _companion(path):
            ignored.append(InputFile(_said(path), False, why))
            continue
        close = nearest(path.name, known) if len(warnings) < MOST_HINTS else None
        hint = f" (did you mean {close}?)" if close and close not in present else ""
        ignored.append(InputFile(_said(path), False, f"not a file of an instance{hint}"))
        warnings.append(f"{_said(path)} is not a file of an instance and is ignored{hint}.")
    return warnings, ignored


def _tables_inside(folder: Path, present: set[str]) -> list[str]:
    """Tables that lie a folder too deep, unless the folder is an instance of its own or a run."""
    if any((folder / mark).exists() for mark in (SETTINGS, *RECORDS)):
        return []
    missing_here = [table.file for table in TABLES.values() if table.file not in present]
    return [f"{folder.name}/{file}" for file in missing_here if (folder / file).is_file()]


def _said(path: Path) -> str:
    """Name of a file as it can be written everywhere: bytes of it that are no text stand as escapes."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def _companion(path: Path) -> str:
    """What a file is that is no table but has its place in an instance folder; blank for any other."""
    if _COMPANIONS.fullmatch(path.name):
        return "hidden" if path.name.startswith(".") else "beside the tables, not read"
    if path.suffix != ".toml":
        return ""
    try:
        is_scenario = re.search(rb"(?m)^\s*base\s*=", read_bytes(path))
    except FileError:
        return ""
    return "a scenario, read when it is named" if is_scenario else ""
