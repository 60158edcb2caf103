"""The analyses of a sized arm and its calendar: when, after how many patients or events, with which bounds (section 7).

Patients of an arm come in at the rates of its subgroups, `A` months together, and are followed `F` months after the
last one. A response counts as read when its patient comes in (`F` is 0: what it takes to read it comes on top); the
look at fraction `t` is taken when the share `t` of the patients is in. Events come as the sizes assume (exponential,
with dropout), from each subgroup's own median; the look at `t` is taken when `t` of the events required are expected,
the final analysis `F` months after the last patient. The bound on the effect is ``effect z / (drift sqrt(t))``, a
difference or a log hazard ratio: what an estimate has to be with the information planned. Lachin and Foulkes,
Biometrics 42 (1986) 507-519 (chance of an event); Jennison and Turnbull, Group Sequential Methods, 2000, chapter 3
(expected size); the rest is ours.

Where accrual changes with time (`intake.py`) patients are in, and events seen, as it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, exp, log, sqrt

from trialopt.core.instance import TOLERANCE, Instance
from trialopt.evaluation.boundaries import NORMAL, Boundaries, boundaries, one_look
from trialopt.evaluation.course import Course, course_of
from trialopt.evaluation.result import ArmNumbers, ArmSize

UNDER = ("none", "sized", "predicted")
"""The truths a chance is given for: no effect, the effect sized for, the effect predicted."""

MOST_POINTS = 60
"""About the most months of a forecast."""

Shares = Mapping[str, float]


@dataclass(frozen=True)
class Analysis:
    """One look, or the final analysis. Chances are by what is true (`UNDER`); absent numbers are `None`."""

    look: int
    fraction: float
    patients: int | None
    """Patients and controls, whole: read by then (response), or in by then under the effect sized for (pfs)."""
    events: int | None
    """Events, whole; `None` for response."""
    month: float | None
    """Months after the first patient, under the effect sized for; `None` without accrual rates."""
    z: float
    p: float
    effect: float
    """Difference in rates, or hazard ratio, that stops for efficacy."""
    futility_z: float | None
    futility_effect: float | None
    alpha_spent: float
    beta_spent: float | None
    stop_efficacy: Shares
    stop_futility: Shares
    """At the final analysis the chance of ending without success."""


@dataclass(frozen=True)
class Expected:
    """What a trial that stops by its rules takes on average, under one truth."""

    patients: float
    events: float | None
    months: float | None


@dataclass(frozen=True)
class Forecast:
    """Patients in by a month, and what is known of them, in expectation."""

    month: float
    enrolled: int
    assessed: int | None
    """Responses read; `None` for pfs."""
    events: float | None
    """Events under the effect sized for; `None` for response."""
    events_without_effect: float | None


@dataclass(frozen=True)
class Calendar:
    """Analyses of an arm and its way through time."""

    analyses: tuple[Analysis, ...]
    expected: Mapping[str, Expected]
    per_month: Mapping[str, float]
    """Subgroup id -> patients and controls a month; empty without accrual rates."""
    study_months: float | None
    """From the first month of accrual to the final analysis."""
    forecast: tuple[Forecast, ...]
    enrolling: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Subgroup id -> months of its first and last patient, where accrual changes with time; else empty: all alike."""


def calendar(instance: Instance, numbers: ArmNumbers) -> Calendar:
    """Calendar of a sized arm. Raises `ValueError` for one without a size."""
    size, trial = numbers.size, instance.trial
    if size is None or size.alpha is None or trial.power is None:
        raise ValueError(f"{numbers.arm.name} has no size")
    bounds = one_look(size.alpha, trial.power)
    if trial.interim is not None:
        bounds = boundaries(trial.interim, size.alpha, trial.power)
    course = course_of(instance, numbers, size)
    months = size.accrual_months
    return Calendar(
        analyses=tuple(_analyses(size, bounds, course)),
        expected={name: _expected(bounds, course, name) for name in UNDER},
        per_month={} if months is None else dict(course.per_month),
        study_months=None if months is None else months + trial.watched_months,
        forecast=() if months is None else tuple(_forecast(course)),
        enrolling={} if months is None else course.enrolling(),
    )


# -- The analyses, what they take on average, and the months between. ---------------------------------------------


def _analyses(size: ArmSize, bounds: Boundaries, course: Course) -> list[Analysis]:
    stopping = {truth: bounds.stopping(share) for truth, share in course.shares.items()}
    rows = []
    for k, t in enumerate(bounds.timing):
        scale = bounds.drift * sqrt(t)
        low = None if bounds.futility is None else bounds.futility[k]
        month = course.month_of(t, "sized")
        patients = course.read(t)
        if course.needed is not None:
            patients = course.enrolled(month or 0.0)
        rows.append(
            Analysis(
                look=k + 1,
                fraction=t,
                patients=patients,
                events=None if course.needed is None else ceil(t * course.needed - TOLERANCE),
                month=month,
                z=bounds.efficacy[k],
                p=NORMAL.cdf(-bounds.efficacy[k]),
                effect=_effect(size, bounds.efficacy[k] / scale),
                futility_z=low,
                futility_effect=None if low is None else _effect(size, low / scale),
                alpha_spent=bounds.alpha_spent[k],
                beta_spent=None if bounds.beta_spent is None else bounds.beta_spent[k],
                stop_efficacy={truth: up[k] for truth, (up, _) in stopping.items()},
                stop_futility={truth: down[k] for truth, (_, down) in stopping.items()},
            )
        )
    return rows


def _effect(size: ArmSize, share: float) -> float:
    """The effect that is a share of the one sized for, on the scale of the statistic."""
    if size.hazard_ratio is None:
        return share * size.sized_for
    return exp(share * log(size.sized_for))


def _expected(bounds: Boundaries, course: Course, truth: str) -> Expected:
    up, down = bounds.stopping(course.shares[truth])
    chances = [one + other for one, other in zip(up[:-1], down[:-1], strict=True)]
    chances.append(1 - sum(chances))
    months = [course.month_of(t, truth) for t in bounds.timing]
    late = course.read if course.needed is None else lambda fraction: course.total
    patients = [late(t) if m is None else course.enrolled(m) for t, m in zip(bounds.timing, months, strict=True)]
    events = None
    if course.needed is not None:
        events = sum(p * t * course.needed for p, t in zip(chances, bounds.timing, strict=True))
    known = [month for month in months if month is not None]
    return Expected(
        patients=sum(p * n for p, n in zip(chances, patients, strict=True)),
        events=events,
        months=sum(p * m for p, m in zip(chances, known, strict=True)) if len(known) == len(months) else None,
    )


def _forecast(course: Course) -> list[Forecast]:
    """Even steps from the first patient to the final analysis."""
    assert course.months is not None
    end = course.months + course.follow_up
    step = max(1, ceil(end / MOST_POINTS))
    points = [*(float(m) for m in range(step, ceil(end), step)), end]
    rows = [Forecast(0.0, 0, *((None, 0.0, 0.0) if course.needed is not None else (0, None, None)))]
    for month in points:
        if course.needed is None:
            rows.append(Forecast(month, course.enrolled(month), course.enrolled(month), None, None))
        else:
            seen = course.events(month, 1.0), course.events(month, 0.0)
            rows.append(Forecast(month, course.enrolled(month), None, *seen))
    return rows
