"""A run's numbers as pandas data frames, made of the rows of `rows.py` when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

from trialopt.record.rows import rows
from trialopt.record.words import certificate

if TYPE_CHECKING:
    import pandas as pd

    from trialopt.record.solution import DesignNumbers, Solution

NAMES = ("arms", "allocation", "totals", "recruitment", "coverage", "mechanism_coverage", "risk", "cumulative_risk")
"""The tables of a run, in the order in which they are shown and exported."""


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
        return self._frame("arms", columns)

    @cached_property
    def allocation(self) -> pd.DataFrame:
        """One row per arm and subgroup: share of patients, and when sized its patients and controls.

        `power_inside` is the power within the subgroup alone, usually far below the arm's.
        """
        columns = ["arm", "subgroup", "share", "experimental", "control", "power_inside"]
        return self._frame("allocation", columns, experimental="Int64", control="Int64", power_inside="float64")

    @cached_property
    def totals(self) -> pd.DataFrame:
        """Patients, months of accrual and cost of the whole design against the trial's limits; no rows when unsized.

        `total` and `limit` are missing where they are not given; `used` is the share of the limit that is used.
        """
        columns = ["what", "total", "limited_by", "limit", "used", "binding"]
        return self._frame("totals", columns, total="float64", limit="float64", used="float64")

    @cached_property
    def recruitment(self) -> pd.DataFrame:
        """One row per arm and month until the last arm is complete: patients and controls enrolled, and in so far.

        No rows when unsized; an arm without accrual rates of all its subgroups has none.
        """
        columns = ["arm", "month", "enrolled", "cumulative"]
        return self._frame("recruitment", columns)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """One row per arm, subgroup and epoch: coverage, share on protocol, severe events (log scale)."""
        columns = ["arm", "subgroup", "epoch", "coverage", "reach", "burden"]
        return self._frame("coverage", columns)

    @cached_property
    def mechanism_coverage(self) -> pd.DataFrame:
        """One row per arm, subgroup, epoch and mechanism: prevalence there and then, and coverage.

        `weakest` marks the lowest coverage among the listed mechanisms present in the subgroup in the epoch.
        """
        columns = ["arm", "subgroup", "epoch", "mechanism", "prevalence", "coverage", "weakest"]
        return self._frame("mechanism_coverage", columns)

    @cached_property
    def risk(self) -> pd.DataFrame:
        """One row per arm, subgroup, epoch and category: probability of a severe event against its limit.

        `limit` is missing where there is none; `binding` says that at least 90 % of the limit is used.
        """
        columns = ["arm", "subgroup", "epoch", "category", "risk", "limit", "binding"]
        return self._frame("risk", columns, limit="float64")

    @cached_property
    def cumulative_risk(self) -> pd.DataFrame:
        """One row per arm, subgroup and category: probability over all epochs, and the limit."""
        columns = ["arm", "subgroup", "category", "risk", "limit", "binding"]
        return self._frame("cumulative_risk", columns, limit="float64")

    @cached_property
    def precedent(self) -> pd.DataFrame:
        """One row per arm and epoch that gives something: the nearest trial, and pairs never given together.

        `given` is the part of the regimen that `trial` gave, `others` what it gave beside; no rows where the instance
        lists no precedents.
        """
        columns = ["arm", "epoch", "regimen", "trial", "given", "others", "novel", "source"]
        return self._frame("precedent", columns)

    @cached_property
    def sources(self) -> pd.DataFrame:
        """One row per arm and row of the instance's tables that its numbers rest on.

        `about` is an agent, class, pair or subgroup; `kind` is read, recalled, assumed or unstated; `fitted` says that
        a model estimated the number from the trials the source names.
        """
        columns = ["arm", "about", "table", "file", "row", "key", "kind", "fitted", "source", "recalled_fields"]
        return self._frame("sources", columns, row="Int64", fitted="bool")

    def _frame(self, name: str, columns: Sequence[str], **types: str) -> pd.DataFrame:
        import pandas as pd  # half a second, paid by who asks for a frame

        return pd.DataFrame(rows(self._of, name), columns=list(columns)).astype(types)


def html_summary(solution: Solution) -> str:
    """Show a solution in a notebook: one line with the certificate, and the arms."""
    arms = solution.tables.arms.to_html(index=False, float_format=lambda x: f"{x:.4g}", border=0)
    conflict = "".join(f"<li>{escape(line)}</li>" for line in solution.conflict)
    title = escape(solution.question.title or solution.question.name)
    line = f"<p><b>{title}</b><br>{escape(certificate(solution))}</p>"
    return f"<div>{line}{arms if solution.arms else f'<ul>{conflict}</ul>'}</div>"
