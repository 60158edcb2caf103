"""Effect of an arm over its control, and the patients it takes to show it (model section 7).

    response  p1[g] - p0[g], with p1[g] = 1 - (1 - p0[g]) * residual[arm,g,t] / residual[control,g,t] where both a
              control rate and a control regimen are known, else the arm's coverage
    pfs       log HR[g] = -(theta[g] of the arm - theta[g] of the control),
              theta[g] = sum over epochs of u * sum over agents of
                         -ln(hazard_ratio) * sensitivity * (sum over m of p * retained)

Over the subgroups of an arm both are means weighted by share. Source: ours (model text).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp, fsum, isnan, log
from typing import NamedTuple

import numpy as np

from trialopt.core.design import TrialSettings
from trialopt.core.instance import TOLERANCE, Floats, Instance, Ints
from trialopt.evaluation import patients
from trialopt.evaluation.comparison import mean_hazard_removed, mean_response_rates
from trialopt.evaluation.numbers import agents_given
from trialopt.evaluation.patients import allocated, cost_per_patient
from trialopt.evaluation.resolve import ResolvedArm, Sequence
from trialopt.evaluation.result import ArmNumbers, ArmSize, Violation, apart, listed


class Unsizable(ValueError):
    """An arm that cannot be sized. The text completes a sentence that starts with the arm's name."""


@dataclass(frozen=True)
class Response:
    """Response rates by subgroup (axis as `arm.subgroups`), their share-weighted means, and the effect to size for."""

    p0: Floats
    p1: Floats
    mean_p0: float
    mean_p1: float
    sized_for: float
    """Difference in rates: the target, or `shrink` times the predicted one."""
    sized_p1: Floats
    """(g,) `p0` plus the subgroup's own share of the effect: the target, or `shrink` times its own difference."""


@dataclass(frozen=True)
class Progression:
    """Hazard ratios by subgroup (axis as `arm.subgroups`), of the arm, and the one to size for."""

    hazard_ratio: float
    sized_for: float
    """Hazard ratio: the target, or the predicted one with `shrink` on its logarithm."""
    sized_by_subgroup: Floats
    """(g,) the target, or the subgroup's own hazard ratio with `shrink` on its logarithm."""


def share_within(instance: Instance, resolved: ResolvedArm) -> Floats:
    """(g,) shares of the arm's subgroups among its own patients, equal where all are 0; they sum to 1."""
    share = instance.share[list(resolved.groups)]
    total = fsum(share)
    result: Floats = share / total if total > 0 else np.full(len(share), 1 / len(share))
    return result


def response(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers, control: Floats | None) -> Response:
    """Predicted rates of an arm and of its control; `control` is the (G, S) coverage of the control regimen, if any.

    Raises `Unsizable` when a subgroup has neither a control rate nor a control regimen to compare with.
    """
    groups, t = list(resolved.groups), instance.trial.endpoint_epoch
    known, arm = instance.control_rate[groups], numbers.coverage[:, t]
    if control is None:
        missing = np.isnan(known)
        if missing.any():
            names = listed(np.array(resolved.arm.subgroups)[missing].tolist())
            raise Unsizable(f"cannot be sized: there is neither a control rate nor a control regimen for {names}")
        p0, p1 = known, arm
    else:
        predicted = control[groups, t]
        anchored = ~np.isnan(known)
        if (anchored & (predicted >= 1)).any():
            raise Unsizable("cannot be sized: the control regimen is predicted to leave no disease to improve on")
        p0 = np.where(anchored, known, predicted)
        p1 = arm.copy()
        p1[anchored] = 1 - (1 - known[anchored]) * (1 - arm[anchored]) / (1 - predicted[anchored])
    if instance.truths is not None:
        p0, p1 = mean_response_rates(instance, resolved)
    within = share_within(instance, resolved)
    mean_p0, mean_p1 = fsum(within * p0), fsum(within * p1)
    target, shrink = instance.trial.target_difference, instance.trial.shrink
    if target is not None:
        return Response(p0, p1, mean_p0, mean_p1, target, p0 + target)
    return Response(p0, p1, mean_p0, mean_p1, shrink * (mean_p1 - mean_p0), p0 + shrink * (p1 - p0))


def progression(instance: Instance, resolved: ResolvedArm) -> Progression:
    """Predicted hazard ratio of an arm. Raises `Unsizable` when an agent has none."""
    groups = np.array(resolved.groups, dtype=np.int64)
    gain = benefit(instance, resolved.sequence, groups)
    if instance.control is not None:
        gain = gain - benefit(instance, instance.control, groups)
    trial = instance.trial
    log_ratio = -fsum(share_within(instance, resolved) * gain)
    if trial.target_hazard_ratio is not None:
        target = trial.target_hazard_ratio
        return Progression(exp(log_ratio), target, np.full(len(groups), target))
    return Progression(exp(log_ratio), exp(trial.shrink * log_ratio), np.exp(-trial.shrink * gain))


def benefit(instance: Instance, sequence: Sequence, groups: Ints) -> Floats:
    """(g,) theta: log hazard taken away by a sequence; levels and pair interactions play no part."""
    i = instance
    given = agents_given(i, sequence)
    unknown = given.any(axis=0) & np.isnan(i.hazard_ratio)
    if unknown.any():
        names = listed(np.array(i.agents)[unknown].tolist())
        raise Unsizable(f"cannot be sized: pfs needs the hazard ratio of {names}")
    removed = np.where(given.any(axis=0), -np.log(i.hazard_ratio), 0.0)
    if i.truths is not None:
        return mean_hazard_removed(i, given, groups)
    kept = i.sensitivity[groups] * (i.prevalence[groups] @ i.retained.T)  # g D
    result: Floats = (kept * removed) @ (i.pfs_weight @ given)
    return result


