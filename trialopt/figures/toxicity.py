"""Severe toxicity against its limits: categories down, one bar an arm, as a share of the limit it is held to."""

from __future__ import annotations

from matplotlib.axes import Axes

from trialopt.closest import closest
from trialopt.figures.canvas import extent, say
from trialopt.figures.lettering import cut, folded
from trialopt.figures.style import INK, PAPER, RULE, SIZE, SMALL, colour, hatch, in_style
from trialopt.solution import DesignNumbers
from trialopt.words import heading

ALL = ""
"""In the place of an epoch: the limits that hold over all epochs together."""

EXPLAINED = (
    "Bar: predicted grade 3 or worse events as a percentage of the limit on them, in the arm's subgroup that comes "
    "closest. Figures: percent of patients, predicted of allowed, where at least 90 % of the limit is used."
)

LONGEST = 1.3
"""A bar ends here, in units of its limit, however far the limit is passed."""


@in_style
def toxicity(ax: Axes, numbers: DesignNumbers, epoch: str = ALL, *, names: bool = True) -> None:
    """Draw the risks of one epoch, or of all together, as percentages of their limits.

    Each bar is the subgroup of the arm that comes closest to its limit. Categories without a limit anywhere are left
    out; `names` writes the categories at the left.
    """
    categories = limited_categories(numbers)
    if not categories:
        say(ax, "no toxicity limit is set" if numbers.arms else "no design")
        return
    q = numbers.question
    near = closest(numbers)
    thick = 0.8 / len(numbers.arms)
    for k, category in enumerate(categories):
        for n, arm in enumerate(numbers.arms):
            row = near.get((arm.name, epoch, category))
            if row is None:
                continue
            y = k - 0.4 + (n + 0.5) * thick
            used = 100 * min(row.used, LONGEST)
            ax.barh(y, used, 0.86 * thick, color=colour(n), hatch=hatch(n), edgecolor=PAPER, linewidth=0)
            if row.binding:
                words = f"{_number(row.risk)} of {_number(row.limit)}"
                ax.text(max(used, 100.0) + 4, y, words, va="center", size=SMALL - 0.5, zorder=4)
    ax.axvline(100, color=INK, linewidth=1.0, zorder=3)
    ax.set_ylim(len(categories) - 0.5, -0.5)
    ax.set_xlim(0, 170)
    ax.set_xticks([0, 50, 100], ["0", "50", "100 %"])
    lines = ["\n".join(folded(heading(q, c), 112, SMALL, most=2)) if names else "" for c in categories]
    ax.set_yticks(range(len(categories)), lines)
    ax.tick_params(length=0, labelsize=SMALL)
    ax.hlines([k + 0.5 for k in range(len(categories) - 1)], 0, 170, color=RULE, linewidth=0.4)
    ax.spines[["top", "right"]].set_visible(False)
    title = cut(heading(q, epoch) if epoch else "All epochs", extent(ax)[0], SIZE, bold=True)
    ax.set_title(title, fontsize=SIZE, weight="bold", loc="left", pad=3)


def limited_categories(numbers: DesignNumbers) -> list[str]:
    """Categories with a limit somewhere, in table order."""
    there = {category for _, _, category in closest(numbers)}
    return [category for category in numbers.question.categories if category in there]


def _number(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")
