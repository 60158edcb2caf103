"""A design's tables as pandas data frames, made when first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

from trialopt.core.shown import brief
from trialopt.record.calendar import LOOKS
from trialopt.record.rows import NAMES, columns_of, rows

if TYPE_CHECKING:
    import pandas as pd

    from trialopt.record.solution import DesignNumbers


class Tables:
    """The tables of one design, built when first asked for. Probabilities are shares of 1.

    An infeasible or empty run has the same tables with the same columns and no rows.
    """

    def __init__(self, numbers: DesignNumbers) -> None:
        self._of = numbers

    def __iter__(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Go through the tables by name."""
        return ((name, getattr(self, name)) for name in NAMES)

    def __repr__(self) -> str:
        return brief(f"<Tables: {', '.join(NAMES)}>")

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
    def looks(self) -> pd.DataFrame:
        """One row per arm and analysis, the last the final one: when, after how much, its bounds, what is spent there.

        `effect` is the difference or hazard ratio at the bound; `stop_WHY_TRUTH` the chance of stopping there where
        there is no effect (`none`), the effect sized for (`sized`) or the effect predicted (`predicted`). A trial
        without interim looks has its final analysis alone. No rows when unsized.
        """
        return self._frame(
            "looks", **dict.fromkeys(("patients", "events"), "Int64"), **dict.fromkeys(_LOOK_NUMBERS, "float64")
        )

    @cached_property
    def expected(self) -> pd.DataFrame:
        """One row per arm and truth: patients, events and months on average, as the looks stop the trial."""
        return self._frame("expected", events="float64", months="float64")

    @cached_property
    def calendar(self) -> pd.DataFrame:
        """One row per arm and milestone, in order of time, and those of all arms together (`trial`).

        `subgroup` is missing where a milestone is the whole arm's. No rows without accrual rates.
        """
        return self._frame("calendar", patients="Int64", events="Int64", at_month="float64")

    @cached_property
    def forecast(self) -> pd.DataFrame:
        """One row per arm and month: patients in, responses read, or events with the effect sized for and without."""
        whole = dict.fromkeys(("enrolled", "assessed"), "Int64")
        return self._frame("forecast", **whole, events="float64", events_without_effect="float64")

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
        """One row per arm and epoch that gives something: the nearest trial, and pairs in no regimen known.

        `given` is the part of the regimen that `trial` gave, `others` what it gave beside, `setting`, `phase`, `status`
        and `patients` are the trial's, `elsewhere` is a trial of another setting that gave more, `regimens` counts
        those of the library in this setting; no rows where nothing is known to have been given.
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

        return pd.DataFrame(rows(self._of, name), columns=list(columns_of(self._of, name))).astype(types)


_LOOK_NUMBERS = [name for name in LOOKS if name not in ("arm", "look", "patients", "events")]
