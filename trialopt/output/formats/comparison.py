"""A comparison as JSON, or as CSV: one file a table in a folder, or one table in one file."""

from __future__ import annotations

import json
from pathlib import Path

from trialopt.output.formats import ExportError, write_new
from trialopt.output.formats.delimited import encode as as_csv
from trialopt.output.formats.records import records_of
from trialopt.record.comparison import NAMES, Comparison


def write_comparison(
    comparison: Comparison, path: str | Path, *, table: str | None = None, force: bool = False
) -> tuple[Path, ...]:
    """Write a comparison as CSV, and say which files: to one that ends in .csv a table, to a folder all or that table.

    A file without `table` holds the summary. Raises `ExportError` for an unknown table, another ending, or files that
    are there already and `force` is not set.
    """
    path = Path(path)
    if table is not None and table not in NAMES:
        raise ExportError(f"no table {table!r}; there are {', '.join(NAMES)}")
    if path.is_dir() or not path.suffix:
        names = NAMES if table is None else (table,)
        contents = {path / f"{name}.csv": as_csv(getattr(comparison, name)) for name in names}
    elif path.suffix.lower() == ".csv":
        contents = {path: as_csv(getattr(comparison, table or NAMES[0]))}
    else:
        raise ExportError(f"{path}: give a file that ends in .csv, or a folder")
    write_new(contents, force)
    return tuple(contents)


def encode(comparison: Comparison) -> str:
    """The whole comparison as JSON text: every table as a list of records, under its name."""
    tables = {name: records_of(getattr(comparison, name)) for name in NAMES}
    return json.dumps(tables, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
