"""A run's tables, in the order in which a designer asks: which arms, what do they cover, what do they risk."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.show.arms import arms_table
from trialopt.show.console import printable
from trialopt.show.coverage import coverage_tables
from trialopt.show.sizes import size_tables
from trialopt.show.toxicity import toxicity_tables
from trialopt.solution import Solution
from trialopt.words import certificate


def run_parts(solution: Solution, width: int) -> Iterator[RenderableType]:
    """All parts of a run's answer for a page of `width` characters, ending with the certificate line."""
    q = solution.question
    yield Text(f"{printable(q.title or q.name)} ({q.name})\n", style="bold")
    if solution.arms:
        yield arms_table(solution, width)
        yield ""
        yield from size_tables(solution, width)
        yield from coverage_tables(solution, width)
        yield from toxicity_tables(solution, width)
    if solution.conflict:
        yield Text("These cannot hold together:")
        for line in solution.conflict:
            yield Text(f"  - {printable(line)}")
    yield Text(certificate(solution), style="bold")
