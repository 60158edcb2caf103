"""Fronts and lists of designs as figures."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from trialopt.output.figures.canvas import ARMS, INK, QUIET, RULE, SIZE, SMALL, in_style, say, styled
from trialopt.output.figures.picture import INCH, WIDTH, Picture, folded

# -- Designs against each other: the front of value against a price, and the runners-up. --------------------------


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


# -- Lists of designs as finished figures: the runners-up, and a front. -------------------------------------------

WORDS = {"patients": "patients and controls", "arms": "arms", "burden": "burden", "budget": "money"}
"""How an axis is called in a title."""

VALUES = 1.5
"""Inches for the points; the rest is for words."""


def alternatives_picture(frame: pd.DataFrame, *, complete: bool = True, width: float = WIDTH) -> Picture:
    """Draw the best designs in order, with what each does differently from the best."""
    rows = frame.assign(differs=frame["differs"].where(frame["rank"] > 1, "the best design"))
    tall = 0.31 * max(2, len(rows))
    title = "Value of the best designs" if complete else "Value of the best designs, as far as the search went"
    picture = Picture(tall + 0.55, title=title, width=width)
    with styled():
        box = (0.3 / width, 0.47 / (tall + 0.55), VALUES / width, tall / (tall + 0.55))
        alternatives(picture.add_axes(box), rows, room=(width - VALUES - 0.5) * INCH)
    return picture


def front_picture(frame: pd.DataFrame, against: str, *, complete: bool = True, width: float = WIDTH) -> Picture:
    """Draw the value of the best design for each price."""
    picture = Picture(2.9, title=f"Value against {WORDS[against]}", width=width)
    with styled():
        ax = picture.add_axes((0.1, 0.18, 0.87, 0.74))
        front(ax, frame, against, complete=complete)
        ax.set_xlabel(WORDS[against])
    return picture
