"""Mechanism coverage as a heat map."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from trialopt.output.figures.picture import (
    INK,
    PAPER,
    QUIET,
    RULE,
    SHADES,
    SIZE,
    SMALL,
    cut,
    extent,
    folded,
    in_style,
    say,
    tip,
)
from trialopt.record.solution import DesignNumbers, SolvedArm
from trialopt.record.words import heading, name

# -- Mechanism coverage as a heat map: mechanisms down, subgroups across, one picture an epoch. -------------------


WHOLE = "all disease"
"""Row of the coverage of the whole subgroup."""

UNLISTED = "no listed mechanism"

COVERAGE_EXPLAINED = (
    "Percent of the disease with a mechanism that responds; all disease: share covered by the epoch. "
    "Frame: weakest mechanism of the subgroup. Blank: mechanism not present."
)


TWO_LINES = 16.5
"""Least width of a column, points, whose name may have two lines."""


@in_style
def coverage(ax: Axes, numbers: DesignNumbers, epoch: str, *, names: bool = True) -> None:
    """Draw the mechanism coverage of one epoch, in percent; the weakest of each subgroup is framed.

    Columns are subgroups, side by side where one arm serves them; a mechanism not present in a subgroup is left
    blank. `names` writes the mechanisms at the left.
    """
    if not numbers.arms:
        say(ax, "no design")
        return
    q = numbers.question
    columns = [(arm, g) for arm in numbers.arms for g in arm.subgroups]
    rows = shown_mechanisms(numbers)
    width, _ = extent(ax)
    size = max(5.0, min(SMALL, width / len(columns) / 2.1))
    _cells(ax, numbers, columns, rows, epoch, size)
    ax.set_xlim(0, len(columns))
    ax.set_ylim(len(rows) + 1.35, -1.0)
    ax.tick_params(length=0, pad=2)
    ax.set_xticks(
        [k + 0.5 for k in range(len(columns))], [_short(heading(q, g), width / len(columns)) for _, g in columns]
    )
    ax.tick_params(axis="x", rotation=90, labelsize=SMALL - 0.5)
    words = [WHOLE, *(UNLISTED if m == "none" else cut(name(q, m), 152, SMALL) for m in rows)]
    ax.set_yticks([0.5, *(k + 1.85 for k in range(len(rows)))], words if names else [""] * len(words))
    ax.tick_params(axis="y", labelsize=SMALL)
    ax.spines[:].set_visible(False)
    ax.set_title(cut(heading(q, epoch), width, SIZE, bold=True), fontsize=SIZE, weight="bold", loc="left", pad=3)
    _arms(ax, numbers, len(rows))


def shown_mechanisms(numbers: DesignNumbers) -> list[str]:
    """Mechanisms present in some subgroup and epoch, in table order."""
    q = numbers.question
    return [
        m
        for m in q.mechanisms
        if any(arm.prevalence[g][s][m] > 0 for arm in numbers.arms for g in arm.subgroups for s in q.epochs)
    ]


def _cells(
    ax: Axes,
    numbers: DesignNumbers,
    columns: Sequence[tuple[SolvedArm, str]],
    rows: Sequence[str],
    epoch: str,
    size: float,
) -> None:
    shades = mpl.colormaps[SHADES]
    for x, (arm, g) in enumerate(columns):
        who = f"{arm.name}, {heading(numbers.question, g)}, {heading(numbers.question, epoch)}"
        tip(_cell(ax, x, 0.0, arm.coverage[g][epoch], size, shades), f"{who}: {_percent(arm.coverage[g][epoch])}")
        prevalence, covered = arm.prevalence[g][epoch], arm.mechanism_coverage[g][epoch]
        listed = [covered[m] for m in rows if m != "none" and prevalence[m] > 0]
        for k, mechanism in enumerate(rows):
            y = k + 1.35
            if prevalence[mechanism] <= 0:
                ax.add_patch(Rectangle((x, y), 1, 1, facecolor="none", edgecolor=RULE, linewidth=0.3))
                continue
            weakest = mechanism != "none" and covered[mechanism] <= min(listed) + 1e-12
            named = UNLISTED if mechanism == "none" else name(numbers.question, mechanism)
            told = f"{who}, {named}: {_percent(covered[mechanism])} covered, in {_percent(prevalence[mechanism])}"
            tip(_cell(ax, x, y, covered[mechanism], size, shades, framed=weakest), told)


def _cell(
    ax: Axes, x: float, y: float, share: float, size: float, shades: mpl.colors.Colormap, framed: bool = False
) -> Rectangle:
    depth = 0.9 * min(1.0, max(0.0, share))
    box = Rectangle((x, y), 1, 1, facecolor=shades(depth), edgecolor=PAPER, linewidth=0.5)
    ax.add_patch(box)
    if framed:
        place = (x + 0.06, y + 0.06)
        ax.add_patch(Rectangle(place, 0.88, 0.88, facecolor="none", edgecolor=INK, linewidth=1.2, zorder=3))
    number = f"{round(100 * share)}"
    ax.text(x + 0.5, y + 0.52, number, ha="center", va="center", size=size, color=PAPER if depth > 0.5 else INK,
            weight="bold" if framed else "normal")  # fmt: skip
    return box


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _arms(ax: Axes, numbers: DesignNumbers, rows: int) -> None:
    """Name the arm above its columns and rule them off."""
    width, _ = extent(ax)
    per = width / sum(len(arm.subgroups) for arm in numbers.arms)
    start = 0
    for arm in numbers.arms:
        end = start + len(arm.subgroups)
        ax.plot([start + 0.1, end - 0.1], [-0.12, -0.12], color=QUIET, linewidth=1.0)
        words = cut(arm.name, per * len(arm.subgroups), SMALL)
        ax.text((start + end) / 2, -0.25, words, ha="center", va="bottom", size=SMALL)
        if start:
            ax.plot([start, start], [0, rows + 1.35], color=PAPER, linewidth=2.5, zorder=2)
        start = end


def _short(text: str, width: float) -> str:
    """A name for the foot of a column of `width` points: two short lines where they fit, else one."""
    return "\n".join(folded(text, 74, SMALL - 0.5, most=2)) if width >= TWO_LINES else cut(text, 84, SMALL - 0.5)
