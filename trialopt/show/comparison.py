"""Runs side by side: one column a run, what differs from the first marked."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from trialopt.comparison import Comparison, Match
from trialopt.show.grid import TIE, Cell, grid
from trialopt.solution import SolvedArm
from trialopt.words import ENDINGS, gap_percent, objective, percent

MARK = "*"


def comparison_parts(comparison: Comparison, width: int) -> Iterator[RenderableType]:
    """All parts of a comparison for a page of `width` characters."""
    yield _summary(comparison, width)
    yield ""
    if not comparison.summary["same_instance"].all():
        yield "The runs answer different instances: their values compare only where weights and shares are alike.\n"
    yield Text("Arms, matched to those of the first run\n", style="bold")
    epochs = list(dict.fromkeys(s for run in comparison.runs.values() for s in run.question.epochs))
    for match in comparison.matches:
        yield _match(match, epochs, width)
        yield ""
    yield f"{MARK} differs from the first run\n"
    yield Text("Coverage (percent)\n", style="bold")
    yield _coverage(comparison, width)


def _summary(comparison: Comparison, width: int) -> Table:
    heads = ("run", "ending", "value", "bound", "gap", "arms", "patients")
    rows = [
        (
            row["run"],
            ENDINGS[row["ending"]].split(":")[0],
            objective(comparison.runs[row["run"]].value),
            objective(comparison.runs[row["run"]].bound),
            gap_percent(comparison.runs[row["run"]].gap).replace(" ", TIE),
            str(row["arms"]),
            "-" if pd.isna(row["patients"]) else str(row["patients"]),
        )
        for row in comparison.summary.to_dict("records")
    ]
    return grid(heads, rows, width, right=heads[2:])


def _match(match: Match, epochs: list[str], width: int) -> Table:
    arms = list(match.arms.values())
    rows: list[list[str | Cell]] = [["arm", *(arm.name if arm else "none like it" for arm in arms)]]
    for what in ("subgroups", *epochs):
        cells = [_content(arm, what) for arm in arms]
        rows.append([what, *(Cell(f"{c}{TIE}{MARK}", True) if c not in ("", cells[0]) else c for c in cells)])
    if match.similarity:
        scores = (match.similarity.get(run, 0.0) for run in match.arms)
        rows.append(["similarity", *(f"{percent(score)}{TIE}%" if score else "" for score in scores)])
    return grid(("", *match.arms), rows, width)


def _coverage(comparison: Comparison, width: int) -> Table:
    runs = list(comparison.runs)
    rows = [
        (row["subgroup"], row["epoch"], *("-" if pd.isna(row[run]) else percent(row[run]) for run in runs))
        for row in comparison.coverage.to_dict("records")
    ]
    return grid(("subgroup", "epoch", *runs), rows, width, right=runs)


def _content(arm: SolvedArm | None, what: str) -> str:
    if arm is None:
        return ""
    if what == "subgroups":
        return "\n".join(arm.subgroups)
    return "\n".join(str(dose) for dose in arm.sequence.get(what, ())) or "nothing"
