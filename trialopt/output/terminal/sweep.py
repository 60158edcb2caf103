"""The points of a sweep on a page."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.decision.sweep import WRONG, Point, Sweep
from trialopt.output.terminal.console import Cell, grid
from trialopt.record.solution import Question
from trialopt.record.words import gap_percent, objective, worded

ALL = 60
"""Points shown on a page; files and data frames have all."""

SHORT = {"infeasible": "infeasible", WRONG: "wrong input"}
"""Endings in a column of a table; others are their id with spaces."""


def sweep_parts(found: Sweep, question: Question, width: int) -> Iterator[RenderableType]:
    """All parts of a sweep for a page of `width` characters."""
    title = found.instance["title"] or found.instance["name"]
    yield Text(f"{title} ({found.instance['name']}): {found.asked} points\n", style="bold")
    yield f"{found.sentence}\n"
    if not found.points:
        return
    sized = any(point.patients is not None for point in found.points)
    first = found.first.number if found.first is not None else 0
    numbers = ["value", "gap", "arms", *(["patients"] if sized else [])]
    heads = ("point", "settings", "ending", *numbers, f"differs from point {first}")
    rows = [_row(found, question, point, sized) for point in found.points[:ALL]]
    yield grid(heads, rows, width, right=["point", *numbers], lines=True)
    if len(found.points) > ALL:
        yield f"\n{ALL} of {len(found.points)} points are shown; --out writes all.\n"
    yield ""


def _row(found: Sweep, question: Question, point: Point, sized: bool) -> list[str | Cell]:
    settings = "\n".join(point.words(found.names)) or "-"
    ending = SHORT.get(point.ending, point.ending.replace("_", " "))
    arms = "-" if point.design is None else str(len(point.design.arms))
    patients = ["-" if point.patients is None else str(point.patients)] if sized else []
    said = worded(question, "\n".join(found.differs(point) or point.said)) or "-"
    value = "-" if point.value is None else objective(point.value)
    gap = "-" if point.gap is None else gap_percent(point.gap)
    return [str(point.number), settings, Cell(ending, point.ending != "optimal"), value, gap, arms, *patients, said]
