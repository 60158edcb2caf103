"""A run's numbers as plain rows; `tables.py` makes data frames of them.

What is shown, exported and compared is built here, once; a cell without a number is `None`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trialopt.core.design import Dose
from trialopt.record import calendar
from trialopt.record.parts import ComponentSizing, SolvedArm, enrolled, last_month, recruiting, totals
from trialopt.record.provenance import is_fitted, kind_of, subject

if TYPE_CHECKING:
    from trialopt.record.solution import DesignNumbers

NAMES = (
    *("arms", "allocation", "totals", "recruitment", "looks", "expected", "calendar", "forecast"),
    *("coverage", "mechanism_coverage", "risk", "cumulative_risk"),
)
"""The tables of a run, in the order in which they are shown and exported."""

BINDING = 0.9
"""A limit of which at least this share is used is marked as binding."""

Row = dict[str, Any]
Cells = Iterator[tuple[Any, ...]]
Key = tuple[str, str, str]
"""Arm, epoch (`""` for all epochs together), category."""


def rows(numbers: DesignNumbers, table: str) -> list[Row]:
    """Rows of one of the tables, in order; `KeyError` for a name that is not one. Ids as keys, shares of 1."""
    make, columns = _TABLES[table][0], columns_of(numbers, table)
    return [dict(zip(columns, cells, strict=True)) for cells in make(numbers)]


def regimen(doses: Iterable[Dose]) -> str:
    """One epoch's regimen in words: `carfilzomib@mg56 + dexamethasone`, or `nothing`."""
    return " + ".join(str(dose) for dose in doses) or "nothing"


@dataclass(frozen=True)
class Closest:
    """The risk and limit of that subgroup. `used` is risk over limit; `binding` from 90 % on."""

    subgroup: str
    risk: float
    limit: float
    used: float
    binding: bool


def closest(numbers: DesignNumbers) -> dict[Key, Closest]:
    """For each arm, epoch and category with a limit, the subgroup whose risk comes closest to it.

    Ties go to the first subgroup in table order.
    """
    found: dict[Key, Closest] = {}
    for row in (*rows(numbers, "risk"), *({**row, "epoch": ""} for row in rows(numbers, "cumulative_risk"))):
        limit, risk = row["limit"], row["risk"]
        if limit is None:
            continue
        used = risk / limit if limit > 0 else (0.0 if risk <= 0 else float("inf"))
        key = (row["arm"], row["epoch"], row["category"])
        if key not in found or used > found[key].used:
            found[key] = Closest(row["subgroup"], risk, limit, used, row["binding"])
    return found


def columns_of(numbers: DesignNumbers, table: str) -> tuple[str, ...]:
    """Columns of one of the tables."""
    q, columns = numbers.question, _TABLES[table][1]
    epochs = (*q.epochs, *(f"coverage_{s}" for s in q.epochs), *(_SIZED if q.sized else ()))
    return (*columns, *epochs) if table == "arms" else columns


def _served(numbers: DesignNumbers) -> Iterator[tuple[SolvedArm, str]]:
    return ((arm, subgroup) for arm in numbers.arms for subgroup in arm.subgroups)


def _arms(numbers: DesignNumbers) -> Cells:
    q = numbers.question
    for arm in numbers.arms:
        total = sum(q.shares[g] for g in arm.subgroups)
        part = {g: q.shares[g] / total if total else 1 / len(arm.subgroups) for g in arm.subgroups}
        regimens = (regimen(arm.sequence.get(epoch, ())) for epoch in q.epochs)
        means = (sum(weight * arm.coverage[g][epoch] for g, weight in part.items()) for epoch in q.epochs)
        yield arm.name, "; ".join(arm.subgroups), total, *regimens, *means, *(_size(arm) if q.sized else ())
        for component in arm.size.component_arms if arm.size else ():
            given = (regimen(component.sequence.get(epoch, ())) for epoch in q.epochs)
            cover = (sum(weight * component.coverage[g][epoch] for g, weight in part.items()) for epoch in q.epochs)
            yield component.arm, "; ".join(arm.subgroups), total, *given, *cover, *_component(component)


def _component(part: ComponentSizing) -> tuple[Any, ...]:
    """Cells of the columns `_SIZED` of a component arm: level, power and effect are those of its comparison."""
    values = {**vars(part), "p1": part.rate}
    return tuple(values.get(name) for name in _SIZED)


def _size(arm: SolvedArm) -> tuple[Any, ...]:
    """Cells of the columns `_SIZED`."""
    if arm.size is None:
        return (None,) * len(_SIZED)
    size = arm.size
    values = {**vars(size), **vars(size.effect), "size_method": size.method, "patients": size.own_patients}
    values["cost"] = size.cost - sum(part.cost for part in size.components)
    return tuple(values[name] for name in _SIZED)


def _allocation(numbers: DesignNumbers) -> Cells:
    shares = numbers.question.shares
    for arm in numbers.arms:
        size = arm.size
        for g in arm.subgroups:
            cells = (*vars(size.allocation[g]).values(), size.power_by_subgroup.get(g)) if size else (None,) * 3
            yield arm.name, g, shares[g], *cells
        for part in size.component_arms if size else ():
            yield from ((part.arm, g, shares[g], part.allocation[g], None, None) for g in arm.subgroups)


