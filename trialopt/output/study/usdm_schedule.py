"""Visits and the main timeline of a USDM document: screening, the first day of each epoch, follow-up.

Day 1 is the fixed reference. How long an epoch lasts is known where its agents say how long their cycles are; without
that, cycles are taken as 28 days long, and the label of the timing says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from trialopt.output.study import usdm_terms as terms
from trialopt.output.study.plan import Study
from trialopt.output.study.usdm_maker import Maker, chained

Json = dict[str, Any]

SCREENING_DAYS = 28
"""Length of the screening: an assumption, as in most trials of myeloma."""

CYCLE_DAYS = 28
"""Length of a cycle where no agent of the epoch has one."""


def encounters_and_timeline(
    m: Maker, study: Study, epochs: list[Json], interventions: list[Json]
) -> tuple[list[Json], list[Json], Json]:
    """Visits, activities and the timeline that schedules them."""
    activities = [
        _activity(m, "Screening assessments"),
        _activity(m, "Study treatment", interventions),
        _activity(m, "Follow-up visit"),
    ]
    chained(activities)
    way_out = m.make("ScheduleTimelineExit")
    days, sure = _days(study)
    encounters, instances = [], []
    for k, epoch in enumerate(epochs):
        activity = activities[0 if k == 0 else 2 if k == len(epochs) - 1 else 1]
        name = f"{epoch['name']} day 1" if 0 < k < len(epochs) - 1 else epoch["name"]
        encounters.append(
            m.make(
                "Encounter", name=name, label=name, description=name, type=m.code(terms.VISIT),
                environmentalSettings=[], contactModes=[],
            )
        )  # fmt: skip
        instances.append(
            m.make(
                "ScheduledActivityInstance",
                name=f"Visit {k + 1}",
                label=name,
                description=name,
                epochId=epoch["id"],
                activityIds=[activity["id"]],
                encounterId=encounters[-1]["id"],
            )
        )
    chained(encounters)
    for before, after in pairwise(instances):
        before["defaultConditionId"] = after["id"]
    instances[-1]["timelineExitId"] = way_out["id"]
    timings = [_timing(m, k, instances, days, sure) for k in range(len(instances))]
    for encounter, timing in zip(encounters, timings, strict=True):
        encounter["scheduledAtId"] = timing["id"]
    timeline = m.make(
        "ScheduleTimeline",
        name="Main timeline",
        label="Main timeline",
        description="From screening to follow-up",
        mainTimeline=True,
        entryCondition="A patient consents",
        entryId=instances[0]["id"],
        exits=[way_out],
        timings=timings,
        instances=instances,
        plannedDuration=m.make(
            "Duration",
            text=f"{SCREENING_DAYS + days[-1]} days",
            quantity=m.quantity(SCREENING_DAYS + days[-1], terms.DAY),
            durationWillVary=False,
        ),
    )
    return encounters, activities, timeline


def _activity(m: Maker, name: str, interventions: Sequence[Json] = ()) -> Json:
    """An activity with the procedure that it is; of a treatment, one procedure for each intervention."""
    procedures = [_procedure(m, f"Giving {one['name']}", one["id"]) for one in interventions] or [_procedure(m, name)]
    return m.make(
        "Activity", name=name, label=name, description=name, childIds=[], definedProcedures=procedures,
        biomedicalConceptIds=[], bcCategoryIds=[], bcSurrogateIds=[],
    )  # fmt: skip


def _procedure(m: Maker, name: str, intervention: str | None = None) -> Json:
    code = m.code((re.sub(r"\W+", "_", name).upper(), name), "SPONSOR", "1")
    return m.make(
        "Procedure", name=name, label=name, description=name, procedureType="Clinical procedure", code=code,
        studyInterventionId=intervention,
    )  # fmt: skip


def _days(study: Study) -> tuple[list[int], bool]:
    """Days from day 1 to the start of each epoch and of follow-up; and whether cycle lengths were known."""
    days, sure = [0], True
    for epoch in study.epochs:
        lengths = [one.cycle_days for arm in study.arms for one in arm.given.get(epoch) or () if one.cycle_days]
        sure = sure and bool(lengths)
        length = max(lengths, default=CYCLE_DAYS)
        days.append(days[-1] + math.ceil(study.cycles.get(epoch, 1.0)) * length)
    return days, sure


def _timing(m: Maker, k: int, instances: list[Json], days: list[int], sure: bool) -> Json:
    """When visit k is: the first day of treatment is the reference."""
    anchor = instances[1]
    day, term, other = 0, terms.FIXED, anchor
    if k == 0:
        day, term, other = SCREENING_DAYS, terms.BEFORE, anchor
    elif k > 1:
        day, term, other = days[k - 1], terms.AFTER, anchor
    label = f"{day} days" if sure or k < 2 else f"{day} days, with cycles of {CYCLE_DAYS} days where none is given"
    return m.make(
        "Timing",
        name=f"Timing {k + 1}",
        label=instances[k]["label"],
        description=instances[k]["label"],
        type=m.code(term),
        value=f"P{day}D",
        valueLabel=label if k != 1 else "Day 1",
        relativeToFrom=m.code(terms.START_TO_START),
        relativeFromScheduledInstanceId=instances[k]["id"],
        relativeToScheduledInstanceId=other["id"],
    )
