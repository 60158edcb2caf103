"""Finished figures: every picture of a design (`solution.plot`), fronts and lists of designs."""

from __future__ import annotations

from math import ceil

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from trialopt.output.figures.calendar import calendar_lanes, forecast
from trialopt.output.figures.charts import (
    ALL,
    TOXICITY_EXPLAINED,
    allocation,
    limited_categories,
    timeline,
    toxicity,
)
from trialopt.output.figures.heat import COVERAGE_EXPLAINED, coverage, shown_mechanisms
from trialopt.output.figures.picture import (
    ARMS,
    INCH,
    INK,
    PAPER,
    QUIET,
    RULE,
    SIZE,
    SMALL,
    WIDTH,
    Picture,
    colour,
    folded,
    hatch,
    in_style,
    say,
    styled,
)
from trialopt.output.figures.schema import arm_schema, schema_height
from trialopt.record.rows import closest
from trialopt.record.solution import DesignNumbers

# -- `solution.plot`: every picture of a design as a finished figure of the right height. -------------------------


NAMES = ("schema", "coverage", "toxicity", "allocation", "timeline", "calendar")
"""The pictures, in the order in which they are shown."""


class Plots:
    """The pictures of one design. Each call draws a new `Picture`; a notebook shows it, `write` saves it."""

    def __init__(self, numbers: DesignNumbers) -> None:
        self._of = numbers

    def __getitem__(self, name: str) -> Picture:
        """Draw the picture of that name."""
        if name not in NAMES:
            raise KeyError(f"no picture {name!r}; there are {', '.join(NAMES)}")
        picture: Picture = getattr(self, name)()
        return picture

    def schema(self, width: float = WIDTH) -> Picture:
        """Draw the arms as lanes through the epochs."""
        with styled():
            height = schema_height(self._of, width * INCH) / INCH
            picture = Picture(height, title="Arm schema", width=width)
            arm_schema(picture.add_axes((0, 0, 1, 1)), self._of)
        return picture

    def coverage(self, width: float = WIDTH) -> Picture:
        """Draw mechanism coverage, one panel an epoch."""
        epochs = list(self._of.question.epochs)
        columns = max(1, sum(len(arm.subgroups) for arm in self._of.arms))
        across = max(1, min(len(epochs), int((width - 2.3) * INCH // (13.5 * columns + 6))))
        down = ceil(len(epochs) / across)
        rows = len(shown_mechanisms(self._of)) + 2.4
        panel = rows * 13.0 / INCH + 1.5
        picture = Picture(down * panel + 0.35, title="Mechanism coverage", width=width)
        with styled():
            for k, epoch in enumerate(epochs):
                row, column = divmod(k, across)
                wide = (width - 2.3) / across
                left, bottom = 2.25 + column * wide, 0.35 + (down - 1 - row) * panel + 1.2
                box = (left, bottom, wide - 0.1, rows * 13.0 / INCH)
                coverage(picture.add_axes(_share(box, picture)), self._of, epoch, names=column == 0)
            _foot(picture, COVERAGE_EXPLAINED)
        return picture

    def toxicity(self, width: float = WIDTH) -> Picture:
        """Draw severe toxicity against its limits, one panel an epoch, and one for all epochs where limited."""
        there = {epoch for _, epoch, _ in closest(self._of)}
        epochs = [s for s in (*self._of.question.epochs, ALL) if s in there] or [ALL]
        categories = max(1, len(limited_categories(self._of)))
        arms = max(1, len(self._of.arms))
        across = min(len(epochs), max(1, int((width - 1.7) // 1.2)))
        down = ceil(len(epochs) / across)
        tall = categories * max(0.26, 0.085 * arms + 0.05)
        panel = tall + 0.5
        picture = Picture(down * panel + 0.65, title="Severe toxicity: share of each limit used", width=width)
        with styled():
            for k, epoch in enumerate(epochs):
                row, column = divmod(k, across)
                wide = (width - 1.75) / across
                box = (1.7 + column * wide, 0.65 + (down - 1 - row) * panel + 0.22, wide - 0.15, tall)
                toxicity(picture.add_axes(_share(box, picture)), self._of, epoch, names=column == 0)
            keys = [
                Patch(facecolor=colour(n), hatch=hatch(n), edgecolor=PAPER, linewidth=0, label=arm.name)
                for n, arm in enumerate(self._of.arms)
            ]
            place = (1.7 / width, 0.36 / picture.get_figheight())
            picture.legend(handles=keys, loc="lower left", bbox_to_anchor=place, ncols=8, frameon=False,
                           fontsize=SMALL, borderpad=0, borderaxespad=0)  # fmt: skip
            _foot(picture, TOXICITY_EXPLAINED)
        return picture

    def allocation(self, width: float = WIDTH) -> Picture:
        """Draw patients by arm and subgroup; shares when the trial is not sized."""
        bars = sum(len(arm.subgroups) + 0.45 for arm in self._of.arms)
        tall = 0.24 * max(bars, 2)
        picture = Picture(tall + 0.75, title="Allocation of patients", width=width)
        with styled():
            allocation(picture.add_axes(_share((2.5, 0.45, width - 2.6, tall), picture)), self._of)
        return picture

    def timeline(self, width: float = WIDTH) -> Picture:
        """Draw the months of recruitment of each arm."""
        tall = 0.3 * max(len(self._of.arms), 2)
        picture = Picture(tall + 0.75, title="Recruitment", width=width)
        with styled():
            timeline(picture.add_axes(_share((0.6, 0.45, width - 0.7, tall), picture)), self._of)
        return picture

    def calendar(self, width: float = WIDTH) -> Picture:
        """Draw accrual, analyses and final analysis of each arm, and below the events or responses by month."""
        tall = 0.3 * max(len(self._of.arms), 2)
        known = 1.7 if any(arm.calendar is not None and arm.calendar.forecast for arm in self._of.arms) else 0.0
        picture = Picture(tall + known + 1.15, title="Calendar", width=width)
        with styled():
            top = 0.75 + known + (0.25 if known else 0.0)
            calendar_lanes(picture.add_axes(_share((0.75, top, width - 1.1, tall), picture)), self._of)
            if known:
                forecast(picture.add_axes(_share((0.75, 0.75, width - 1.1, known), picture)), self._of)
            _foot(picture, CALENDAR_EXPLAINED)
        return picture


CALENDAR_EXPLAINED = (
    "Bar: accrual, then (lighter) follow-up; diamonds: interim looks; squares: final analysis. Lines: events or "
    "responses by month under the effect sized for; dashed: without an effect."
)


def _share(box: tuple[float, float, float, float], picture: Picture) -> tuple[float, float, float, float]:
    """Inches as shares of the picture."""
    width, height = picture.get_size_inches()
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def _foot(picture: Picture, words: str) -> None:
    """Explain the picture below it, in one or two lines."""
    width = picture.get_figwidth() * INCH
    text = "\n".join(folded(words, width - 8, SMALL, most=2))
    picture.text(4 / width, 3 / (picture.get_figheight() * INCH), text, va="bottom", size=SMALL, color=QUIET)


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
