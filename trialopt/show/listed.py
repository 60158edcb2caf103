"""Lists of designs on a page: the runners-up, and fronts."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from trialopt.decision.alternatives import Alternatives
from trialopt.decision.frontier import Frontier, price_text
from trialopt.show.grid import grid
from trialopt.words import objective

UNITS = {
    "patients": "patients and controls of all arms",
    "arms": "arms",
    "burden": "severe events a patient, log scale, weighted by shares, epochs and reach",
    "budget": "money for all patients, in the currency of the agents' costs",
}
"""What the numbers of an axis mean."""

ALL = 40
"""Longer fronts are thinned on a page; files and data frames have every point."""


def alternatives_parts(found: Alternatives, width: int) -> Iterator[RenderableType]:
    """All parts of a list of alternatives for a page of `width` characters."""
    yield _title(found.instance, "the best designs")
    yield f"{found.sentence}\n"
    if not found.items:
        return
    yield _best_arms(found, width)
    yield ""
    frame = found.frame
    sized = frame["patients"].notna().any()
    heads = ["rank", "value", "loss", *(["patients"] if sized else []), "differs from the best"]
    rows = []
    for item, row in zip(found.items, frame.to_dict("records"), strict=True):
        loss = "-" if item.rank == 1 else f"{item.loss:.6f}"
        size = [str(item.patients)] if sized else []
        rows.append([str(item.rank), objective(row["value"]), loss, *size, "\n".join(item.differs) or "-"])
    yield grid(heads, rows, width, right=heads[:-1], lines=True)
    yield ""


def _best_arms(found: Alternatives, width: int) -> Table:
    best = found.items[0].design
    epochs = list(best.arms[0].sequence)
    rows = [
        (
            arm.name,
            "\n".join(arm.subgroups),
            *(" +\n".join(map(str, arm.sequence.get(epoch, ()))) or "nothing" for epoch in epochs),
        )
        for arm in best.arms
    ]
    return grid(("best", "subgroups", *epochs), rows, width, lines=True)


def frontier_parts(found: Frontier, width: int) -> Iterator[RenderableType]:
    """All parts of a front for a page of `width` characters."""
    against = found.against
    yield _title(found.instance, f"value against {against}")
    yield f"{found.sentence}\n"
    if not found.points:
        return
    frame = found.frame
    rows, skipped = [], 0
    every = max(1, len(frame) // ALL + (len(frame) % ALL > 0)) if len(frame) > ALL else 1
    for n, row in enumerate(frame.to_dict("records")):
        if n % every and n != len(frame) - 1:
            skipped += 1
            continue
        step = "-" if pd.isna(row["saves"]) else price_text(row["saves"], against)
        loses = "-" if pd.isna(row["loses"]) else f"{row['loses']:.6f}"
        rows.append(
            [
                price_text(row[against], against),
                objective(row["value"]),
                step,
                loses,
                "\n".join(row["differs"].split("; ")) or "-",
            ]
        )
    heads = (
        against,
        "value",
        "saves",
        "loses",
        "differs from the row above" if every == 1 else "differs from the point before",
    )
    yield grid(heads, rows, width, right=heads[:-1], lines=every == 1)
    if skipped:
        yield f"{skipped} points between these are not drawn; --out writes all of them."
    yield f"{against}: {UNITS[against]}\n"


def _title(instance: dict[str, str], what: str) -> Text:
    return Text(f"{instance['title'] or instance['name']} ({instance['name']}): {what}\n", style="bold")
