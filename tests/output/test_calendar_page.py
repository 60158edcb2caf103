"""The page `calendar` of a run: milestones, and what is expected by month with the analyses in their place."""

from __future__ import annotations

from io import StringIO
from math import ceil

from rich.console import Console

from tests.evaluation.test_accrual import LATE, RAMP, changing
from tests.evaluation.test_calendar import BOTH, HSD, pfs, response
from trialopt.core.instance import Instance
from trialopt.evaluation import evaluate
from trialopt.output.look_views import milestones, prediction
from trialopt.output.terminal.sizes import calendar_tables
from trialopt.record.solution import DesignNumbers, numbers_of


def recorded(instance: Instance) -> DesignNumbers:
    return numbers_of(instance, evaluate(instance, BOTH))


def test_events_are_predicted_by_month_with_the_looks_among_them() -> None:
    numbers = recorded(pfs(interim=HSD))
    view = prediction(numbers)
    keys = [column.key for column in view.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in view.rows]
    assert [row["at_month"] for row in rows] == sorted(row["at_month"] for row in rows)
    marked = [row for row in rows if row["milestone"]]
    assert [row["milestone"] for row in marked] == ["look 1", "look 2", "final analysis"]
    needed = numbers.arms[0].size.events
    assert [row["events"] for row in marked[:2]] == [ceil(0.5 * needed), ceil(0.75 * needed)]
    before = [row["events"] for row in rows if row["at_month"] < marked[0]["at_month"]]
    after = [row["events"] for row in rows if row["at_month"] > marked[0]["at_month"]]
    assert max(before) < marked[0]["events"] < min(after)
    assert "assessed" not in keys
    assert len(rows) <= 20


def test_responses_are_predicted_and_late_openings_shown() -> None:
    numbers = recorded(changing(response(interim=HSD), LATE, RAMP))
    view = prediction(numbers)
    assert "events" not in [column.key for column in view.columns]
    shown = [row[:4] for row in milestones(numbers).rows]
    assert shown[0] == ("A1", "first patient in", "all", 0.0)
    assert ("A1", "first patient in", "frail", 6.0) in shown
    last = {row[2]: row[3] for row in shown if row[1] == "last patient in"}
    assert last["all"] == max(last["fit"], last["frail"])
    assert last["fit"] != last["frail"]
    console = Console(width=100, record=True, file=StringIO())
    for part in calendar_tables(numbers, 100):
        console.print(part)
    text = console.export_text()
    assert "Event prediction" in text
    assert "look 2" in text
