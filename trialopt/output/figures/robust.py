"""The price of robustness as a figure: value against the confidence of limits, and against the worst share."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from trialopt.output.figures.picture import ARMS, QUIET, SIZE, SMALL, WIDTH, Picture, in_style, say, styled


@in_style
def confidence(ax: Axes, frame: pd.DataFrame, highest: float | None) -> None:
    """Draw value with the inputs as given, and its mean, against the confidence; what no design reaches is shaded.

    `frame` is that of a `Robustness`, `highest` the highest confidence for which a design exists.
    """
    rows = frame[(frame["kind"] == "confidence") & frame["given"].notna()].sort_values("level", kind="stable")
    if rows.empty:
        say(ax, "no design at any confidence")
        return
    for name, words, mark, colour in (("given", "inputs as given", "o", ARMS[0]), ("mean", "mean", "s", ARMS[4])):
        ax.plot(rows["level"], rows[name], marker=mark, color=colour, markersize=4, linewidth=0.8, label=words)
    _points(ax, frame, ("given",))
    ax.set_xlim(min(float(rows["level"].min()), 0.5) - 0.02, 1.0)
    if highest is not None and highest < 1:
        ax.axvspan(highest, 1.0, color="#eeeeee", linewidth=0, zorder=0)
        ax.text(
            1.0, 1.01, f"no design above {highest:.3f}", ha="right", va="bottom", size=SMALL, transform=ax.transAxes
        )
    _finish(ax, "confidence of each limit", "value")


@in_style
def worst(ax: Axes, frame: pd.DataFrame) -> None:
    """Draw mean and worst tenth (of the truths, and of fresh ones) of the designs for ever smaller worst shares."""
    rows = frame[(frame["kind"] == "tail") & frame["mean"].notna()].sort_values("level", ascending=False, kind="stable")
    if rows.empty:
        say(ax, "no design")
        return
    places = range(len(rows))
    lines = (("mean", "mean", "s", ARMS[4]), ("worst", "worst tenth", "o", ARMS[0]))
    for name, words, mark, colour in (*lines, ("fresh_worst", "worst tenth, fresh truths", "^", ARMS[2])):
        ax.plot(places, rows[name], marker=mark, color=colour, markersize=4, linewidth=0.8, label=words)
    _points(ax, frame, ("mean", "worst"))
    ax.set_xticks(list(places), [f"{level:g}" for level in rows["level"]])
    _finish(ax, "best in this worst share of the truths", "")


def _points(ax: Axes, frame: pd.DataFrame, names: tuple[str, ...]) -> None:
    """Lines at the numbers of the point design."""
    point = frame[(frame["kind"] == "given") & frame["given"].notna()]
    for k, name in enumerate(names if len(point) else ()):
        label = "point design" if k == 0 else None
        ax.axhline(float(point[name].iloc[0]), color=QUIET, linewidth=0.7, linestyle="--", label=label)


def _finish(ax: Axes, across: str, up: str) -> None:
    ax.set_xlabel(across, fontsize=SIZE)
    ax.set_ylabel(up, fontsize=SIZE)
    ax.tick_params(labelsize=SMALL, length=2)
    ax.spines[["top", "right"]].set_visible(False)
    ax.margins(y=0.15)
    ax.legend(loc="best", frameon=False, fontsize=SMALL)


def robust_picture(
    frame: pd.DataFrame, highest: float | None, *, complete: bool = True, width: float = WIDTH
) -> Picture:
    """Draw both panels, those that have rows."""
    kinds = [kind for kind in ("confidence", "tail") if (frame["kind"] == kind).any()]
    title = "The price of robustness" if complete else "The price of robustness, as far as the run went"
    picture = Picture(2.9, title=title, width=width)
    with styled():
        for k, kind in enumerate(kinds):
            part = 0.98 / len(kinds)
            ax = picture.add_axes((k * part + 0.085, 0.17, part - 0.11, 0.74))
            confidence(ax, frame, highest) if kind == "confidence" else worst(ax, frame)
    return picture
