"""Markdown: the tables as a page, to paste into a protocol draft."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from trialopt.output.formats.numbers import cell_text, heading, is_numeric, shown_cells
from trialopt.record.solution import Solution
from trialopt.record.words import certificate


def files(solution: Solution) -> dict[str, bytes]:
    """One page with all tables. Numbers have six decimals."""
    q = solution.question
    parts = [f"# {escaped(q.title or q.name)}\n", f"Instance `{_code(q.name)}`: {certificate(solution)}.\n"]
    for line in solution.conflict:
        parts.append(f"- {escaped(line)}")
    for name, frame in solution.tables:
        parts += [f"## {heading(name)}\n", _table(shown_cells(frame))]
    return {"design.md": "\n".join(parts).encode()}


def _table(frame: pd.DataFrame) -> str:
    lines = [
        _row(escaped(str(column)) for column in frame.columns),
        _row("--:" if right else "---" for right in is_numeric(frame)),
        *(_row(escaped(cell_text(cell)) for cell in row) for row in frame.itertuples(index=False, name=None)),
    ]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    return " ".join(text.split()).replace("`", "'")


def escaped(text: str) -> str:
    """Text that Markdown and HTML show as it is, on one line."""
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#$~])", r"\\\1", plain)
