"""Effect of an arm over its control, and what makes it one that cannot be sized (model section 7).

    response  rates of all randomised: reach[g,t] * coverage[g,t]; where a control rate p0[g] and a control regimen are
              both known p1[g] = reach - (reach - p0[g]) * residual[arm,g,t] / residual[control,g,t]
    pfs       log HR[g] = -(theta[g] of the arm - theta[g] of the control),
              theta[g] = sum over epochs of u * sum over agents of
                         -ln(hazard_ratio) * sensitivity * (sum over m of p * retained)

Over the subgroups of an arm both are means weighted by their parts of its accrual. Source: ours (model text).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, fsum, log

import numpy as np

from trialopt.core.design import TrialSettings
from trialopt.core.instance import TOLERANCE, Floats, Instance, Ints
from trialopt.evaluation.comparison import mean_hazard_removed, mean_response_rates
from trialopt.evaluation.numbers import agents_given
from trialopt.evaluation.patients import accrual_parts
from trialopt.evaluation.resolve import ResolvedArm, Sequence
from trialopt.evaluation.result import ArmNumbers, apart, listed


class Unsizable(ValueError):
    """An arm that cannot be sized. The text completes a sentence that starts with the arm's name."""


@dataclass(frozen=True)
class Response:
    """Response rates by subgroup (axis as `arm.subgroups`), their means, and the effect to size for."""

    f: Floats
    """(g,) parts of the arm's accrual, which sum to 1."""
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

    f: Floats
    """(g,) parts of the arm's accrual, which sum to 1."""
    hazard_ratio: float
    sized_for: float
    """Hazard ratio: the target, or the predicted one with `shrink` on its logarithm."""
    sized_by_subgroup: Floats
    """(g,) the target, or the subgroup's own hazard ratio with `shrink` on its logarithm."""


def response(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers, control: Floats | None) -> Response:
    """Predicted rates of an arm and of its control; `control` is the (G, S) coverage of the control regimens, if any.

    Raises `Unsizable` when a subgroup has neither a control rate nor a control regimen to compare with.
    """
    groups, t = list(resolved.groups), instance.trial.endpoint_epoch
    known, reach, arm = instance.control_rate[groups], instance.reach[groups, t], numbers.coverage[:, t]
    if control is None:
        missing = np.isnan(known)
        if missing.any():
            names = listed(np.array(resolved.arm.subgroups)[missing].tolist())
            raise Unsizable(f"cannot be sized: there is neither a control rate nor a control regimen for {names}")
        p0, p1 = known, reach * arm
    else:
        predicted = control[groups, t]
        anchored = ~np.isnan(known)
        if (anchored & (predicted >= 1)).any():
            raise Unsizable("cannot be sized: the control regimen is predicted to leave no disease to improve on")
        p0 = np.where(anchored, known, reach * predicted)
        p1 = reach * arm
        p1[anchored] = (reach - (reach - p0) * (1 - arm) / np.where(anchored, 1 - predicted, 1.0))[anchored]
    if instance.truths is not None:
        p0, p1 = mean_response_rates(instance, resolved)
    f = accrual_parts(instance, resolved.groups)
    mean_p0, mean_p1 = fsum(f * p0), fsum(f * p1)
    target, shrink = instance.trial.target_difference, instance.trial.shrink
    if target is not None:
        return Response(f, p0, p1, mean_p0, mean_p1, target, p0 + target)
    return Response(f, p0, p1, mean_p0, mean_p1, shrink * fsum(f * (p1 - p0)), p0 + shrink * (p1 - p0))


def progression(instance: Instance, resolved: ResolvedArm) -> Progression:
    """Predicted hazard ratio of an arm. Raises `Unsizable` when an agent has none."""
    groups = np.array(resolved.groups, dtype=np.int64)
    gain = benefit(instance, resolved.sequence, groups)
    for k, g in enumerate(resolved.groups):
        if (control := instance.control_of(g)) is not None:
            gain[k] -= benefit(instance, control, groups[k : k + 1])[0]
    trial, f = instance.trial, accrual_parts(instance, resolved.groups)
    log_ratio = -fsum(f * gain)
    if trial.target_hazard_ratio is not None:
        target = trial.target_hazard_ratio
        return Progression(f, exp(log_ratio), target, np.full(len(groups), target))
    return Progression(f, exp(log_ratio), exp(trial.shrink * log_ratio), np.exp(-trial.shrink * gain))


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


def check_response(effect: Response, subgroups: tuple[str, ...]) -> None:
    """Raise `Unsizable` unless the effect is above 0 and every rate that is used lies inside (0, 1), by 1e-9 each."""
    if not effect.sized_for > TOLERANCE:
        raise Unsizable(
            f"has no effect to be sized for: its predicted response rate is {effect.mean_p1:.3f}, "
            f"not above the {effect.mean_p0:.3f} of its control"
        )
    rows = zip(subgroups, effect.f.tolist(), effect.p0.tolist(), effect.sized_p1.tolist(), strict=True)
    for subgroup, part, p0, p1 in rows:
        if part <= 0:
            continue
        if not TOLERANCE < p0 < 1 - TOLERANCE:
            side = "above 0" if p0 < 0.5 else "below 1"
            raise Unsizable(
                f"cannot be sized: the response rate of its control in {subgroup} is {p0:.3f}, and must be {side}"
            )
        if not p1 > TOLERANCE:
            raise Unsizable(f"cannot be sized: its response rate in {subgroup} is {p1:.3f}, and must be above 0")
        if not p1 < 1 - TOLERANCE:
            raise Unsizable(
                f"cannot be sized: the {p0:.3f} of its control and a difference of {p1 - p0:.3f} "
                f"make a response rate of {p1:.3f} in {subgroup}, and it must be below 1"
            )


def check_progression(effect: Progression) -> None:
    """Raise `Unsizable` unless the hazard ratio to size for is below 1, by more than 1e-9 on the log scale."""
    if not (0 < effect.sized_for < 1 and -log(effect.sized_for) > TOLERANCE):
        raise Unsizable(
            f"has no effect to be sized for: its predicted hazard ratio against its control is "
            f"{effect.hazard_ratio:.3f}, not below 1"
        )
