"""The first screen of a run: the answer in at most 25 lines, in words, and where the rest is.

Whole tables are pages of their own (`show RUN arms`, or `--full`). What does not fit is said shorter, step by step:
doses go below the arms, then the empty line goes, then an arm becomes one paragraph, then the last arms are only
counted. What is left out is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.output import PAGES
from trialopt.output.terminal.first_arms import LAYOUTS, Layout, Lines, arm_lines, doses_in_words, wrapped
from trialopt.output.terminal.first_words import (
    controls_in_words,
    new_in_words,
    next_in_words,
    rests_in_words,
    sure_in_words,
)
from trialopt.output.terminal.truth_words import truths_in_words
from trialopt.output.views import printable
from trialopt.record.solution import Solution
from trialopt.record.words import ENDINGS, conflict_in_words, duration

WIDTH = 100
"""A screen is laid out for this width and never drawn wider: longer lines are not read."""

LINES = 25
"""Most lines at that width."""

Marked = list[tuple[str, str]]
"""What is said of the whole design, each behind its mark."""


def first_parts(solution: Solution, width: int, *, where: str = "", runner_up: str = "") -> Iterator[RenderableType]:
    """The first screen, a `Text` a line.

    Parameters
    ----------
    width
        Characters of a line; a wider terminal is used up to 100.
    where
        Path of the run's folder, to name in the last line; empty where the run was not written.
    runner_up
        What the next best design loses and does otherwise, in words, where the record itself does not know it.
    """
    width = min(width, WIDTH)
    for line in _screen(solution, width, where, runner_up):
        yield Text(line, style="bold" if line.startswith(_marks(solution)) else "", no_wrap=True, overflow="ignore")


def _marks(solution: Solution) -> tuple[str, ...]:
    """How the lines begin that are drawn bold: an arm's head."""
    return tuple(f"{arm.name}  " for arm in solution.arms) or ("\0",)


def _screen(solution: Solution, width: int, where: str, runner_up: str) -> Lines:
    title = printable(solution.question.title or solution.question.name)
    head = wrapped(title, width)
    tail = _tail(solution, where, runner_up)
    if not solution.arms:
        body = [line for text in _nothing(solution) for line in wrapped(text, width, "  ")]
        return [*head, "", *body, "", *_drawn(tail, width)]
    space = LINES - len(wrapped(title, WIDTH))
    doses = doses_in_words(solution)
    layout, shown, below, gap = _fitting(solution, space, tail, doses, where)
    body = [line for arm in solution.arms[:shown] for line in arm_lines(solution, arm, width, layout)]
    if shown < len(solution.arms):
        body.append(f"and {len(solution.arms) - shown} more arms: trialopt show {where or 'RUN'} arms")
    return [*head, *body, *[""] * gap, *_drawn(below, width)]


def _drawn(tail: Marked, width: int) -> Lines:
    margin = max(len(mark) for mark, _ in tail) + 1
    return [line for mark, text in tail for line in wrapped(text, width, " " * margin, f"{mark:<{margin}}")]


def _fitting(solution: Solution, space: int, tail: Marked, doses: str, where: str) -> tuple[Layout, int, Marked, int]:
    """The fullest layout that fits, how many arms it shows, what stands below them, and empty lines between."""
    page = f"trialopt show {where or 'RUN'} arms"
    listed: Marked = [("Doses:", doses)] if doses else []
    compared = controls_in_words(solution)
    control: Marked = [("Control:", compared)] if compared else []
    shorter: Marked = [("Control:", page)] if compared else []
    whole = [*listed, *control, *tail]
    fuller = [(layout, [*control, *tail] if layout.inline else whole) for layout in LAYOUTS[:-1]]
    ways = [(layout, below, gap) for gap in (1, 0) for layout, below in fuller]
    ways += [(LAYOUTS[-1], whole, 1), (LAYOUTS[-1], [*listed, *shorter, *tail], 1)]
    elsewhere: Marked = [("Doses:", page)] if doses else []
    least = [*elsewhere, *shorter, *tail]
    ways += [(layout, below, 1) for below in ([*elsewhere, *control, *tail], least) for layout in LAYOUTS[1:-1]]
    ways.append((LAYOUTS[-1], least, 1))
    for layout, below, gap in ways:
        left = space - gap - len(_drawn(below, WIDTH))
        if sum(len(arm_lines(solution, arm, WIDTH, layout)) for arm in solution.arms) <= left:
            return layout, len(solution.arms), below, gap
    left, taken, shown = space - 1 - len(_drawn(least, WIDTH)), 0, 0
    for arm in solution.arms:
        taken += len(arm_lines(solution, arm, WIDTH, LAYOUTS[-1]))
        if taken > left - (arm is not solution.arms[-1]):
            break
        shown += 1
    return LAYOUTS[-1], max(1, shown), least, 1


# -- What is said of the whole design. ----------------------------------------------------------------------------


def _nothing(solution: Solution) -> Lines:
    lines = [f"{ENDINGS[solution.ending]}, {duration(solution.seconds)}".capitalize() + "."]
    if solution.conflict:
        lines += [
            "These cannot hold together:",
            *(f"- {printable(line)}" for line in conflict_in_words(solution)),
        ]
    return lines


def _tail(solution: Solution, where: str, runner_up: str) -> Marked:
    run = where or "RUN"
    if not solution.arms:
        return [("More:", f"trialopt explain {where or solution.question.name} says what would have to give")]
    told = [("How sure:", sure_in_words(solution)), ("Rests on:", rests_in_words(solution))]
    if truths := truths_in_words(solution):
        told.insert(1, ("Truths:", truths))
    ask = f"trialopt alternatives {where or solution.question.name} -k 2 finds it"
    told.append(("2nd best:", next_in_words(solution) or runner_up or ask))
    if new := new_in_words(solution):
        told.append(("New:", new))
    kept = "" if where else "--out RUN keeps it; "
    more = f"{kept}trialopt show {run} {' '.join(page for page in PAGES if page != 'calendar')}"
    fits = len(more) <= WIDTH - len("2nd best: ")
    told.append(("More:", more if fits else f"{kept}trialopt show {run} --full"))
    return told
