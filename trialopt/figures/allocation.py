"""Who goes where: patients by arm and subgroup, experimental and control; or shares, when nothing is sized."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from trialopt.figures.canvas import extent, say
from trialopt.figures.lettering import cut
from trialopt.figures.style import CONTROL, INK, PAPER, SIZE, SMALL, colour, in_style
from trialopt.solution import DesignNumbers
from trialopt.words import heading


@in_style
def allocation(ax: Axes, numbers: DesignNumbers) -> None:
    """Draw one bar per arm and subgroup: experimental patients and, next to them, controls.

    A design without sizes shows the share of patients of each subgroup, in percent.
    """
    if not numbers.arms:
        say(ax, "no design")
        return
    q = numbers.question
    sized = any(arm.size for arm in numbers.arms)
    labels, places, y, most = [], [], 0.0, 0.0
    for n, arm in enumerate(numbers.arms):
        for g in arm.subgroups:
            cell = arm.size.allocation[g] if arm.size else None
            first = float(cell.experimental) if cell else 100 * q.shares[g]
            second = float(cell.control) if cell else 0.0
            ax.barh(y, first, 0.72, color=colour(n), edgecolor=PAPER)
            if cell:
                ax.barh(y, second, 0.72, left=first, color=CONTROL, hatch="////", edgecolor=PAPER, linewidth=0.6)
            words = f" {cell.experimental:,} + {cell.control:,}" if cell else f" {first:.0f} %"
            ax.text(first + second, y, words, va="center", size=SMALL)
            labels.append(f"{arm.name}  {cut(heading(q, g), 150, SIZE)}")
            places.append(y)
            most = max(most, first + second)
            y += 1.0
        y += 0.45
    width, _ = extent(ax)
    ax.set_ylim(y - 0.45 - 0.4, -0.6)
    ax.set_xlim(0, most * (1 + 55 / max(width, 110)))
    ax.set_yticks(places, labels)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=SMALL, length=2)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_xlabel("patients" if sized else "percent of patients", fontsize=SIZE)
    if sized:
        keys = [
            Patch(facecolor=INK, label="experimental (colour of the arm)"),
            Patch(facecolor=CONTROL, hatch="////", edgecolor=PAPER, label="control"),
        ]
        ax.legend(handles=keys, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, fontsize=SMALL)
