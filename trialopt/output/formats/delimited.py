"""CSV: UTF-8 with the mark that Excel looks for, and no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import re

import pandas as pd

from trialopt.record.solution import Solution

_FORMULA = re.compile(r"^(?=[\t\r\n])|^(?=\s*[=+\-@＝＋－＠])|(?<=[;\t\r\n])(?=\s*[=+\-@＝＋－＠])")
"""Where a cell would begin as a formula: its start, and what follows a `;`, a tab or a line end inside it, which
spreadsheets of some countries and settings take for the end of a cell."""


def files(solution: Solution) -> dict[str, bytes]:
    """One CSV per table."""
    return {f"{name}.csv": encode(frame) for name, frame in solution.tables}


def encode(frame: pd.DataFrame) -> bytes:
    """Bytes of a data frame as CSV; numbers to the last digit."""
    safe = frame.map(harmless)
    safe.columns = pd.Index([harmless(str(column)) for column in frame.columns])
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def harmless(cell: object) -> object:
    """Put a `'` before text that a spreadsheet would take for a formula; leave everything else."""
    return _FORMULA.sub("'", cell) if isinstance(cell, str) else cell
