"""A section of a protocol as a Word document: arms, schema, schedule, sizes with their reasons, limits, references."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

from trialopt.report import grids, sentences
from trialopt.report.errors import ReportError
from trialopt.report.sources import published
from trialopt.report.word import Paper
from trialopt.solution import Solution
from trialopt.words import certificate

EPOCH = (2000, 1, 1, 0, 0, 0)
"""Time of everything in the file, so that the same run gives the same bytes."""


def section(solution: Solution) -> bytes:
    """Bytes of the document. Raises `ReportError` without python-docx or matplotlib."""
    try:
        import docx
    except ImportError:
        raise ReportError("Word files need python-docx: pip install 'trialopt[word]'") from None
    paper = Paper(docx.Document())
    paper.properties(solution.question.title or solution.question.name, datetime.datetime(*EPOCH))
    _opening(paper, solution)
    if solution.arms:
        _arms(paper, solution)
        _patients(paper, solution)
        _limits(paper, solution)
    _basis(paper, solution)
    _references(paper, solution)
    return _repeatable(paper.document)


def _opening(paper: Paper, solution: Solution) -> None:
    paper.heading(f"Trial design: {solution.question.title or solution.question.name}", 1)
    paper.paragraph(sentences.recommendation(solution))
    for line in solution.conflict:
        paper.bullet(line)


def _arms(paper: Paper, solution: Solution) -> None:
    paper.heading("Arms", 2)
    paper.table(grids.synopsis(solution))
    paper.figure(_schema(solution), "Schema of the trial: arms, epochs and patients.", 1)
    paper.heading("Study population", 2)
    paper.table(grids.subgroups(solution))
    paper.heading("Treatment schedule", 2)
    paper.paragraph("Cycles are counted from the start of treatment. Doses are those of the level chosen.")
    paper.table(grids.schedule(solution))
    if (precedent := grids.precedent(solution)).rows:
        paper.table(precedent)


def _patients(paper: Paper, solution: Solution) -> None:
    paper.heading("Sample size", 2)
    paper.paragraph(sentences.totals(solution))
    if sentences.sizes(solution):
        for arm in solution.arms:
            paper.bullet(sentences.size_reason(solution, arm))
        paper.table(grids.sizes(solution))


def _limits(paper: Paper, solution: Solution) -> None:
    paper.heading("Toxicity limits", 2)
    limits = grids.toxicity(solution)
    if limits.rows:
        paper.table(limits)
    else:
        paper.paragraph("No toxicity limit is set.")


def _basis(paper: Paper, solution: Solution) -> None:
    paper.heading("Basis of the design", 2)
    paper.paragraph(sentences.objective_in_words(solution.question))
    made, q = solution.provenance, solution.question
    version = f", trialopt {made['trialopt']}" if "trialopt" in made else ""
    paper.paragraph(f"Instance {q.name}: {certificate(solution)}{version}. Digest of the instance: SHA-256 {q.sha256}.")
    paper.paragraph("Research use only. This is not medical advice.")


def _references(paper: Paper, solution: Solution) -> None:
    sources = published(solution, of_design=True)
    if not sources:
        return
    paper.heading("References", 2)
    for source in sources:
        paper.reference(source.number, source.text)


def _schema(solution: Solution) -> bytes:
    try:
        return solution.plot.schema().png(dpi=220)
    except ImportError:
        raise ReportError("Word files need matplotlib: pip install 'trialopt[word]'") from None


def _repeatable(document: Any) -> bytes:
    """Bytes of a document with the times of its parts set to one time."""
    written, made = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            entry = zipfile.ZipInfo(part.filename, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(part.filename))
    return made.getvalue()
