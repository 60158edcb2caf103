"""What an arm does against its control in each of many truths (model sections 7 and 11), N truths first."""

from __future__ import annotations

import numpy as np

from trialopt.core.instance import Bools, Floats, Instance, Ints
from trialopt.evaluation.numbers import agents_given
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.truths import sequence_coverage, truths_of


def response_rates(instance: Instance, resolved: ResolvedArm) -> tuple[Floats, Floats]:
    """(N, g) response rates of the control and of the arm; the arm is anchored on an observed control rate."""
    i, t = instance, instance.trial.endpoint_epoch
    groups = np.array(resolved.groups, dtype=np.int64)
    known, reach = truths_of(i).control_rate[:, groups], i.reach[groups, t]
    arm = sequence_coverage(i, resolved.sequence, groups)[:, :, t]
    if i.control is None:
        return known, reach * arm
    predicted = control_coverage(i, groups)[:, :, t]
    with np.errstate(divide="ignore", invalid="ignore"):
        anchored = reach - (reach - known) * (1 - arm) / (1 - predicted)
    return np.where(np.isnan(known), reach * predicted, known), np.where(np.isnan(known), reach * arm, anchored)


def control_coverage(instance: Instance, groups: Ints) -> Floats:
    """(N, g, S) coverage of the control regimen of each of the subgroups."""
    found = [
        sequence_coverage(instance, instance.control_of(g) or (), groups[k : k + 1])
        for k, g in enumerate(groups.tolist())
    ]
    return np.concatenate(found, axis=1)


def control_hazards_removed(instance: Instance, groups: Ints) -> Floats:
    """(N, g) log hazard taken away by each subgroup's control regimen; 0 where there is none."""
    found = []
    for k, g in enumerate(groups.tolist()):
        given = agents_given(instance, instance.control_of(g) or ())
        found.append(hazards_removed(instance, given, groups[k : k + 1]))
    return np.concatenate(found, axis=1)


def hazards_removed(instance: Instance, given: Bools, groups: Ints) -> Floats:
    """(N, g) log hazard taken away by agents `given` (S, D)."""
    i, t = instance, truths_of(instance)
    with np.errstate(invalid="ignore"):
        removed = np.where(given.any(axis=0), -np.log(t.hazard_ratio), 0.0)  # N D
    present = t.retained @ i.prevalence[groups].T  # N D g
    kept = t.sensitivity[:, groups] * present.transpose(0, 2, 1)
    result: Floats = (kept * removed[:, None, :]) @ (i.pfs_weight @ given)
    return result


def mean_response_rates(instance: Instance, resolved: ResolvedArm) -> tuple[Floats, Floats]:
    """(g,) means of `response_rates` over the truths."""
    p0, p1 = response_rates(instance, resolved)
    return np.asarray(p0.mean(axis=0)), np.asarray(p1.mean(axis=0))


def mean_hazard_removed(instance: Instance, given: Bools, groups: Ints) -> Floats:
    """(g,) mean of `hazards_removed` over the truths."""
    return np.asarray(hazards_removed(instance, given, groups).mean(axis=0))
