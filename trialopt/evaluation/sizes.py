"""The patients an arm takes to show its effect over its control (model section 7).

Effects are those of `effects.py`; the formulas, the judge's own, stand in `formulas.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import fsum, log
from typing import NamedTuple

import numpy as np

from trialopt.core.design import TrialSettings
from trialopt.core.instance import Floats, Instance
from trialopt.evaluation import patients
from trialopt.evaluation.components import Family, progression_family, response_family
from trialopt.evaluation.effects import (
    Unsizable,
    check_progression,
    check_response,
    progression,
    progression_above_target,
    response,
    response_below_target,
)
from trialopt.evaluation.formulas import (
    Asked,
    Course,
    NoSize,
    Rates,
    progression_power,
    progression_size,
    response_power,
    response_size,
)
from trialopt.evaluation.intake import accrual_months, intake_of
from trialopt.evaluation.patients import accrual_rate, allocated, cost_per_patient
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.result import ArmNumbers, ArmSize, Violation, listed


class Sized(NamedTuple):
    """An arm's size, `None` where there is none, and why it has none or may not have it."""

    size: ArmSize | None
    violations: tuple[Violation, ...]


@dataclass(frozen=True)
class _Found:
    """Whole patients and what they show, before they are split over subgroups."""

    experimental: int
    control: int
    power: float
    method: str
    sized_for: float
    events: float | None = None
    p0: float | None = None
    p1: float | None = None
    hazard_ratio: float | None = None
    family: Family = field(default_factory=Family)
    needed: tuple[int, int] | None = None
    """What the comparison with the control asks for, where it is less."""


def level(trial: TrialSettings, arms: int) -> float:
    """One-sided alpha of one arm's comparison in a design of `arms` arms."""
    return trial.alpha / arms if trial.multiplicity == "bonferroni" else trial.alpha


def size_arm(
    instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers, control: Floats | None, arms: int
) -> Sized:
    """Size an arm of a design of `arms` arms; `control` is the (G, S) coverage of the control regimens, if any."""
    from trialopt.sizing import SizingError

    name = resolved.arm.name
    if not resolved.groups:
        return Sized(None, ())
    try:
        if instance.trial.endpoint == "pfs":
            size, missed = _progression(instance, resolved, control, arms)
        else:
            size, missed = _response(instance, resolved, numbers, control, arms)
    except (Unsizable, NoSize) as error:
        return Sized(None, (Violation("size", f"{name} {error}", name),))
    except SizingError as error:
        return Sized(None, (Violation("size", f"{name} cannot be sized: {error}", name),))
    return Sized(size, () if missed is None else (Violation("target", f"{name} {missed}", name),))


def asked(trial: TrialSettings, arms: int) -> Asked:
    """What each comparison of a design of `arms` arms is to hold."""
    if trial.power is None:
        raise ValueError("a trial without power has no sizes")
    alpha = level(trial, arms)
    factor = patients.inflation(trial.interim, alpha, trial.power)
    evaluable = 1 - trial.not_evaluable if trial.compares_rates else 1.0
    return Asked(alpha, trial.power, trial.allocation_ratio, factor, evaluable)


def _response(
    instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers, control: Floats | None, arms: int
) -> tuple[ArmSize, str | None]:
    trial, want = instance.trial, asked(instance.trial, arms)
    effect = response(instance, resolved, numbers, control)
    check_response(effect, resolved.arm.subgroups)
    rates = Rates(tuple(effect.f.tolist()), tuple(effect.p0.tolist()), tuple(effect.sized_p1.tolist()))
    own = [Rates((1.0,), (p0,), (p1,)) for p0, p1 in zip(rates.p0, rates.p1, strict=True)]
    family = response_family(instance, resolved, effect, control)
    if trial.analysis == "exact":
        rates, method = rates.together(), "boschloo"
        *least, power = patients.exact(rates.p0[0], rates.p1[0], want)
        n1, n0 = family.enlarged(*least)
        if [n1, n0] != least:
            power = patients.exact_power(rates.p0[0], rates.p1[0], want, n1, n0)
    else:
        if trial.analysis == "pooled_data":
            rates = rates.together()
        pooled = trial.pools_null_variance
        least = [*response_size(rates, want, pooled)]
        n1, n0 = family.enlarged(*least)
        power, method = response_power(rates, want, pooled, n1, n0), "pooled" if pooled else "unpooled"
    needed = None if [n1, n0] == least else (least[0], least[1])
    means = {"p0": effect.mean_p0, "p1": effect.mean_p1}
    found = _Found(n1, n0, power, method, effect.sized_for, **means, family=family, needed=needed)

    def inside(k: int, experimental: int, controls: int) -> float | None:
        if not all(0 < p < 1 for p in (own[k].p0[0], own[k].p1[0])):
            return None
        if trial.analysis == "exact":
            return patients.exact_power(own[k].p0[0], own[k].p1[0], want, experimental, controls)
        return response_power(own[k], want, trial.pools_null_variance, experimental, controls)

    return _size(instance, resolved, want, found, inside), response_below_target(trial, effect)


