"""The first screen of a run: the answer in at most 25 lines, in words, and where the rest is.

Whole tables are pages of their own (`show RUN arms`, or `--full`). What does not fit is said shorter, step by step:
doses go first, then an arm becomes one line, then the last arms are only counted.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from functools import partial

from rich.console import RenderableType
from rich.text import Text

from trialopt.core.design import Dose
from trialopt.output import PAGES
from trialopt.output.terminal.first_words import (
    control_in_words,
    limits_in_words,
    new_in_words,
    rests_in_words,
    size_in_words,
    sure_in_words,
)
from trialopt.output.terminal.truth_words import truths_in_words
from trialopt.output.views import TIE, printable
from trialopt.record.solution import Question, Solution, SolvedArm
from trialopt.record.words import ENDINGS, amount, duration, name, ties, whole_percent

WIDTH = 100
"""A screen is laid out for this width and never drawn wider: longer lines are not read."""

LINES = 25
"""Most lines at that width."""

Lines = list[str]
Layout = Callable[[Solution, SolvedArm, int], Lines]


def first_parts(solution: Solution, width: int, *, where: str = "", runner_up: str = "") -> Iterator[RenderableType]:
    """The first screen, a `Text` a line.

    Parameters
    ----------
    width
        Characters of a line; a wider terminal is used up to 100.
    where
        Path of the run's folder, to name in the last line; empty where the run was not written.
    runner_up
        What the next best design loses and does otherwise, in words; empty where nobody asked.
    """
    width = min(width, WIDTH)
    for line in _screen(solution, width, where, runner_up):
        yield Text(line, style="bold" if line.startswith(_marks(solution)) else "", no_wrap=True, overflow="ignore")


def _marks(solution: Solution) -> tuple[str, ...]:
    """How the lines begin that are drawn bold: an arm's head."""
    return tuple(f"{arm.name}  " for arm in solution.arms) or ("\0",)


def _screen(solution: Solution, width: int, where: str, runner_up: str) -> Lines:
    head = wrapped(printable(solution.question.title or solution.question.name), width)
    tail = _tail(solution, where, runner_up)
    if not solution.arms:
        body = [line for text in _nothing(solution) for line in wrapped(text, width, "  ")]
        return [*head, "", *body, "", *_drawn(tail, width)]
    space = LINES - len(wrapped(head[0], WIDTH)) - 1 - len(_drawn(tail, WIDTH))
    layout, shown = _fitting(solution, space)
    body = [line for arm in solution.arms[:shown] for line in layout(solution, arm, width)]
    if shown < len(solution.arms):
        body.append(f"and {len(solution.arms) - shown} more arms: trialopt show {where or 'RUN'} arms")
    return [*head, *body, "", *_drawn(tail, width)]


def _drawn(tail: list[tuple[str, str]], width: int) -> Lines:
    margin = max(len(mark) for mark, _ in tail) + 1
    return [line for mark, text in tail for line in wrapped(text, width, " " * margin, f"{mark:<{margin}}")]


def _fitting(solution: Solution, space: int) -> tuple[Layout, int]:
    """The fullest layout that fits, and how many arms it shows."""
    fuller: list[Layout] = [
        partial(_arm, doses=doses, limits=limits) for limits in (True, False) for doses in (True, False)
    ]
    for layout in (*fuller, _in_one):
        if sum(len(layout(solution, arm, WIDTH)) for arm in solution.arms) <= space:
            return layout, len(solution.arms)
    taken = shown = 0
    for arm in solution.arms:
        taken += len(_in_one(solution, arm, WIDTH))
        if taken > space - 1:
            break
        shown += 1
    return _in_one, max(1, shown)


# -- An arm. ------------------------------------------------------------------------------------------------------


def _arm(solution: Solution, arm: SolvedArm, width: int, *, doses: bool, limits: bool) -> Lines:
    """Whom it serves, a line for each epoch, what it is predicted to do and needs."""
    q = solution.question
    lines = wrapped(_served(solution, arm), width, "    ", f"{arm.name:<4}")
    parts = [(", ".join(name(q, s) for s in epochs), given) for epochs, given in _stretches(arm, q)]
    margin = 4 + max(len(label) for label, _ in parts) + 2
    for label, given in parts:
        lines += wrapped(_regimen(q, given, doses=doses), width, " " * margin, f"{'':4}{label:<{margin - 4}}")
    near = limits_in_words(solution, arm) if limits else ""
    told = (control_in_words(solution, arm), size_in_words(arm), near)
    lines += wrapped("; ".join(part for part in told if part), width, "    ", "    ")
    return lines


def _in_one(solution: Solution, arm: SolvedArm, width: int) -> Lines:
    q = solution.question
    given = ", then ".join(_regimen(q, doses, doses=False) for _, doses in _stretches(arm, q))
    told = (given, control_in_words(solution, arm), size_in_words(arm))
    text = f"{_served(solution, arm)}: {'; '.join(part for part in told if part)}"
    return wrapped(text, width, "    ", f"{arm.name:<4}")


def _served(solution: Solution, arm: SolvedArm) -> str:
    q = solution.question
    share = whole_percent(sum(q.shares[g] for g in arm.subgroups))
    return f"{', '.join(name(q, g) for g in arm.subgroups)} ({share}{TIE}% of patients)"


def _stretches(arm: SolvedArm, q: Question) -> list[tuple[list[str], tuple[Dose, ...]]]:
    """Epochs in turn with what is given, those with one regimen together."""
    found: list[tuple[list[str], tuple[Dose, ...]]] = []
    for epoch in q.epochs:
        given = arm.sequence.get(epoch, ())
        if found and found[-1][1] == given:
            found[-1][0].append(epoch)
        else:
            found.append(([epoch], given))
    return found


def _regimen(q: Question, given: tuple[Dose, ...], *, doses: bool) -> str:
    if not given:
        return "nothing"
    return ", ".join(" ".join(f"{name(q, d.agent)} {amount(q, d) if doses else ''}".split()) for d in given)


# -- What is said of the whole design. ----------------------------------------------------------------------------


def _nothing(solution: Solution) -> Lines:
    lines = [f"{ENDINGS[solution.ending]}, {duration(solution.seconds)}".capitalize() + "."]
    if solution.conflict:
        lines += ["These cannot hold together:", *(f"- {printable(line)}" for line in solution.conflict)]
    return lines


def _tail(solution: Solution, where: str, runner_up: str) -> list[tuple[str, str]]:
    run = where or "RUN"
    if not solution.arms:
        return [("More:", f"trialopt explain {where or solution.question.name} says what would have to give")]
    told = [("How sure:", sure_in_words(solution)), ("Rests on:", rests_in_words(solution))]
    if truths := truths_in_words(solution):
        told.insert(1, ("Truths:", truths))
    if equal := ties(solution):
        told.append(("Equal:", equal))
    if new := new_in_words(solution):
        told.append(("New:", new))
    if runner_up:
        told.append(("Next best:", runner_up))
    kept = "" if where else "--out RUN keeps it; "
    told.append(("More:", f"{kept}trialopt show {run} {'|'.join(PAGES)}; --full; trialopt alternatives, explain"))
    return told


def wrapped(text: str, width: int, indent: str = "", first: str = "") -> Lines:
    """Lines of a text, broken at spaces only; a word longer than a line stands alone."""
    lines = textwrap.wrap(
        text, max(20, width), initial_indent=first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [line.replace(TIE, " ") for line in lines]
