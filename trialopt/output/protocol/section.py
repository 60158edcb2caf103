"""The Word section: the parts of a protocol that a design decides, in the order of the ICH M11 template.

Source of the order: ICH M11, Clinical electronic Structured Harmonised Protocol (CeSHarP), template, 2025. What the
design cannot know is one sentence that says what a sponsor adds. Value, bound and gap stand in an appendix alone.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

from trialopt.output.formats import ExportError, ReportError
from trialopt.output.protocol.appendix import abbreviations, conduct, oversight, references, supporting
from trialopt.output.protocol.design import design
from trialopt.output.protocol.draft import Draft
from trialopt.output.protocol.objectives import introduction, objectives
from trialopt.output.protocol.paper import Paper
from trialopt.output.protocol.statistics import statistics
from trialopt.output.protocol.summary import front, summary
from trialopt.output.protocol.treatment import population, treatment
from trialopt.output.report import grids
from trialopt.output.report.page import clean
from trialopt.output.report.sentences import recommendation
from trialopt.output.study.plan import planned
from trialopt.output.views import Grid
from trialopt.record.solution import Solution
from trialopt.record.words import conflict_in_words

EPOCH = (2000, 1, 1, 0, 0, 0)
"""Time of everything in the file, so that the same run gives the same bytes."""

PARTS = (
    front, summary, introduction, objectives, design, population, treatment, conduct, statistics, oversight, supporting,
    abbreviations, references,
)  # fmt: skip
"""What is written, in order; each part takes the draft."""


def section(solution: Solution) -> bytes:
    """Bytes of the document. Raises `ReportError` without python-docx or matplotlib."""
    try:
        import docx
    except ImportError:
        raise ReportError("Word files need python-docx: pip install 'trialopt[word]'") from None
    title = " ".join((solution.question.title or solution.question.name).split())
    paper = Paper(docx.Document(), title)
    _properties(paper.document, title)
    if solution.arms:
        draft = Draft(paper, solution, planned(solution))
        for part in PARTS:
            part(draft)
    else:
        _without(paper, solution, title)
    paper.finish()
    return _repeatable(paper.document)


def files(solution: Solution) -> dict[str, bytes]:
    """One document, as a format of exports. Raises `ExportError` without python-docx or matplotlib."""
    try:
        return {"design.docx": section(solution)}
    except ReportError as error:
        raise ExportError(str(error)) from error


def _without(paper: Paper, solution: Solution, title: str) -> None:
    """A run without a design: what cannot hold together."""
    paper.paragraph(title, style="Title")
    paper.contents()
    paper.heading("No design", 1)
    paper.paragraph(recommendation(solution))
    for line in conflict_in_words(solution):
        paper.bullet(line)
    paper.heading("Appendix: Supporting Details", 1)
    rows = tuple(row for row in grids.certificate(solution).rows if row[0] != "Instance" and row[1])
    paper.table("proof", Grid("How the run ended", ("Item", "Entry"), rows))


def _properties(document: Any, title: str) -> None:
    """Title and times of the file; nobody is named as its author."""
    core, time = document.core_properties, datetime.datetime(*EPOCH)
    core.title, core.author, core.last_modified_by = clean(title)[:250], "", ""
    core.comments, core.created, core.modified, core.revision = "", time, time, 1


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
