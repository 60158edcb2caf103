"""Documents, the raw content of an instance with the place of everything in it, and the problems found in them.

`with_comments` gives the text of a trial.toml with the keys that are not set as comments, where a designer edits.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from trialopt.core import WrongInput
from trialopt.core.agent_names import agent_named, agents_in
from trialopt.core.input_files import InputFile
from trialopt.core.settings import SECTIONS
from trialopt.core.vocabulary import Field, Section

SETTINGS = "trial.toml"

MOST_TOLD = 50
"""Problems that a message tells; the rest are counted."""

MOST_KEPT = 500
"""Problems of one table that are kept; further ones are counted."""


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
    """Everything wrong with an instance, one line per problem, the first `MOST_TOLD` of them (exit code 2).

    `more` are problems that were counted and not kept.
    """

    def __init__(self, problems: Iterable[Problem], more: int = 0) -> None:
        self.problems = tuple(problems)
        self.more = more
        left = len(self.problems) + more - MOST_TOLD
        rest = [f"and {left} more problem{'s' * (left > 1)}"] if left > 0 else []
        super().__init__("\n".join([*map(str, self.problems[:MOST_TOLD]), *rest]))

    def __reduce__(self) -> tuple[type[InputErrors], tuple[tuple[Problem, ...], int]]:
        return InputErrors, (self.problems, self.more)


class Problems:
    """Collects problems, and remembers which tables can no longer be relied on.

    A check that looks across tables asks `clean` first, so that one mistake is reported once.
    """

    def __init__(self, found: Iterable[Problem] = (), spoilt: Iterable[str] = ()) -> None:
        self.found = list(found)
        self.more = 0
        self._spoilt = set(spoilt)
        self._kept: Counter[str] = Counter()

    def add(self, problem: Problem, table: str) -> None:
        """Record a problem of a table (`trial` stands for the settings)."""
        self._spoilt.add(table)
        if self.full(table):
            self.more += 1
            return
        self._kept[table] += 1
        self.found.append(problem)

    def full(self, table: str) -> bool:
        """Whether further problems of a table are counted only."""
        return self._kept[table] >= MOST_KEPT

    def spoil(self, table: str) -> None:
        """Note that a table cannot be relied on, for a reason already recorded."""
        self._spoilt.add(table)

    def clean(self, *tables: str) -> bool:
        """Whether nothing was found wrong in any of these tables so far."""
        return self._spoilt.isdisjoint(tables)

    def raise_any(self, order: Sequence[str], shown_as: Mapping[str, str]) -> None:
        """Raise `InputErrors` if there are problems, by file in the given order, then by row.

        `shown_as` says where what is wrong with a file really stands.
        """
        if self.found:
            files = {name: n for n, name in enumerate(dict.fromkeys([*order, *(p.file for p in self.found)]))}
            found = sorted(dict.fromkeys(self.found), key=lambda p: (files[p.file], p.row))
            moved = (replace(p, file=shown_as[p.file]) if p.file in shown_as else p for p in found)
            raise InputErrors(moved, self.more)


def nearest(value: str, known: Iterable[str]) -> str | None:
    """Return the known name that `value` abbreviates or is most like, or `None` when nothing is alike."""
    folded = {name.lower(): name for name in known}
    if (usual := agent_named(value)) in folded:
        return folded[usual]
    close = get_close_matches(value.strip().lower().replace(" ", "_"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def suggest(value: str, known: Iterable[str], otherwise: str) -> str:
    """Say what would be right in the place of an unknown name."""
    names = list(dict.fromkeys(known))
    agents = agents_in(value, ()) or ()
    if len(agents) > 1 and set(agents) <= set(names):
        return f"name its agents one by one: {', '.join(agents)}"
    if close := nearest(value, names):
        return f"did you mean {close!r}?"
    if len(names) == 1:
        return f"give {names[0]!r}"
    return f"give one of {', '.join(names)}" if 0 < len(names) <= 8 else otherwise


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


@dataclass(frozen=True, slots=True)
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
    settings_file: str = SETTINGS
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
    inputs: tuple[InputFile, ...] = ()
    """Every file that was seen, read or not."""
    shown_as: Mapping[str, str] = field(default_factory=dict)
    """Name of a table's file -> where its rows really stand, for messages (the sheet of a workbook)."""


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


WIDTH = 100


def with_comments(text: str) -> str:
    """TOML text of the settings, with every key that is not set as a comment that says its meaning and default.

    Keys stand at the end of their table (of `[[epoch]]`: of the first), tables that are not there at the end of the
    file. What the text says stays as it is.
    """
    content, lines = tomllib.loads(text), text.rstrip("\n").split("\n")
    headers = {path: line for path, line in lines_of(text).items() if HEADER.match(lines[line - 1])}
    inserts: dict[int, list[str]] = {}
    absent: list[str] = []
    for section in SECTIONS:
        given = _given(content, section)
        header = headers.get(f"{section.name}.0" if section.repeated else section.name, 0)
        if header or not section.name:
            missing = [field for field in section.fields if field.name not in given]
            inserts[_end(lines, header)] = [line for field in missing for line in _commented(field)]
        elif not given or any(path.startswith(f"{section.name}.") for path in headers):
            absent += ["", f"# {section.title}", f"# {section.meaning}."]
            absent += [line for field in section.declared for line in _commented(field)]
    numbered = enumerate(["", *lines])
    made = [line for number, old in numbered for line in (*((old,) if number else ()), *inserts.get(number, ()))]
    return "\n".join([*made, *absent]) + "\n"


def _given(content: Any, section: Section) -> Mapping[str, Any]:
    """Keys of a section that are set, right or wrong."""
    for part in filter(None, section.name.split(".")):
        content = content.get(part) if isinstance(content, Mapping) else None
    if section.repeated and isinstance(content, list):
        content = content[0] if content else None
    return content if isinstance(content, Mapping) else {}


def _end(lines: list[str], header: int) -> int:
    """Line after which a table's own keys end; comments above the next header belong to that."""
    following = (n for n in range(header + 1, len(lines) + 1) if HEADER.match(lines[n - 1]))
    last = next(following, len(lines) + 1) - 1
    written = (n for n in range(last, header, -1) if lines[n - 1].strip() and not lines[n - 1].lstrip().startswith("#"))
    return next(written, header)


def _commented(field: Field) -> Iterator[str]:
    if field.kind in ("table", "tables", "needs"):
        return  # a section of its own
    value = {None: "", (): "[]"}.get(field.default, field.default_words)
    yield f"# {field.name} = {value}".rstrip()
    facts = ", ".join(filter(None, (field.unit, field.allowed)))
    binds = "" if field.binds == "always" else f"; {field.binds}"
    default = "" if value else " Required." if field.required else f" Default: {field.default_words}."
    words = f"{field.meaning} ({facts}{binds}).{default}"
    yield from textwrap.wrap(words, WIDTH, initial_indent="#   ", subsequent_indent="#   ")
