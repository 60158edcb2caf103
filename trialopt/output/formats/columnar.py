"""Parquet: a file per table, numbers and missing values with their types, for pandas, R, DuckDB and Spark."""

from __future__ import annotations

import io

import pandas as pd

from trialopt.output.formats.errors import ExportError
from trialopt.record.solution import Solution


def files(solution: Solution) -> dict[str, bytes]:
    """One Parquet file per table. Raises `ExportError` without pyarrow."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise ExportError("Parquet files need pyarrow: pip install 'trialopt[parquet]'") from None
    return {f"{name}.parquet": _content(frame) for name, frame in solution.tables}


def _content(frame: pd.DataFrame) -> bytes:
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
