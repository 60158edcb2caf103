"""Sentences that belong beside the numbers of `trialopt size`, whatever the endpoint."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from trialopt.sizing.request import SizeRequest

FEW_EVENTS, APART = 20, 0.05
LONG_MONTHS, MANY_PATIENTS = 120, 5000


def few_events(events: float, powers: Collection[float]) -> list[str]:
    """Where the formulas cannot be trusted: few events, or answers of theirs that are far apart."""
    low, high = min(powers), max(powers)
    if events >= FEW_EVENTS and high - low <= APART:
        return []
    seen = f"Only {events:.1f} events are expected" if events < FEW_EVENTS else "The formulas disagree"
    return [
        f"{seen}: the methods give powers from {low:.2f} to {high:.2f} for them. Their approximations are poor for few "
        "events or very strong effects; simulate the test before relying on this size."
    ]


def common_notes(q: SizeRequest, record: Mapping[str, Any], target: float | None) -> list[str]:
    """Trials nobody can run, power below the `target`, what looks count, and two-sided levels."""
    notes = []
    months = record.get("study_months", record.get("accrual_months"))
    if months is not None and months > LONG_MONTHS:
        years = f"{months / 12:,.0f} years"
        notes.append(f"This takes {years}: a larger effect, less power or more patients a month would shorten it.")
    elif record.get("n_total", 0) > MANY_PATIENTS:
        notes.append(f"{record['n_total']:,.0f} patients are more than most trials can enrol: is the effect as meant?")
    if q.looks and target is not None and record["power"] < target - 1e-6:
        notes.append(
            f"Looks at whole patients or events leave the power {target - record['power']:.1g} short of {target:g}: a "
            "patient more a side, or looks a little earlier, bring it back."
        )
    if q.looks:
        notes.append("Looks count interim analyses; the final analysis is not counted.")
    if q.sides == 2:
        notes.append("The two-sided alpha is halved: only a benefit of the experimental arm counts.")
    return notes
