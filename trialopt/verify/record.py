"""The numbers that a record shows, held against those computed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trialopt.core.instance import Floats, Instance
from trialopt.verify.design import Numbers, PlainArm

CLOSE = 1e-7
"""Most that a probability, or a share of a larger number, may differ by."""

Json = Mapping[str, Any]


def differs(told: Any, found: float) -> bool:
    """Whether a number that is told is another one."""
    return not isinstance(told, int | float) or not abs(told - found) <= CLOSE * max(1.0, abs(found))


def shown_otherwise(instance: Instance, arm: PlainArm, told: Json, own: Numbers) -> Iterator[str]:
    """Coverage, prevalence, risk and burden that a record shows and that are other numbers."""
    i = instance
    for g in arm.members[: len(told.get("control_coverage", {}))].tolist():
        table = told["control_coverage"].get(i.subgroups[g])
        yield from _cells(f"{arm.name}: control of {i.subgroups[g]}", table, own.control[g], (i.epochs,))
    axes = {
        "coverage": (i.epochs,),
        "mechanism_coverage": (i.epochs, i.mechanisms),
        "prevalence": (i.epochs, i.mechanisms),
        "risk": (i.epochs, i.categories),
        "cumulative_risk": (i.categories,),
        "burden": (i.epochs,),
    }
    for name, ids in axes.items():
        for g in arm.members.tolist():
            table = told.get(name, {}).get(i.subgroups[g])
            place = f"{arm.name}: {name} of {i.subgroups[g]}"
            yield from _cells(place, table, np.asarray(getattr(own, name)[g]), ids)


def _cells(place: str, told: Any, found: Floats, ids: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    for k, name in enumerate(ids[0]):
        cell = told.get(name) if isinstance(told, dict) else None
        if len(ids) > 1:
            yield from _cells(f"{place} in {name}", cell, found[k], ids[1:])
        elif differs(cell, float(found[k])):
            yield f"{place} in {name} is {cell}, and comes to {found[k]:.9g}"
