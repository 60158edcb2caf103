"""The short tables of analyses and calendar, which terminals and documents show alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trialopt.evaluation.calendar import UNDER
from trialopt.output.views import COLUMNS, Column, View
from trialopt.record.calendar import with_calendar
from trialopt.record.rows import rows
from trialopt.record.solution import DesignNumbers, Question

TRUTHS = {"none": "no effect", "sized": "the effect sized for", "predicted": "the effect predicted"}

_WHOLE_EVENTS = replace(COLUMNS["events"], kind="whole")


def has_looks(numbers: DesignNumbers) -> bool:
    """Whether any arm has an interim look."""
    return any(arm.calendar is not None and len(arm.calendar.analyses) > 1 for arm in numbers.arms)


def looks(numbers: DesignNumbers) -> View:
    """One row per arm and analysis: when, after how much, its bounds and the level spent; no row without looks."""
    counted = _WHOLE_EVENTS if numbers.question.endpoint == "pfs" else COLUMNS["patients"]
    keys = ("at_month", "z", "p", "effect", "futility_z", "futility_effect", "alpha_spent")
    columns = *(COLUMNS[key] for key in ("arm", "look", "fraction")), counted, *(COLUMNS[key] for key in keys)
    found = rows(numbers, "looks") if has_looks(numbers) else []
    last = {arm.name: len(arm.calendar.analyses) for arm in numbers.arms if arm.calendar is not None}
    cells = tuple(
        tuple(None if c.key.startswith("futility") and last[row["arm"]] == row["look"] else row[c.key] for c in columns)
        for row in found
    )
    return View("Analyses and their bounds", columns, cells, _bound_note(numbers.question))


def _bound_note(question: Question) -> str:
    what = "hazard ratio" if question.endpoint == "pfs" else "difference in response rates"
    return (
        f"z and p (one-sided) stop for efficacy; effect: the {what} they amount to. info: share of the information, "
        "1 at the final analysis; bounds are computed again at the information there is."
    )


def stopping(numbers: DesignNumbers) -> View:
    """One row per arm and analysis: the chance of stopping there, by what is true; no row without looks."""
    keys = ("arm", "look", *(f"stop_{why}_{truth}" for why in ("efficacy", "futility") for truth in UNDER))
    found = rows(numbers, "looks") if has_looks(numbers) else []
    ruled = any(row["futility_z"] is not None for row in found)
    last = {arm.name: len(arm.calendar.analyses) for arm in numbers.arms if arm.calendar is not None}

    def cell(row: dict[str, Any], key: str) -> Any:
        without = key.startswith("stop_futility") and (not ruled or row["look"] == last[row["arm"]])
        return None if without else row[key]

    cells = tuple(tuple(cell(row, key) for key in keys) for row in found)
    return View("Chance of stopping", tuple(COLUMNS[key] for key in keys), cells).telling()


def expected(numbers: DesignNumbers) -> View:
    """One row per arm and truth: what the trial takes on average; no row without looks."""
    keys = ("arm", "if_true", "patients", "events", "months")
    found = rows(numbers, "expected") if has_looks(numbers) else []
    cells = tuple(
        (row["arm"], TRUTHS[row["if_true"]], *(row[key] for key in ("patients", "events", "months"))) for row in found
    )
    patients = replace(COLUMNS["patients"], kind="number", form=".1f")
    columns = tuple(patients if key == "patients" else COLUMNS[key] for key in keys)
    note = "averages over where the looks stop the trial"
    return View("What the trial takes on average", columns, cells, note).telling()


def milestones(numbers: DesignNumbers) -> View:
    """One row per arm and milestone, in order of time; no row without accrual rates."""
    found = [row | {"subgroup": row["subgroup"] or "all"} for row in rows(numbers, "calendar")]
    keys = ("arm", "milestone", "subgroup", "at_month", "patients")
    cells = tuple((*(row[key] for key in keys), row["events"]) for row in found)
    columns: tuple[Column, ...] = (*(COLUMNS[key] for key in keys), _WHOLE_EVENTS)
    note = "months since the first patient; patients and controls in (a look: those it counts)"
    if any(row["events"] is not None for row in found):
        note += "; events, of an arm, at its analyses"
    return View("Calendar", columns, cells, note).telling()


MOST_MONTHS = 14
"""About the most months of an arm in the event prediction."""


def prediction(numbers: DesignNumbers) -> View:
    """One row per arm and month, analyses among them: patients in, and responses read or events expected by then."""
    keys = ("arm", "at_month", "milestone", "enrolled", "assessed", "events", "events_without_effect")
    cells: list[tuple[Any, ...]] = []
    for arm, calendar in with_calendar(numbers):
        every = max(1, -(-len(calendar.forecast) // MOST_MONTHS))
        found: list[tuple[Any, ...]] = [
            (arm.name, p.month, None, p.enrolled, p.assessed, p.events, p.events_without_effect)
            for k, p in enumerate(calendar.forecast[:-1])
            if k % every == 0
        ]
        *interim, _ = calendar.analyses
        for look in (a for a in interim if a.month is not None):
            read = look.patients if look.events is None else None
            found.append((arm.name, look.month, f"look {look.look}", look.patients, read, look.events, None))
        for p in calendar.forecast[-1:]:
            last = (p.enrolled, p.assessed, p.events, p.events_without_effect)
            found.append((arm.name, p.month, "final analysis", *last))
        cells += sorted(found, key=lambda row: row[1])
    note = "expected by the month; events under the effect sized for, and without an effect; looks as planned"
    columns = tuple(COLUMNS[key] for key in keys)
    return View("Event prediction", columns, tuple(cells), note).telling()


VIEWS = (looks, stopping, expected, milestones)
"""In the order in which they are shown."""
