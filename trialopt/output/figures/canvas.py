"""Paper, colours and axes of all figures."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.font_manager import fontManager

# -- How every picture looks: colours, hatches, type, and the same bytes on every machine. ------------------------

INK = "#1f1f1f"
QUIET = "#5c5c5c"
RULE = "#c9c9c9"
CONTROL = "#9a9a9a"
PAPER = "#ffffff"

ARMS = ("#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7", "#666666", "#F0E442")
"""Okabe and Ito's colours, which are told apart with any colour vision; neighbours differ in lightness."""

HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "----", "++++", "oooo")
"""Second mark of an arm, for print in grey."""

SHADES = "Blues"
"""Colour map of shares: lightness falls steadily, so it reads in grey."""

SIZE = 7.5
"""Type of labels, points: readable at the width of a column."""

SMALL = 7.0
SMALLEST = 5.0

SETTINGS: dict[str, Any] = {
    "font.size": SIZE,
    "text.parse_math": False,
    "text.usetex": False,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": False,
    "axes.titlepad": 3.0,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SIZE,
    "hatch.linewidth": 0.6,
    "hatch.color": PAPER,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "path",
    "svg.hashsalt": "trialopt",
    "svg.image_inline": True,
    "path.simplify": False,
}

_FALLBACKS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans", "Microsoft YaHei", "PingFang SC", "Arial Unicode MS")
"""Fonts for letters that the font that comes with matplotlib does not have, where the machine has one."""

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def styled() -> Iterator[None]:
    """Draw and save in the house style, whatever the user's settings are."""
    settings = {**mpl.rcParamsDefault, "backend": mpl.rcParams["backend"], **SETTINGS, "font.family": _fonts()}
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


def in_style(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function draw in the house style."""

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with styled():
            return function(*args, **kwargs)

    return inside


def colour(arm: int) -> str:
    """Colour of an arm by its position in the design."""
    return ARMS[arm % len(ARMS)]


def hatch(arm: int) -> str:
    """Hatch of an arm by its position in the design."""
    return HATCHES[arm % len(HATCHES)]


@cache
def _fonts() -> tuple[str, ...]:
    known = set(fontManager.get_font_names())
    return ("DejaVu Sans", *(name for name in _FALLBACKS if name in known))


# -- A blank `Axes` measured in points, for what is drawn by hand. ------------------------------------------------

INCH = 72.0


def extent(ax: Axes) -> tuple[float, float]:
    """Width and height of an `Axes`, points."""
    figure = ax.get_figure()
    box = ax.get_window_extent()
    dpi = figure.dpi if figure is not None else INCH
    return float(box.width) * INCH / dpi, float(box.height) * INCH / dpi


def page(ax: Axes) -> tuple[float, float]:
    """Clear an `Axes` to a page in points, the origin at its top left; return width and height."""
    width, height = extent(ax)
    ax.set_axis_off()
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    return width, height


def say(ax: Axes, words: str) -> None:
    """Put one sentence where a picture has nothing to show."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, words, ha="center", va="center", color=QUIET, transform=ax.transAxes)
