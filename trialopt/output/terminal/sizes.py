"""Patients of arms, and the sources of numbers, on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from trialopt.output.terminal.console import TIE, Cell, grid, printable
from trialopt.record.parts import enrolled, last_month, months_shown, recruiting, totals
from trialopt.record.provenance import is_fitted, kind_of, subject
from trialopt.record.rows import BINDING
from trialopt.record.solution import ArmSizing, DesignNumbers, SolvedArm
from trialopt.record.words import method_in_words, percent

# -- Patients: who is needed in which arm and subgroup, and the totals against the trial's limits. ----------------

Sized = Sequence[tuple[SolvedArm, ArmSizing]]


def size_tables(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw the allocation, what each arm's size rests on, recruitment and totals; nothing for an unsized design."""
    sized = [(arm, arm.size) for arm in numbers.arms if arm.size]
    if not sized:
        return
    yield Text("Patients\n", style="bold")
    yield _allocation(sized, width)
    yield "power inside: in the subgroup alone, for the effect sized for\n"
    yield _basis(sized, width)
    yield from _method(sized)
    yield from _recruitment(numbers, width)
    yield _totals(numbers, width)
    yield ""


def _allocation(sized: Sized, width: int) -> Table:
    heads = ("arm", "subgroup", "experimental", "control", "power inside")
    rows: list[tuple[str, ...]] = []
    ends = []
    for arm, size in sized:
        rows += [
            (arm.name, g, f"{cell.experimental:,}", f"{cell.control:,}", _inside(size.power_by_subgroup.get(g)))
            for g, cell in size.allocation.items()
        ]
        if len(size.allocation) > 1:
            whole = f"{percent(size.power)}{TIE}%"
            rows.append((arm.name, "together", f"{size.patients:,}", f"{size.control_patients:,}", whole))
        ends.append(len(rows) - 1)
    return grid(heads, rows, width, right=heads[2:], sections=ends[:-1])


def _basis(sized: Sized, width: int) -> Table:
    """One row an arm; columns that say nothing in this design (events, inflation) are left out."""
    columns: dict[str, Callable[[ArmSizing], str]] = {
        "effect": lambda size: _effect(size).replace(" %", f"{TIE}%"),
        "sized for": lambda size: f"{size.effect.sized_for:.3f}",
        "alpha": lambda size: "-" if size.alpha is None else f"{size.alpha:.4g}",
        "inflation": lambda size: f"{size.inflation:.3f}",
        "events": lambda size: "-" if size.events is None else f"{size.events:.1f}",
        "patients": lambda size: f"{size.patients + size.control_patients:,}",
        "power": lambda size: f"{percent(size.power)}{TIE}%",
        "months": lambda size: "-" if size.accrual_months is None else f"{size.accrual_months:.1f}",
        "cost": lambda size: f"{size.cost:,.0f}",
    }
    if all(size.events is None for _, size in sized):
        del columns["events"]
    if all(size.inflation == 1.0 for _, size in sized):
        del columns["inflation"]
    rows = [(arm.name, *(column(size) for column in columns.values())) for arm, size in sized]
    heads = ("arm", *columns)
    return grid(heads, rows, width, right=heads[2:])


def _method(sized: Sized) -> Iterator[RenderableType]:
    methods = list(dict.fromkeys(method_in_words(size.method) for _, size in sized if size.method))
    interim = ", sizes and events times inflation for interim looks" if any(s.inflation != 1 for _, s in sized) else ""
    yield Text(f"sized by: {' and '.join(methods)}{interim}; alpha is one-sided\n")


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


def _totals(numbers: DesignNumbers, width: int) -> Table:
    """What the design takes in all, against each limit of the trial."""
    digits = {"patients": 0, "accrual_months": 1, "cost": 0}
    words = {"patients": "patients", "accrual_months": "months of accrual", "cost": "cost"}
    rows: list[tuple[str | Cell, ...]] = []
    for what, limited_by, total, limit in totals(numbers):
        taken = "-" if total is None else f"{total:,.{digits[what]}f}"
        share = total / limit if total is not None and limit else None
        used = "" if share is None else f"{percent(share)}{TIE}%"
        marked = Cell(used + "*", marked=True) if share is not None and share >= BINDING - 1e-12 else used
        most = "none" if limit is None else f"{limit:,.{digits[what]}f}"
        rows.append((f"{words[what]} ({limited_by})", taken, most, marked))
    heads = ("in all", "taken", "limit", "used")
    return grid(heads, rows, width, right=heads[1:])


def _inside(power: float | None) -> str:
    return "-" if power is None else f"{percent(power)}{TIE}%"


def _effect(size: ArmSizing) -> str:
    effect = size.effect
    if effect.hazard_ratio is not None:
        return f"hazard ratio {effect.hazard_ratio:.3f}"
    if effect.p1 is None or effect.p0 is None:
        return "-"
    return f"{percent(effect.p1)} % against {percent(effect.p0)} %"


# -- What each arm's numbers rest on: rows of the tables by what they are about, with their source. ---------------

KINDS = ("read", "recalled", "assumed", "unstated")


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
            (about, table, str(rows), kind, printable(source))
            for (about, table, kind, source), rows in sorted(groups.items())
        ]
        yield grid(("about", "table", "rows", "kind", "source"), cells, width, right=["rows"])
        yield ""
    for arm in numbers.arms:
        if not arm.rests_on:
            continue
        count, kinds = len(arm.rests_on), Counter(map(kind_of, arm.rests_on))
        shares = [f"{percent(kinds[kind] / count)} % {kind}" for kind in KINDS]
        fitted = f"{percent(sum(map(is_fitted, arm.rests_on)) / count)} % fitted by a model from such rows"
        yield Text(f"{arm.name}: {count} rows, {', '.join(shares)}; {fitted}\n")
