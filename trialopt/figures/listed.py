"""Lists of designs as finished figures: the runners-up, and a front."""

from __future__ import annotations

import pandas as pd

from trialopt.figures.fronts import alternatives, front
from trialopt.figures.picture import INCH, WIDTH, Picture
from trialopt.figures.style import styled

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
