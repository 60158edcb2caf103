"""Answers for a pfs endpoint with a margin of non-inferiority, or an effect that sets in late."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from trialopt.sizing.accrual import dropout_hazard, event_probability
from trialopt.sizing.answer_events import factor, given_ratio, level_and_power
from trialopt.sizing.checks import SizingError
from trialopt.sizing.delayed import delayed_power
from trialopt.sizing.families import Family, family_record
from trialopt.sizing.interim import Interim, as_built, looks_table, power_of
from trialopt.sizing.noninferiority import noninferiority_events
from trialopt.sizing.notes import FEW_EVENTS, common_notes
from trialopt.sizing.request import DEFAULT_POWER, SizeRequest, Unknown
from trialopt.sizing.special import brentq, ndtr, ndtri
from trialopt.sizing.whole import (
    check_blocks,
    fractions_of,
    in_blocks,
    look_events,
    side_notes,
    up,
    whole_sides,
)

FAR_TOO_MANY = 1e7


class Course(Protocol):
    """One comparison through time: what patients, entered over some months, show."""

    def events(self, n0: float, n1: float, months: float) -> float:
        """Events expected."""

    def power(self, n0: float, n1: float, months: float, level: float) -> float:
        """Power at one look."""


@dataclass(frozen=True)
class Noninferior:
    """A hazard ratio `hr` held against a `margin`."""

    margin: float
    hr: float
    median: float
    follow_up: float
    dropout: float

    def events(self, n0: float, n1: float, months: float) -> float:
        """Events expected."""
        chance = event_probability(self.median, self.hr, months, self.follow_up, self.dropout, n1 / n0)
        return (n0 + n1) * float(chance.pooled)

    def power(self, n0: float, n1: float, months: float, level: float) -> float:
        """Power at one look."""
        return power_of_events(self.margin, self.hr, self.events(n0, n1, months), n1 / n0, level)


def power_of_events(margin: float, hr: float, events: float, ratio: float, level: float) -> float:
    """``Phi(sqrt(d r) (log margin - log HR) / (1 + r) - z_alpha)``."""
    gap = math.log(margin / hr) * math.sqrt(ratio * events) / (1 + ratio)
    return float(ndtr(gap + ndtri(level)))


@dataclass(frozen=True)
class Delayed:
    """A hazard ratio `hr` from `delay` months after entry on, `early` before."""

    hr: float
    delay: float
    early: float
    median: float
    follow_up: float
    dropout: float

    def seen(self, n0: float, n1: float, months: float, level: float) -> Any:
        """Everything `delayed_power` says."""
        pieces = (self.early, self.hr), (0.0, self.delay)
        return delayed_power(*pieces, self.median, n0, n1, months, self.follow_up, level, self.dropout)

    def events(self, n0: float, n1: float, months: float) -> float:
        """Events expected."""
        return float(self.seen(n0, n1, months, 0.025).events)

    def power(self, n0: float, n1: float, months: float, level: float) -> float:
        """Power at one look."""
        return float(self.seen(n0, n1, months, level).power)


def solve(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim) -> dict[str, Any]:
    """Solve for events, patients or power; see `answer.answer`."""
    if unknown in ("events", "power_of_events"):
        return _events(q, unknown, family, interim)
    return _patients(q, unknown, family, interim)


def _events(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim) -> dict[str, Any]:
    assert q.margin is not None
    assert q.hr is not None
    ratio, margin, hr = given_ratio(q), q.margin, q.hr
    level, needed = level_and_power(q, family, ratio)

    def one_look(power: float) -> float:
        return float(noninferiority_events(margin, hr, level, power, ratio).events_exact)

    exact, planned = q.events, None
    if unknown == "events":
        exact, planned = factor(interim, level, needed) * one_look(needed), needed
    assert exact is not None
    if not exact > 0:
        raise SizingError(f"--events must be above 0, not {exact:g}")
    whole = float(up(exact)) if unknown == "events" else exact
    alone = power_of_events(margin, hr, whole, ratio, level)
    looks = _Looks(interim, level, planned, one_look, whole, look_events(interim.fractions, whole))
    power = looks.power(alone)
    record: dict[str, Any] = {
        "hr": hr,
        "margin": margin,
        "ratio": ratio,
        "events": exact,
        "events_whole": whole,
        **family_record(family, power, ratio, family.correlation(ratio), q.looks),
    }
    if q.looks:
        record["group_sequential"] = looks.table(power)
    record["notes"] = [*_few(whole), *common_notes(q, record, None if planned is None else q.power or DEFAULT_POWER)]
    return record


def _course(q: SizeRequest) -> Noninferior | Delayed:
    assert q.hr is not None
    assert q.median is not None
    dropout = q.dropout if q.dropout_time is None else float(dropout_hazard(q.dropout, q.dropout_time))
    if q.margin is not None:
        noninferiority_events(q.margin, q.hr)  # refuses what is out of range, by name
        return Noninferior(q.margin, q.hr, q.median, q.follow_up or 0.0, dropout)
    assert q.delay is not None
    if not q.delay > 0:
        raise SizingError(f"--delay must be above 0 months, not {q.delay:g}; without a delay leave it out")
    return Delayed(q.hr, q.delay, q.early_hr, q.median, q.follow_up or 0.0, dropout)


def _patients(q: SizeRequest, unknown: Unknown, family: Family, interim: Interim) -> dict[str, Any]:
    course, ratio = _course(q), given_ratio(q)
    level, needed = level_and_power(q, family, ratio)
    part = (1 + ratio) / family.total(1.0, ratio)
    exact: dict[str, Any] = {}
    planned, given = None, q.n

    def months_for(n0: float, n1: float) -> float:
        if q.accrual_rate is None:
            assert q.accrual_months is not None
            return q.accrual_months
        return (n0 + n1) / (q.accrual_rate * part)

    if unknown == "size":
        planned = needed
        rise = factor(interim, level, needed)
        n0_exact = rise * _control(course, months_for, needed, ratio, level, rise)
        n0, n1 = in_blocks(family, n0_exact, ratio * n0_exact, q.block, ratio)
        exact = {
            "n_control_exact": n0_exact,
            "n_experimental_exact": ratio * n0_exact,
            "n_total_exact": family.total(n0_exact, ratio * n0_exact),
        }
    else:
        if given is None:
            assert q.accrual_rate is not None
            assert q.accrual_months is not None
            given = math.floor(q.accrual_rate * q.accrual_months + 1e-9)
        check_blocks(family, given, q.block, ratio)
        n0, n1 = whole_sides(family, given, ratio)
    total = family.total(n0, n1)
    months = q.accrual_months if q.accrual_rate is None else total / q.accrual_rate
    assert months is not None
    events = course.events(n0, n1, months)
    last = float(max(1, math.floor(events + 1e-9)))

    def one_look(power: float) -> float:
        return _control(course, lambda n0, n1: months, power, n1 / n0, level, 1.0)

    looks = _Looks(interim, level, planned, one_look, n0, look_events(interim.fractions, last))
    power = looks.power(course.power(n0, n1, months, level))
    record: dict[str, Any] = {
        "hr": course.hr,
        "median": course.median,
        "ratio": ratio,
        "events": events,
        "events_whole": last,
        **exact,
        "n_control": n0,
        "n_experimental": n1,
        "n_total": total,
        "accrual_rate": total / months,
        "accrual_months": months,
        "follow_up_months": course.follow_up,
        "study_months": months + course.follow_up,
        "dropout_per_month": course.dropout,
        **family_record(family, power, ratio, family.correlation(ratio), q.looks),
    }
    if isinstance(course, Delayed):
        seen = course.seen(n0, n1, months, level)
        record["delay"] = {
            "months": course.delay,
            "early_hr": course.early,
            "average_hazard_ratio": seen.average_hazard_ratio,
            "power_without_delay": seen.power_without_delay,
            "power_lost": seen.loss,
        }
    else:
        record["margin"] = course.margin
    if q.looks:
        record["group_sequential"] = looks.table(power)
    sides = side_notes(family, n0, n1, None if unknown == "size" else given, q.block, ratio)
    asked = None if planned is None else q.power or DEFAULT_POWER
    record["notes"] = [*_few(events), *sides, *common_notes(q, record, asked)]
    return record


def _control(
    course: Course, months: Callable[[float, float], float], power: float, ratio: float, level: float, rise: float
) -> float:
    """Control patients at one look with this power; accrual lasts as long as `rise` times these patients need."""

    def short(log_n0: float) -> float:
        n0 = math.exp(log_n0)
        return course.power(n0, ratio * n0, months(rise * n0, rise * ratio * n0), level) - power

    high = math.log(16.0)
    while short(high) < 0:
        high += 1.0
        if math.exp(high) > FAR_TOO_MANY:
            raise SizingError(
                f"not even {FAR_TOO_MANY:,.0f} patients a side reach this power: the effect is too small, or comes too "
                "late for this accrual and follow-up"
            )
    low = high - 1.0
    while short(low) > 0:
        low -= 1.0
        if low < -3:
            return math.exp(low)
    return math.exp(brentq(short, low, high, xtol=1e-12))


@dataclass(frozen=True)
class _Looks:
    """Looks of a comparison with `size` (patients of the control, or events), at `rows` of whole events."""

    interim: Interim
    level: float
    planned: float | None
    needed: Callable[[float], float]
    size: float
    rows: list[dict[str, float]]

    @property
    def at_whole(self) -> Interim:
        """The looks at whole events."""
        return self.interim.at(fractions_of(self.rows, "events", self.interim.fractions))

    def power(self, alone: float) -> float:
        """Power with the looks; `alone` is that of one look."""
        if not self.interim.looks:
            return alone
        if self.planned is None:
            return self.at_whole.power(self.needed, self.size, self.level)
        return power_of(as_built(self.at_whole.design(self.level, self.planned), self.needed, self.size))

    def table(self, power: float) -> dict[str, Any]:
        """The analyses; bounds are for the planned power, or the one found."""
        planned = power if self.planned is None else self.planned
        design = as_built(self.at_whole.design(self.level, planned), self.needed, self.size)
        return looks_table(design, self.rows, self.interim.design(self.level, planned).inflation)


def _few(events: float) -> list[str]:
    if events >= FEW_EVENTS:
        return []
    return [f"Only {events:.1f} events are expected: the normal approximation is poor below about {FEW_EVENTS}."]
