"""A run's numbers as plain rows: what is shown, exported and compared is built here, once, and without pandas.

The meaning of each table stands with its data frame in `tables.py`; a cell without a number is `None`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trialopt.core.design import Dose
from trialopt.record import recruitment
from trialopt.record.provenance import is_fitted, kind_of, subject

if TYPE_CHECKING:
    from trialopt.record.solution import DesignNumbers, SolvedArm

BINDING = 0.9
"""A limit of which at least this share is used is marked as binding."""

Row = dict[str, Any]
Key = tuple[str, str, str]
"""Arm, epoch (`""` for all epochs together), category."""


def rows(numbers: DesignNumbers, table: str) -> list[Row]:
    """Rows of one of the tables, in order; `KeyError` for a name that is not one. Ids as keys, shares of 1."""
    return _ROWS[table](numbers)


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
    for row in (*_risk(numbers), *({**row, "epoch": ""} for row in _cumulative_risk(numbers))):
        limit, risk = row["limit"], row["risk"]
        if limit is None:
            continue
        used = risk / limit if limit > 0 else (0.0 if risk <= 0 else float("inf"))
        key = (row["arm"], row["epoch"], row["category"])
        if key not in found or used > found[key].used:
            found[key] = Closest(row["subgroup"], risk, limit, used, row["binding"])
    return found


def _served(numbers: DesignNumbers) -> Iterator[tuple[SolvedArm, str]]:
    return ((arm, subgroup) for arm in numbers.arms for subgroup in arm.subgroups)


def _arms(numbers: DesignNumbers) -> list[Row]:
    return [_arm(numbers, arm) for arm in numbers.arms]


def _arm(numbers: DesignNumbers, arm: SolvedArm) -> Row:
    q = numbers.question
    total = sum(q.shares[g] for g in arm.subgroups)
    part = {g: q.shares[g] / total if total else 1 / len(arm.subgroups) for g in arm.subgroups}
    row: Row = {"arm": arm.name, "subgroups": "; ".join(arm.subgroups), "share": total}
    row |= {epoch: regimen(arm.sequence.get(epoch, ())) for epoch in q.epochs}
    row |= {
        f"coverage_{epoch}": sum(weight * arm.coverage[g][epoch] for g, weight in part.items()) for epoch in q.epochs
    }
    if arm.size is not None:
        effect = arm.size.effect
        row |= {
            "patients": arm.size.patients,
            "control_patients": arm.size.control_patients,
            "p1": effect.p1,
            "p0": effect.p0,
            "hazard_ratio": effect.hazard_ratio,
            "sized_for": effect.sized_for,
            "alpha": arm.size.alpha,
            "inflation": arm.size.inflation,
            "events": arm.size.events,
            "power": arm.size.power,
            "accrual_months": arm.size.accrual_months,
            "cost": arm.size.cost,
            "size_method": arm.size.method,
        }
    return row


def _allocation(numbers: DesignNumbers) -> list[Row]:
    found = []
    for arm, subgroup in _served(numbers):
        cell = arm.size.allocation[subgroup] if arm.size else None
        found.append(
            {
                "arm": arm.name,
                "subgroup": subgroup,
                "share": numbers.question.shares[subgroup],
                "experimental": cell.experimental if cell else None,
                "control": cell.control if cell else None,
                "power_inside": arm.size.power_by_subgroup.get(subgroup) if arm.size else None,
            }
        )
    return found


def _totals(numbers: DesignNumbers) -> list[Row]:
    return [
        {
            "what": t.what,
            "total": t.total,
            "limited_by": t.limited_by,
            "limit": t.limit,
            "used": t.total / t.limit if t.total is not None and t.limit else None,
            "binding": t.total is not None and t.limit is not None and t.total >= BINDING * t.limit - 1e-12,
        }
        for t in recruitment.totals(numbers)
    ]


def _recruitment(numbers: DesignNumbers) -> list[Row]:
    arms = recruitment.recruiting(numbers)
    end = max((recruitment.last_month(arm) for arm in arms), default=0)
    return [
        {
            "arm": arm.name,
            "month": month,
            "enrolled": recruitment.enrolled(arm, month) - recruitment.enrolled(arm, month - 1),
            "cumulative": recruitment.enrolled(arm, month),
        }
        for arm in arms
        for month in range(1, end + 1)
    ]


def _coverage(numbers: DesignNumbers) -> list[Row]:
    return [
        {
            "arm": arm.name,
            "subgroup": subgroup,
            "epoch": epoch,
            "coverage": coverage,
            "reach": numbers.question.reach[subgroup][epoch],
            "burden": arm.burden[subgroup][epoch],
        }
        for arm, subgroup in _served(numbers)
        for epoch, coverage in arm.coverage[subgroup].items()
    ]


def _mechanism_coverage(numbers: DesignNumbers) -> list[Row]:
    found: list[Row] = []
    for arm, subgroup in _served(numbers):
        for epoch, by_mechanism in arm.mechanism_coverage[subgroup].items():
            prevalence = arm.prevalence[subgroup][epoch]
            weakest = _weakest(by_mechanism, prevalence)
            found += [
                {
                    "arm": arm.name,
                    "subgroup": subgroup,
                    "epoch": epoch,
                    "mechanism": mechanism,
                    "prevalence": prevalence[mechanism],
                    "coverage": coverage,
                    "weakest": mechanism in weakest,
                }
                for mechanism, coverage in by_mechanism.items()
            ]
    return found


def _risk(numbers: DesignNumbers) -> list[Row]:
    limits = numbers.question.limits
    return [
        {
            "arm": arm.name,
            "subgroup": subgroup,
            "epoch": epoch,
            "category": category,
            **_against(risk, limits[subgroup][epoch].get(category)),
        }
        for arm, subgroup in _served(numbers)
        for epoch, risks in arm.risk[subgroup].items()
        for category, risk in risks.items()
    ]


def _cumulative_risk(numbers: DesignNumbers) -> list[Row]:
    limits = numbers.question.cumulative_limits
    return [
        {
            "arm": arm.name,
            "subgroup": subgroup,
            "category": category,
            **_against(risk, limits.get(category)),
        }
        for arm, subgroup in _served(numbers)
        for category, risk in arm.cumulative_risk[subgroup].items()
    ]


def _precedent(numbers: DesignNumbers) -> list[Row]:
    return [
        {
            "arm": arm.name,
            "epoch": epoch,
            "regimen": regimen(arm.sequence[epoch]),
            "trial": found.trial,
            "given": " + ".join(found.given),
            "others": " + ".join(found.others),
            "novel": "; ".join(" + ".join(pair) for pair in found.novel),
            "source": found.source,
        }
        for arm in numbers.arms
        for epoch, found in arm.precedent.items()
    ]


def _sources(numbers: DesignNumbers) -> list[Row]:
    return [
        {
            "arm": arm.name,
            "about": subject(row),
            "table": row.table,
            "file": row.file,
            "row": row.row or None,
            "key": ", ".join(row.key),
            "kind": kind_of(row),
            "fitted": is_fitted(row),
            "source": row.source,
            "recalled_fields": row.recalled_fields,
        }
        for arm in numbers.arms
        for row in arm.rests_on
    ]


def _weakest(coverage: Mapping[str, float], prevalence: Mapping[str, float]) -> set[str]:
    """Listed mechanisms present with the lowest coverage."""
    present = {m: c for m, c in coverage.items() if m != "none" and prevalence[m] > 0}
    return {m for m, c in present.items() if c <= min(present.values()) + 1e-12}


def _against(risk: float, limit: float | None) -> Row:
    return {"risk": risk, "limit": limit, "binding": limit is not None and risk >= BINDING * limit - 1e-12}


_ROWS: dict[str, Callable[[DesignNumbers], list[Row]]] = {
    "arms": _arms,
    "allocation": _allocation,
    "totals": _totals,
    "recruitment": _recruitment,
    "coverage": _coverage,
    "mechanism_coverage": _mechanism_coverage,
    "risk": _risk,
    "cumulative_risk": _cumulative_risk,
    "precedent": _precedent,
    "sources": _sources,
}
