"""Folders of tables read as documents, and documents written as folders."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from codecs import BOM_UTF8
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trialopt.core.catalog import new_folder, write_text
from trialopt.core.columns import REMARKS, SPREAD, TABLES
from trialopt.reading.document import Document, InputErrors, Problem, Row, lines_of, nearest, with_comments

SETTINGS = "trial.toml"
_COMPANIONS = re.compile(r"readme.*|license.*|reference\.toml|__init__\.py|\..*", re.IGNORECASE)

_ENDING = re.compile(r"\.(csv|txt|tsv|xlsx?|xlsm|ods|toml|bak|old|orig|gz|zip|~)$|~$")
_COPY = re.compile(r"^(copy of |kopie von )| ?\(\d+\)$|[ _-]+(copy|kopie)( ?\(?\d+\)?)?$")
"""Endings and copy marks under which a table is still recognised."""


class FileError(ValueError):
    """What is wrong with a file as a file, and on which line."""

    def __init__(self, line: int, value: str, sentence: str, right: str) -> None:
        super().__init__(sentence)
        self.line = line
        self.value = value
        self.sentence = sentence
        self.right = right

    def of(self, file: str) -> Problem:
        """Make the problem of a named file."""
        return Problem(file, self.line, "", self.value, self.sentence, self.right)


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
    problems += _almost_named(folder)
    for table in TABLES.values():
        path = folder / table.file
        if not path.is_file():
            if table.required:
                right = f"write {table.file} with the columns {', '.join(c.name for c in table.columns if c.required)}"
                problems.append(Problem(table.file, 0, "", "", "the file is missing", right))
                unreadable.add(table.name)
            continue
        try:
            columns[table.name], tables[table.name] = _read_table(path, problems)
        except FileError as error:
            problems.append(error.of(table.file))
            unreadable.add(table.name)
    return Document(
        folder.resolve().name,
        settings,
        tables,
        columns=columns,
        folder=folder,
        warnings=tuple(_unknown_files(folder)),
        places=places,
        problems=tuple(problems),
        unreadable=frozenset(unreadable),
    )


def _almost_named(folder: Path) -> list[Problem]:
    """Files that are tables but for case, ending or a copy's mark: left out in silence they would be no data."""
    known = {table.file.removesuffix(".csv"): table.file for table in TABLES.values()} | {"trial": SETTINGS}
    problems = []
    for path in sorted(folder.iterdir()):
        right = known.get(_plain_name(path.name))
        if right is None or (path.name == right and path.is_file()):
            continue
        if path.name == right:
            what = "a folder" if path.is_dir() else "a link to nothing" if path.is_symlink() else "no plain file"
            problems.append(
                Problem(path.name, 0, "", "", f"this is {what}, not a table", f"put the file {right} there")
            )
        elif path.suffix != ".toml" or not _belongs(path):
            sentence = f"the name is almost that of {right}, and the file would not be read"
            problems.append(Problem(path.name, 0, "", "", sentence, f"rename or save it as {right}, or move it away"))
    return problems


def _plain_name(name: str) -> str:
    """Name of a file without case, endings and the marks that systems put on copies."""
    plain = name.casefold().strip()
    while (stripped := _ENDING.sub("", plain)) != plain:
        plain = stripped
    return _COPY.sub("", plain).strip()


def _unknown_files(folder: Path) -> list[str]:
    known = [SETTINGS, *(table.file for table in TABLES.values())]
    warnings = []
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name not in known and not _belongs(path):
            close = nearest(path.name, known)
            hint = f" (did you mean {close}?)" if close and close not in {p.name for p in folder.iterdir()} else ""
            warnings.append(f"{path.name} is not a file of an instance and is ignored{hint}.")
    return warnings


def _belongs(path: Path) -> bool:
    """Whether a file is no table but has its place in an instance folder: a scenario, a README, a hidden file."""
    if path.suffix == ".toml" and re.search(rb"(?m)^\s*base\s*=", path.read_bytes()):
        return True
    return _COMPANIONS.fullmatch(path.name) is not None


