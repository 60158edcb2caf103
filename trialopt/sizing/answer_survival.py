"""Answers for a progression-free survival endpoint."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np

from trialopt.sizing import survival
from trialopt.sizing.accrual import dropout_hazard, event_probability, month_of_events
from trialopt.sizing.checks import SizingError, round_up
from trialopt.sizing.events import EventMethod, event_effect, event_power, required_events
from trialopt.sizing.families import Family, Interim, best_ratio, family_record, looks_table
from trialopt.sizing.request import DEFAULT_POWER, SizeRequest, Unknown
from trialopt.sizing.subgroups import subgroup_shares, survival_subgroup_power
from trialopt.sizing.survival import SurvivalMethod, SurvivalSize, survival_effect, survival_power, survival_size


class Calendar(TypedDict):
    """Accrual and follow-up in months, hazard of dropping out per month."""

    accrual_months: float
    follow_up: float
    dropout: float


def solve(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim) -> dict[str, Any]:
    """Solve a pfs request for events, size, follow-up, power or effect; see `answer.answer`."""
    if unknown in ("events", "power_of_events", "effect_of_events"):
        return _events_alone(q, unknown, family, interim)
    return _patients(q, unknown, family, interim)


def _level_and_power(q: SizeRequest, family: Family, ratio: float) -> tuple[float, float]:
    target = q.power or DEFAULT_POWER
    required_events(0.5, family.alpha, target, ratio)  # refuses alpha, power and ratio out of range, by name
    return family.level(ratio), family.comparison_power(target, ratio, family.correlation(ratio))


def _factor(interim: Interim, level: float, power: float) -> float:
    return interim.design(level, power).inflation if interim.looks else 1.0


def _given_ratio(q: SizeRequest) -> float:
    if q.ratio == "best":
        raise SizingError("--ratio best looks for the fewest patients; it needs a size to solve for")
    return float(q.ratio)


def _events_alone(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim) -> dict[str, Any]:
    ratio = _given_ratio(q)
    method: EventMethod = q.chosen_method  # type: ignore[assignment]
    level, needed = _level_and_power(q, family, ratio)
    hr, exact = q.hr, q.events
    if unknown == "events":
        assert hr is not None
        exact = float(
            required_events(hr, level, needed, ratio, method, inflation=_factor(interim, level, needed)).events_exact
        )
        whole = float(round_up(exact))
    else:
        assert exact is not None
        if not exact > 0:
            raise SizingError(f"--events must be above 0, not {exact:g}")
        whole = exact
        if unknown == "effect_of_events":
            hr = float(event_effect(exact / _factor(interim, level, needed), level, needed, ratio, method).hazard_ratio)
    assert hr is not None
    power = _event_power(hr, whole, level, ratio, interim, method)
    record: dict[str, Any] = {
        "hr": hr,
        "ratio": ratio,
        "events": exact,
        "events_whole": whole,
        **family_record(family, power, ratio, family.correlation(ratio), q.looks),
    }
    if q.looks:
        design = interim.design(level, power if unknown == "power_of_events" else needed)
        record["group_sequential"] = looks_table(design, {"events": exact})
    record["notes"] = _notes(q, ratio)
    return record


def _event_power(hr: float, events: float, level: float, ratio: float, interim: Interim, m: EventMethod) -> float:
    if interim.looks == 0:
        return float(event_power(hr, events, level, ratio, m).power)
    return interim.power(lambda power: float(required_events(hr, level, power, ratio, m).events_exact), events, level)


def _patients(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim) -> dict[str, Any]:
    assert q.median is not None
    method: SurvivalMethod = q.chosen_method  # type: ignore[assignment]
    dropout = q.dropout
    if q.dropout_time is not None:
        dropout = float(dropout_hazard(q.dropout, q.dropout_time))
    ratio, hr, follow_up = 1.0, q.hr, q.follow_up or 0.0
    events: float | None = None
    exact: dict[str, Any] = {}
    if unknown in ("size", "follow_up"):
        ratio = _ratio(q, unknown, family, interim, dropout)
        size = _size(q, unknown, family, interim, ratio, dropout)
        n0_exact, n1_exact = float(size.n0_exact), float(size.n1_exact)
        n0, n1 = float(size.n0), float(size.n1)
        events, follow_up = float(size.events), float(size.follow_up_months)
        exact = {
            "n_control_exact": n0_exact,
            "n_experimental_exact": n1_exact,
            "n_total_exact": family.total(n0_exact, n1_exact),
        }
        if unknown == "follow_up" and q.n is not None:
            n0, n1 = n0_exact, n1_exact
    else:
        ratio = _given_ratio(q)
        n0, n1 = family.sides(_patients_given(q), ratio)
    total = family.total(n0, n1)
    months = q.accrual_months if q.accrual_rate is None else total / q.accrual_rate
    assert months is not None
    level, as_built = family.level(ratio), n1 / n0
    course: Calendar = {"accrual_months": months, "follow_up": follow_up, "dropout": dropout}
    if unknown == "effect":
        needed = _level_and_power(q, family, ratio)[1]
        factor = _factor(interim, level, needed)
        hr = float(survival_effect(q.median, n0, n1, level, needed, method, inflation=factor, **course).hazard_ratio)
    assert hr is not None
    power = _survival_power(hr, q.median, n0, n1, level, interim, method, course)
    expected = float(survival_power(hr, q.median, n0, n1, level, method, **course).expected_events)
    chance = event_probability(q.median, hr, months, follow_up, dropout, as_built)
    record: dict[str, Any] = {
        "hr": hr,
        "median": q.median,
        "median_experimental": q.median / hr,
        "ratio": ratio,
        "events": expected if events is None else events,
        "events_whole": None if events is None else float(round_up(events)),
        "events_expected": expected,
        **exact,
        "n_control": n0,
        "n_experimental": n1,
        "n_total": total,
        "accrual_rate": total / months,
        "accrual_months": months,
        "follow_up_months": follow_up,
        "study_months": months + follow_up,
        "dropout_per_month": dropout,
        "event_probability_control": float(chance.control),
        "event_probability_experimental": float(chance.experimental),
        **family_record(family, power, ratio, family.correlation(ratio), q.looks),
        "power_by_method": {
            m: _survival_power(hr, q.median, n0, n1, level, interim, m, course) for m in survival.METHODS
        },
    }
    if q.looks:
        planned = power if unknown == "power" else _level_and_power(q, family, ratio)[1]
        design = interim.design(level, planned)
        table = looks_table(design, {"events": record["events"]})
        at = month_of_events(design.timing, q.median, hr, months, follow_up, dropout, as_built)
        for row, month in zip(table["analyses"], at, strict=True):
            row["month"] = float(month)
            row["n_total"] = total * min(1.0, float(month) / months)
        record["group_sequential"] = table
    if q.subgroups is not None:
        shares = subgroup_shares(q.subgroups)
        got = survival_subgroup_power(
            hr, q.median, n0 * shares, n1 * shares, months, level, method, follow_up=follow_up, dropout=dropout
        )
        assert got.events is not None
        record["subgroups"] = [
            {
                "share": float(s),
                "n_control": float(n0 * s),
                "n_experimental": float(n1 * s),
                "events": float(e),
                "power": float(p),
            }
            for s, e, p in zip(shares, got.events, got.power, strict=True)
        ]
    record["notes"] = [*_few(record), *_notes(q, as_built)]
    return record


def _patients_given(q: SizeRequest) -> float:
    if q.n is not None:
        n = q.n
    else:
        assert q.accrual_rate is not None
        assert q.accrual_months is not None
        n = q.accrual_rate * q.accrual_months
    if not n > 0:
        raise SizingError(f"the number of patients must be above 0, not {n:g}")
    return n


def _size(
    q: SizeRequest, unknown: Unknown, family: Family, interim: Interim, ratio: float, dropout: float
) -> SurvivalSize:
    """One comparison's size; the trial's accrual rate is shared out among the comparisons by their patients."""
    assert q.hr is not None
    assert q.median is not None
    level, needed = _level_and_power(q, family, ratio)
    part = (1 + ratio) / family.total(1.0, ratio)
    rate, months = q.accrual_rate, q.accrual_months
    if unknown == "follow_up" and q.n is not None:
        rate = q.n / months if rate is None and months is not None else rate
        assert rate is not None
        months = q.n / rate
    return survival_size(
        q.hr,
        q.median,
        level,
        needed,
        ratio,
        q.chosen_method,  # type: ignore[arg-type]
        accrual_rate=None if rate is None else rate * part,
        accrual_months=months,
        follow_up=q.follow_up or 0.0,
        dropout=dropout,
        inflation=_factor(interim, level, needed),
    )


def _ratio(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim, dropout: float) -> float:
    if q.ratio != "best" or unknown != "size":
        return _given_ratio(q)

    def total(ratio: float) -> float:
        size = _size(q, unknown, family, interim, ratio, dropout)
        return family.total(float(size.n0_exact), float(size.n1_exact))

    return best_ratio(total)


def _survival_power(
    hr: float,
    median: float,
    n0: float,
    n1: float,
    level: float,
    interim: Interim,
    method: SurvivalMethod,
    course: Calendar,
) -> float:
    if interim.looks == 0:
        return float(survival_power(hr, median, n0, n1, level, method, **course).power)

    def one_look(power: float) -> float:
        size = survival_size(hr, median, level, power, n1 / n0, method, **course)
        return float(size.n0_exact)

    return interim.power(one_look, n0, level)


FEW_EVENTS, APART = 20, 0.05


def _few(record: dict[str, Any]) -> list[str]:
    """Where the formulas cannot be trusted: few events, or answers of theirs that are far apart."""
    powers = record["power_by_method"].values()
    few, apart = record["events_expected"] < FEW_EVENTS, max(powers) - min(powers) > APART
    if not (few or apart):
        return []
    seen = f"Only {record['events_expected']:.1f} events are expected" if few else "The formulas disagree"
    return [
        f"{seen}: the methods give powers from {min(powers):.2f} to {max(powers):.2f} for these patients. Their "
        "approximations are poor for few events or very strong effects; simulate the test before relying on this size."
    ]


def _notes(q: SizeRequest, ratio: float) -> list[str]:
    notes = []
    if q.chosen_method == "schoenfeld" and abs(np.log(ratio)) > 1e-6:
        side = "optimistic: the control is over-sampled" if ratio < 1 else "pessimistic: the arm is over-sampled"
        notes.append(
            f"Schoenfeld is {side}. Simulated power of a nominal 0.90 at ratio 0.5 is 0.87 to 0.89 and at ratio 3 "
            "0.92 to 0.94 (hazard ratios 0.5 to 0.7). --method rubinstein or lachin_foulkes comes closer; "
            "power_by_method gives their power for this size."
        )
    if q.chosen_method == "freedman" and abs(np.log(ratio)) > 1e-6:
        side = "pessimistic: the control is over-sampled" if ratio < 1 else "optimistic: the arm is over-sampled"
        notes.append(
            f"Freedman is {side}. Simulated power of a nominal 0.90 at ratio 0.5 is 0.92 to 0.95 and at ratio 3 "
            "0.86 to 0.88 (hazard ratios 0.5 to 0.7)."
        )
    if q.arms > 1:
        notes.append("Events are those of one comparison: an arm and its control.")
    if q.looks:
        notes.append("Looks count interim analyses; the final analysis is not counted.")
    if q.sides == 2:
        notes.append("The two-sided alpha is halved: only a benefit of the experimental arm counts.")
    return notes
