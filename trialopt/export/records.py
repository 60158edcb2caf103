"""JSON: every table as a list of records, with the run's certificate above them."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from trialopt.solution import Solution


def content(solution: Solution, table: str) -> bytes:
    """Bytes of all tables as JSON; `table` makes no difference."""
    q = solution.question
    data: dict[str, Any] = {
        "instance": {"name": q.name, "title": q.title, "sha256": q.sha256},
        "ending": solution.ending,
        "value": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
        "tables": {name: _records(frame) for name, frame in solution.tables},
    }
    return (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(key): None if pd.isna(cell) else cell for key, cell in row.items()} for row in frame.to_dict("records")
    ]
