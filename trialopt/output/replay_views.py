"""Rows of a replay's tables as text, for the terminal and the report alike."""

from __future__ import annotations

import math
from dataclasses import replace

from trialopt.decision.verdict import Verdict
from trialopt.output.views import Grid

MOST = 8
"""Disagreements of a kind that are drawn; files and data frames have all."""

PROMISES = {
    "coverage": "Coverage promised and responses played, largest disagreement first",
    "began": "Share on protocol promised and played",
    "risk": "Risk of severe events promised and played",
}


def number(value: float, digits: int = 2) -> str:
    """A number, empty where there is none."""
    return "" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def rank_rows(found: Verdict) -> list[tuple[str, ...]]:
    """Designs, n, outcome and the rank correlations of the value as given and at three carries."""
    return [
        (
            *(row["designs"], str(row["n"]), str(row["outcome"]).replace("_", " ")),
            *(number(row[rank]) for rank in ("value", "carry_0", "carry_0.5", "carry_1")),
        )
        for row in found.ranks.to_dict("records")
    ]


def promise_rows(found: Verdict, what: str, most: int = MOST) -> list[tuple[str, ...]]:
    """Subgroup, epoch, category, promised, played, error and cause of the largest disagreements of a kind."""
    some = found.promised[found.promised["what"] == what].head(most)
    return [
        (
            *(row["subgroup"], row["epoch"], row["category"]),
            *(number(row[k]) for k in ("promised", "played", "error")),
            row["cause"],
        )
        for row in some.to_dict("records")
    ]


RANKS = ("designs", "n", "outcome", "value", "at carry 0", "at 0.5", "at 1")
PROMISED = ("subgroup", "epoch", "category", "promised", "played", "s.e.", "cause in the replay")


def replay_grids(found: Verdict) -> list[Grid]:
    """The tables of the report: rank correlations, then the largest disagreements of each kind."""
    grids = [Grid("Rank correlation of the model's value with what was played", RANKS, tuple(rank_rows(found)))]
    grids += [Grid(title, PROMISED, tuple(promise_rows(found, what))) for what, title in PROMISES.items()]
    numeric: dict[tuple[str, ...], frozenset[int]] = {RANKS: frozenset({1, 3, 4, 5, 6}), PROMISED: frozenset({3, 4, 5})}
    return [replace(grid, numeric=numeric[grid.heads]) for grid in grids if grid.rows]
