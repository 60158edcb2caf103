"""The analyses and the calendar of a record's arms: as JSON, and as rows of tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from trialopt.evaluation.calendar import UNDER, Analysis, Calendar, Expected, Forecast
from trialopt.record.parts import SolvedArm

if TYPE_CHECKING:
    from trialopt.record.solution import DesignNumbers

Json = dict[str, Any]
Cells = Iterator[tuple[Any, ...]]

WHOLE_TRIAL = "trial"
"""In the place of an arm: the milestones of all arms together."""


def calendar_json(calendar: Calendar | None) -> Json:
    """The fields `looks`, `expected` and `calendar` of an arm; nothing for an arm without a size."""
    if calendar is None:
        return {}
    return {
        "looks": [asdict(analysis) for analysis in calendar.analyses],
        "expected": {truth: asdict(expected) for truth, expected in calendar.expected.items()},
        "calendar": {
            "study_months": calendar.study_months,
            "per_month": dict(calendar.per_month),
            "forecast": [asdict(point) for point in calendar.forecast],
            **({"enrolling": {g: list(ends) for g, ends in calendar.enrolling.items()}} if calendar.enrolling else {}),
        },
    }


def calendar_from(arm: Json) -> Calendar | None:
    """What `calendar_json` wrote into an arm; `None` where it is not there, as in early records."""
    if arm["patients"] is None or not {"looks", "expected", "calendar"} <= arm.keys():
        return None
    return Calendar(
        analyses=tuple(Analysis(**_known(Analysis, row)) for row in arm["looks"]),
        expected={truth: Expected(**_known(Expected, row)) for truth, row in arm["expected"].items()},
        per_month=arm["calendar"]["per_month"],
        study_months=arm["calendar"]["study_months"],
        forecast=tuple(Forecast(**_known(Forecast, row)) for row in arm["calendar"]["forecast"]),
        enrolling={g: (ends[0], ends[1]) for g, ends in arm["calendar"].get("enrolling", {}).items()},
    )


def _known(kind: type[Any], row: Json) -> Json:
    """The fields that this version knows; later versions may add some."""
    return {field.name: row[field.name] for field in fields(kind)}


# -- Rows of the tables. ------------------------------------------------------------------------------------------

LOOKS = (
    *("arm", "look", "fraction", "patients", "events", "at_month", "z", "p", "effect", "futility_z", "futility_effect"),
    *("alpha_spent", "beta_spent"),
    *(f"stop_{why}_{truth}" for why in ("efficacy", "futility") for truth in UNDER),
)
EXPECTED = ("arm", "if_true", "patients", "events", "months")
MILESTONES = ("arm", "milestone", "subgroup", "at_month", "patients", "events")
FORECAST = ("arm", "at_month", "enrolled", "assessed", "events", "events_without_effect")


def with_calendar(numbers: DesignNumbers) -> Iterator[tuple[SolvedArm, Calendar]]:
    """Arms that have one."""
    return ((arm, arm.calendar) for arm in numbers.arms if arm.calendar is not None)


def looks(numbers: DesignNumbers) -> Cells:
    """One row per arm and analysis, the last the final one."""
    for arm, calendar in with_calendar(numbers):
        for a in calendar.analyses:
            stops: list[Mapping[str, float]] = [a.stop_efficacy, a.stop_futility]
            yield (
                *(arm.name, a.look, a.fraction, a.patients, a.events, a.month, a.z, a.p, a.effect),
                *(a.futility_z, a.futility_effect, a.alpha_spent, a.beta_spent),
                *(chances[truth] for chances in stops for truth in UNDER),
            )


def expected(numbers: DesignNumbers) -> Cells:
    """One row per arm and truth: what the trial takes on average."""
    for arm, calendar in with_calendar(numbers):
        for truth, e in calendar.expected.items():
            yield arm.name, truth, e.patients, e.events, e.months


def milestones(numbers: DesignNumbers) -> Cells:
    """First patient in, last patient in by subgroup, every analysis; then those of all arms together."""
    ends: list[tuple[float, float, float]] = []
    for arm, calendar in with_calendar(numbers):
        size, study = arm.size, calendar.study_months
        if size is None or study is None or size.accrual_months is None:
            continue
        end, total = size.accrual_months, size.patients + size.control_patients
        start = min((first for first, _ in calendar.enrolling.values()), default=0.0)
        ends.append((start, end, study))
        found: list[tuple[Any, ...]] = [(start, "first patient in", None, 0, None)]
        found += [
            (first, "first patient in", g, 0, None) for g, (first, _) in calendar.enrolling.items() if first > start
        ]
        *interim, final = calendar.analyses
        found += [(a.month, f"look {a.look}", None, a.patients, a.events) for a in interim]
        if len(size.allocation) > 1:
            more = {g: sum(part.allocation[g] for part in size.component_arms) for g in size.allocation}
            sides = {g: cell.experimental + cell.control + more[g] for g, cell in size.allocation.items()}
            last = {g: calendar.enrolling[g][1] if calendar.enrolling else end for g in sides}
            found += [(last[g], "last patient in", g, patients, None) for g, patients in sides.items()]
        found.append((end, "last patient in", None, total, None))
        found.append((study, "final analysis", None, total, final.events))
        for month, what, subgroup, patients, events in sorted(found, key=lambda row: row[0]):
            yield arm.name, what, subgroup, month, patients, events
    if len(ends) > 1 and len(ends) == len(numbers.arms):
        sizes = [arm.size for arm in numbers.arms if arm.size is not None]
        total = sum(size.patients + size.control_patients for size in sizes)
        yield WHOLE_TRIAL, "first patient in", None, min(start for start, *_ in ends), 0, None
        yield WHOLE_TRIAL, "last patient in", None, max(end for _, end, _ in ends), total, None
        yield WHOLE_TRIAL, "final analysis", None, max(study for *_, study in ends), total, None


def forecast(numbers: DesignNumbers) -> Cells:
    """One row per arm and month: patients in, responses read or events expected."""
    for arm, calendar in with_calendar(numbers):
        for point in calendar.forecast:
            yield arm.name, *vars(point).values()
