"""The calendar of a sized design: accrual, follow-up and analyses of each arm, and what is known by each month."""

from __future__ import annotations

from matplotlib.axes import Axes

from trialopt.evaluation.calendar import Calendar
from trialopt.output.figures.picture import INK, PAPER, SIZE, SMALL, colour, cut, in_style, say
from trialopt.record.calendar import with_calendar
from trialopt.record.solution import DesignNumbers, SolvedArm

NOT_SIZED = "the trial is not sized: no calendar to show"
NO_RATES = "no accrual rates are given: no calendar to show"


@in_style
def calendar_lanes(ax: Axes, numbers: DesignNumbers) -> None:
    """Draw a lane an arm: accrual, the months until the final analysis (lighter), a mark at each analysis."""
    shown = [(arm, c) for arm, c in with_calendar(numbers) if c.study_months is not None]
    if not shown:
        say(ax, NO_RATES if any(True for _ in with_calendar(numbers)) else NOT_SIZED)
        return
    for y, (arm, calendar) in enumerate(shown):
        n, size = numbers.arms.index(arm), arm.size
        assert size is not None
        accrual, end = size.accrual_months or 0.0, calendar.study_months or 0.0
        ax.barh(y, end, 0.3, color=colour(n), alpha=0.35, linewidth=0)
        ax.barh(y, accrual, 0.55, color=colour(n), linewidth=0)
        for analysis in calendar.analyses:
            final = analysis is calendar.analyses[-1]
            month = end if final else analysis.month
            ax.plot(
                month or 0.0, y, "s" if final else "D", color=INK, markeredgecolor=PAPER, markersize=6, clip_on=False
            )
    limit = numbers.question.trial_limits.get("max_study_months")
    longest = max([*(c.study_months or 0.0 for _, c in shown), *([limit] if limit is not None else [])])
    if limit is not None:
        ax.axvline(limit, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
        ax.text(limit, -0.55, f"at most {limit:g} months ", ha="right", va="bottom", size=SMALL)
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.set_xlim(0, longest * 1.03)
    ax.set_yticks(range(len(shown)), [cut(arm.name, 100, SIZE) for arm, _ in shown])
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=SMALL, length=2)
    ax.spines[["top", "right", "left"]].set_visible(False)


CLOSE = 0.06
"""Share of an axis within which two labels would cover each other."""


def _touch(one: tuple[float, float], other: tuple[float, float], shown: list[tuple[SolvedArm, Calendar]]) -> bool:
    """Whether labels at the ends of two lines would cover each other."""
    across = max(c.study_months or 0.0 for _, c in shown) or 1.0
    return abs(one[0] - other[0]) < CLOSE * across and abs(one[1] - other[1]) < 2 * CLOSE * max(one[1], other[1], 1.0)


@in_style
def forecast(ax: Axes, numbers: DesignNumbers) -> None:
    """Draw what is known by each month, a line an arm: events under the effect sized for, or responses read.

    Events without an effect are dashed; marks are the analyses.
    """
    shown = [(arm, c) for arm, c in with_calendar(numbers) if c.forecast]
    if not shown:
        say(ax, "")
        return
    events = numbers.question.endpoint == "pfs"
    tops: list[tuple[float, float]] = []
    for arm, calendar in shown:
        n = numbers.arms.index(arm)
        months = [point.month for point in calendar.forecast]
        known = [float(point.events or 0.0) if events else float(point.assessed or 0) for point in calendar.forecast]
        ax.plot(months, known, color=colour(n), linewidth=1.6)
        if events:
            ax.plot(months, [p.events_without_effect or 0.0 for p in calendar.forecast], color=colour(n), linewidth=0.9,
                    linestyle=(0, (3, 2)))  # fmt: skip
        for analysis in calendar.analyses:
            final = analysis is calendar.analyses[-1]
            at = analysis.events if events else analysis.patients
            month = calendar.study_months if final else analysis.month
            ax.plot(month or 0.0, at or 0, "s" if final else "D", color=colour(n), markeredgecolor=PAPER, markersize=6)
        tops.append((months[-1], known[-1]))
        near = sum(1 for month, top in tops[:-1] if _touch(tops[-1], (month, top), shown))
        ax.annotate(arm.name, tops[-1], (6, -9 * near), textcoords="offset points", size=SMALL, va="center",
                    color=colour(n), weight="bold", annotation_clip=False)  # fmt: skip
    ax.set_xlim(0, max(c.study_months or 0.0 for _, c in shown) * 1.03)
    ax.set_ylim(0, None)
    ax.tick_params(labelsize=SMALL, length=2)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_xlabel("months since the first patient", fontsize=SIZE)
    ax.set_ylabel("events" if events else "responses", fontsize=SIZE)