def response_below_target(trial: TrialSettings, effect: Response) -> str | None:
    """A predicted difference below the target, as a sentence without the arm's name; `None` when it is reached."""
    target, gain = trial.target_difference, effect.mean_p1 - effect.mean_p0
    if target is None or gain >= target - TOLERANCE:
        return None
    shown, least = apart(gain, target)
    return (
        f"is predicted a response rate of {effect.mean_p1:.3f} against {effect.mean_p0:.3f} of its control: "
        f"a difference of {shown}, below the target {least}"
    )


def progression_above_target(trial: TrialSettings, effect: Progression) -> str | None:
    """A predicted hazard ratio above the target, as a sentence without the arm's name; `None` when it is reached."""
    target = trial.target_hazard_ratio
    if target is None or effect.hazard_ratio <= target + TOLERANCE:
        return None
    shown, most = apart(effect.hazard_ratio, target)
    return f"is predicted a hazard ratio of {shown} against its control, above the target {most}"


def check_response(effect: Response) -> None:
    """Raise `Unsizable` unless the effect is above 0 and both rates lie inside (0, 1), each by more than 1e-9."""
    p0, p1 = effect.mean_p0, effect.mean_p0 + effect.sized_for
    if not effect.sized_for > TOLERANCE:
        raise Unsizable(
            f"has no effect to be sized for: its predicted response rate is {effect.mean_p1:.3f}, "
            f"not above the {effect.mean_p0:.3f} of its control"
        )
    if not p0 > TOLERANCE:
        raise Unsizable(f"cannot be sized: the response rate of its control is {p0:.3f}, and must be above 0")
    if not p1 < 1 - TOLERANCE:
        raise Unsizable(
            f"cannot be sized: the {p0:.3f} of its control and a difference of {effect.sized_for:.3f} "
            f"make a response rate of {p1:.3f}, and it must be below 1"
        )


def check_progression(effect: Progression) -> None:
    """Raise `Unsizable` unless the hazard ratio to size for is below 1, by more than 1e-9 on the log scale."""
    if not (0 < effect.sized_for < 1 and -log(effect.sized_for) > TOLERANCE):
        raise Unsizable(
            f"has no effect to be sized for: its predicted hazard ratio against its control is "
            f"{effect.hazard_ratio:.3f}, not below 1"
        )


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
    except Unsizable as error:
        return Sized(None, (Violation("size", f"{name} {error}", name),))
    except SizingError as error:
        return Sized(None, (Violation("size", f"{name} cannot be sized: {error}", name),))
    return Sized(size, () if missed is None else (Violation("target", f"{name} {missed}", name),))


def _response(
    instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers, control: Floats | None, alpha: float
) -> tuple[ArmSize, str | None]:
    trial, power = instance.trial, _power(instance.trial)
    found = response(instance, resolved, numbers, control)
    check_response(found)
    factor = patients.inflation(trial.interim, alpha, power)
    p0, ratio = found.mean_p0, trial.allocation_ratio
    needed = patients.response(p0, p0 + found.sized_for, alpha, power, ratio, factor)
    experimental, controls = (allocated(instance, resolved, n) for n in (needed.experimental, needed.control))
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
    size = _size(instance, resolved, needed, (experimental, controls), within, alpha, factor, found.sized_for)
    return replace(size, p1=found.mean_p1, p0=p0), response_below_target(trial, found)


def _progression(instance: Instance, resolved: ResolvedArm, alpha: float) -> tuple[ArmSize, str | None]:
    trial = instance.trial
    found = progression(instance, resolved)
    check_progression(found)
    rate = accrual_rate(instance, resolved)
    if rate is None:
        raise Unsizable("cannot be sized: pfs needs an accrual rate of each of its subgroups")
    factor = patients.inflation(trial.interim, alpha, _power(trial))
    needed = patients.progression(found.sized_for, rate, alpha, factor, trial)
    experimental, controls = (allocated(instance, resolved, n) for n in (needed.experimental, needed.control))
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
    size = _size(instance, resolved, needed, (experimental, controls), within, alpha, factor, found.sized_for)
    return replace(size, hazard_ratio=found.hazard_ratio), progression_above_target(trial, found)


def _size(
    instance: Instance,
    resolved: ResolvedArm,
    needed: patients.Required,
    sides: tuple[Mapping[str, int], Mapping[str, int]],
    within: tuple[float | None, ...],
    alpha: float,
    factor: float,
    sized_for: float,
) -> ArmSize:
    """What both endpoints have in common: the size without the predicted effect."""
    arm, control = (cost_per_patient(instance, sequence) for sequence in (resolved.sequence, instance.control))
    rate = accrual_rate(instance, resolved)
    return ArmSize(
        experimental=sides[0],
        control=sides[1],
        p1=None,
        p0=None,
        hazard_ratio=None,
        sized_for=sized_for,
        events=needed.events,
        power=needed.power,
        accrual_months=None if rate is None else (needed.experimental + needed.control) / rate,
        cost=needed.experimental * arm + needed.control * control,
        method=needed.method,
        alpha=alpha,
        inflation=factor,
        power_by_subgroup=dict(zip(resolved.arm.subgroups, within, strict=True)),
    )


def _power(trial: TrialSettings) -> float:
    if trial.power is None:
        raise ValueError("a trial without power has no sizes")
    return trial.power


def accrual_rate(instance: Instance, resolved: ResolvedArm) -> float | None:
    """Patients a month of all subgroups of the arm together; `None` where a rate is not given."""
    rate = fsum(instance.accrual[list(resolved.groups)])
    return None if isnan(rate) else rate
