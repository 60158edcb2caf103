"""What a sized arm is likely to show in the truths: its power at each one's effect, looks included (section 11).

Written again from the model text: the statistic is normal with the effect over its standard error as its mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.verify.facts import MISS
from trialopt.verify.looks import bounds_of, success
from trialopt.verify.sizes import Sizing


@dataclass(frozen=True)
class Shown:
    """Effects (N,) of an arm, differences or hazard ratios, and the chance of success at each."""

    effect: Floats
    power: Floats
    better: Bools
    reached: Bools | None
    """`None` without a target."""


def shown(sizing: Sizing, members: Ints, given: Bools, n1: int, n0: int, total: int) -> Shown:
    """What an arm that gives (S, O) shows with so many patients; `total` are all who are enrolled for it."""
    world, trial, f = sizing.world, sizing.facts.instance.trial, sizing.parts(members)
    if trial.endpoint != "pfs":
        p1, p0 = world.response(given[None])[:, 0][:, members], world.control_rate[:, members]
        effect = (p1 - p0) @ f
        variance = (np.clip(p0 * (1 - p0), 0, None) / n0 + np.clip(p1 * (1 - p1), 0, None) / n1) @ f
        with np.errstate(divide="ignore", invalid="ignore"):
            drift = np.where(effect == 0, 0.0, effect / np.sqrt(variance))
        target = trial.target_difference
        reached = None if target is None else effect >= target - MISS
        return Shown(effect, _power(sizing, drift), effect > MISS, reached)
    gain = (world.theta(given[None])[:, 0] - world.control_theta)[:, members] @ f
    ratio = np.exp(-gain)
    course = sizing.course(members, ratio)
    months = np.full(len(ratio), total / course.rate)
    medians = np.broadcast_to(sizing.facts.instance.control_medians, world.control_theta.shape)
    if world.drawn is not None:
        medians = world.drawn.medians
    hazard = np.log(2) / medians[:, members]
    events = (n0 * course.chance(hazard, months) + n1 * course.chance(ratio[:, None] * hazard, months)) @ f
    drift = gain * np.sqrt(events * n1 * n0) / (n1 + n0)
    most = trial.target_hazard_ratio
    return Shown(ratio, _power(sizing, drift), gain > MISS, None if most is None else ratio <= most + MISS)


def _power(sizing: Sizing, drift: Floats) -> Floats:
    trial, asked = sizing.facts.instance.trial, sizing.asked
    if trial.interim is None:
        return np.array([0.5 * erfc((asked.z_alpha - x) / sqrt(2)) for x in drift.tolist()])
    bounds = bounds_of(trial.interim, asked.alpha, asked.power)
    return np.array([success(bounds, x) for x in drift.tolist()])