def _progression(
    instance: Instance, resolved: ResolvedArm, control: Floats | None, arms: int
) -> tuple[ArmSize, str | None]:
    trial, want, groups = instance.trial, asked(instance.trial, arms), list(resolved.groups)
    effect = progression(instance, resolved)
    check_progression(effect)
    rate = accrual_rate(instance, resolved)
    if rate is None or not rate > 0:
        raise Unsizable("cannot be sized: pfs needs an accrual rate of each of its subgroups")
    unknown = np.isnan(instance.control_medians[groups])
    if unknown.any():
        names = listed(np.array(resolved.arm.subgroups)[unknown].tolist())
        raise Unsizable(f"cannot be sized: pfs needs the control's median in {names}")
    hazard = tuple((log(2) / instance.control_medians[groups]).tolist())
    watched = (trial.follow_up_months, trial.dropout_per_month, trial.method)
    coming = (intake_of(instance, groups), tuple(range(len(groups))))
    course = Course(tuple(effect.f.tolist()), hazard, effect.sized_for, rate, *watched, *coming)
    least1, least0, events = progression_size(course, want)
    family = progression_family(instance, resolved, course, control)
    n1, n0 = family.enlarged(least1, least0)
    power, ratio = progression_power(course, want, n1, n0), effect.hazard_ratio
    found = _Found(n1, n0, power, trial.method, effect.sized_for, events, hazard_ratio=ratio, family=family)
    if (n1, n0) != (least1, least0):
        found = replace(found, needed=(least1, least0))
    months = (n1 + n0) / rate

    def inside(k: int, experimental: int, controls: int) -> float:
        ratio = float(effect.sized_by_subgroup[k])
        if ratio >= 1:
            return 0.0
        own = Course((1.0,), (hazard[k],), ratio, (experimental + controls) / months, *watched, coming[0], (k,))
        return progression_power(own, want, experimental, controls)

    return _size(instance, resolved, want, found, inside), progression_above_target(trial, effect)


class _Inside(NamedTuple):
    """Patients of an arm by subgroup."""

    experimental: Mapping[str, int]
    control: Mapping[str, int]


def _size(
    instance: Instance, resolved: ResolvedArm, want: Asked, found: _Found, inside: patients.PowerInside
) -> ArmSize:
    """Patients split over the subgroups, the power inside each, months and money."""
    sides = _Inside(*(allocated(instance, resolved, n) for n in (found.experimental, found.control)))
    powers: dict[str, float | None] = dict.fromkeys(resolved.arm.subgroups, found.power)
    if len(powers) > 1:
        for k, g in enumerate(resolved.arm.subgroups):
            counts = sides.experimental[g], sides.control[g]
            powers[g] = inside(k, *counts) if min(counts) > 0 else 0.0
    rate, n1 = accrual_rate(instance, resolved), found.experimental
    parts = found.family.components(instance, resolved, n1, found.control)
    controls = fsum(
        sides.control[instance.subgroups[g]] * cost_per_patient(instance, instance.control_of(g))
        for g in resolved.groups
    )
    total = n1 + found.control + sum(part.patients for part in parts)
    return ArmSize(
        experimental=sides.experimental,
        control=sides.control,
        p1=found.p1,
        p0=found.p0,
        hazard_ratio=found.hazard_ratio,
        sized_for=found.sized_for,
        events=found.events,
        power=found.power,
        accrual_months=None if not rate else accrual_months(instance, resolved.groups, total / rate),
        cost=n1 * cost_per_patient(instance, resolved.sequence) + controls + fsum(part.cost for part in parts),
        method=found.method,
        alpha=want.alpha,
        inflation=want.inflation,
        power_by_subgroup=powers,
        needed=found.needed,
        components=parts,
        unshown=found.family.unshown,
    )
