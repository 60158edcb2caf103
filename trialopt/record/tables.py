"""A run's numbers as pandas data frames: what is shown, exported and compared is built here, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from trialopt.core.design import Dose
from trialopt.record import recruitment
from trialopt.record.provenance import is_fitted, kind_of, subject

if TYPE_CHECKING:
    from trialopt.record.solution import DesignNumbers, Solution, SolvedArm

BINDING = 0.9
"""A limit of which at least this share is used is marked as binding."""

NAMES = ("arms", "allocation", "totals", "recruitment", "coverage", "mechanism_coverage", "risk", "cumulative_risk")
"""The tables of a run, in the order in which they are shown and exported."""


def regimen(doses: Iterable[Dose]) -> str:
    """One epoch's regimen in words: `carfilzomib@mg56 + dexamethasone`, or `nothing`."""
    return " + ".join(str(dose) for dose in doses) or "nothing"


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
        rows = "".join(
            f"<tr><td>{name}</td><td>{len(frame)}</td><td>{escape(', '.join(map(str, frame.columns)))}</td></tr>"
            for name, frame in self
        )
        return (
            f"<table><thead><tr><th>table</th><th>rows</th><th>columns</th></tr></thead><tbody>{rows}</tbody></table>"
        )

    @cached_property
    def arms(self) -> pd.DataFrame:
        """One row an arm: subgroups, share of patients, regimen and coverage by epoch, and sizes when sized.

        `coverage_EPOCH` is the share-weighted mean over the arm's subgroups.
        """
        q = self._of.question
        sized: tuple[str, ...] = ()
        if q.sized:
            sized = ("patients", "control_patients", "p1", "p0", "hazard_ratio", "sized_for")
            sized += ("alpha", "inflation", "events", "power", "accrual_months", "cost", "size_method")
        columns = ["arm", "subgroups", "share", *q.epochs, *(f"coverage_{s}" for s in q.epochs), *sized]
        return pd.DataFrame([self._arm(arm) for arm in self._of.arms], columns=columns)

    @cached_property
    def allocation(self) -> pd.DataFrame:
        """One row per arm and subgroup: share of patients, and when sized its patients and controls.

        `power_inside` is the power within the subgroup alone, usually far below the arm's.
        """
        rows = []
        for arm, subgroup in self._served():
            cell = arm.size.allocation[subgroup] if arm.size else None
            rows.append(
                {
                    "arm": arm.name,
                    "subgroup": subgroup,
                    "share": self._of.question.shares[subgroup],
                    "experimental": cell.experimental if cell else pd.NA,
                    "control": cell.control if cell else pd.NA,
                    "power_inside": arm.size.power_by_subgroup.get(subgroup) if arm.size else None,
                }
            )
        frame = pd.DataFrame(rows, columns=["arm", "subgroup", "share", "experimental", "control", "power_inside"])
        return frame.astype({"experimental": "Int64", "control": "Int64", "power_inside": "float64"})

    @cached_property
    def totals(self) -> pd.DataFrame:
        """Patients, months of accrual and cost of the whole design against the trial's limits; no rows when unsized.

        `total` and `limit` are missing where they are not given; `used` is the share of the limit that is used.
        """
        rows = [
            {
                "what": t.what,
                "total": t.total,
                "limited_by": t.limited_by,
                "limit": t.limit,
                "used": t.total / t.limit if t.total is not None and t.limit else None,
                "binding": t.total is not None and t.limit is not None and t.total >= BINDING * t.limit - 1e-12,
            }
            for t in recruitment.totals(self._of)
        ]
        frame = pd.DataFrame(rows, columns=["what", "total", "limited_by", "limit", "used", "binding"])
        return frame.astype({"total": "float64", "limit": "float64", "used": "float64"})

    @cached_property
    def recruitment(self) -> pd.DataFrame:
        """One row per arm and month until the last arm is complete: patients and controls enrolled, and in so far.

        No rows when unsized; an arm without accrual rates of all its subgroups has none.
        """
        arms = recruitment.recruiting(self._of)
        end = max((recruitment.last_month(arm) for arm in arms), default=0)
        rows = [
            {
                "arm": arm.name,
                "month": month,
                "enrolled": recruitment.enrolled(arm, month) - recruitment.enrolled(arm, month - 1),
                "cumulative": recruitment.enrolled(arm, month),
            }
            for arm in arms
            for month in range(1, end + 1)
        ]
        return pd.DataFrame(rows, columns=["arm", "month", "enrolled", "cumulative"])

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row per arm, subgroup and epoch: coverage, share on protocol, severe events (log scale)."""
        rows = [
            {
                "arm": arm.name,
                "subgroup": subgroup,
                "epoch": epoch,
                "coverage": coverage,
                "reach": self._of.question.reach[subgroup][epoch],
                "burden": arm.burden[subgroup][epoch],
            }
            for arm, subgroup in self._served()
            for epoch, coverage in arm.coverage[subgroup].items()
        ]
        return pd.DataFrame(rows, columns=["arm", "subgroup", "epoch", "coverage", "reach", "burden"])

    @cached_property
    def mechanism_coverage(self) -> pd.DataFrame:
        """One row per arm, subgroup, epoch and mechanism: prevalence there and then, and coverage.

        `weakest` marks the lowest coverage among the listed mechanisms present in the subgroup in the epoch.
        """
        rows = []
        for arm, subgroup in self._served():
            for epoch, by_mechanism in arm.mechanism_coverage[subgroup].items():
                prevalence = arm.prevalence[subgroup][epoch]
                weakest = _weakest(by_mechanism, prevalence)
                rows += [
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
        columns = ["arm", "subgroup", "epoch", "mechanism", "prevalence", "coverage", "weakest"]
        return pd.DataFrame(rows, columns=columns)

    @cached_property
    def risk(self) -> pd.DataFrame:
        """One row per arm, subgroup, epoch and category: probability of a severe event against its limit.

        `limit` is missing where there is none; `binding` says that at least 90 % of the limit is used.
        """
        limits = self._of.question.limits
        rows = [
            {
                "arm": arm.name,
                "subgroup": subgroup,
                "epoch": epoch,
                "category": category,
                **_against(risk, limits[subgroup][epoch].get(category)),
            }
            for arm, subgroup in self._served()
            for epoch, risks in arm.risk[subgroup].items()
            for category, risk in risks.items()
        ]
        return pd.DataFrame(rows, columns=["arm", "subgroup", "epoch", "category", "risk", "limit", "binding"]).astype(
            {"limit": "float64"}
        )

    @cached_property
    def cumulative_risk(self) -> pd.DataFrame:
        """One row per arm, subgroup and category: probability over all epochs, and the limit."""
        limits = self._of.question.cumulative_limits
        rows = [
            {
                "arm": arm.name,
                "subgroup": subgroup,
                "category": category,
                **_against(risk, limits.get(category)),
            }
            for arm, subgroup in self._served()
            for category, risk in arm.cumulative_risk[subgroup].items()
        ]
        return pd.DataFrame(rows, columns=["arm", "subgroup", "category", "risk", "limit", "binding"]).astype(
            {"limit": "float64"}
        )

    @cached_property
    def precedent(self) -> pd.DataFrame:
        """One row per arm and epoch that gives something: the nearest trial, and pairs never given together.

        `given` is the part of the regimen that `trial` gave, `others` what it gave beside; no rows where the instance
        lists no precedents.
        """
        rows = [
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
            for arm in self._of.arms
            for epoch, found in arm.precedent.items()
        ]
        return pd.DataFrame(rows, columns=["arm", "epoch", "regimen", "trial", "given", "others", "novel", "source"])

    @cached_property
    def sources(self) -> pd.DataFrame:
        """One row per arm and row of the instance's tables that its numbers rest on.

        `about` is an agent, class, pair or subgroup; `kind` is read, recalled, assumed or unstated; `fitted` says that
        a model estimated the number from the trials the source names.
        """
        rows = [
            {
                "arm": arm.name,
                "about": subject(row),
                "table": row.table,
                "file": row.file,
                "row": row.row or pd.NA,
                "key": ", ".join(row.key),
                "kind": kind_of(row),
                "fitted": is_fitted(row),
                "source": row.source,
                "recalled_fields": row.recalled_fields,
            }
            for arm in self._of.arms
            for row in arm.rests_on
        ]
        columns = ["arm", "about", "table", "file", "row", "key", "kind", "fitted", "source", "recalled_fields"]
        return pd.DataFrame(rows, columns=columns).astype({"row": "Int64", "fitted": "bool"})

    def _served(self) -> Iterator[tuple[SolvedArm, str]]:
        return ((arm, subgroup) for arm in self._of.arms for subgroup in arm.subgroups)

    def _arm(self, arm: SolvedArm) -> dict[str, Any]:
        q = self._of.question
        total = sum(q.shares[g] for g in arm.subgroups)
        part = {g: q.shares[g] / total if total else 1 / len(arm.subgroups) for g in arm.subgroups}
        row: dict[str, Any] = {"arm": arm.name, "subgroups": "; ".join(arm.subgroups), "share": total}
        row |= {epoch: regimen(arm.sequence.get(epoch, ())) for epoch in q.epochs}
        row |= {
            f"coverage_{epoch}": sum(weight * arm.coverage[g][epoch] for g, weight in part.items())
            for epoch in q.epochs
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


def _weakest(coverage: Mapping[str, float], prevalence: Mapping[str, float]) -> set[str]:
    """Listed mechanisms present with the lowest coverage."""
    present = {m: c for m, c in coverage.items() if m != "none" and prevalence[m] > 0}
    return {m for m, c in present.items() if c <= min(present.values()) + 1e-12}


def _against(risk: float, limit: float | None) -> dict[str, Any]:
    return {
        "risk": risk,
        "limit": limit,
        "binding": limit is not None and risk >= BINDING * limit - 1e-12,
    }


def html_summary(solution: Solution) -> str:
    """Show a solution in a notebook: one line with the certificate, and the arms."""
    from trialopt.record.words import certificate

    arms = solution.tables.arms.to_html(index=False, float_format=lambda x: f"{x:.4g}", border=0)
    conflict = "".join(f"<li>{escape(line)}</li>" for line in solution.conflict)
    title = escape(solution.question.title or solution.question.name)
    line = f"<p><b>{title}</b><br>{escape(certificate(solution))}</p>"
    return f"<div>{line}{arms if solution.arms else f'<ul>{conflict}</ul>'}</div>"
