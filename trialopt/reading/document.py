"""What a designer wrote, before it is checked: settings and rows of text, each knowing where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trialopt.reading.problems import Problem


@dataclass(frozen=True)
class Row:
    """One row of a table. `cells` maps column to the text as written (stripped); blank cells are left out.

    `file` and `line` say where it stands (header is line 1); a row given by a scenario has the scenario's file
    and the line of its entry, and `place` says which entry of which table it is.
    """

    cells: Mapping[str, str]
    file: str
    line: int = 0
    place: str = ""


@dataclass(frozen=True)
class Document:
    """Settings (`trial.toml` as parsed) and tables (`agents`, `toxicity`, ... without `.csv`) of one instance."""

    name: str
    settings: Mapping[str, Any]
    tables: Mapping[str, tuple[Row, ...]]
    settings_file: str = "trial.toml"
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Header of each table as written."""
    folder: Path | None = None
    warnings: tuple[str, ...] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """File and line of each setting, by dotted path (`trial.alpha`, `epoch.0.cycles`), where they are known."""
    problems: tuple[Problem, ...] = ()
    """What was wrong with the files as files; `build` raises them together with its own."""
    unreadable: frozenset[str] = frozenset()
    """Tables (and `trial` for the settings) whose content could not be read."""


def document(name: str, settings: Mapping[str, Any], tables: Mapping[str, Iterable[Mapping[str, object]]]) -> Document:
    """Make a document in memory from plain mappings, as if it had been read from files.

    Numbers are written with `repr`, so no digit is lost; `None` and `""` are blank cells.
    """
    rows: dict[str, tuple[Row, ...]] = {}
    columns: dict[str, tuple[str, ...]] = {}
    for table, entries in tables.items():
        listed = list(entries)
        columns[table] = tuple(dict.fromkeys(column for entry in listed for column in entry))
        rows[table] = tuple(
            Row({c: _text(v) for c, v in entry.items() if _text(v)}, f"{table}.csv", line)
            for line, entry in enumerate(listed, start=2)
        )
    return Document(name, settings, rows, columns=columns)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    item = getattr(value, "item", None)  # a NumPy scalar, whose repr is not the number alone
    return repr(item() if callable(item) else value)
