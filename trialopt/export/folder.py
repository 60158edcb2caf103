"""A run folder: the record and every table as CSV."""

from __future__ import annotations

from pathlib import Path

from trialopt.export.delimited import encode
from trialopt.files import write_bytes
from trialopt.solution import FILE_NAME, Solution


def write_run(solution: Solution, folder: Path) -> None:
    """Write `solution.json` and one CSV a table; an earlier run's files in the folder are replaced."""
    for name, frame in solution.tables:
        write_bytes(folder / f"{name}.csv", encode(frame))
    solution.save(folder / FILE_NAME)
