"""A run on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from trialopt.evaluation.result import Evaluation
from trialopt.output.terminal.console import TIE, Cell, grid, printable
from trialopt.output.terminal.sizes import size_tables, source_tables
from trialopt.output.terminal.toxicity import toxicity_tables
from trialopt.record.provenance import Precedent
from trialopt.record.rows import regimen, rows
from trialopt.record.solution import DesignNumbers, Solution, SolvedArm
from trialopt.record.words import certificate, objective, percent

# -- The recommended arms: one row an arm, one column an epoch. ---------------------------------------------------


def arms_table(numbers: DesignNumbers, width: int) -> Table:
    """Draw the arms: subgroups and their share, the regimen of each epoch, its coverage below."""
    epochs = numbers.question.epochs
    body = []
    for arm, row in zip(numbers.arms, rows(numbers, "arms"), strict=True):
        served = [*arm.subgroups, f"{percent(row['share'])} % of patients".replace(" ", TIE)]
        cells = [
            regimen(arm.sequence.get(epoch, ())).replace(" + ", f"{TIE}+ ")
            + f"\ncoverage {percent(row[f'coverage_{epoch}'])}{TIE}%"
            for epoch in epochs
        ]
        body.append((arm.name, "\n".join(served), *cells))
    return grid(("arm", "subgroups", *epochs), body, width, lines=len(body) > 1)


# -- Mechanism coverage: one table an epoch, mechanisms down, subgroups across. -----------------------------------

NAME = 14
CELL = 12
"""About the narrowest first column and number column that read well: more subgroups make more tables."""

MARK = "<"
ABSENT = "-"


def coverage_tables(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw each epoch's mechanism coverage in percent, the weakest mechanism of each subgroup marked."""
    q = numbers.question
    arm_of = {g: arm for arm in numbers.arms for g in arm.subgroups}
    groups = [g for g in q.shares if g in arm_of]
    several = max(1, (width - NAME) // CELL)
    shown = rows(numbers, "mechanism_coverage")
    weak = {(row["subgroup"], row["epoch"], row["mechanism"]) for row in shown if row["weakest"]}
    for epoch in q.epochs:
        yield Text(f"Mechanism coverage, {epoch} (percent)\n", style="bold")
        for start in range(0, len(groups), several):
            part = groups[start : start + several]
            body: list[list[str | Cell]] = [
                ["arm", *(f"{arm_of[g].name} " for g in part)],
                ["all disease", *(f"{percent(arm_of[g].coverage[g][epoch])} " for g in part)],
            ]
            for mechanism in q.mechanisms:
                if any(arm_of[g].prevalence[g][epoch][mechanism] > 0 for g in part):
                    cells = (_cell(arm_of[g], g, epoch, mechanism, (g, epoch, mechanism) in weak) for g in part)
                    body.append([mechanism, *cells])
            yield grid(("mechanism", *part), body, width, right=part, sections=[1])
            yield ""
    yield f"{MARK} weakest mechanism of the subgroup in the epoch"
    yield f"{ABSENT} mechanism not present; the row none is disease with no listed mechanism\n"


def _cell(arm: SolvedArm, subgroup: str, epoch: str, mechanism: str, weakest: bool) -> Cell:
    if arm.prevalence[subgroup][epoch][mechanism] <= 0:
        return Cell(f"{ABSENT} ")
    number = percent(arm.mechanism_coverage[subgroup][epoch][mechanism])
    return Cell(f"{number}{MARK}" if weakest else f"{number} ", weakest)


# -- Precedent: which trial gave each recommended regimen or most of it, and the pairs nobody was given before.


def precedent_table(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw one row a regimen; nothing can be said where the instance lists no precedents."""
    regimens = [(arm, epoch, found) for arm in numbers.arms for epoch, found in arm.precedent.items()]
    yield Text("Given before\n", style="bold")
    if not regimens:
        yield "not known: the instance lists no precedents, so new pairs cannot be told\n"
        return
    heads = ("arm", "epoch", "nearest precedent", "never given together")
    yield grid(heads, [(arm.name, epoch, _nearest(arm, epoch, p), _novel(p)) for arm, epoch, p in regimens], width)
    if any(found.novel for *_, found in regimens):
        yield "A pair never given together, as far as the instance knows, needs its own safety data first.\n"
    else:
        yield ""


def _nearest(arm: SolvedArm, epoch: str, found: Precedent) -> str:
    count = len(arm.sequence[epoch])
    part = _tied(found.given)
    whole = len(found.given) == count
    if not found.trial:
        if count == 1:
            return "one agent, no pair"
        if not found.given:
            return "none"
        return "every pair given before" if whole else f"each pair of {part}"
    trial = printable(found.trial)
    beside = f", beside {_tied(found.others)}" if found.others else ""
    return f"{trial}{beside}" if whole else f"{part} in {trial}{beside}"


def _novel(found: Precedent) -> Cell:
    return Cell("\n".join(map(_tied, found.novel)), marked=True) if found.novel else Cell("-")


def _tied(agents: Iterable[str]) -> str:
    return f"{TIE}+ ".join(agents)


# -- A run's tables, in the order in which a designer asks: which arms, what do they cover, what do they risk.


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
