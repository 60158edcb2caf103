"""Tables for programs: Parquet and JSON, every digit, columns under their keys. CSV is in `separated`."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from trialopt.decision.differences import records_of
from trialopt.output.formats import ExportError, write_new
from trialopt.output.formats.separated import frame_csv
from trialopt.output.views import SOURCES, sources
from trialopt.record.comparison import NAMES, Comparison
from trialopt.record.rows import NAMES as TABLES
from trialopt.record.rows import rows
from trialopt.record.solution import Solution

if TYPE_CHECKING:
    from trialopt.decision.explain import Explanation

# -- Parquet: numbers and missing values with their types, for pandas, R, DuckDB and Spark. -----------------------


def parquet_files(solution: Solution) -> dict[str, bytes]:
    """One Parquet file per table. Raises `ExportError` without pyarrow."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise ExportError("Parquet files need pyarrow: pip install 'trialopt[parquet]'") from None
    return {f"{name}.parquet": _parquet(frame) for name, frame in solution.tables}


def _parquet(frame: pd.DataFrame) -> bytes:
    import pyarrow
    from pyarrow import parquet

    typed = pyarrow.table({str(name): _column(frame[name]) for name in frame.columns})
    buffer = io.BytesIO()
    parquet.write_table(typed, buffer, compression="snappy")
    return buffer.getvalue()


def _column(column: pd.Series) -> object:
    """Text, integers, truths or floats; a column of missing cells alone is one of floats."""
    import pyarrow

    cells = [None if pd.isna(cell) else cell for cell in column.astype(object)]
    if pd.api.types.is_bool_dtype(column.dtype):
        kind = pyarrow.bool_()
    elif pd.api.types.is_integer_dtype(column.dtype):
        kind = pyarrow.int64()
    elif not cells or any(isinstance(cell, str) for cell in cells):
        kind = pyarrow.string()
    else:
        kind = pyarrow.float64()
    return pyarrow.array(cells, type=kind)


# -- JSON: every table as a list of records, with the run's certificate above them and its sources below. ---------


def json_files(solution: Solution) -> dict[str, bytes]:
    """One file with all tables."""
    q = solution.question
    data: dict[str, Any] = {
        "instance": {"name": q.name, "title": q.title, "sha256": q.sha256},
        "ending": solution.ending,
        "value": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
        "tables": {name: rows(solution, name) for name in TABLES},
        "sources": [dict(zip(SOURCES, row, strict=True)) for row in sources(solution).rows],
    }
    return {"design.json": as_json(data).encode()}


def as_json(data: object, indent: int = 1) -> str:
    """Text of data as JSON, letters as they are."""
    return json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False) + "\n"


# -- Comparisons and explanations. --------------------------------------------------------------------------------


def write_comparison(
    comparison: Comparison, path: str | Path, *, table: str | None = None, force: bool = False
) -> tuple[Path, ...]:
    """Write a comparison as CSV, and say which files: to one that ends in .csv a table, to a folder all or that table.

    A file without `table` holds the summary. Raises `ExportError` for an unknown table, another ending, or files that
    are there already and `force` is not set.
    """
    places = comparison_places(Path(path), table)
    write_new({place: frame_csv(getattr(comparison, name)) for name, place in places.items()}, force)
    return tuple(places.values())


def comparison_places(path: Path, table: str | None) -> dict[str, Path]:
    """Table -> file that `write_comparison` would write it to. Raises `ExportError` for an unknown table or ending."""
    if table is not None and table not in NAMES:
        raise ExportError(f"no table {table!r}; there are {', '.join(NAMES)}")
    if path.is_dir() or not path.suffix:
        return {name: path / f"{name}.csv" for name in (NAMES if table is None else (table,))}
    if path.suffix.lower() == ".csv":
        return {table or NAMES[0]: path}
    raise ExportError(f"{path}: give a file that ends in .csv, or a folder")


def comparison_json(comparison: Comparison) -> str:
    """The whole comparison as JSON text: every table as a list of records, under its name."""
    tables = {name: records_of(getattr(comparison, name)) for name in NAMES}
    return as_json(tables)


def explanation_json(explanation: Explanation) -> str:
    """The whole explanation as JSON text."""
    return as_json(explanation.to_dict(), indent=2)
