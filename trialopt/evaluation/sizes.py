"""Patients of an arm: effect, required size, allocation, power, months and cost (model section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum, isnan
from typing import NamedTuple

from trialopt.core.instance import Floats, Instance
from trialopt.core.trial import TrialSettings
from trialopt.evaluation import effect, patients
from trialopt.evaluation.patients import allocated, cost_per_patient
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.result import ArmNumbers, ArmSize, Violation


class Sized(NamedTuple):
    """An arm's size, `None` where there is none, and why it has none or may not have it."""

    size: ArmSize | None
    violations: tuple[Violation, ...]


def level(trial: TrialSettings, arms: int) -> float:
    """One-sided alpha of one arm's comparison in a design of `arms` arms."""
    return trial.alpha / arms if trial.multiplicity == "bonferroni" else trial.alpha


def size_arm(
    instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers, control: Floats | None, arms: int
) -> Sized:
    """Size an arm of a design of `arms` arms; `control` is the (G, S) coverage of the control regimen, if any."""
    from trialopt.sizing import SizingError

    name = resolved.arm.name
    if not resolved.groups:
        return Sized(None, ())
    alpha = level(instance.trial, arms)
    try:
        if instance.trial.endpoint == "pfs":
            size, missed = _progression(instance, resolved, alpha)
        else:
            size, missed = _response(instance, resolved, numbers, control, alpha)
    except effect.Unsizable as error:
        return Sized(None, (Violation("size", f"{name} {error}", name),))
    except SizingError as error:
        return Sized(None, (Violation("size", f"{name} cannot be sized: {error}", name),))
    return Sized(size, () if missed is None else (Violation("target", f"{name} {missed}", name),))


def _response(
    instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers, control: Floats | None, alpha: float
) -> tuple[ArmSize, str | None]:
    trial, power = instance.trial, _power(instance.trial)
    found = effect.response(instance, resolved, numbers, control)
    effect.check_response(found)
    factor = patients.inflation(trial.interim, alpha, power)
    p0, ratio = found.mean_p0, trial.allocation_ratio
    needed = patients.response(p0, p0 + found.sized_for, alpha, power, ratio, factor)
    experimental, controls = _sides(instance, resolved, needed)
    within: tuple[float | None, ...] = (needed.power,)
    if len(resolved.groups) > 1:
        within = patients.response_power(
            tuple(found.p0.tolist()),
            tuple(found.sized_p1.tolist()),
            tuple(controls.values()),
            tuple(experimental.values()),
            alpha,
            factor,
        )
    size = ArmSize(
        experimental=experimental,
        control=controls,
        p1=found.mean_p1,
        p0=p0,
        hazard_ratio=None,
        sized_for=found.sized_for,
        events=None,
        power=needed.power,
        accrual_months=_months(instance, resolved, needed),
        cost=_cost(instance, resolved, needed),
        method=needed.method,
        alpha=alpha,
        inflation=factor,
        power_by_subgroup=dict(zip(resolved.arm.subgroups, within, strict=True)),
    )
    return size, effect.response_below_target(trial, found)


def _progression(instance: Instance, resolved: ResolvedArm, alpha: float) -> tuple[ArmSize, str | None]:
    trial = instance.trial
    found = effect.progression(instance, resolved)
    effect.check_progression(found)
    rate = accrual_rate(instance, resolved)
    if rate is None:
        raise effect.Unsizable("cannot be sized: pfs needs an accrual rate of each of its subgroups")
    factor = patients.inflation(trial.interim, alpha, _power(trial))
    needed = patients.progression(found.sized_for, rate, alpha, factor, trial)
    experimental, controls = _sides(instance, resolved, needed)
    within: tuple[float | None, ...] = (needed.power,)
    if len(resolved.groups) > 1:
        within = patients.progression_power(
            tuple(found.sized_by_subgroup.tolist()),
            tuple(controls.values()),
            tuple(experimental.values()),
            (needed.experimental + needed.control) / rate,
            alpha,
            factor,
            trial,
        )
    size = ArmSize(
        experimental=experimental,
        control=controls,
        p1=None,
        p0=None,
        hazard_ratio=found.hazard_ratio,
        sized_for=found.sized_for,
        events=needed.events,
        power=needed.power,
        accrual_months=_months(instance, resolved, needed),
        cost=_cost(instance, resolved, needed),
        method=needed.method,
        alpha=alpha,
        inflation=factor,
        power_by_subgroup=dict(zip(resolved.arm.subgroups, within, strict=True)),
    )
    return size, effect.progression_above_target(trial, found)


def _power(trial: TrialSettings) -> float:
    if trial.power is None:
        raise ValueError("a trial without power has no sizes")
    return trial.power


def _sides(
    instance: Instance, resolved: ResolvedArm, needed: patients.Required
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    return allocated(instance, resolved, needed.experimental), allocated(instance, resolved, needed.control)


def accrual_rate(instance: Instance, resolved: ResolvedArm) -> float | None:
    """Patients a month of all subgroups of the arm together; `None` where a rate is not given."""
    rate = fsum(instance.accrual[list(resolved.groups)])
    return None if isnan(rate) else rate


def _months(instance: Instance, resolved: ResolvedArm, needed: patients.Required) -> float | None:
    rate = accrual_rate(instance, resolved)
    return None if rate is None else (needed.experimental + needed.control) / rate


def _cost(instance: Instance, resolved: ResolvedArm, needed: patients.Required) -> float:
    arm, control = (cost_per_patient(instance, sequence) for sequence in (resolved.sequence, instance.control))
    return needed.experimental * arm + needed.control * control
