"""Where the numbers behind a run come from, as rows that every format shows alike."""

from __future__ import annotations

from trialopt.solution import Solution

COLUMNS = ("file", "row", "about", "source", "confidence", "recalled_fields")


def source_rows(solution: Solution) -> list[tuple[str, int | None, str, str, str, str]]:
    """One row per row of the instance's tables that names a source; `row` is missing where a scenario gave it."""
    return [
        (s.file, s.row or None, ", ".join(s.key), s.source, s.confidence, s.recalled_fields)
        for s in solution.question.sources
    ]
