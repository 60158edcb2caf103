"""A run folder: the record, every table as CSV, and the question it answers, so that the run stands by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from trialopt.core.beside import CannotWrite
from trialopt.core.instance import Instance
from trialopt.core.run_folder import Part, changing, check
from trialopt.output.formats.separated import files as csv_files
from trialopt.output.formats.separated import frame_csv
from trialopt.reading import Document, InputErrors, build, load, write
from trialopt.reading.fill import without_library
from trialopt.record.certificate import CERTIFICATE, certificate_json
from trialopt.record.solution import FILE_NAME, Solution, SolutionFileError

if TYPE_CHECKING:
    import pandas as pd


class Drawable(Protocol):
    """A result that has a figure."""

    def plot(self) -> Any:
        """The figure, whose `svg()` is its text."""


QUESTION = "instance"
"""Folder, in a run's, of the instance it answers."""

_NOTE = "README.md"
_NOTE_TEXT = """\
# The question this run answers

Written by `trialopt solve --out` beside the answer, with everything laid over it: a scenario's base, overrides, rows
of the evidence library. The next run written to this place replaces it, so copy the folder before you edit it.
"""


def check_folder(folder: Path, questions: Mapping[str, str], *, force: bool = False) -> None:
    """Raise `CannotWrite` when runs cannot be written to a folder.

    `questions` has the digest of the question of each run by its subfolder, `""` for the folder itself. It is refused
    where the place cannot be written to, holds somebody's own `instance`, or, without `force`, holds a run of another
    question or files that would be lost.
    """
    for sub in questions:
        own = folder / sub / QUESTION
        if own.exists() and not _is_ours(own):
            raise CannotWrite(f"{own} is there, and no run wrote it; give another folder to --out")
    check(folder, _parts(questions), force=force)


def write_runs(runs: Mapping[str, tuple[Solution, Document | None]], folder: Path, *, force: bool = False) -> None:
    """Write runs into subfolders of a folder, `""` for the folder itself: all of them, or none.

    Each gets `solution.json`, one CSV a table, and the document as an instance folder, in the place of an earlier
    run's files. Raises as `check_folder` does, and `NotWritten`.
    """
    questions = {sub: solution.question.sha256 for sub, (solution, _) in runs.items()}
    check_folder(folder, questions, force=force)
    with changing(folder, _parts(questions), force=force) as fresh:
        for sub, (solution, document) in runs.items():
            (fresh / sub).mkdir(exist_ok=True)
            for name, content in csv_files(solution).items():
                (fresh / sub / name).write_bytes(content)
            if document is not None:
                question = write(without_library(document), fresh / sub / QUESTION)
                (question / _NOTE).write_text(_NOTE_TEXT, encoding="utf-8")
            if solution.ending == "infeasible" or solution.bound is not None:
                (fresh / sub / CERTIFICATE).write_text(certificate_json(solution), encoding="utf-8")
            (fresh / sub / FILE_NAME).write_text(solution.to_json(), encoding="utf-8")


def write_tables(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    record: tuple[str, str],
    question: str,
    *,
    force: bool = False,
    figures: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write a record (name and text), its tables as CSV and its figures (SVG), all or none.

    `question` is the digest of what it answers. Raises `CannotWrite` and `NotWritten`.
    """
    with changing(folder, {"": Part(record[0], question)}, force=force) as fresh:
        for name, frame in tables.items():
            (fresh / f"{name}.csv").write_bytes(frame_csv(frame))
        for name, text in (record, *figures.items()):
            (fresh / name).write_text(text, encoding="utf-8")


def figure_of(record: str, found: Drawable) -> dict[str, str]:
    """A result's figure as SVG under the name of its record, for `write_tables`; none where matplotlib is missing."""
    return {} if find_spec("matplotlib") is None else {f"{Path(record).stem}.svg": found.plot().svg()}


def _parts(questions: Mapping[str, str]) -> dict[str, Part]:
    return {sub: Part(FILE_NAME, question, (QUESTION,)) for sub, question in questions.items()}


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
