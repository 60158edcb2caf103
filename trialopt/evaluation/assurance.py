"""What a sized arm is likely to show under many possible truths (model section 11, "Effects and assurance").

    response  D = sum over g of f (p1 - p0),  V = sum over g of f (p0 q0 / n0 + p1 q1 / n1),  drift = D / sqrt(V)
    pfs       drift = -log HR * sqrt(d r) / (1 + r),  d = sum over g of f (n0 P(h0) + n1 P(h1)),  r = n1 / n0

`f` are the weights of the arm's subgroups. Power at a truth is the chance that the statistic, normal with mean `drift`,
crosses a boundary: `Phi(drift - z_alpha)` without looks. The assurance is its mean over the truths. Source: O'Hagan,
Stevens and Campbell (2005) for assurance; ours for its parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import erfc, sqrt

import numpy as np

from trialopt.core.instance import Floats, Instance
from trialopt.core.uncertainty import stream
from trialopt.evaluation.boundaries import Boundaries, boundaries, one_look
from trialopt.evaluation.comparison import control_hazards_removed, hazards_removed, response_rates
from trialopt.evaluation.intake import Intake, intake_of
from trialopt.evaluation.numbers import agents_given
from trialopt.evaluation.patients import accrual_parts
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.result import ArmSize, Violation, apart
from trialopt.evaluation.truths import DrawnArm, truths_of

ENDS = (0.05, 0.95)
"""Ends of 90 % intervals."""

NO_EFFECT = 1e-9
"""Effects of at most this count as none."""


@dataclass(frozen=True)
class Shown:
    """What one sized arm is likely to show. Effects are differences in rates, or hazard ratios, N truths."""

    effect: Floats
    """(N,)"""
    power: Floats
    """(N,) power at each truth's effect, interim looks included."""
    better: Floats
    """(N,) 1 where the effect is in the right direction."""
    reached: Floats | None
    """(N,) 1 where the effect reaches the target; `None` without a target."""

    @property
    def assurance(self) -> float:
        """Mean power over the truths."""
        return float(self.power.mean())


def shown(instance: Instance, resolved: ResolvedArm, size: ArmSize) -> Shown:
    """What an arm of this size is likely to show under the instance's truths."""
    if instance.trial.endpoint == "pfs":
        return _progression(instance, resolved, size)
    return _response(instance, resolved, size)


def _response(instance: Instance, resolved: ResolvedArm, size: ArmSize) -> Shown:
    p0, p1 = response_rates(instance, resolved)
    within = accrual_parts(instance, resolved.groups)
    n1, n0 = size.own_patients, size.control_patients
    effect = (p1 - p0) @ within
    variance = (np.clip(p0 * (1 - p0), 0, None) / n0 + np.clip(p1 * (1 - p1), 0, None) / n1) @ within
    with np.errstate(divide="ignore", invalid="ignore"):
        drift = np.where(effect == 0, 0.0, effect / np.sqrt(variance))
    target = instance.trial.target_difference
    reached = None if target is None else (effect >= target - NO_EFFECT).astype(float)
    return Shown(effect, crossing(instance, size, drift), (effect > NO_EFFECT).astype(float), reached)


def _progression(instance: Instance, resolved: ResolvedArm, size: ArmSize) -> Shown:
    i, t, groups = instance, truths_of(instance), list(resolved.groups)
    at = np.array(groups, dtype=np.int64)
    gain = hazards_removed(i, agents_given(i, resolved.sequence), at)
    if i.control is not None:
        gain = gain - control_hazards_removed(i, at)
    within = accrual_parts(instance, resolved.groups)
    log_ratio = -(gain @ within)
    n1, n0 = size.own_patients, size.control_patients
    control = np.log(2) / t.control_median[:, groups]  # N g
    hazards = (control, np.exp(log_ratio)[:, None] * control)
    watched = (i.trial.follow_up_months, i.trial.dropout_per_month)
    if (intake := intake_of(i, groups)) is not None and size.accrual_months is not None:
        seen = [_coming_chance(intake, h, intake.at_full_rate(size.accrual_months), *watched) for h in hazards]
    else:
        seen = [event_chance(h, size.accrual_months or 0.0, *watched) for h in hazards]
    events = (n0 * seen[0] + n1 * seen[1]) @ within
    drift = -log_ratio * np.sqrt(events * n1 * n0) / (n1 + n0)
    ratio, target = np.exp(log_ratio), i.trial.target_hazard_ratio
    reached = None if target is None else (ratio <= target + NO_EFFECT).astype(float)
    return Shown(ratio, crossing(instance, size, drift), (-log_ratio > NO_EFFECT).astype(float), reached)


