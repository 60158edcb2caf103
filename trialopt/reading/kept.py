"""What rows say beside the numbers that count: names, doses, trials, sources, and how uncertain a number is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from trialopt.core.columns import REMARKS, TABLES
from trialopt.core.instance import SourceRow
from trialopt.core.shown import Dosing, Spread, Tested
from trialopt.core.vocabulary import Table
from trialopt.reading.cells import CellError, check_range, parts, wanted
from trialopt.reading.document import Document, Problem, Problems
from trialopt.reading.frame import Frame
from trialopt.reading.tables import Entry, row_problem

ONCE = "once"
"""How often a one-off agent is given, whatever the cycles of its epoch."""


def labels(frame: Frame) -> dict[str, str]:
    """Display name of an id, and dose of an `agent@level`, where the tables give one."""
    found: dict[str, str] = {}
    for table, column in (
        ("agents", "agent"),
        ("subgroups", "subgroup"),
        ("mechanisms", "mechanism"),
        ("categories", "category"),
    ):
        for entry in frame.tables[table]:
            if name := entry.text("name"):
                found.setdefault(entry[column], name)
    given, single = dosing(frame), one_off(frame)
    doses = {(e["agent"], e["level"]): e.text("dose") for e in frame.tables["levels"]}
    for agent, levels in frame.levels.items():
        for level in levels:
            words = doses.get((agent, level)) or _dose_words(given.get((agent, level), Dosing()))
            if text := ", ".join(filter(None, (words, ONCE if agent in single else ""))):
                found.setdefault(f"{agent}@{level}", text)
    return found


def _dose_words(dosing: Dosing) -> str:
    """`25 mg PO d1-21 of 28`, as far as the columns say."""
    amount = "" if dosing.amount is None else f"{dosing.amount:g}"
    days = f"d{dosing.days}" if dosing.days[:1].isdigit() else dosing.days
    cycle = "" if dosing.cycle_days is None else f"of {dosing.cycle_days}" if days else f"{dosing.cycle_days}-day cycle"
    return " ".join(filter(None, (amount, dosing.unit, dosing.route, days, cycle)))


def dosing(frame: Frame) -> Mapping[tuple[str, str], Dosing]:
    """How each level of levels.csv is given, where its row says anything of it."""
    found = {}
    for e in frame.tables["levels"]:
        days = e.number("cycle_days")
        given = Dosing(
            e.number("amount"),
            e.text("unit") or "",
            e.text("route") or "",
            e.text("days") or "",
            None if days is None else int(days),
        )
        if given != Dosing():
            found[e["agent"], e["level"]] = given
    return found


def kinds(frame: Frame) -> dict[str, str]:
    """Kind of each agent."""
    default = str(TABLES["agents"].names["kind"].default)
    return {e["agent"]: e.text("kind") or default for e in frame.tables["agents"]}


def one_off(frame: Frame) -> frozenset[str]:
    """Agents given once in an epoch."""
    return frozenset(e["agent"] for e in frame.tables["agents"] if (e.text("one_off") or "").lower() == "true")


def tested(frame: Frame) -> tuple[Tested, ...]:
    """Regimens given in people, in the order of the table."""

    def of(entry: Entry) -> Tested:
        patients = entry.number("patients")
        return Tested(
            entry["trial"],
            tuple(dict.fromkeys(parts(entry["agents"]))),
            entry.text("source") or "",
            entry.text("setting") or "",
            entry.text("phase") or "",
            None if patients is None else int(patients),
            entry.text("status") or "",
            entry.text("confidence") or "",
        )

    return tuple(map(of, frame.tables["regimens"]))


def settings_of(frame: Frame) -> tuple[str, ...]:
    """Patients the instance is about: `setting`, else the population of `[evidence]`, else what regimens.csv names."""
    if isinstance(said := frame.settings.raw.get("setting"), str) and said:
        return tuple(parts(said))
    evidence = frame.settings.raw.get("evidence")
    population = evidence.get("population") if isinstance(evidence, Mapping) else None
    if isinstance(population, str) and population:
        return (population,)
    return tuple(dict.fromkeys(text for entry in frame.tables["regimens"] if (text := entry.text("setting"))))


LEAST = 2
"""Agents of the library that make an instance one that the library knows."""


def library(frame: Frame) -> tuple[Tested, ...]:
    """Regimens of the evidence library, for an instance with agents of it; barred ones are left out."""
    from trialopt.evidence.given import regimens_given  # read only where an instance is

    agents = {agent for given in regimens_given() for agent in given.agents}
    return _regimens_of_library() if len(agents & set(frame.agents)) >= LEAST else ()


@cache
def _regimens_of_library() -> tuple[Tested, ...]:
    from trialopt.evidence.given import barred, regimens_given

    def allowed(agents: tuple[str, ...]) -> bool:
        return not any(pair <= set(agents) for pair in barred())

    return tuple(
        Tested(
            given.trial,
            given.agents,
            given.source,
            given.population,
            given.phase,
            given.patients,
            given.status,
            given.confidence,
            given.shown,
        )
        for given in regimens_given()
        if not given.barred and allowed(given.agents)
    )


def sources(document: Document) -> tuple[SourceRow, ...]:
    """Where every row comes from."""
    return tuple(
        SourceRow(
            row.file,
            0 if row.place else row.line,
            tuple(row.cells[c] for c in table.key if c in row.cells),
            table=name,
            columns=tuple(c for c in table.key if c in row.cells),
            **{remark: row.cells.get(remark, "") for remark in REMARKS},
        )
        for name, table in TABLES.items()
        for row in document.tables.get(name, ())
    )


COUNTED = {"orr": "responders", "probability": "events"}
"""A rate, and the column of counts that gives it too."""


def spreads(frame: Frame) -> frozenset[Spread]:
    """Percentiles of the rows that have them."""
    return frozenset(
        Spread(name, key, _uncertain(table, entry), entry.numbers["low"], entry.numbers["high"])
        for name, table in TABLES.items()
        for entry in frame.tables[name]
        if {"low", "high"} <= entry.numbers.keys()
        for key in [tuple(entry.text(column) or "" for column in table.key)]
        for key in [tuple(sorted(key)) if table.unordered else key]
    )


def _uncertain(table: Table, entry: Entry) -> str:
    """The column that `low` and `high` of a row are about; empty where the row gives none."""
    cells = entry.row.cells
    return next((name for name in table.uncertain if name in cells or COUNTED.get(name) in cells), "")


def check_spreads(frame: Frame, problems: Problems) -> None:
    """Refuse percentiles that stand alone, are about nothing, are out of order, or leave the number outside."""
    for name, table in TABLES.items():
        for entry in frame.tables[name] if table.uncertain else ():
            for problem in _spread_problems(table, entry):
                problems.add(problem, name)


def _spread_problems(table: Table, entry: Entry) -> Iterator[Problem]:
    cells = entry.row.cells
    given = [name for name in ("low", "high") if name in cells]
    if not given:
        return
    if len(given) == 1:
        other = "high" if given == ["low"] else "low"
        yield row_problem(entry.row, other, "", f"the cell is blank, and {given[0]} is not", f"give {other} too")
        return
    column = _uncertain(table, entry)
    if not column:
        sentence = f"low and high are about {' or '.join(table.uncertain)}, and the row gives none"
        yield row_problem(entry.row, "low", cells["low"], sentence, "give it, or leave low and high blank")
        return
    low, high, value = entry.number("low"), entry.number("high"), entry.number(column)
    if low is None or high is None:
        return
    for end, bound in (("low", low), ("high", high)):
        try:
            check_range(bound, cells[end], table.names[column], wanted(table.names[column].range))
        except CellError as error:
            yield row_problem(entry.row, end, cells[end], error.sentence, error.right)
    if low > high:
        yield row_problem(entry.row, "low", cells["low"], f"{low:g} is above high, which is {high:g}", "swap the two")
    elif value is not None and not low <= value <= high:
        sentence = f"{column} is {value:g}, not between low and high ({low:g} and {high:g})"
        yield row_problem(entry.row, column, cells[column], sentence, "give percentiles around the number")
