"""Patients of a sized design as a whole: totals against the trial's limits, and how recruitment goes on.

All arms recruit from the first month on, each at the accrual rates of its own subgroups, which no other arm shares.
Experimental and control patients come in together, and all subgroups of an arm end in the same month.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from trialopt.record.solution import DesignNumbers, SolvedArm

EVERY_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
"""Steps of a recruitment table on a page, in months."""

MOST_ROWS = 10
"""Most steps of a recruitment table on a page, the months in which an arm is complete not counted."""


class Total(NamedTuple):
    """What a design takes of one thing that the trial may limit. `limit` is `None` where there is none."""

    what: str
    """`patients`, `accrual_months` (of the slowest arm) or `cost`."""
    limited_by: str
    """Name of the limit: `max_patients`, `max_accrual_months`, `budget`."""
    total: float | None
    """`None` where accrual rates are not given."""
    limit: float | None


def totals(numbers: DesignNumbers) -> list[Total]:
    """Patients, months and cost of all arms and controls together; nothing for a design without sizes."""
    sizes = [arm.size for arm in numbers.arms if arm.size]
    if not sizes:
        return []
    limits = numbers.question.trial_limits
    months = [size.accrual_months for size in sizes if size.accrual_months is not None]
    taken = (
        ("patients", "max_patients", float(sum(size.patients + size.control_patients for size in sizes))),
        ("accrual_months", "max_accrual_months", max(months) if len(months) == len(sizes) else None),
        ("cost", "budget", float(sum(size.cost for size in sizes))),
    )
    return [Total(what, limit, total, limits.get(limit)) for what, limit, total in taken]


def enrolled(arm: SolvedArm, month: int) -> int:
    """Patients and controls of an arm that are in at the end of a month. The arm has a size with months."""
    assert arm.size is not None
    assert arm.size.accrual_months is not None
    total = arm.size.patients + arm.size.control_patients
    if month >= arm.size.accrual_months:
        return total
    return min(total, math.floor(total * month / arm.size.accrual_months + 1e-9))


def recruiting(numbers: DesignNumbers) -> list[SolvedArm]:
    """Arms whose recruitment can be told: sized, with accrual rates."""
    return [arm for arm in numbers.arms if arm.size and arm.size.accrual_months is not None]


def last_month(arm: SolvedArm) -> int:
    """Month in which the last patient of an arm comes in, counted from 1."""
    assert arm.size is not None
    return max(1, math.ceil((arm.size.accrual_months or 0.0) - 1e-9))


def months_shown(arms: Iterable[SolvedArm]) -> Iterator[int]:
    """Months of a recruitment table that fits a page: even steps, and each month that completes an arm."""
    ends = {last_month(arm) for arm in arms}
    step = next((s for s in EVERY_MONTHS if max(ends) / s <= MOST_ROWS), EVERY_MONTHS[-1])
    yield from sorted(ends | set(range(step, max(ends), step)))
