"""Patients: who is needed in which arm and subgroup, and the totals against the trial's limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from trialopt.show.grid import TIE, grid
from trialopt.solution import ArmSizing, DesignNumbers, SolvedArm
from trialopt.words import percent

Sized = Sequence[tuple[SolvedArm, ArmSizing]]


def size_tables(numbers: DesignNumbers, width: int) -> Iterator[RenderableType]:
    """Draw the allocation and what each arm's size rests on; nothing for an unsized design."""
    sized = [(arm, arm.size) for arm in numbers.arms if arm.size]
    if not sized:
        return
    yield Text("Patients\n", style="bold")
    yield _allocation(sized, width)
    yield "power inside: in the subgroup alone, for the arm's effect\n"
    yield _basis(sized, width)
    yield ""
    limits = numbers.question.trial_limits
    patients = sum(size.patients + size.control_patients for _, size in sized)
    months = max((size.accrual_months or 0.0 for _, size in sized), default=0.0)
    cost = sum(size.cost for _, size in sized)
    yield Text(
        f"In all {patients:,} patients{_of(limits.get('max_patients'))}, "
        f"{months:.1f} months of accrual{_of(limits.get('max_accrual_months'))}, "
        f"cost {cost:,.0f}{_of(limits.get('budget'))}\n"
    )


def _allocation(sized: Sized, width: int) -> Table:
    heads = ("arm", "subgroup", "experimental", "control", "power inside")
    rows = [
        (arm.name, subgroup, str(cell.experimental), str(cell.control), _inside(size.power_by_subgroup.get(subgroup)))
        for arm, size in sized
        for subgroup, cell in size.allocation.items()
    ]
    return grid(heads, rows, width, right=heads[2:])


def _basis(sized: Sized, width: int) -> Table:
    heads = ("arm", "effect", "sized for", "events", "power", "months", "cost", "method")
    rows = [
        (
            arm.name,
            _effect(size).replace(" %", f"{TIE}%"),
            f"{size.effect.sized_for:.3f}",
            "-" if size.events is None else f"{size.events:.1f}",
            f"{percent(size.power)}{TIE}%",
            "-" if size.accrual_months is None else f"{size.accrual_months:.1f}",
            f"{size.cost:,.0f}",
            size.method,
        )
        for arm, size in sized
    ]
    return grid(heads, rows, width, right=heads[2:7])


def _inside(power: float | None) -> str:
    return "-" if power is None else f"{percent(power)}{TIE}%"


def _effect(size: ArmSizing) -> str:
    effect = size.effect
    if effect.hazard_ratio is not None:
        return f"hazard ratio {effect.hazard_ratio:.3f}"
    if effect.p1 is None or effect.p0 is None:
        return "-"
    return f"{percent(effect.p1)} % against {percent(effect.p0)} %"


def _of(limit: float | None) -> str:
    return "" if limit is None else f" (limit {limit:,.0f})"
