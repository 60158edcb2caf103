"""The short tables of a design, which terminals and documents show alike. Made of the record's rows, without pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from trialopt.output.views import COLUMNS, TIE, Column, View
from trialopt.record.parts import ComponentSizing
from trialopt.record.precedent import Precedent
from trialopt.record.rows import Closest, closest, rows
from trialopt.record.solution import ArmSizing, DesignNumbers
from trialopt.record.words import percent

SUBGROUPS = Column("subgroups", "subgroups", "ids")


def arms(numbers: DesignNumbers) -> View:
    """One row an arm: whom it serves, regimen and coverage of each epoch, patients when sized."""
    epochs = numbers.question.epochs
    columns = (
        *(COLUMNS["arm"], SUBGROUPS),
        *(Column(epoch, epoch, "regimen", named=True) for epoch in epochs),
        *(Column(f"coverage_{epoch}", f"coverage {epoch}", "share") for epoch in epochs),
        *(COLUMNS["share"], COLUMNS["patients"], replace(COLUMNS["control_patients"], head="control")),
    )
    families = [(name, arm.subgroups, given) for arm in numbers.arms for name, given in arm.family]
    found = zip(families, rows(numbers, "arms"), strict=True)
    cells = tuple(
        (
            *(name, served),
            *(given.get(epoch, ()) for epoch in epochs),
            *(row[f"coverage_{epoch}"] for epoch in epochs),
            *(row["share"], row.get("patients"), row.get("control_patients")),
        )
        for (name, served, given), row in found
    )
    return View("Synopsis of the arms", columns, cells)


def precedent(numbers: DesignNumbers) -> View:
    """One row a regimen: the nearest trial, and the pairs in no regimen known."""
    columns = (
        *(COLUMNS["arm"], COLUMNS["epoch"]),
        Column("nearest", "nearest precedent", "nearest"),
        Column("novel", "not in our library", "pairs"),
    )
    cells = tuple(
        (arm.name, epoch, (found, len(arm.sequence[epoch])), found.novel)
        for arm in numbers.arms
        for epoch, found in arm.precedent.items()
    )
    near = frozenset((k, 3) for k, row in enumerate(cells) if row[3])
    return View("Given before", columns, cells, _note(numbers) if near else "", near=near)


def _note(numbers: DesignNumbers) -> str:
    """What the pairs were looked for in, and which of them a registry record lists together."""
    found = [found for arm in numbers.arms for found in arm.precedent.values()]
    note = f"A pair {library_in_words(found)} needs its own safety data first."
    listed = dict.fromkeys(entry for precedent in found for entry in precedent.listed)
    if not listed:
        return note
    told = "; ".join(f"{one} + {other} ({record})" for one, other, record in listed)
    return f"{note} Listed together in a registry record, which does not say in one arm: {told}."


def library_in_words(found: Sequence[Precedent]) -> str:
    """`not in our library of 97 regimens in this setting`."""
    count = max((precedent.regimens for precedent in found), default=0)
    if not count:
        return "in no regimen known to the instance"
    where = " in this setting" if any(precedent.settings for precedent in found) else ""
    return f"not in our library of {count:,} regimens{where}"


def sizes(numbers: DesignNumbers) -> View:
    """One row per arm and subgroup of a sized design: patients, controls, power; an arm of several has a sum below."""
    cells: list[tuple[Any, ...]] = []
    sums = set()
    for arm in numbers.arms:
        if (size := arm.size) is None:
            continue
        inside = size.power_by_subgroup
        cells += [(arm.name, g, cell.experimental, cell.control, inside.get(g)) for g, cell in size.allocation.items()]
        if len(size.allocation) > 1:
            sums.add(len(cells))
            cells.append((arm.name, "together", size.own_patients, size.control_patients, size.power))
        for part in size.component_arms:
            cells += [(part.arm, g, patients, None, None) for g, patients in part.allocation.items()]
            if len(part.allocation) > 1:
                sums.add(len(cells))
                cells.append((part.arm, "together", part.patients, None, part.power))
    columns = tuple(COLUMNS[key] for key in ("arm", "subgroup", "experimental", "control", "power_inside"))
    note = "power inside: in the subgroup alone, for the effect sized for"
    return View("Patients by arm and subgroup", columns, tuple(cells), note, frozenset(sums))


def basis(numbers: DesignNumbers) -> View:
    """One row an arm of a sized design: what its size rests on; inflation only where an arm has one."""
    found = [(arm.name, arm.size) for arm in numbers.arms if arm.size is not None]
    inflated = any(size.inflation != 1.0 for _, size in found)
    cells = tuple(
        (
            *(name, _effect(size), size.effect.sized_for, size.alpha, size.inflation if inflated else None),
            *(size.events, size.patients + size.control_patients, size.power, size.accrual_months, size.cost),
        )
        for name, size in found
    )
    keys = ("sized_for", "alpha", "inflation", "events", "patients", "power", "accrual_months", "cost")
    columns = (COLUMNS["arm"], Column("effect", "effect"), *(COLUMNS[key] for key in keys))
    columns = tuple(replace(c, head="months") if c.key == "accrual_months" else c for c in columns)
    return View("What the sizes rest on", columns, cells)


def components(numbers: DesignNumbers) -> View:
    """One row per arm and agent whose contribution it has to show: against which arm, for what effect; else none."""
    cells = tuple(
        (
            *(arm.name, part.without, part.arm or "control", _over(part), part.sized_for, part.alpha),
            *(part.needed, part.events, part.power),
        )
        for arm in numbers.arms
        for part in (arm.size.components if arm.size else ())
    )
    told = [text for arm in numbers.arms if arm.size for text in arm.size.unshown]
    columns = (
        *(COLUMNS["arm"], Column("without", "agent left out", "id"), Column("against", "against")),
        *(Column("effect", "predicted"), COLUMNS["sized_for"], COLUMNS["alpha"]),
        *(Column("needed", "patients an arm", "whole"), COLUMNS["events"], COLUMNS["power"]),
    )
    note = "the arm must beat each of them; all have the most patients that any comparison asks for"
    return View("What each agent has to show", columns, cells, ". ".join([note, *told])).telling()


def _over(part: ComponentSizing) -> str:
    if part.hazard_ratio is not None:
        return f"hazard ratio {part.hazard_ratio:.3f}"
    return f"over {percent(part.rate or 0.0)}{TIE}%"


def _effect(size: ArmSizing) -> str | None:
    effect = size.effect
    if effect.hazard_ratio is not None:
        return f"hazard ratio {effect.hazard_ratio:.3f}"
    if effect.p1 is None or effect.p0 is None:
        return None
    return f"{percent(effect.p1)}{TIE}% against {percent(effect.p0)}{TIE}%"


def toxicity(numbers: DesignNumbers) -> View:
    """One row per arm and limited category: risk against limit, by epoch and over all, in the subgroup nearest to it.

    The subgroup is named where the arm has several and the risk is close to its limit.
    """
    q, found = numbers.question, closest(numbers)
    epochs = [*q.epochs, *([""] if any(not epoch for _, epoch, _ in found) else [])]
    columns = (
        *(COLUMNS["arm"], COLUMNS["category"]),
        *(Column(s, s or "all epochs", "near", named=bool(s)) for s in epochs),
    )
    cells: list[tuple[Any, ...]] = []
    for arm in numbers.arms:
        several = len(arm.subgroups) > 1
        for category in q.categories:
            row = [found.get((arm.name, s, category)) for s in epochs]
            if any(row):
                cells.append((arm.name, category, *(_whose(cell, several) for cell in row)))
    near = frozenset(
        (k, n)
        for k, row in enumerate(cells)
        for n, cell in enumerate(row)
        if isinstance(cell, Closest) and cell.binding
    )
    return View("Toxicity limits", columns, tuple(cells), near=near)


def _whose(cell: Closest | None, several: bool) -> Closest | None:
    return cell if cell is None or several else replace(cell, subgroup="")
