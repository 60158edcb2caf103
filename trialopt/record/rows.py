"""A run's numbers as plain rows, and as pandas data frames made of them when first asked for.

What is shown, exported and compared is built here, once; a cell without a number is `None`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from trialopt.core.design import Dose
from trialopt.record.parts import SolvedArm, enrolled, last_month, recruiting, totals
from trialopt.record.provenance import is_fitted, kind_of, subject

if TYPE_CHECKING:
    import pandas as pd

    from trialopt.record.solution import DesignNumbers

NAMES = ("arms", "allocation", "totals", "recruitment", "coverage", "mechanism_coverage", "risk", "cumulative_risk")
"""The tables of a run, in the order in which they are shown and exported."""

BINDING = 0.9
"""A limit of which at least this share is used is marked as binding."""

Row = dict[str, Any]
Cells = Iterator[tuple[Any, ...]]
Key = tuple[str, str, str]
"""Arm, epoch (`""` for all epochs together), category."""


class Tables:
    """The tables of one design, built when first asked for. Probabilities are shares of 1.

    An infeasible or empty run has the same tables with the same columns and no rows.
    """

    def __init__(self, numbers: DesignNumbers) -> None:
        self._of = numbers

    def __iter__(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Go through the tables by name."""
        return ((name, getattr(self, name)) for name in NAMES)

    def _repr_html_(self) -> str:
        cells = ((name, str(len(frame)), escape(", ".join(map(str, frame.columns)))) for name, frame in self)
        lines = "".join(f"<tr><td>{'</td><td>'.join(texts)}</td></tr>" for texts in cells)
        head = "<tr><th>table</th><th>rows</th><th>columns</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{lines}</tbody></table>"

    @cached_property
    def arms(self) -> pd.DataFrame:
        """One row an arm: subgroups, share of patients, regimen and coverage by epoch, and sizes when sized.

        `coverage_EPOCH` is the share-weighted mean over the arm's subgroups.
        """
        return self._frame("arms")

    @cached_property
    def allocation(self) -> pd.DataFrame:
        """One row per arm and subgroup: share of patients, and when sized its patients and controls.

        `power_inside` is the power within the subgroup alone, usually far below the arm's.
        """
        return self._frame("allocation", experimental="Int64", control="Int64", power_inside="float64")

    @cached_property
    def totals(self) -> pd.DataFrame:
        """Patients, months of accrual and cost of the whole design against the trial's limits; no rows when unsized.

        `total` and `limit` are missing where they are not given; `used` is the share of the limit that is used.
        """
        return self._frame("totals", total="float64", limit="float64", used="float64")

    @cached_property
    def recruitment(self) -> pd.DataFrame:
        """One row per arm and month until the last arm is complete: patients and controls enrolled, and in so far.

        No rows when unsized; an arm without accrual rates of all its subgroups has none.
        """
        return self._frame("recruitment")

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row per arm, subgroup and epoch: coverage, share on protocol, severe events (log scale)."""
        return self._frame("coverage")

    @cached_property
    def mechanism_coverage(self) -> pd.DataFrame:
        """One row per arm, subgroup, epoch and mechanism: prevalence there and then, and coverage.

        `weakest` marks the lowest coverage among the listed mechanisms present in the subgroup in the epoch.
        """
        return self._frame("mechanism_coverage")

    @cached_property
    def risk(self) -> pd.DataFrame:
        """One row per arm, subgroup, epoch and category: probability of a severe event against its limit.

        `limit` is missing where there is none; `binding` says that at least 90 % of the limit is used.
        """
        return self._frame("risk", limit="float64")

    @cached_property
    def cumulative_risk(self) -> pd.DataFrame:
        """One row per arm, subgroup and category: probability over all epochs, and the limit."""
        return self._frame("cumulative_risk", limit="float64")

    @cached_property
    def precedent(self) -> pd.DataFrame:
        """One row per arm and epoch that gives something: the nearest trial, and pairs never given together.

        `given` is the part of the regimen that `trial` gave, `others` what it gave beside; no rows where the instance
        lists no precedents.
        """
        return self._frame("precedent")

    @cached_property
    def sources(self) -> pd.DataFrame:
        """One row per arm and row of the instance's tables that its numbers rest on.

        `about` is an agent, class, pair or subgroup; `kind` is read, recalled, assumed or unstated; `fitted` says that
        a model estimated the number from the trials the source names.
        """
        return self._frame("sources", row="Int64", fitted="bool")

    def _frame(self, name: str, **types: str) -> pd.DataFrame:
        import pandas as pd  # half a second, paid by who asks for a frame

        return pd.DataFrame(rows(self._of, name), columns=list(_columns(self._of, name))).astype(types)


def rows(numbers: DesignNumbers, table: str) -> list[Row]:
    """Rows of one of the tables, in order; `KeyError` for a name that is not one. Ids as keys, shares of 1."""
    make, columns = _TABLES[table][0], _columns(numbers, table)
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


def _columns(numbers: DesignNumbers, table: str) -> tuple[str, ...]:
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


def _size(arm: SolvedArm) -> tuple[Any, ...]:
    """Cells of the columns `_SIZED`."""
    if arm.size is None:
        return (None,) * len(_SIZED)
    values = {**vars(arm.size), **vars(arm.size.effect), "size_method": arm.size.method}
    return tuple(values[name] for name in _SIZED)


def _allocation(numbers: DesignNumbers) -> Cells:
    for arm, g in _served(numbers):
        size = arm.size
        cells = (*vars(size.allocation[g]).values(), size.power_by_subgroup.get(g)) if size else (None,) * 3
        yield arm.name, g, numbers.question.shares[g], *cells


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
            yield arm.name, epoch, regimen(arm.sequence[epoch]), *told, found.source


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

_TABLES: dict[str, tuple[Callable[[DesignNumbers], Cells], tuple[str, ...]]] = {
    "arms": (_arms, ("arm", "subgroups", "share")),
    "allocation": (_allocation, ("arm", "subgroup", "share", "experimental", "control", "power_inside")),
    "totals": (_totals, ("what", "total", "limited_by", "limit", "used", "binding")),
    "recruitment": (_recruitment, ("arm", "month", "enrolled", "cumulative")),
    "coverage": (_coverage, (*_PLACE, "coverage", "reach", "burden")),
    "mechanism_coverage": (_mechanism_coverage, (*_PLACE, "mechanism", "prevalence", "coverage", "weakest")),
    "risk": (_risk, (*_PLACE, "category", "risk", "limit", "binding")),
    "cumulative_risk": (_cumulative_risk, ("arm", "subgroup", "category", "risk", "limit", "binding")),
    "precedent": (_precedent, ("arm", "epoch", "regimen", "trial", "given", "others", "novel", "source")),
    "sources": (
        _sources,
        ("arm", "about", "table", "file", "row", "key", "kind", "fitted", "source", "recalled_fields"),
    ),
}
"""Name of a table -> what makes its cells, and its columns; `arms` goes on with those of the epochs and of sizes."""
