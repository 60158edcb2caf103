"""Toxicity against its limits: one table an arm, limited categories down, epochs across."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from rich.console import RenderableType
from rich.text import Text

from trialopt.output.terminal.console import TIE, Cell, grid
from trialopt.record.solution import DesignNumbers
from trialopt.record.words import percent

MARK = "*"
EVERY = "all epochs"


def toxicity_tables(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw each arm's risk of severe events against the limit, in the subgroup that comes closest to it."""
    q = numbers.question
    risk = numbers.tables.risk.assign(column=lambda frame: frame["epoch"])
    limited = pd.concat([risk, numbers.tables.cumulative_risk.assign(column=EVERY)], sort=False)
    limited = limited[limited["limit"].notna()]
    if limited.empty:
        yield "No toxicity limit is set.\n"
        return
    limited = limited.assign(used=limited["risk"] / limited["limit"].clip(lower=1e-12))
    columns = [*q.epochs, *([EVERY] if (limited["column"] == EVERY).any() else [])]
    for arm in numbers.arms:
        yield Text(f"Severe toxicity of {arm.name} against its limits (percent)\n", style="bold")
        own = limited[limited["arm"] == arm.name].sort_values("used", ascending=False, kind="stable")
        worst = own.drop_duplicates(["column", "category"]).set_index(["category", "column"]).to_dict("index")
        several = len(arm.subgroups) > 1
        rows = [
            [category, *(_cell(worst.get((category, column)), several) for column in columns)]
            for category in q.categories
            if any((category, column) in worst for column in columns)
        ]
        yield grid(("category", *columns), rows, width)
        yield ""
    yield "risk / limit, in the subgroup that comes closest to it"
    yield f"{MARK} binding: at least 90 % of the limit is used\n"


def _cell(row: Mapping[Any, Any] | None, several: bool) -> str | Cell:
    if row is None:
        return "-"
    against = f"{percent(row['risk'])} / {percent(row['limit'])}".replace(" ", TIE)
    if not row["binding"]:
        return against
    return Cell(f"{against}{TIE}{MARK}" + (f"\n{row['subgroup']}" if several else ""), marked=True)
