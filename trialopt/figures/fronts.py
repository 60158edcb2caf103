"""Designs against each other: the front of value against a price, and the runners-up."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from trialopt.figures.canvas import say
from trialopt.figures.lettering import folded
from trialopt.figures.style import ARMS, INK, QUIET, RULE, SIZE, SMALL, in_style


@in_style
def front(ax: Axes, frame: pd.DataFrame, against: str, *, value: str = "value", complete: bool = True) -> None:
    """Draw a front: what the best design is worth (`value` column) for each price (`against` column).

    Rows are non-dominated designs in any order. A front that is not complete says so.
    """
    if frame.empty:
        say(ax, "no design")
        return
    rows = frame.sort_values(against, kind="stable")
    ax.step(rows[against], rows[value], where="post", color=QUIET, linewidth=0.8)
    ax.plot(rows[against], rows[value], "o", color=ARMS[0], markersize=4)
    ax.set_xlabel(against.replace("_", " "), fontsize=SIZE)
    ax.set_ylabel(value.replace("_", " "), fontsize=SIZE)
    ax.tick_params(labelsize=SMALL, length=2)
    ax.spines[["top", "right"]].set_visible(False)
    if not complete:
        ax.text(0.01, 1.01, "not complete: the search was stopped", va="bottom", size=SMALL, transform=ax.transAxes)


@in_style
def alternatives(
    ax: Axes, frame: pd.DataFrame, *, label: str = "differs", value: str = "value", room: float = 210
) -> None:
    """Draw the best designs in order: one point a design at its value, its words (`label` column) beside the axes.

    The words take `room` points to the right of the axes, in at most two lines a design.
    """
    if frame.empty:
        say(ax, "no design")
        return
    rows = frame.sort_values(value, ascending=False, kind="stable")
    values = [float(number) for number in rows[value]]
    low, high = min(values), max(values)
    span = max(high - low, 1e-6)
    for y, (number, words) in enumerate(zip(values, rows[label], strict=True)):
        ax.plot([low - 0.05 * span, number], [y, y], color=RULE, linewidth=0.6, zorder=1)
        ax.plot(number, y, "o", color=ARMS[0], markersize=4)
        lines = "\n".join(folded(str(words), room, SMALL, most=2))
        ax.annotate(
            lines, (1, y), (8, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
            size=SMALL, color=INK, linespacing=1.1, annotation_clip=False,
        )  # fmt: skip
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.set_xlim(low - 0.05 * span, high + 0.08 * span)
    ax.locator_params(axis="x", nbins=3)
    ax.set_yticks(range(len(values)), [str(k) for k in range(1, len(values) + 1)])
    ax.tick_params(labelsize=SMALL, length=2)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_xlabel(value.replace("_", " "), fontsize=SIZE)
