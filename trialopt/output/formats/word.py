"""Word: a section ready for a protocol, with its schema, schedule, sizes and references."""

from __future__ import annotations

from trialopt.output.formats.errors import ExportError
from trialopt.record.solution import Solution


def files(solution: Solution) -> dict[str, bytes]:
    """One document. Raises `ExportError` without python-docx or matplotlib."""
    from trialopt.output.report import ReportError
    from trialopt.output.report.section import section

    try:
        return {"design.docx": section(solution)}
    except ReportError as error:
        raise ExportError(str(error)) from error
