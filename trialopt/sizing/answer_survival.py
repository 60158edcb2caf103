"""Answers for a progression-free survival endpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypedDict

from trialopt.sizing import survival
from trialopt.sizing.accrual import dropout_hazard, event_probability, month_of_events
from trialopt.sizing.answer_events import events_alone, factor, given_ratio, level_and_power, survival_notes
from trialopt.sizing.checks import SizingError
from trialopt.sizing.families import Family, best_ratio, family_record
from trialopt.sizing.interim import Interim, as_built, looks_table, power_of
from trialopt.sizing.looks import LooksDesign
from trialopt.sizing.notes import common_notes, few_events
from trialopt.sizing.request import DEFAULT_POWER, SizeRequest, Unknown
from trialopt.sizing.subgroups import subgroup_shares, survival_subgroup_power
from trialopt.sizing.survival import SurvivalMethod, SurvivalSize, survival_effect, survival_power, survival_size
from trialopt.sizing.whole import (
    check_blocks,
    fractions_of,
    in_blocks,
    is_whole,
    look_events,
    side_notes,
    up,
    whole_sides,
)


class Calendar(TypedDict):
    """Accrual and follow-up in months, hazard of dropping out per month."""

    accrual_months: float
    follow_up: float
    dropout: float


def solve(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim) -> dict[str, Any]:
    """Solve a pfs request for events, size, follow-up, power or effect; see `answer.answer`."""
    if unknown in ("events", "power_of_events", "effect_of_events"):
        return events_alone(q, unknown, family, interim)
    return _patients(q, unknown, family, interim)


def _patients(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim) -> dict[str, Any]:
    assert q.median is not None
    method: SurvivalMethod = q.chosen_method  # type: ignore[assignment]
    dropout = q.dropout
    if q.dropout_time is not None:
        dropout = float(dropout_hazard(q.dropout, q.dropout_time))
    ratio, hr, follow_up = 1.0, q.hr, q.follow_up or 0.0
    events: float | None = None
    given, best = 0.0, q.ratio == "best"
    exact: dict[str, Any] = {}
    if unknown in ("size", "follow_up"):
        ratio = _ratio(q, unknown, family, interim, dropout)
        size = _size(q, unknown, family, interim, ratio, dropout)
        n0_exact, n1_exact = float(size.n0_exact), float(size.n1_exact)
        n0, n1 = in_blocks(family, n0_exact, n1_exact, q.block, ratio)
        events, follow_up = float(size.events), float(size.follow_up_months)
        exact = {
            "n_control_exact": n0_exact,
            "n_experimental_exact": n1_exact,
            "n_total_exact": family.total(n0_exact, n1_exact),
        }
    else:
        ratio = given_ratio(q)
    if unknown != "size":
        given = _patients_given(q)
        check_blocks(family, given, q.block, ratio)
        n0, n1 = whole_sides(family, given, ratio)
    total = family.total(n0, n1)
    months = q.accrual_months if q.accrual_rate is None else total / q.accrual_rate
    assert months is not None
    level, built_ratio = family.level(ratio), n1 / n0
    planned = None if unknown == "power" else level_and_power(q, family, ratio)[1]
    course: Calendar = {"accrual_months": months, "follow_up": follow_up, "dropout": dropout}
    if unknown == "effect":
        assert planned is not None
        rise = factor(interim, level, planned)
        hr = float(survival_effect(q.median, n0, n1, level, planned, method, inflation=rise, **course).hazard_ratio)
    assert hr is not None
    expected = float(survival_power(hr, q.median, n0, n1, level, method, **course).expected_events)
    chance = event_probability(q.median, hr, months, follow_up, dropout, built_ratio)
    inflation = 1.0 if planned is None else factor(interim, level, planned)
    last = float(max(1, math.floor(expected + 1e-9)) if events is None else up(events))
    sizes = look_events(interim.fractions, last)
    interim = interim.at(fractions_of(sizes, "events", interim.fractions))
    comparisons = {m: _Comparison(hr, q.median, n0, n1, level, interim, m, course, planned) for m in survival.METHODS}
    powers = {m: comparison.power() for m, comparison in comparisons.items()}
    power = powers[method]
    record: dict[str, Any] = {
        "hr": hr,
        "median": q.median,
        "median_experimental": q.median / hr,
        "ratio": ratio,
        "events": expected if events is None else events,
        "events_whole": last,
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
        "power_by_method": powers,
    }
    if q.looks:
        design = comparisons[method].design(power if planned is None else planned)
        table = looks_table(design, sizes, design.inflation if planned is None else inflation)
        at = month_of_events(design.timing, q.median, hr, months, follow_up, dropout, built_ratio)
        for row, month in zip(table["analyses"], at, strict=True):
            row["month"] = float(month)
            entered = total * min(1.0, float(month) / months)
            row["n_total"] = float(math.floor(entered + 1e-9)) if is_whole(total) else entered
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
    record["notes"] = [
        *few_events(expected, powers.values()),
        *side_notes(family, n0, n1, None if unknown == "size" else given, q.block, built_ratio if best else ratio),
        *survival_notes(q, built_ratio),
        *common_notes(q, record, None if unknown == "power" else q.power or DEFAULT_POWER),
    ]
    return record


def _patients_given(q: SizeRequest) -> float:
    if q.n is not None:
        n = q.n
    else:
        assert q.accrual_rate is not None
        assert q.accrual_months is not None
        n = float(math.floor(q.accrual_rate * q.accrual_months + 1e-9))
    if not n > 0:
        raise SizingError(f"the number of patients must be above 0, not {n:g}")
    return n


def _size(
    q: SizeRequest, unknown: Unknown, family: Family, interim: Interim, ratio: float, dropout: float
) -> SurvivalSize:
    """One comparison's size; the trial's accrual rate is shared out among the comparisons by their patients."""
    assert q.hr is not None
    assert q.median is not None
    level, needed = level_and_power(q, family, ratio)
    part = (1 + ratio) / family.total(1.0, ratio)
    rate, months = q.accrual_rate, q.accrual_months
    if unknown == "follow_up":
        n = _patients_given(q)
        rate = n / months if rate is None and months is not None else rate
        assert rate is not None
        months = n / rate
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
        inflation=factor(interim, level, needed),
    )


def _ratio(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim, dropout: float) -> float:
    if q.ratio != "best" or unknown != "size":
        return given_ratio(q)

    def total(ratio: float) -> float:
        size = _size(q, unknown, family, interim, ratio, dropout)
        return family.total(float(size.n0_exact), float(size.n1_exact))

    return best_ratio(total)


@dataclass(frozen=True)
class _Comparison:
    """One comparison as built, by one method; `planned` is the power its bounds are for, None for the power found."""

    hr: float
    median: float
    n0: float
    n1: float
    level: float
    interim: Interim
    method: SurvivalMethod
    course: Calendar
    planned: float | None

    def one_look(self, power: float) -> float:
        """Control patients of one look."""
        size = survival_size(self.hr, self.median, self.level, power, self.n1 / self.n0, self.method, **self.course)
        return float(size.n0_exact)

    def design(self, power: float) -> LooksDesign:
        """Bounds for this power, with the drift of these patients."""
        return as_built(self.interim.design(self.level, power), self.one_look, self.n0)

    def power(self) -> float:
        """Power of these patients."""
        if self.interim.looks == 0:
            sides = self.n0, self.n1, self.level, self.method
            return float(survival_power(self.hr, self.median, *sides, **self.course).power)
        if self.planned is not None:
            return power_of(self.design(self.planned))
        return self.interim.power(self.one_look, self.n0, self.level)
