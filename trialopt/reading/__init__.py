"""From files to an `Instance`: `read` a folder or a scenario; every problem in every file is reported at once."""

from __future__ import annotations

from pathlib import Path

from trialopt.core.instance import Instance
from trialopt.reading.build import build
from trialopt.reading.document import Document, InputErrors, Problem, Row, document
from trialopt.reading.scenario import load
from trialopt.reading.write import write

__all__ = ["Document", "InputErrors", "Problem", "Row", "build", "document", "load", "read", "write"]


def read(path: str | Path) -> Instance:
    """Read an instance folder, a workbook (.xlsx) or a scenario file (TOML with `base`).

    Raises
    ------
    InputErrors
        With every problem of every file: file, row, column, value, and what would be right.
    """
    return build(load(path))