def event_chance(hazard: Floats, accrual: float, follow_up: float, dropout: float) -> Floats:
    """Chance of an event of a patient who enrols evenly over `accrual` months and is followed until the end."""
    total = hazard + dropout
    if accrual <= 0:
        result: Floats = hazard / total * (1 - np.exp(-total * follow_up))
        return result
    left = (np.exp(-total * follow_up) - np.exp(-total * (accrual + follow_up))) / (total * accrual)
    result = hazard / total * (1 - left)
    return result


def _coming_chance(intake: Intake, hazard: Floats, months: float, follow_up: float, dropout: float) -> Floats:
    """(N, g) the same where patients do not come evenly; months at the full rate."""
    end = intake.last(months) + follow_up
    waiting = [
        [intake.waiting(g, float(h) + dropout, months, end) for h in hazard[:, g]] for g in range(hazard.shape[1])
    ]
    return np.asarray(hazard / (hazard + dropout) * (1 - np.array(waiting).T))


def crossing(instance: Instance, size: ArmSize, drift: Floats) -> Floats:
    """(N,) chance of crossing the arm's boundary when the final statistic has these means."""
    trial, alpha = instance.trial, size.alpha or instance.trial.alpha
    power = trial.power or 0.8
    made = one_look(alpha, power) if trial.interim is None else boundaries(trial.interim, alpha, power)
    if trial.interim is None:
        bound = made.efficacy[0]
        return np.array([0.5 * erfc((bound - x) / sqrt(2)) for x in drift.tolist()])
    return np.array([_success(made, float(x)) for x in drift.tolist()])


@lru_cache(maxsize=65536)
def _success(made: Boundaries, drift: float) -> float:
    """Chance of success at any look."""
    return float(sum(made.stopping(drift / made.drift)[0]))


def too_little_assured(instance: Instance, resolved: ResolvedArm, size: ArmSize | None) -> Iterator[Violation]:
    """An arm with less than the assurance asked for."""
    asked = instance.uncertainty
    if size is None or asked is None or asked.min_assurance is None:
        return
    reached = shown(instance, resolved, size).assurance
    if reached < asked.min_assurance - NO_EFFECT:
        name = resolved.arm.name
        has, least = apart(reached, asked.min_assurance)
        yield Violation("min_assurance", f"{name} has an assurance of {has}, below the {least} asked for", name)


def together(arms: list[Shown]) -> float:
    """Assurance of all arms at once: in one truth their comparisons are independent."""
    return float(np.prod([arm.power for arm in arms], axis=0).mean())


@dataclass(frozen=True)
class PatientsWith:
    """Patients of an arm with at least one severe event of a category."""

    category: str
    expected: float
    low: float
    high: float
    """90 % prediction interval of the number."""


def patients_with(instance: Instance, drawn: DrawnArm, size: ArmSize) -> tuple[PatientsWith, ...]:
    """Experimental patients of an arm with each severe event over all epochs, binomial in each truth."""
    truths, arm = truths_of(instance), drawn.resolved.arm
    patients = np.array([size.experimental[g] for g in arm.subgroups])
    found = []
    for e, category in enumerate(instance.categories):
        risk = np.clip(drawn.cumulative_risk[:, :, e], 0.0, 1.0)
        expected = float((risk @ patients).mean())
        if expected <= 0:
            continue
        generator = stream(truths.seed, f"patients with {category} in {' '.join(sorted(arm.subgroups))}")
        counts = generator.binomial(patients[None, :], risk).sum(axis=1)
        low, high = np.quantile(counts, ENDS, method="inverted_cdf")
        found.append(PatientsWith(category, expected, float(low), float(high)))
    return tuple(found)
