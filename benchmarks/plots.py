"""Seconds against sizes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.cases import ENGINE, GROWTH_AXES, HIGHS, METHODS, SCIP
from benchmarks.measure import Row

COLOURS = {ENGINE: "#0b6e4f", HIGHS: "#c8553d", SCIP: "#3d5a9e"}


def growth(rows: Sequence[Row], path: Path) -> None:
    """One panel per size: seconds on a logarithmic axis; open triangles ran out of time."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "growth", "font.size": 9})
    from matplotlib import pyplot
    from matplotlib.ticker import MaxNLocator

    figure, panels = pyplot.subplots(1, len(GROWTH_AXES), figsize=(12, 3.8), sharey=True, layout="constrained")
    for panel, axis in zip(panels, GROWTH_AXES, strict=True):
        for method in METHODS:
            mine = [row for row in rows if row.axis == axis and row.method == method]
            closed = [row for row in mine if row.closed]
            ended = [row for row in mine if not row.closed]
            colour = COLOURS[method]
            sizes = sorted({getattr(row, axis) for row in closed})
            middle = [median(row.seconds for row in closed if getattr(row, axis) == size) for size in sizes]
            panel.plot(sizes, middle, color=colour, label=method)
            panel.scatter([getattr(r, axis) for r in closed], [r.seconds for r in closed], s=9, color=colour)
            panel.scatter(
                [getattr(r, axis) for r in ended],
                [r.seconds for r in ended],
                marker="^",
                facecolors="none",
                edgecolors=colour,
            )
        panel.set(xlabel=axis, yscale="log")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("seconds (triangle: out of time)")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, loc="outside lower center", ncols=len(METHODS))
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
