"""A run's tables, in the order in which a designer asks: which arms, what do they cover, what do they risk."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.evaluation.result import Evaluation
from trialopt.show.arms import arms_table
from trialopt.show.console import printable
from trialopt.show.coverage import coverage_tables
from trialopt.show.precedent import precedent_table
from trialopt.show.sizes import size_tables
from trialopt.show.sources import source_tables
from trialopt.show.toxicity import toxicity_tables
from trialopt.solution import DesignNumbers, Solution
from trialopt.words import certificate, objective


def run_parts(solution: Solution, width: int, *, sources: bool = False) -> Iterator[RenderableType]:
    """All parts of a run's answer for a page of `width` characters, ending with the certificate line.

    With `sources` also what each arm's numbers rest on.
    """
    yield from _design(solution, width)
    if sources:
        yield from source_tables(solution, width)
    if solution.conflict:
        yield "These cannot hold together:"
        for line in solution.conflict:
            yield Text(f"  - {printable(line)}")
    yield Text(certificate(solution), style="bold", no_wrap=True, overflow="ignore")


def check_parts(numbers: DesignNumbers, evaluation: Evaluation, width: int) -> Iterator[RenderableType]:
    """All parts of a judgement: the design's tables, every rule it breaks, its value."""
    yield from _design(numbers, width)
    count = len(evaluation.violations)
    if count:
        yield Text(f"{count} {'rule or limit' if count == 1 else 'rules or limits'} broken:", style="bold red")
        for violation in evaluation.violations:
            yield Text(f"  - {printable(violation.sentence)}")
    verdict = "breaks the rules above" if count else "meets every rule and limit"
    yield Text(f"{verdict}, value {objective(evaluation.value)}", style="bold")


def _design(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    q = numbers.question
    yield Text(f"{printable(q.title or q.name)} ({q.name})\n", style="bold")
    if numbers.arms:
        yield arms_table(numbers, width)
        yield ""
        yield from precedent_table(numbers, width)
        yield from size_tables(numbers, width)
        yield from coverage_tables(numbers, width)
        yield from toxicity_tables(numbers, width)
