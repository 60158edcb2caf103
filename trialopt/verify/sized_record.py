"""The size of each arm that a record shows, and of its component arms, held against those computed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialopt.core.instance import Instance, Ints
from trialopt.verify.boschloo import exact_patients, exact_power
from trialopt.verify.components import Component, Family, family_of, money_of
from trialopt.verify.design import PlainArm
from trialopt.verify.formulas import progression_patients, progression_power, response_power
from trialopt.verify.record import differs
from trialopt.verify.sizes import Effects, Sizing

Json = Mapping[str, Any]


@dataclass(frozen=True)
class ArmSize:
    """What one arm takes."""

    members: Ints
    experimental: int
    control: int
    total: int
    """Component arms and controls included."""
    by_subgroup: tuple[int, ...]
    """Experimental patients of each of `members`."""
    cost: float
    wrong: tuple[str, ...]
    """What a record tells otherwise."""


def size_told(sizing: Sizing, arm: PlainArm, told: Json) -> ArmSize | str:
    """The size of an arm, with what a record tells otherwise; a sentence where it has none. Raises `TooMany`."""
    members, given = arm.members, arm.given
    world, trial = sizing.world, sizing.facts.instance.trial
    sequence = given[None]
    effects = Effects(world.response(sequence).mean(axis=0), world.theta(sequence).mean(axis=0))
    least = tuple(float(n[0]) for n in sizing.patients(members, effects, timed=False))
    family = family_of(sizing, members, given) if np.isfinite(sum(least)) else None
    if family is None:
        return f"{arm.name} has no size: its effect does not allow one"
    n1, n0 = (int(n) for n in family.enlarged(*least))
    total = n1 * (1 + family.arms) + n0
    if not sizing.in_time(members, np.array([float(total)]))[0]:
        return f"{arm.name} takes more months than there are"
    cost = n1 * (money_of(sizing.facts.instance, given) + family.cost)
    cost += float(sizing.control_money(members, np.array([float(n0)]))[0])
    found: dict[str, float] = {"patients": total - n0, "control_patients": n0, "cost": cost}
    if sizing.rate(members) > 0:
        found["accrual_months"] = float(sizing.months(members, np.array([float(total)]))[0])
    about = _hazards if trial.endpoint == "pfs" else _rates
    basis = {"alpha": sizing.asked.alpha, "inflation": sizing.asked.inflation}
    found |= {name: number for name, number in basis.items() if name in told}
    effect, more = about(sizing, members, effects, (n1, n0), least)
    wrong = [*_other(arm.name, told, found | more), *_other(f"{arm.name}: effect", told["effect"], effect)]
    wrong += _allocation(sizing, arm, told, n1, n0)
    wrong += _family(sizing, arm, told.get("components", ()), family, n1, n0)
    return ArmSize(members, n1, n0, total, tuple(sizing.allocated(members, n1)), cost, tuple(wrong))


Told = tuple[dict[str, float], dict[str, float]]
Sides = tuple[float, ...]


def _hazards(sizing: Sizing, members: Ints, effects: Effects, sides: tuple[int, int], least: Sides) -> Told:
    """Effects, and what else is told of a comparison of survival."""
    predicted, sized, _ = sizing.hazard_ratios(members, effects.theta)
    course = sizing.course(members, sized)
    effect = {"hazard_ratio": float(predicted[0]), "sized_for": float(sized[0])}
    events = float(progression_patients(course, sizing.asked)[2][0])
    return effect, {"power": progression_power(course, sizing.asked, *sides), "events": events}


def _rates(sizing: Sizing, members: Ints, effects: Effects, sides: tuple[int, int], least: Sides) -> Told:
    """Effects, and what else is told of a comparison of rates."""
    trial, f = sizing.facts.instance.trial, sizing.parts(members)
    p0, p1, _ = sizing.sized_response(members, effects.response)
    plain = effects.response[0, members]
    effect = {"p0": float(p0[0] @ f), "p1": float(plain @ f), "sized_for": float((p1[0] - p0[0]) @ f)}
    low, high, parts = p0[0], p1[0], f
    if trial.analysis != "stratified":
        low, high, parts = np.array([low @ f]), np.array([high @ f]), np.ones(1)
    if trial.analysis != "exact":
        power = response_power(parts, low, high, sizing.asked, trial.pools_null_variance, *sides)
    elif sides == least:
        power = exact_patients(float(low[0]), float(high[0]), sizing.asked)[2]
    else:
        power = exact_power(float(low[0]), float(high[0]), sizing.asked, *sides)
    return effect, {"power": power}


def _other(where: str, told: Json, found: Mapping[str, float]) -> Iterator[str]:
    for name, number in found.items():
        if differs(told.get(name), number):
            yield f"{where}: {name} is {told.get(name)}, and comes to {number:.9g}"


def _allocation(sizing: Sizing, arm: PlainArm, told: Json, n1: int, n0: int) -> Iterator[str]:
    names = sizing.facts.instance.subgroups
    for side, patients in (("experimental", n1), ("control", n0)):
        for g, count in zip(arm.members.tolist(), sizing.allocated(arm.members, patients), strict=True):
            cell = told["allocation"].get(names[g], {}).get(side)
            if cell != count:
                yield f"{arm.name}: {side} patients of {names[g]} are {cell}, and come to {count}"


def _family(sizing: Sizing, arm: PlainArm, told: Any, family: Family, n1: int, n0: int) -> Iterator[str]:
    """What is told otherwise of the component arms."""
    i = sizing.facts.instance
    if [cells.get("without") for cells in told] != [part.without for part in family.parts]:
        agents = ", ".join(part.without for part in family.parts)
        yield f"{arm.name}: component arms are to be those without {agents or 'nothing'}, and others are told"
        return
    for cells, part in zip(told, family.parts, strict=True):
        where = f"{arm.name} without {part.without}"
        yield from _other(where, cells, _numbers(i, part, n1, n0))
        if _given(cells.get("sequence", {})) != _doses(i, part):
            yield f"{where}: another sequence is told"
        counts = sizing.allocated(arm.members, n1) if part.given is not None else ()
        own = dict(zip((i.subgroups[g] for g in arm.members.tolist()), counts, strict=False))
        if cells.get("allocation") != own:
            yield f"{where}: patients by subgroup are other ones"


def _numbers(i: Instance, part: Component, n1: int, n0: int) -> dict[str, float]:
    stands_in = part.given is None
    found = {
        "patients": 0 if part.given is None else n1,
        "needed": part.needed[0],
        "sized_for": part.sized_for,
        "alpha": part.asked.alpha,
        "inflation": part.asked.inflation,
        "power": part.power(n1, n0 if stands_in else n1),
        "cost": 0.0 if part.given is None else n1 * money_of(i, part.given),
    }
    some = {"rate": part.rate, "hazard_ratio": part.hazard_ratio, "events": part.events}
    return found | {name: number for name, number in some.items() if number is not None}


def _given(told: Any) -> Any:
    """What a sequence of a record gives, in whatever order."""
    return {s: {(dose.get("agent"), dose.get("level")) for dose in doses} for s, doses in told.items()}


def _doses(i: Instance, part: Component) -> dict[str, set[tuple[str, str]]]:
    if part.given is None:
        return {}
    options = [(i.agents[d], level) for d, level in zip(i.option_agent.tolist(), i.option_level, strict=True)]
    return {s: {options[o] for o in np.flatnonzero(row)} for s, row in zip(i.epochs, part.given, strict=True)}
