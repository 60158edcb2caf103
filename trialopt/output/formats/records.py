"""JSON: every table as a list of records, with the run's certificate above them and its sources below."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from trialopt.output.formats.stamp import COLUMNS, source_rows
from trialopt.record.solution import Solution


def files(solution: Solution) -> dict[str, bytes]:
    """One file with all tables."""
    q = solution.question
    data: dict[str, Any] = {
        "instance": {"name": q.name, "title": q.title, "sha256": q.sha256},
        "ending": solution.ending,
        "value": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
        "tables": {name: records_of(frame) for name, frame in solution.tables},
        "sources": [dict(zip(COLUMNS, row, strict=True)) for row in source_rows(solution)],
    }
    return {"design.json": (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()}


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One mapping from column to cell a row, ready for JSON; a missing cell is `None`."""
    return [
        {str(key): None if pd.isna(cell) else cell for key, cell in row.items()} for row in frame.to_dict("records")
    ]
