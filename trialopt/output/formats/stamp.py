"""Stamps and sources in files."""

from __future__ import annotations

from datetime import UTC, datetime

from trialopt.record.solution import Solution

# -- The time that goes into files which must carry one: that of the run, never that of the export. ---------------

UNKNOWN = datetime(2000, 1, 1, tzinfo=UTC)
"""For records that do not say when their run ended."""


def finished(solution: Solution) -> datetime:
    """When the run ended, in UTC, to the second."""
    try:
        moment = datetime.fromisoformat(str(solution.provenance["finished"]))
    except (KeyError, ValueError):
        return UNKNOWN
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


# -- Where the numbers behind a run come from, as rows that every format shows alike. -----------------------------

COLUMNS = ("file", "row", "about", "source", "confidence", "recalled_fields")


def source_rows(solution: Solution) -> list[tuple[str, int | None, str, str, str, str]]:
    """One row per row of the instance's tables that names a source; `row` is missing where a scenario gave it."""
    return [
        (s.file, s.row or None, ", ".join(s.key), s.source, s.confidence, s.recalled_fields)
        for s in solution.question.sources
    ]
