"""From files to an `Instance`: `read` a folder or a scenario; every problem in every file is reported at once."""

from __future__ import annotations

from pathlib import Path

from trialopt.core.catalog import find
from trialopt.core.handed import a_path
from trialopt.core.instance import Instance
from trialopt.reading.build import build
from trialopt.reading.document import Document, InputErrors, Problem, Row, document
from trialopt.reading.scenario import load
from trialopt.reading.write import write

__all__ = ["Document", "InputErrors", "Problem", "Row", "asked_of", "build", "document", "load", "read", "write"]


def read(path: str | Path) -> Instance:
    """Read an instance folder, a workbook (.xlsx) or a scenario file (TOML with `base`).

    Raises
    ------
    InputErrors
        With every problem of every file: file, row, column, value, and what would be right.
    """
    return build(load(path))


def asked_of(question: Document | str | Path, name: str = "question") -> Document:
    """The document of a question: itself, or what the path or the name of a shipped instance stands for.

    Raises `TypeError`, which says what to pass, for anything else; `InputErrors` as `load` does.
    """
    if isinstance(question, Document):
        return question
    how = "trialopt.find('tiny_duo') is one, trialopt.reading.load(path) reads a document"
    return load(find(str(a_path(question, name, "a path, a shipped name or a Document", how))))
