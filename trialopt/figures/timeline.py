"""Recruitment: how long each arm takes to fill, against the longest the trial allows."""

from __future__ import annotations

from matplotlib.axes import Axes

from trialopt.figures.canvas import extent, say
from trialopt.figures.lettering import cut, points
from trialopt.figures.style import INK, SIZE, SMALL, colour, in_style
from trialopt.solution import DesignNumbers


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
