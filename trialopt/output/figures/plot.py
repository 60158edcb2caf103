"""`solution.plot`: every picture of a design as a finished figure of the right height."""

from __future__ import annotations

from math import ceil

from matplotlib.patches import Patch

from trialopt.output.figures.bars import ALL, allocation, limited_categories, timeline, toxicity
from trialopt.output.figures.bars import EXPLAINED as TOXICITY_EXPLAINED
from trialopt.output.figures.canvas import PAPER, QUIET, SMALL, colour, hatch, styled
from trialopt.output.figures.coverage import EXPLAINED as COVERAGE_EXPLAINED
from trialopt.output.figures.coverage import coverage, shown_mechanisms
from trialopt.output.figures.picture import INCH, WIDTH, Picture, folded
from trialopt.output.figures.schema import arm_schema, schema_height
from trialopt.record.rows import closest
from trialopt.record.solution import DesignNumbers

NAMES = ("schema", "coverage", "toxicity", "allocation", "timeline")
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


def _share(box: tuple[float, float, float, float], picture: Picture) -> tuple[float, float, float, float]:
    """Inches as shares of the picture."""
    width, height = picture.get_size_inches()
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def _foot(picture: Picture, words: str) -> None:
    """Explain the picture below it, in one or two lines."""
    width = picture.get_figwidth() * INCH
    text = "\n".join(folded(words, width - 8, SMALL, most=2))
    picture.text(4 / width, 3 / (picture.get_figheight() * INCH), text, va="bottom", size=SMALL, color=QUIET)
