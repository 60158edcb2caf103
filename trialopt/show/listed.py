"""Lists of designs on a page: the runners-up, and fronts."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from trialopt.decision.alternatives import Alternatives
from trialopt.decision.frontier import Frontier
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
    yield f"{_alternatives_sentence(found)}\n"
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


def _alternatives_sentence(found: Alternatives) -> str:
    count = len(found.items)
    if not found.items:
        return "There is no design: every one breaks a rule or a limit." if found.complete else f"None: {found.ended}."
    apart = ""
    if found.least_difference:
        apart = f", any two of them at least {found.least_difference} agents in arms and epochs apart"
    if found.exhausted and count < found.asked:
        text = f"There are {count} designs{apart}; these are all, in their proven order."
    else:
        text = f"The {count} best designs{apart}, in their proven order: none that is missing is better."
    if not found.complete:
        text += f" Not all {found.asked} that were asked for: {found.ended}."
    if count > 1:
        last = found.items[-1]
        text += f" Taking number {last.rank} instead of number 1 costs {last.loss:.6f} of value."
    return text


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
    yield f"{_frontier_sentence(found)}\n"
    if not found.points:
        return
    frame = found.frame
    rows, skipped = [], 0
    every = max(1, len(frame) // ALL + (len(frame) % ALL > 0)) if len(frame) > ALL else 1
    for n, row in enumerate(frame.to_dict("records")):
        if n % every and n != len(frame) - 1:
            skipped += 1
            continue
        step = "-" if pd.isna(row["saves"]) else number(row["saves"], against)
        loses = "-" if pd.isna(row["loses"]) else f"{row['loses']:.6f}"
        rows.append(
            [
                number(row[against], against),
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


def _frontier_sentence(found: Frontier) -> str:
    if not found.points:
        return "There is no design: every one breaks a rule or a limit." if found.complete else f"None: {found.ended}."
    count, first, last = len(found.points), found.points[0], found.points[-1]
    points = "1 design" if count == 1 else f"{count} designs"
    if not found.complete:
        return (
            f"NOT COMPLETE ({found.ended}): these {points} are the most valuable of the front; designs that take less "
            "than the last may be missing."
        )
    text = f"Complete: {points}, none of them beaten in value by one that takes no more, and no such design is missing."
    if count > 1:
        cheap, dear = (number(p.price, found.against) for p in (last, first))
        text += (
            f" From {dear} down to {cheap} the value falls from {objective(first.value)} to {objective(last.value)}."
        )
    return text


def number(price: float, against: str) -> str:
    """A price as a page shows it."""
    return f"{price:.6f}" if against == "burden" else f"{price:,.0f}"


def _title(instance: dict[str, str], what: str) -> Text:
    return Text(f"{instance['title'] or instance['name']} ({instance['name']}): {what}\n", style="bold")