def _totals(numbers: DesignNumbers) -> Cells:
    for t in totals(numbers):
        used = t.total / t.limit if t.total is not None and t.limit else None
        yield t.what, t.total, t.limited_by, t.limit, used, t.total is not None and _binding(t.total, t.limit)


def _recruitment(numbers: DesignNumbers) -> Cells:
    arms = recruiting(numbers)
    end = max((last_month(arm) for arm in arms), default=0)
    for arm in arms:
        for month in range(1, end + 1):
            yield arm.name, month, enrolled(arm, month) - enrolled(arm, month - 1), enrolled(arm, month)


def _coverage(numbers: DesignNumbers) -> Cells:
    for arm, g in _served(numbers):
        for epoch, coverage in arm.coverage[g].items():
            yield arm.name, g, epoch, coverage, numbers.question.reach[g][epoch], arm.burden[g][epoch]


def _mechanism_coverage(numbers: DesignNumbers) -> Cells:
    for arm, g in _served(numbers):
        for epoch, by_mechanism in arm.mechanism_coverage[g].items():
            prevalence = arm.prevalence[g][epoch]
            weakest = _weakest(by_mechanism, prevalence)
            for mechanism, coverage in by_mechanism.items():
                yield arm.name, g, epoch, mechanism, prevalence[mechanism], coverage, mechanism in weakest


def _weakest(coverage: Mapping[str, float], prevalence: Mapping[str, float]) -> set[str]:
    """Listed mechanisms present with the lowest coverage."""
    present = {m: c for m, c in coverage.items() if m != "none" and prevalence[m] > 0}
    return {m for m, c in present.items() if c <= min(present.values()) + 1e-12}


def _risk(numbers: DesignNumbers) -> Cells:
    for arm, g in _served(numbers):
        for epoch, risks in arm.risk[g].items():
            for category, risk in risks.items():
                limit = numbers.question.limits[g][epoch].get(category)
                yield arm.name, g, epoch, category, risk, limit, _binding(risk, limit)


def _cumulative_risk(numbers: DesignNumbers) -> Cells:
    for arm, g in _served(numbers):
        for category, risk in arm.cumulative_risk[g].items():
            limit = numbers.question.cumulative_limits.get(category)
            yield arm.name, g, category, risk, limit, _binding(risk, limit)


def _binding(taken: float, limit: float | None) -> bool:
    return limit is not None and taken >= BINDING * limit - 1e-12


def _precedent(numbers: DesignNumbers) -> Cells:
    for arm in numbers.arms:
        for epoch, found in arm.precedent.items():
            told = found.trial, *map(" + ".join, (found.given, found.others)), "; ".join(map(" + ".join, found.novel))
            trial = found.setting, found.phase, found.status, found.patients, found.elsewhere, found.regimens
            yield arm.name, epoch, regimen(arm.sequence[epoch]), *told, found.source, *trial


def _sources(numbers: DesignNumbers) -> Cells:
    for arm in numbers.arms:
        for row in arm.rests_on:
            place = row.table, row.file, row.row or None, ", ".join(row.key)
            yield arm.name, subject(row), *place, kind_of(row), is_fitted(row), row.source, row.recalled_fields


_SIZED = (
    *("patients", "control_patients", "p1", "p0", "hazard_ratio", "sized_for"),
    *("alpha", "inflation", "events", "power", "accrual_months", "cost", "size_method"),
)

_PLACE = ("arm", "subgroup", "epoch")
_TRIAL = ("setting", "phase", "status", "patients", "elsewhere", "regimens")

_TABLES: dict[str, tuple[Callable[[DesignNumbers], Cells], tuple[str, ...]]] = {
    "arms": (_arms, ("arm", "subgroups", "share")),
    "allocation": (_allocation, ("arm", "subgroup", "share", "experimental", "control", "power_inside")),
    "totals": (_totals, ("what", "total", "limited_by", "limit", "used", "binding")),
    "looks": (calendar.looks, calendar.LOOKS),
    "expected": (calendar.expected, calendar.EXPECTED),
    "calendar": (calendar.milestones, calendar.MILESTONES),
    "forecast": (calendar.forecast, calendar.FORECAST),
    "recruitment": (_recruitment, ("arm", "month", "enrolled", "cumulative")),
    "coverage": (_coverage, (*_PLACE, "coverage", "reach", "burden")),
    "mechanism_coverage": (_mechanism_coverage, (*_PLACE, "mechanism", "prevalence", "coverage", "weakest")),
    "risk": (_risk, (*_PLACE, "category", "risk", "limit", "binding")),
    "cumulative_risk": (_cumulative_risk, ("arm", "subgroup", "category", "risk", "limit", "binding")),
    "precedent": (_precedent, ("arm", "epoch", "regimen", "trial", "given", "others", "novel", "source", *_TRIAL)),
    "sources": (
        _sources,
        ("arm", "about", "table", "file", "row", "key", "kind", "fitted", "source", "recalled_fields"),
    ),
}
"""Name of a table -> what makes its cells, and its columns; `arms` goes on with those of the epochs and of sizes."""
