"""Files for others: one writer per format, each from a `Solution` alone, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trialopt.export import delimited, markdown, records, workbook
from trialopt.export.errors import ExportError
from trialopt.files import write_bytes
from trialopt.solution import Solution
from trialopt.tables import NAMES

__all__ = ["FORMATS", "ExportError", "write"]

FORMATS: dict[str, Callable[[Solution, str], bytes]] = {
    ".csv": delimited.content,
    ".json": records.content,
    ".md": markdown.content,
    ".xlsx": workbook.content,
}
"""Suffix -> writer: `content(solution, table)` returns the bytes of the file, the same for the same run."""


def write(solution: Solution, path: str | Path, *, table: str = "arms", force: bool = False) -> Path:
    """Write a run's tables to one file; its suffix says the format.

    `table` is what a `.csv` holds; the other formats hold all tables. Raises `ExportError` for an unknown format or
    table, a missing extra, or a file that is there already and `force` is not set.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise ExportError(f"{path}: no such format; give a file that ends in {', '.join(FORMATS)}")
    if table not in NAMES:
        raise ExportError(f"no table {table!r}; there are {', '.join(NAMES)}")
    if path.exists() and not force:
        raise ExportError(f"{path} is there already; --force replaces it")
    write_bytes(path, FORMATS[path.suffix.lower()](solution, table))
    return path
