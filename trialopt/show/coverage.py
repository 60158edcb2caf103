"""Mechanism coverage: one table an epoch, mechanisms down, subgroups across."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.show.grid import Cell, grid
from trialopt.solution import DesignNumbers, SolvedArm
from trialopt.words import percent

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
    frame = numbers.tables.mechanism_coverage
    weak = set(frame[frame["weakest"]][["subgroup", "epoch", "mechanism"]].itertuples(index=False, name=None))
    for epoch in q.epochs:
        yield Text(f"Mechanism coverage, {epoch} (percent)\n", style="bold")
        for start in range(0, len(groups), several):
            part = groups[start : start + several]
            rows: list[list[str | Cell]] = [
                ["arm", *(f"{arm_of[g].name} " for g in part)],
                ["all disease", *(f"{percent(arm_of[g].coverage[g][epoch])} " for g in part)],
            ]
            for mechanism in q.mechanisms:
                if any(arm_of[g].prevalence[g][epoch][mechanism] > 0 for g in part):
                    cells = (_cell(arm_of[g], g, epoch, mechanism, (g, epoch, mechanism) in weak) for g in part)
                    rows.append([mechanism, *cells])
            yield grid(("mechanism", *part), rows, width, right=part, sections=[1])
            yield ""
    yield f"{MARK} weakest mechanism of the subgroup in the epoch"
    yield f"{ABSENT} mechanism not present; the row none is disease with no listed mechanism\n"


def _cell(arm: SolvedArm, subgroup: str, epoch: str, mechanism: str, weakest: bool) -> Cell:
    if arm.prevalence[subgroup][epoch][mechanism] <= 0:
        return Cell(f"{ABSENT} ")
    number = percent(arm.mechanism_coverage[subgroup][epoch][mechanism])
    return Cell(f"{number}{MARK}" if weakest else f"{number} ", weakest)
