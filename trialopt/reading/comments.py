"""A trial.toml with the keys that are not set as comments: what could be asked for, where a designer edits."""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from trialopt.core.settings import SECTIONS
from trialopt.core.vocabulary import Field, Section
from trialopt.reading.document import HEADER, lines_of

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
    if field.kind in ("table", "tables"):
        return  # a section of its own
    value = {None: "", (): "[]"}.get(field.default, field.default_words)
    yield f"# {field.name} = {value}".rstrip()
    facts = ", ".join(filter(None, (field.unit, field.allowed)))
    binds = "" if field.binds == "always" else f"; {field.binds}"
    default = "" if value else " Required." if field.required else f" Default: {field.default_words}."
    words = f"{field.meaning} ({facts}{binds}).{default}"
    yield from textwrap.wrap(words, WIDTH, initial_indent="#   ", subsequent_indent="#   ")
