"""Markdown: the tables as a page, to paste into a protocol draft."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from trialopt.solution import Solution
from trialopt.words import certificate

HEADINGS = {
    "arms": "Arms",
    "allocation": "Allocation",
    "coverage": "Coverage",
    "mechanism_coverage": "Mechanism coverage",
    "risk": "Severe toxicity by epoch",
    "cumulative_risk": "Severe toxicity over all epochs",
}


def content(solution: Solution, table: str) -> bytes:
    """Bytes of a page with all tables; `table` makes no difference. Numbers have six significant digits or more."""
    q = solution.question
    parts = [f"# {escaped(q.title or q.name)}\n", f"Instance `{q.name}`: {certificate(solution)}.\n"]
    for line in solution.conflict:
        parts.append(f"- {escaped(line)}")
    for name, frame in solution.tables:
        parts += [f"## {HEADINGS[name]}\n", _table(frame)]
    return "\n".join(parts).encode()


def _table(frame: pd.DataFrame) -> str:
    numeric = [pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind) for kind in frame.dtypes]
    lines = [
        _row(escaped(str(column)) for column in frame.columns),
        _row("--:" if right else "---" for right in numeric),
        *(_row(_cell(cell) for cell in row) for row in frame.itertuples(index=False, name=None)),
    ]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if cell is None or cell is pd.NA or cell != cell:
        return ""
    return f"{cell:.6f}" if isinstance(cell, float) else escaped(str(cell))


def escaped(text: str) -> str:
    """Text that Markdown and HTML show as it is, on one line."""
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#])", r"\\\1", plain)
