"""Tables as CSV: every digit, UTF-8 with the mark that Excel looks for, no cell that a spreadsheet runs as a formula.

A run's tables are written from its rows. Pandas would take half a second of CPU to load, which is more than all of what
`solve` shows and writes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from trialopt.record.rows import NAMES, columns_of, rows
from trialopt.record.solution import Solution

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = re.compile(r"^(?=[\t\r\n])|^(?=\s*[=+\-@＝＋－＠])|(?<=[;\t\r\n])(?=\s*[=+\-@＝＋－＠])")
"""Where a cell would begin as a formula: its start, and what follows a `;`, a tab or a line end inside it, which
spreadsheets of some countries and settings take for the end of a cell."""


def files(solution: Solution) -> dict[str, bytes]:
    """One CSV per table."""
    return {
        f"{name}.csv": _csv(columns_of(solution, name), (row.values() for row in rows(solution, name)))
        for name in NAMES
    }


def frame_csv(frame: pd.DataFrame) -> bytes:
    """Bytes of a data frame as CSV; a missing cell is empty."""
    cells = frame.astype(object).where(frame.notna(), None)
    return _csv(map(str, frame.columns), cells.itertuples(index=False, name=None))


def harmless(cell: object) -> object:
    """Put a `'` before text that a spreadsheet would take for a formula; leave everything else."""
    return _FORMULA.sub("'", cell) if isinstance(cell, str) else cell


def _csv(heads: Iterable[str], cells: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(map(harmless, heads))
    lines.writerows(map(harmless, row) for row in cells)
    return text.getvalue().encode("utf-8-sig")
