"""A blank `Axes` measured in points, for what is drawn by hand."""

from __future__ import annotations

from matplotlib.axes import Axes

from trialopt.figures.style import QUIET

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
