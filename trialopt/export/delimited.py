"""CSV: UTF-8 with the mark that Excel looks for, and no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import pandas as pd

from trialopt.solution import Solution

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A text cell that starts so is run as a formula by spreadsheets; it gets a `'` in front."""


def content(solution: Solution, table: str) -> bytes:
    """Bytes of one table as CSV."""
    return encode(getattr(solution.tables, table))


def encode(frame: pd.DataFrame) -> bytes:
    """Bytes of a data frame as CSV; numbers to the last digit."""
    safe = frame.map(harmless)
    safe.columns = pd.Index([harmless(str(column)) for column in frame.columns])
    return safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def harmless(cell: object) -> object:
    """Put a `'` before text that a spreadsheet would take for a formula; leave everything else."""
    if isinstance(cell, str) and cell.startswith(DANGEROUS):
        return f"'{cell}"
    return cell
