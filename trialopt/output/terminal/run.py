"""A run on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil

from rich.console import RenderableType
from rich.text import Text

from trialopt.evaluation.result import Evaluation
from trialopt.output import PAGES, TRUTHS, short_views
from trialopt.output.terminal.console import Cell, grid, table
from trialopt.output.terminal.ids import ids_table
from trialopt.output.terminal.sizes import calendar_tables, size_tables, source_tables
from trialopt.output.terminal.truth_words import truth_tables
from trialopt.output.views import MARK, TIE, drawn, printable
from trialopt.output.voices import Screen
from trialopt.record.controls import controls
from trialopt.record.rows import rows
from trialopt.record.solution import DesignNumbers, Question, Solution, SolvedArm
from trialopt.record.words import certificate, conflict_in_words, heading, name, objective, percent, ties, worded

# -- The recommended arms: one row an arm, one column an epoch. ---------------------------------------------------


def arms_table(numbers: DesignNumbers, width: int) -> RenderableType:
    """Draw the arms: subgroups and their share, the regimen of each epoch, its coverage below."""
    q = numbers.question
    epochs, made = q.epochs, drawn(short_views.arms(numbers), Screen(q))
    body = []
    for arm, served, *cells in made.rows:
        given, coverage, share = cells[: len(epochs)], cells[len(epochs) : -3], cells[-3]
        regimens = [f"{doses}\ncoverage {part}" for doses, part in zip(given, coverage, strict=True)]
        body.append((arm, f"{served}\n{share}{TIE}of{TIE}patients", *regimens))
    return grid(("arm", "subgroups", *(heading(q, s) for s in epochs)), body, width, lines=len(body) > 1)


def controls_table(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw what the arms are compared with: a row for each different control, with the subgroups that have it."""
    q, voice = numbers.question, Screen(numbers.question)
    found = controls(q, [g for arm in numbers.arms for g in arm.subgroups])
    if not found:
        return
    body = [
        (voice.named("ids", groups), *(voice.named("regimen", given.get(s, ())) for s in q.epochs))
        for groups, given in found
    ]
    yield Text("Control\n", style="bold")
    yield grid(("control of", *(heading(q, s) for s in q.epochs)), body, width, lines=len(body) > 1)
    yield ""


# -- Mechanism coverage: one table an epoch, mechanisms down, subgroups across. -----------------------------------

NAME = 14
CELL = 12
"""About the narrowest first column and number column that read well: more subgroups make more tables."""

WEAKEST = "<"
ABSENT = "-"


