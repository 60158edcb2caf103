"""Word: a section ready for a protocol, with its schema, schedule, sizes and references."""

from __future__ import annotations

from trialopt.export.errors import ExportError
from trialopt.solution import Solution


def files(solution: Solution) -> dict[str, bytes]:
    """One document. Raises `ExportError` without python-docx or matplotlib."""
    from trialopt.report import ReportError
    from trialopt.report.section import section

    try:
        return {"design.docx": section(solution)}
    except ReportError as error:
        raise ExportError(str(error)) from error
