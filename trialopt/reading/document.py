"""Documents, the raw content of an instance with the place of everything in it, and the problems found in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from trialopt.core.errors import WrongInput

# -- Problems found while reading: collected over every file, raised once. ----------------------------------------


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one place, and what would be right.

    `row` is the line of the file (header is 1), 0 where no line is known; `column` is a column of a table, or the
    entry of a TOML file such as `[trial] alpha`; `value` is the offending text.
    """

    file: str
    row: int
    column: str
    value: str
    sentence: str
    right: str

    def __str__(self) -> str:
        line = f":{self.row}" if self.row else ""
        column = f" {self.column}" if self.column else ""
        return f"{self.file}{line}{column}: {self.sentence}; {self.right}"


class InputErrors(WrongInput):
    """Everything wrong with an instance, one line per problem (exit code 2)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[InputErrors], tuple[tuple[Problem, ...]]]:
        return InputErrors, (self.problems,)


class Problems:
    """Collects problems, and remembers which tables can no longer be relied on.

    A check that looks across tables asks `clean` first, so that one mistake is reported once.
    """

    def __init__(self, found: Iterable[Problem] = (), spoilt: Iterable[str] = ()) -> None:
        self.found = list(found)
        self._spoilt = set(spoilt)

    def add(self, problem: Problem, table: str) -> None:
        """Record a problem of a table (`trial` stands for the settings)."""
        self.found.append(problem)
        self._spoilt.add(table)

    def spoil(self, table: str) -> None:
        """Note that a table cannot be relied on, for a reason already recorded."""
        self._spoilt.add(table)

    def clean(self, *tables: str) -> bool:
        """Whether nothing was found wrong in any of these tables so far."""
        return self._spoilt.isdisjoint(tables)

    def raise_any(self, order: Sequence[str]) -> None:
        """Raise `InputErrors` if there are problems, by file in the given order, then by row."""
        if self.found:
            files = list(dict.fromkeys([*order, *(p.file for p in self.found)]))
            raise InputErrors(sorted(dict.fromkeys(self.found), key=lambda p: (files.index(p.file), p.row)))


def nearest(value: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `value`, or `None` when nothing is alike."""
    folded = {name.lower(): name for name in known}
    close = get_close_matches(value.strip().lower().replace(" ", "_"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def suggest(value: str, known: Iterable[str], otherwise: str) -> str:
    """Say what would be right in the place of an unknown name."""
    names = list(dict.fromkeys(known))
    if close := nearest(value, names):
        return f"did you mean {close!r}?"
    if len(names) == 1:
        return f"give {names[0]!r}"
    return f"give one of {', '.join(names)}" if 0 < len(names) <= 8 else otherwise


# -- Lines of the settings in a TOML text, for messages; the parser itself does not tell them. --------------------

HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(#.*)?$")
"""Line that begins a table."""
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\"'-]+(?:\s*\.\s*[A-Za-z0-9_\"'-]+)*)\s*=")


def lines_of(text: str) -> dict[str, int]:
    """Line of each table and key, by dotted path; entries of `[[name]]` are `name.0`, `name.1`, and so on.

    A plain scan of lines: good for messages, not for meaning. Keys inside inline tables have no line of their own.
    """
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for line, content in enumerate(text.split("\n"), start=1):
        if header := HEADER.match(content):
            name = _bare(header[2])
            prefix = name
            found.setdefault(name, line)
            if header[1] == "[[":
                prefix = f"{name}.{counts.get(name, 0)}"
                counts[name] = counts.get(name, 0) + 1
                found[prefix] = line
        elif key := _KEY.match(content):
            path = _bare(key[1])
            found.setdefault(f"{prefix}.{path}" if prefix else path, line)
    return found


def _bare(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


# -- What a designer wrote, before it is checked: settings and rows of text, each knowing where it stands. --------


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