def coverage_tables(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw each epoch's mechanism coverage in percent, the weakest mechanism of each subgroup marked."""
    q = numbers.question
    arm_of = {g: arm for arm in numbers.arms for g in arm.subgroups}
    groups = [g for g in q.shares if g in arm_of]
    tables = ceil(len(groups) / max(1, (width - NAME) // CELL))
    several = ceil(len(groups) / max(1, tables))
    shown = rows(numbers, "mechanism_coverage")
    weak = {(row["subgroup"], row["epoch"], row["mechanism"]) for row in shown if row["weakest"]}
    for epoch in q.epochs:
        yield Text(f"Mechanism coverage, {name(q, epoch)} (percent)\n", style="bold")
        for start in range(0, len(groups), several):
            part = groups[start : start + several]
            body: list[list[str | Cell]] = [
                ["arm", *(f"{arm_of[g].name} " for g in part)],
                ["all disease", *(f"{percent(arm_of[g].coverage[g][epoch])} " for g in part)],
            ]
            for mechanism in q.mechanisms:
                if any(arm_of[g].prevalence[g][epoch][mechanism] > 0 for g in part):
                    cells = (_cell(arm_of[g], g, epoch, mechanism, (g, epoch, mechanism) in weak) for g in part)
                    body.append([_mechanism(q, mechanism), *cells])
            heads = [heading(q, g) for g in part]
            yield grid(("mechanism", *heads), body, width, right=heads, sections=[1], favoured=0)
            yield ""
    yield f"{WEAKEST} weakest mechanism of the subgroup in the epoch"
    yield f"{ABSENT} mechanism not present in the subgroup\n"


def _mechanism(question: Question, mechanism: str) -> str:
    """Name of a mechanism without what stands in brackets behind it: the ids below have the whole."""
    whole = heading(question, mechanism)
    return "no listed mechanism" if mechanism == "none" else whole.split(" (")[0] or whole


def _cell(arm: SolvedArm, subgroup: str, epoch: str, mechanism: str, weakest: bool) -> Cell:
    if arm.prevalence[subgroup][epoch][mechanism] <= 0:
        return Cell(f"{ABSENT} ")
    number = percent(arm.mechanism_coverage[subgroup][epoch][mechanism])
    return Cell(f"{number}{WEAKEST}" if weakest else f"{number} ", weakest)


# -- Precedent: which trial gave each recommended regimen or most of it, and the pairs nobody was given before.


def precedent_table(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw one row a regimen; nothing can be said where the instance lists no precedents."""
    view = short_views.precedent(numbers)
    yield Text(f"{view.title}\n", style="bold")
    if not view.rows:
        yield "not known: the instance lists no precedents, so new pairs cannot be told\n"
        return
    yield table(view, numbers.question, width)
    if view.near:
        yield f"{view.note}\n"
    else:
        yield ""


# -- Toxicity against its limits: one table an arm, limited categories down, epochs across. -----------------------


def toxicity_tables(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw each arm's risk of severe events against the limit, in the subgroup that comes closest to it."""
    view = short_views.toxicity(numbers)
    if not view.rows:
        yield "No toxicity limit is set.\n"
        return
    for arm in numbers.arms:
        yield Text(f"Severe toxicity of {arm.name} against its limits (percent)\n", style="bold")
        yield table(view.of(arm.name), numbers.question, width)
        yield ""
    yield "risk / limit, in the subgroup that comes closest to it"
    yield f"{MARK} close to its limit: at least 90 % of it is used\n"


# -- A run's tables, in the order in which a designer asks: which arms, what do they cover, what do they risk.


_PARTS: dict[str, Callable[[DesignNumbers, int], Iterable[RenderableType]]] = {
    "arms": lambda numbers, width: (arms_table(numbers, width), "", *controls_table(numbers, width)),
    "given": precedent_table,
    "patients": size_tables,
    "calendar": calendar_tables,
    "coverage": coverage_tables,
    "toxicity": toxicity_tables,
    "sources": source_tables,
}
"""What each page draws."""


def page_parts(solution: Solution, pages: Sequence[str], width: int) -> Iterator[RenderableType]:
    """Those pages of a run, one after the other."""
    yield _title(solution)
    for page in pages:
        drawing = truth_tables(solution, width) if page == TRUTHS else _PARTS[page](solution, width)
        made = list(drawing) if solution.arms else []
        yield from made or [f"nothing to show of {page}: {_why_nothing(solution, page)}\n"]
    yield from ids_table(solution, pages, width)


def _why_nothing(solution: Solution, page: str) -> str:
    if not solution.arms:
        return "there is no design"
    if page == TRUTHS:
        return "none were drawn (--draws)"
    return "no accrual rates are given" if solution.question.sized else "the trial is not sized"


def run_parts(solution: Solution, width: int, *, sources: bool = False) -> Iterator[RenderableType]:
    """All pages of a run's answer for a terminal of `width` characters, ending with the certificate line.

    With `sources` also what each arm's numbers rest on.
    """
    yield from _design(solution, width)
    if solution.arms:
        yield from truth_tables(solution, width)
    if sources:
        yield from source_tables(solution, width)
    if solution.conflict:
        yield "These cannot hold together:"
        for line in conflict_in_words(solution):
            yield Text(f"  - {printable(line)}")
    yield Text(certificate(solution), style="bold", no_wrap=True, overflow="ignore")
    if equal := ties(solution):
        yield Text(equal)


def check_parts(numbers: DesignNumbers, evaluation: Evaluation, width: int) -> Iterator[RenderableType]:
    """All parts of a judgement: the design's tables, every rule it breaks, its value."""
    yield from _design(numbers, width)
    count = len(evaluation.violations)
    if count:
        yield Text(f"{count} {'rule or limit' if count == 1 else 'rules or limits'} broken:", style="bold red")
        for violation in evaluation.violations:
            yield Text(f"  - {printable(worded(numbers.question, violation.sentence))}")
    verdict = "breaks the rules above" if count else "meets every rule and limit"
    yield Text(f"{verdict}, value {objective(evaluation.value)}", style="bold")


def _design(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    yield _title(numbers)
    if numbers.arms:
        shown = [page for page in PAGES if page not in ("calendar", "sources", TRUTHS)]
        for page in shown:
            yield from _PARTS[page](numbers, width)
        yield from ids_table(numbers, shown, width)


def _title(numbers: DesignNumbers) -> Text:
    q = numbers.question
    return Text(f"{printable(q.title or q.name)} ({q.name})\n", style="bold")
