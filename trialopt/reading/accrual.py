"""How accrual changes with time: the rows of accrual.csv and ramp-ups, checked and put in order (model section 7)."""

from __future__ import annotations

from collections.abc import Iterator

from trialopt.reading.document import Problem, Problems
from trialopt.reading.frame import Frame
from trialopt.reading.tables import Entry, row_problem

Steps = tuple[tuple[float, float], ...]


def check_accrual(frame: Frame, problems: Problems) -> None:
    """Record months given twice, and factors of 0 after patients have begun to come in."""
    if not problems.clean("accrual"):
        return
    by_subgroup: dict[str | None, list[Entry]] = {}
    for entry in frame.tables["accrual"]:
        by_subgroup.setdefault(entry.text("subgroup"), []).append(entry)
    for rows in by_subgroup.values():
        for problem in _of_one(sorted(rows, key=lambda e: e.numbers["from_month"])):
            problems.add(problem, "accrual")


def _of_one(rows: list[Entry]) -> Iterator[Problem]:
    """Problems of one subgroup's rows, in order of their months."""
    for k, entry in enumerate(rows):
        month, before = entry.numbers["from_month"], rows[k - 1] if k else None
        if before is not None and before.numbers["from_month"] == month:
            sentence = f"month {month:g} already has a factor in line {before.row.line}"
            yield row_problem(entry.row, "from_month", entry.row.cells["from_month"], sentence, "keep one row")
        elif entry.numbers["factor"] == 0 and (k or month > 0):
            sentence = "accrual stops although it had begun"
            right = "give a factor above 0; only a subgroup that opens later has 0, from month 0 on"
            yield row_problem(entry.row, "factor", entry.row.cells["factor"], sentence, right)
    if rows and rows[-1].numbers["factor"] == 0:
        entry = rows[-1]
        right = "add a row with the month in which it opens"
        yield row_problem(entry.row, "factor", entry.row.cells["factor"], "nobody is ever enrolled", right)


def accrual_steps(frame: Frame) -> dict[str, Steps]:
    """Subgroup -> months and factors from month 0 on, where they are not 1 throughout."""
    found = {}
    for g in frame.subgroups:
        own = [e for e in frame.tables["accrual"] if e.text("subgroup") == g]
        rows = own or [e for e in frame.tables["accrual"] if e.text("subgroup") is None]
        steps = _in_order(rows)
        if steps != ((0.0, 1.0),):
            found[g] = steps
    return found


def _in_order(rows: list[Entry]) -> Steps:
    """Steps as they come, without those that change nothing; the rate itself before the first."""
    given = sorted((e.numbers["from_month"], e.numbers["factor"]) for e in rows)
    steps = [(0.0, 1.0)] if not given or given[0][0] > 0 else []
    for month, factor in given:
        if not steps or factor != steps[-1][1]:
            steps.append((month + 0.0, factor + 0.0))
    return tuple(steps)


def ramp_up(frame: Frame, whole: float) -> dict[str, float]:
    """Subgroup -> months of its ramp-up, its own or the trial's, where above 0."""
    found = {}
    for entry in frame.tables["subgroups"]:
        own = entry.number("ramp_up_months")
        months = whole if own is None else own
        if months > 0:
            found[entry["subgroup"]] = months + 0.0
    return found
