"""The part of the Word section on many possible truths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialopt.output.under_truths import under_truths
from trialopt.record.solution import Solution

if TYPE_CHECKING:
    from trialopt.output.report.section import Paper


def add_truths(paper: Paper, solution: Solution) -> None:
    """Add heading, sentences and tables; nothing where no truths were drawn."""
    told = under_truths(solution)
    if told is None:
        return
    paper.heading(told.title, 2)
    for line in told.sentences:
        paper.bullet(line)
    for grid in told.tables:
        paper.table(grid)
