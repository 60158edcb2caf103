"""Patients of arms, and the sources of numbers, on a terminal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from rich.console import RenderableType
from rich.text import Text

from trialopt.output import look_views, short_views
from trialopt.output.terminal.console import Cell, grid, table
from trialopt.output.views import MARK, TIE, View, printable
from trialopt.record.parts import enrolled, last_month, months_shown, recruiting
from trialopt.record.provenance import is_fitted, kind_of, subject
from trialopt.record.rows import rows
from trialopt.record.solution import DesignNumbers, Question
from trialopt.record.words import method_in_words, percent, worded

# -- Patients: who is needed in which arm and subgroup, and the totals against the trial's limits. ----------------


def size_tables(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw the allocation, what each arm's size rests on, recruitment and totals; nothing for an unsized design."""
    view = short_views.sizes(numbers)
    if not view.rows:
        return
    yield Text("Patients\n", style="bold")
    names = [row[0] for row in view.rows]
    yield table(
        view, numbers.question, width, sections=[k for k, (arm, after) in enumerate(pairwise(names)) if arm != after]
    )
    yield f"{view.note}\n"
    yield table(short_views.basis(numbers).telling(), numbers.question, width)
    shown = short_views.components(numbers)
    if shown.rows or any(arm.size and arm.size.unshown for arm in numbers.arms):
        yield Text(f"\n{shown.title}\n", style="bold")
        yield table(shown, numbers.question, width) if shown.rows else ""
        yield f"{worded(numbers.question, shown.note)}\n"
    yield from _method(numbers)
    yield from _recruitment(numbers, width)
    yield from _looks(numbers, width)
    yield _totals(numbers, width)
    yield ""


def _method(numbers: DesignNumbers) -> Iterator[RenderableType]:
    sizes = [arm.size for arm in numbers.arms if arm.size]
    methods = list(dict.fromkeys(method_in_words(size.method) for size in sizes if size.method))
    interim = ", sizes and events times inflation for interim looks" if any(s.inflation != 1 for s in sizes) else ""
    yield Text(f"sized by: {' and '.join(methods)}{interim}; alpha is one-sided\n")
    for arm in numbers.arms:
        if "sentence" in arm.sizing:
            yield Text(f"{printable(worded(numbers.question, arm.sizing['sentence']))}\n")


def _recruitment(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Patients and controls in, by month, of each arm and all together."""
    arms = recruiting(numbers)
    if not arms:
        return
    heads = ("month", *(arm.name for arm in arms), *(("all",) if len(arms) > 1 else ()))
    rows = []
    for month in months_shown(arms):
        counts = [enrolled(arm, month) for arm in arms]
        done = [f"{count:,}{'*' if month >= last_month(arm) else ''}" for arm, count in zip(arms, counts, strict=True)]
        rows.append((str(month), *done, *((f"{sum(counts):,}",) if len(arms) > 1 else ())))
    yield Text("Recruitment (patients and controls in by the end of the month)\n", style="bold")
    yield grid(heads, rows, width, right=heads)
    yield "* the arm is complete\n"


def calendar_tables(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw the milestones, and patients and events expected by month with the analyses among them."""
    yield from _views([look_views.milestones(numbers), look_views.prediction(numbers)], numbers.question, width)


def _looks(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Analyses with their bounds, chances of stopping, what the trial takes on average, and its calendar."""
    yield from _views((make(numbers) for make in look_views.VIEWS), numbers.question, width)


def _views(views: Iterable[View], question: Question, width: int) -> Iterator[RenderableType]:
    for view in views:
        if view.rows:
            names = [row[0] for row in view.rows]
            yield Text(f"{view.title}\n", style="bold")
            ends = [k for k, (a, b) in enumerate(pairwise(names)) if a != b]
            yield table(view.telling(), question, width, sections=ends)
            yield f"{view.note}\n" if view.note else ""


def _totals(numbers: DesignNumbers, width: int) -> RenderableType:
    """What the design takes in all, against each limit of the trial."""
    forms = {"patients": ",.0f", "accrual_months": ",.1f", "study_months": ",.1f", "cost": ",.0f"}
    words = {"patients": "patients", "accrual_months": "months of accrual", "cost": "cost"}
    words["study_months"] = "months to the final analysis"
    body: list[tuple[str | Cell, ...]] = []
    for row in rows(numbers, "totals"):
        taken, most = ("" if row[key] is None else format(row[key], forms[row["what"]]) for key in ("total", "limit"))
        used = "" if row["used"] is None else f"{percent(row['used'])}{TIE}%"
        marked = Cell(used + MARK, marked=True) if row["binding"] else used
        body.append((f"{words[row['what']]} ({row['limited_by']})", taken or "-", most or "none", marked))
    heads = ("in all", "taken", "limit", "used")
    return grid(heads, body, width, right=heads[1:])


# -- What each arm's numbers rest on: rows of the tables by what they are about, with their source. ---------------

KINDS = ("read", "recalled", "assumed", "unstated")


WIDE = 100
FOR_LINKS = 140
"""Columns below which the links of sources are left out: no word is broken, and they would push all else aside."""


def _without_links(source: str, width: int) -> str:
    return source if width >= FOR_LINKS else re.sub(r"\s*<?https?://[^\s>]*>?", "", source)


def source_tables(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw one table an arm, rows of one table and source counted together, and the share of each kind."""
    for arm in numbers.arms:
        yield Text(f"What {arm.name} rests on\n", style="bold")
        if not arm.rests_on:
            yield "not in this record; solve again with this version\n"
            continue
        groups = Counter(
            (subject(row), row.table, kind_of(row) + (f",{TIE}fitted" if is_fitted(row) else ""), row.source)
            for row in arm.rests_on
        )
        cells = [
            (worded(numbers.question, about), table, str(rows), kind, printable(_without_links(source, width)))
            for (about, table, kind, source), rows in sorted(groups.items())
        ]
        if width < WIDE:  # two columns stay side by side
            narrow = [(f"{about}\n{table} {rows}: {kind}", source) for about, table, rows, kind, source in cells]
            yield grid(("about", "source"), narrow, width)
        else:
            yield grid(("about", "table", "rows", "kind", "source"), cells, width, right=["rows"])
        yield ""
    if width < FOR_LINKS and any("://" in row.source for arm in numbers.arms for row in arm.rests_on):
        yield f"links are left out below {FOR_LINKS} columns; trialopt export has them\n"
    for arm in numbers.arms:
        if not arm.rests_on:
            continue
        count, kinds = len(arm.rests_on), Counter(map(kind_of, arm.rests_on))
        shares = [f"{percent(kinds[kind] / count)} % {kind}" for kind in KINDS]
        fitted = f"{percent(sum(map(is_fitted, arm.rests_on)) / count)} % fitted by a model from such rows"
        yield Text(f"{arm.name}: {count} rows, {', '.join(shares)}; {fitted}\n")
