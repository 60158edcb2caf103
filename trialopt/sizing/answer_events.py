"""Answers in events alone, for a progression-free survival endpoint without accrual."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from trialopt.sizing import events as formulas
from trialopt.sizing.checks import SizingError, round_up
from trialopt.sizing.events import EventMethod, event_effect, event_power, required_events
from trialopt.sizing.families import Family, family_record
from trialopt.sizing.interim import Interim, as_built, looks_table, power_of
from trialopt.sizing.notes import common_notes, few_events
from trialopt.sizing.request import DEFAULT_POWER, SizeRequest, Unknown
from trialopt.sizing.whole import fractions_of, look_events


def level_and_power(q: SizeRequest, family: Family, ratio: float) -> tuple[float, float]:
    """Level of one comparison and the power it needs; alpha, power and ratio out of range are refused by name."""
    target = q.power or DEFAULT_POWER
    required_events(0.5, family.alpha, target, ratio)
    return family.level(ratio), family.comparison_power(target, ratio, family.correlation(ratio))


def factor(interim: Interim, level: float, power: float) -> float:
    """Inflation of the looks asked for."""
    return interim.design(level, power).inflation if interim.looks else 1.0


def given_ratio(q: SizeRequest) -> float:
    """The ratio, which must be a number here."""
    if q.ratio == "best":
        raise SizingError("--ratio best looks for the fewest patients; it needs a size to solve for")
    return float(q.ratio)


def events_alone(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim) -> dict[str, Any]:
    """Solve for events, or for power or effect of given events."""
    ratio = given_ratio(q)
    method: EventMethod = q.chosen_method  # type: ignore[assignment]
    level, needed = level_and_power(q, family, ratio)
    hr, exact, inflation, planned = q.hr, q.events, 1.0, None
    if unknown == "events":
        assert hr is not None
        inflation, planned = factor(interim, level, needed), needed
        exact = float(required_events(hr, level, needed, ratio, method, inflation=inflation).events_exact)
        whole = float(round_up(exact))
    else:
        assert exact is not None
        if not exact > 0:
            raise SizingError(f"--events must be above 0, not {exact:g}")
        whole = exact
    sizes = look_events(interim.fractions, whole)
    interim = interim.at(fractions_of(sizes, "events", interim.fractions))
    if unknown == "effect_of_events":
        inflation, planned = factor(interim, level, needed), needed
        hr = float(event_effect(exact / inflation, level, needed, ratio, method).hazard_ratio)
    assert hr is not None
    powers = {
        m: _power(_one_look(hr, level, ratio, m), event_power(hr, whole, level, ratio, m).power, whole, level, interim,
                  planned)
        for m in formulas.METHODS
    }  # fmt: skip
    power = powers[method]
    record: dict[str, Any] = {
        "hr": hr,
        "ratio": ratio,
        "events": exact,
        "events_whole": whole,
        **family_record(family, power, ratio, family.correlation(ratio), q.looks),
        "power_by_method": powers,
    }
    if q.looks:
        plan = interim.design(level, power if planned is None else planned)
        design = as_built(plan, _one_look(hr, level, ratio, method), whole)
        inflation = plan.inflation if planned is None else inflation
        record["group_sequential"] = looks_table(design, sizes, inflation)
    asked = None if planned is None else q.power or DEFAULT_POWER
    common = common_notes(q, record, asked)
    record["notes"] = [*few_events(whole, powers.values()), *survival_notes(q, ratio), *common]
    return record


def _one_look(hr: float, level: float, ratio: float, method: EventMethod) -> Callable[[float], float]:
    """Events of one look, by power."""
    return lambda power: float(required_events(hr, level, power, ratio, method).events_exact)


def _power(
    needed: Callable[[float], float], alone: Any, events: float, level: float, interim: Interim, planned: float | None
) -> float:
    """Power of these events: with the bounds of the `planned` power where there is one, else of the power found."""
    if interim.looks == 0:
        return float(alone)
    if planned is not None:
        return power_of(as_built(interim.design(level, planned), needed, events))
    return interim.power(needed, events, level)


def survival_notes(q: SizeRequest, ratio: float) -> list[str]:
    """Where a method is off at this ratio, and what events are counted."""
    notes = []
    if q.chosen_method == "schoenfeld" and abs(math.log(ratio)) > 0.05:
        side = "optimistic: the control is over-sampled" if ratio < 1 else "pessimistic: the arm is over-sampled"
        notes.append(
            f"Schoenfeld is {side}. Simulated power of a nominal 0.90 at ratio 0.5 is 0.87 to 0.89 and at ratio 3 "
            "0.92 to 0.94 (hazard ratios 0.5 to 0.7). --method rubinstein or lachin_foulkes comes closer; "
            "power_by_method gives their power for this size."
        )
    if q.chosen_method == "freedman" and abs(math.log(ratio)) > 0.05:
        side = "pessimistic: the control is over-sampled" if ratio < 1 else "optimistic: the arm is over-sampled"
        notes.append(
            f"Freedman is {side}. Simulated power of a nominal 0.90 at ratio 0.5 is 0.92 to 0.95 and at ratio 3 "
            "0.86 to 0.88 (hazard ratios 0.5 to 0.7)."
        )
    if q.arms > 1:
        notes.append("Events are those of one comparison: an arm and its control.")
    return notes
