"""A run folder: the record, every table as CSV, and the question it answers, so that the run stands by itself."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from trialopt.core.catalog import write_bytes, write_text
from trialopt.core.instance import Instance
from trialopt.output.formats.data import as_csv
from trialopt.reading import Document, InputErrors, build, load, write
from trialopt.reading.fill import without_library
from trialopt.record.solution import FILE_NAME, Solution, SolutionFileError

QUESTION = "instance"
"""Folder, in a run's, of the instance it answers."""

_NOTE = "README.md"
_NOTE_TEXT = """\
# The question this run answers

Written by `trialopt solve --out` beside the answer, with everything laid over it: a scenario's base, overrides, rows
of the evidence library. The next run written to this place replaces it, so copy the folder before you edit it.
"""


def check_folder(folder: Path) -> None:
    """Raise an error when a run cannot be written to a folder: a file, or somebody's own `instance` in it."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; --out takes a folder")
    if (folder / QUESTION).exists() and not _is_ours(folder / QUESTION):
        raise FileExistsError(f"{folder / QUESTION} is there, and no run wrote it; give another folder to --out")


def write_run(solution: Solution, folder: Path, document: Document | None = None) -> None:
    """Write `solution.json`, one CSV a table, and the document as an instance folder.

    An earlier run's files in the folder are replaced. Raises as `check_folder` does.
    """
    check_folder(folder)
    for name, frame in solution.tables:
        write_bytes(folder / f"{name}.csv", as_csv(frame))
    if document is not None:
        _write_question(document, folder)
    solution.save(folder / FILE_NAME)


def read_question_of(run: Path) -> tuple[Document, Instance]:
    """Read the question a run answered, from beside its `solution.json`.

    Raises
    ------
    SolutionFileError
        When it is not there, or is not what was answered.
    """
    solution = Solution.load(run)
    folder = (run if run.is_dir() else run.parent) / QUESTION
    otherwise = "give the instance itself, or solve it again with --out"
    if not folder.is_dir():
        raise SolutionFileError(f"{folder}: no such folder, so what the run answered is not known; {otherwise}")
    try:
        document = replace(load(folder), name=solution.question.name)
        instance = build(document)
    except InputErrors as error:
        raise SolutionFileError(f"{folder}: the question of the run cannot be read; {otherwise}\n{error}") from None
    if instance.sha256 != solution.question.sha256:
        raise SolutionFileError(f"{folder}: not the question that the run answered, it was changed since; {otherwise}")
    return document, instance


def _is_ours(folder: Path) -> bool:
    note = folder / _NOTE
    return note.is_file() and note.read_text(encoding="utf-8", errors="replace") == _NOTE_TEXT


def _write_question(document: Document, folder: Path) -> None:
    """Write a document beside its place, and put it there in the place of an earlier one."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{QUESTION}-", dir=folder) as beside:
        fresh = write(without_library(document), Path(beside) / "new")
        write_text(fresh / _NOTE, _NOTE_TEXT)
        target = folder / QUESTION
        if target.exists():
            target.rename(Path(beside) / "old")
        fresh.rename(target)
