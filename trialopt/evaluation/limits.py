"""Toxicity limits and coverage requirements an arm misses (model sections 4 and 5).

A limit or minimum holds when it is missed by at most 1e-9.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trialopt.evaluation.coverage import agents_given, prevalence_at_start
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.result import ArmNumbers, Violation
from trialopt.evaluation.words import apart, counted
from trialopt.instance import TOLERANCE, Bools, Instance, Ints


def broken_limits(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers) -> Iterator[Violation]:
    """Every limit and requirement the arm misses, in any subgroup it serves."""
    yield from _epoch_limits(instance, resolved, numbers)
    yield from _cumulative_limits(instance, resolved, numbers)
    yield from _min_coverage(instance, resolved, numbers)
    yield from _min_active(instance, resolved)


def _epoch_limits(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers) -> Iterator[Violation]:
    arm = resolved.arm
    limit = instance.limit[list(resolved.groups)].transpose(0, 2, 1)  # g S E
    for g, s, e in np.argwhere(numbers.risk > limit + TOLERANCE).tolist():
        subgroup, epoch = arm.subgroups[g], instance.epochs[s]
        risk, most = apart(numbers.risk[g, s, e], limit[g, s, e])
        yield Violation(
            "limit",
            f"{instance.categories[e]} risk of {subgroup} in {epoch} is {risk}, above the limit {most} ({arm.name})",
            arm.name,
            subgroup,
            epoch,
        )


def _cumulative_limits(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers) -> Iterator[Violation]:
    arm = resolved.arm
    for g, e in np.argwhere(numbers.cumulative_risk > instance.cumulative_limit + TOLERANCE).tolist():
        risk, most = apart(numbers.cumulative_risk[g, e], instance.cumulative_limit[e])
        yield Violation(
            "cumulative_limit",
            f"{instance.categories[e]} risk of {arm.subgroups[g]} over all epochs is {risk}, "
            f"above the cumulative limit {most} ({arm.name})",
            arm.name,
            arm.subgroups[g],
        )


def requirements_bind(instance: Instance, groups: Ints) -> Bools:
    """(g, S, M) where a mechanism is common enough for its requirements to bind (section 5)."""
    start = prevalence_at_start(instance, groups)
    binds: Bools = (start > 0) & (start >= instance.prevalence_floor) & instance.require_epochs.T
    return binds


def _min_coverage(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers) -> Iterator[Violation]:
    arm = resolved.arm
    asked = ~np.isnan(instance.min_coverage)
    if not asked.any():
        return
    binds = requirements_bind(instance, np.array(resolved.groups, dtype=np.int64)) & asked
    missed = binds & (numbers.mechanism_coverage < instance.min_coverage - TOLERANCE)
    for g, s, m in np.argwhere(missed).tolist():
        subgroup, epoch = arm.subgroups[g], instance.epochs[s]
        reached, least = apart(numbers.mechanism_coverage[g, s, m], instance.min_coverage[m])
        yield Violation(
            "min_coverage",
            f"coverage of {instance.mechanisms[m]} in {subgroup} in {epoch} is {reached}, "
            f"below the minimum {least} ({arm.name})",
            arm.name,
            subgroup,
            epoch,
        )


def _min_active(instance: Instance, resolved: ResolvedArm) -> Iterator[Violation]:
    """An agent is active where it has activity in the epoch and keeps at least half of it (section 5)."""
    arm = resolved.arm
    if not instance.min_active.any():
        return
    groups = np.array(resolved.groups, dtype=np.int64)
    binds = requirements_bind(instance, groups)
    given = agents_given(instance, resolved.sequence) & (instance.beta.T > 0)  # S D
    kept = instance.sensitivity[groups][:, :, None] * instance.retained  # g D M
    active = np.einsum("sd,gdm->gsm", given.astype(np.int64), (kept >= 0.5 - TOLERANCE).astype(np.int64))
    for g, s, m in np.argwhere(binds & (active < instance.min_active)).tolist():
        subgroup, epoch = arm.subgroups[g], instance.epochs[s]
        yield Violation(
            "min_active",
            f"{counted(int(active[g, s, m]), 'agent')} active on {instance.mechanisms[m]} in {subgroup} "
            f"in {epoch}, fewer than the {instance.min_active[m]} required ({arm.name})",
            arm.name,
            subgroup,
            epoch,
        )
