"""Toxicity against its limits: one table an arm, limited categories down, epochs across."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.output.terminal.console import TIE, Cell, grid
from trialopt.record.rows import Closest, closest
from trialopt.record.solution import DesignNumbers
from trialopt.record.words import percent

MARK = "*"
EVERY = "all epochs"


def toxicity_tables(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw each arm's risk of severe events against the limit, in the subgroup that comes closest to it."""
    q, near = numbers.question, closest(numbers)
    if not near:
        yield "No toxicity limit is set.\n"
        return
    columns = [*q.epochs, *([""] if any(not epoch for _, epoch, _ in near) else [])]
    for arm in numbers.arms:
        yield Text(f"Severe toxicity of {arm.name} against its limits (percent)\n", style="bold")
        several = len(arm.subgroups) > 1
        rows = [
            [category, *(_cell(near.get((arm.name, column, category)), several) for column in columns)]
            for category in q.categories
            if any((arm.name, column, category) in near for column in columns)
        ]
        yield grid(("category", *(column or EVERY for column in columns)), rows, width)
        yield ""
    yield "risk / limit, in the subgroup that comes closest to it"
    yield f"{MARK} close to its limit: at least 90 % of it is used\n"


def _cell(found: Closest | None, several: bool) -> str | Cell:
    if found is None:
        return "-"
    against = f"{percent(found.risk)} / {percent(found.limit)}".replace(" ", TIE)
    if not found.binding:
        return against
    return Cell(f"{against}{TIE}{MARK}" + (f"\n{found.subgroup}" if several else ""), marked=True)
