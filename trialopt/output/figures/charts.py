"""Patients, months and risks of arms as bars."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from trialopt.output.figures.picture import (
    CONTROL,
    INK,
    PAPER,
    RULE,
    SIZE,
    SMALL,
    colour,
    cut,
    extent,
    folded,
    hatch,
    in_style,
    points,
    say,
    tip,
)
from trialopt.record.rows import closest
from trialopt.record.solution import DesignNumbers
from trialopt.record.words import heading

# -- Who goes where: patients by arm and subgroup, experimental and control; or shares, when nothing is sized.


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
            bar = ax.barh(y, first, 0.72, color=colour(n), edgecolor=PAPER)[0]
            who = f"{arm.name}, {heading(q, g)}: "
            tip(bar, who + (f"{cell.experimental:,} patients" if cell else f"{first:.0f} % of patients"))
            if cell:
                bars = ax.barh(y, second, 0.72, left=first, color=CONTROL, hatch="////", edgecolor=PAPER, linewidth=0.6)
                tip(bars[0], f"{who}{cell.control:,} controls")
            words = f" {cell.experimental:,} + {cell.control:,}" if cell else f" {first:.0f} %"
            ax.text(first + second, y, words, va="center", size=SMALL)
            labels.append(f"{arm.name}  {cut(heading(q, g), 150, SIZE)}")
            places.append(y)
            most = max(most, first + second)
            y += 1.0
        for part in arm.component_arms:
            ax.barh(y, part.patients, 0.72, color=colour(n), alpha=0.55, edgecolor=PAPER)
            ax.text(part.patients, y, f" {part.patients:,}", va="center", size=SMALL)
            labels.append(f"{part.arm}  {cut(f'without {heading(q, part.without)}', 150, SIZE)}")
            places.append(y)
            most = max(most, float(part.patients))
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


# -- Recruitment: how long each arm takes to fill, against the longest the trial allows. --------------------------


@in_style
def timeline(ax: Axes, numbers: DesignNumbers) -> None:
    """Draw each arm's months of accrual, experimental and control patients together."""
    arms = [(n, arm, arm.size) for n, arm in enumerate(numbers.arms) if arm.size]
    if not arms:
        say(ax, "the trial is not sized: no recruitment to show" if numbers.arms else "no design")
        return
    known = [size.accrual_months for _, _, size in arms if size.accrual_months is not None]
    if not known:
        say(ax, "no accrual rates are given: no recruitment to show")
        return
    width, _ = extent(ax)
    limit = numbers.question.trial_limits.get("max_accrual_months")
    top = max([*known, *([limit] if limit is not None else [])])
    longest = top * (1 + 140 / max(width - 140, 140))
    per_month = width / max(longest, 1e-9)
    for y, (n, _, size) in enumerate(arms):
        months = size.accrual_months
        if months is None:
            ax.text(0, y, " accrual rate not given", va="center", size=SMALL)
            continue
        ax.barh(y, months, 0.62, color=colour(n), linewidth=0)
        words = f"{size.patients + size.control_patients:,} patients in {months:.1f} months"
        ends = months + (points(words, SMALL) + 8) / per_month
        place = limit if limit is not None and months <= limit < ends else months
        ax.text(place + 4 / per_month, y, words, va="center", size=SMALL)
    if limit is not None:
        ax.axvline(limit, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
        ax.text(limit, -0.55, f"at most {limit:g} months ", ha="right", va="bottom", size=SMALL)
    ax.set_ylim(len(arms) - 0.5, -0.5)
    ax.set_xlim(0, longest)
    ax.set_yticks(range(len(arms)), [cut(arm.name, 100, SIZE) for _, arm, _ in arms])
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=SMALL, length=2)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_xlabel("months since the first patient", fontsize=SIZE)


# -- Severe toxicity against its limits: categories down, one bar an arm, as a share of the limit it is held to.

ALL = ""
"""In the place of an epoch: the limits that hold over all epochs together."""

TOXICITY_EXPLAINED = (
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
            bar = ax.barh(y, used, 0.86 * thick, color=colour(n), hatch=hatch(n), edgecolor=PAPER, linewidth=0)[0]
            where = heading(q, epoch) if epoch else "all epochs"
            against = f"{_number(row.risk)} of {_number(row.limit)} %"
            who = f" ({heading(q, row.subgroup)})" if row.subgroup else ""
            tip(bar, f"{arm.name}, {where}, {heading(q, category)}: {against}{who}")
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
