"""Rows of a replay's tables as text, for the terminal and the report alike."""

from __future__ import annotations

import math

from trialopt.decision.verdict import Verdict

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
    """Designs, n, outcome and the rank correlations at three carries."""
    return [
        (
            *(row["designs"], str(row["n"]), str(row["outcome"]).replace("_", " ")),
            *(number(row[f"carry_{carry}"]) for carry in ("0", "0.5", "1")),
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