def read_text(path: Path) -> str:
    """Decode a file as UTF-8, with or without BOM. Raises `FileError` naming the line and byte otherwise."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(0, "", f"the file cannot be read ({error.strerror})", "check the file") from None
    if not content.removeprefix(BOM_UTF8).strip():
        raise FileError(0, "", "the file is empty", "write it, or remove it if the table is not needed")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content:
        raise FileError(1, "", "the file is not UTF-8 (it looks like UTF-16)", "save it as UTF-8 (Excel: CSV UTF-8)")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = f"0x{error.object[error.start]:02x}"
        before = error.object[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        sentence = f"the file is not UTF-8 (byte {byte}, {chr(error.object[error.start])!r} in Latin-1)"
        raise FileError(before.count(b"\n") + 1, byte, sentence, "save it as UTF-8 (Excel: CSV UTF-8)") from None


def read_toml(path: Path, file: str) -> tuple[dict[str, Any], dict[str, tuple[str, int]]]:
    """Parse a TOML file; returns its content and the line of each setting. Raises `FileError`."""
    text = read_text(path)
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = str(error)
        place = re.search(r" \(at line (\d+), column (\d+)\)| \(at end of document\)", message)
        line = int(place[1]) if place and place[1] else len(text.splitlines())
        reason = message[: place.start()] if place else message
        sentence = f"the file is not TOML: {reason[:1].lower()}{reason[1:]}"
        raise FileError(line, "", sentence, "correct the line") from None
    return content, {key: (file, line) for key, line in lines_of(text).items()}


def _read_table(path: Path, problems: list[Problem]) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Header and rows of a CSV file. Wholly blank rows are skipped; problems of single rows are appended."""
    file = path.name
    lines = _records(read_text(path))
    first, header = lines[0]
    _check_separator(first, header)
    header = [name.strip() for name in header]
    while header and not header[-1]:
        header.pop()
    rows: list[Row] = []
    for line, record in lines[1:]:
        cells = [cell.strip() for cell in record]
        while len(cells) > len(header) and not cells[-1]:
            cells.pop()
        if len(cells) > len(header):
            sentence = f"the row has {len(cells)} cells, and the header {len(header)}"
            right = "put text with a comma in double quotes, or name the column"
            problems.append(Problem(file, line, "", cells[len(header)], sentence, right))
        rows.append(Row({n: c for n, c in zip(header, cells, strict=False) if n and c}, file, line))
    for position, name in enumerate(header):
        if not name:
            sentence = f"column {position + 1} has no name"
            problems.append(Problem(file, first, "", "", sentence, "name it or remove it"))
        elif name in header[:position]:
            sentence = f"the column {name!r} is there twice"
            problems.append(Problem(file, first, name, name, sentence, "keep one of them"))
    return tuple(dict.fromkeys(name for name in header if name)), tuple(rows)


def _records(text: str) -> list[tuple[int, list[str]]]:
    """Records that are not wholly blank, each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append((line, record))
            line = reader.line_num + 1
    except csv.Error as error:
        sentence = f"the file is not CSV from here on ({error})"
        raise FileError(line, "", sentence, "close every double quote, and write a quote inside a text twice") from None
    if not records:
        raise FileError(0, "", "the file is empty", "write it, or remove it if the table is not needed")
    return records


def _check_separator(line: int, header: list[str]) -> None:
    joined = ",".join(header)
    declared = re.fullmatch(r"sep=(.)", joined.strip(), re.IGNORECASE)
    counts = {mark: joined.count(mark) for mark in (";", "\t", "|")}
    mark = declared[1] if declared else max(counts, key=counts.__getitem__)
    if declared or (len(header) == 1 and counts[mark]):
        name = {";": "semicolons", "\t": "tabs"}.get(mark, repr(mark))
        right = "save it with commas and decimal points (Excel: CSV UTF-8 with commas as list separator)"
        raise FileError(line, mark, f"the columns are separated by {name}", right)


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def write(document: Document, folder: str | Path, *, commented: bool = False) -> Path:
    """Write a document as an instance folder, whole or not at all. Tables no instance has are left out.

    With `commented`, the keys of trial.toml that are not set stand there as comments.

    Raises
    ------
    FileExistsError
        When the folder is there already.
    """
    target = Path(folder)
    settings = toml_text(document.settings)
    with new_folder(target) as beside:
        write_text(beside / SETTINGS, with_comments(settings) if commented else settings)
        for name in (name for name in document.tables if name in TABLES):
            _write_table(document, name, beside / f"{name}.csv")
    return target


def _write_table(document: Document, name: str, path: Path) -> None:
    rows = document.tables[name]
    used = [*document.columns.get(name, ()), *(column for row in rows for column in row.cells)]
    known = [c.name for c in TABLES[name].columns]
    used = used or [c.name for c in TABLES[name].columns if c.required]
    last = [c for c in dict.fromkeys(used) if c not in known]
    header = [c for c in known if c in used] + sorted(last, key=lambda c: (c in REMARKS) - (c in SPREAD))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([row.cells.get(column, "") for column in header] for row in rows)


def toml_text(settings: Mapping[str, Any]) -> str:
    """Settings as TOML text that parses back to the same."""
    return "\n".join(_table(settings, "")).strip() + "\n"


def _table(content: Mapping[str, Any], path: str) -> list[str]:
    lines: list[str] = []
    tables: list[str] = []
    for key, value in content.items():
        name = f"{path}.{_key(key)}" if path else _key(key)
        if isinstance(value, Mapping):
            tables += ["", f"[{name}]", *_table(value, name)]
        elif path == "" and isinstance(value, list | tuple) and value and all(isinstance(v, Mapping) for v in value):
            for entry in value:
                tables += ["", f"[[{name}]]", *_table(entry, name)]
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    return lines + tables


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(k)} = {_value(v)}' for k, v in value.items())} }}" if value else "{}"
    item = getattr(value, "item", None)  # a NumPy scalar
    return repr(item() if callable(item) else value)
