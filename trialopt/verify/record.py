"""The numbers that a record shows, held against those computed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trialopt.core.instance import Floats, Instance
from trialopt.verify.design import Numbers, PlainArm
from trialopt.verify.facts import Facts
from trialopt.verify.formulas import progression_patients, progression_power, response_power
from trialopt.verify.sizes import NotRecomputed, Sizing

CLOSE = 1e-7
"""Most that a probability, or a share of a larger number, may differ by."""

Json = Mapping[str, Any]


def differs(told: Any, found: float) -> bool:
    """Whether a number that is told is another one."""
    return not isinstance(told, int | float) or not abs(told - found) <= CLOSE * max(1.0, abs(found))


def shown_otherwise(instance: Instance, arm: PlainArm, told: Json, own: Numbers) -> Iterator[str]:
    """Coverage, prevalence, risk and burden that a record shows and that are other numbers."""
    i = instance
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


def sizes_otherwise(
    facts: Facts, sizing: Sizing, arm: PlainArm, told: Json, own: Numbers
) -> tuple[list[str], tuple[float, float]]:
    """What a record tells of an arm's size that is another number, and its patients and money.

    Raises `NotRecomputed`.
    """
    i, trial, members = facts.instance, facts.instance.trial, arm.members
    effects = type(own.effects)(sizing.response(own.effects.response), own.effects.theta)
    n1, n0 = (float(n[0]) for n in sizing.patients(members, effects))
    if not np.isfinite(n1 + n0):
        return [f"{arm.name} has no size: its effect or its months do not allow one"], (np.inf, np.inf)
    experimental, control = int(n1), int(n0)
    found: dict[str, float] = {"patients": experimental, "control_patients": control}
    found["cost"] = experimental * own.cost + float(sizing.control_money(members, np.array([n0]))[0])
    if sizing.rate(members) > 0:
        found["accrual_months"] = (experimental + control) / sizing.rate(members)
    effect: dict[str, float] = {}
    f = sizing.parts(members)
    if trial.endpoint == "pfs":
        predicted, sized, _ = sizing.hazard_ratios(members, effects.theta)
        course = sizing.course(members, sized)
        effect = {"hazard_ratio": float(predicted[0]), "sized_for": float(sized[0])}
        found["power"] = progression_power(course, sizing.asked, experimental, control)
        found["events"] = float(progression_patients(course, sizing.asked)[2][0])
    else:
        p0, p1, _ = sizing.sized_response(members, effects.response)
        plain = effects.response[0, members]
        effect = {"p0": float(p0[0] @ f), "p1": float(plain @ f), "sized_for": float((p1[0] - p0[0]) @ f)}
        low, high, parts = p0[0], p1[0], f
        if trial.analysis == "pooled_data":
            low, high, parts = np.array([low @ f]), np.array([high @ f]), np.ones(1)
        pools = trial.pools_null_variance
        found["power"] = response_power(parts, low, high, sizing.asked, pools, experimental, control)
    wrong = [
        f"{arm.name}: {name} is {told.get(name)}, and comes to {number:.9g}"
        for name, number in found.items()
        if differs(told.get(name), number)
    ]
    wrong += [
        f"{arm.name}: effect {name} is {told['effect'].get(name)}, and comes to {number:.9g}"
        for name, number in effect.items()
        if differs(told["effect"].get(name), number)
    ]
    for side, patients in (("experimental", experimental), ("control", control)):
        for g, count in zip(members.tolist(), sizing.allocated(members, patients), strict=True):
            cell = told["allocation"].get(i.subgroups[g], {}).get(side)
            if cell != count:
                wrong.append(f"{arm.name}: {side} patients of {i.subgroups[g]} are {cell}, and come to {count}")
    return wrong, (n1 + n0, found["cost"])


__all__ = ["NotRecomputed", "differs", "shown_otherwise", "sizes_otherwise"]
