"""Limits and requirements: what a design breaks of model sections 4, 5 and 7.

A limit or minimum holds when it is missed by at most 1e-9.

Arms that cannot be sized are broken rules of their own and count nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from trialopt.core.design import Design, TrialSettings
from trialopt.core.instance import TOLERANCE, Bools, Floats, Instance, Ints
from trialopt.evaluation.numbers import agents_given, excess_risk, prevalence_at_start
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.result import ArmNumbers, ArmSize, Violation, apart, counted, listed


def broken_limits(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers) -> Iterator[Violation]:
    """Every limit and requirement the arm misses with the inputs as given, in any subgroup it serves."""
    yield from _epoch_limits(instance, resolved, numbers)
    yield from _cumulative_limits(instance, resolved, numbers)
    yield from _beside_control(instance, resolved)
    yield from _min_coverage(instance, resolved, numbers)


def _epoch_limits(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers) -> Iterator[Violation]:
    arm = resolved.arm
    limit = instance.limit[list(resolved.groups)].transpose(0, 2, 1)  # g S E
    for g, s, e in np.argwhere(numbers.risk > limit + TOLERANCE).tolist():
        subgroup, epoch = arm.subgroups[g], instance.epochs[s]
        risk, most = apart(numbers.risk[g, s, e], limit[g, s, e])
        sentence = (
            f"{instance.categories[e]} risk of {subgroup} in {epoch} is {risk}, above the limit {most} ({arm.name})"
        )
        yield Violation("limit", sentence, arm.name, subgroup, epoch)


def _cumulative_limits(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers) -> Iterator[Violation]:
    arm = resolved.arm
    for g, e in np.argwhere(numbers.cumulative_risk > instance.cumulative_limit + TOLERANCE).tolist():
        risk, most = apart(numbers.cumulative_risk[g, e], instance.cumulative_limit[e])
        sentence = (
            f"{instance.categories[e]} risk of {arm.subgroups[g]} over all epochs is {risk}, "
            f"above the cumulative limit {most} ({arm.name})"
        )
        yield Violation("cumulative_limit", sentence, arm.name, arm.subgroups[g])


def _beside_control(instance: Instance, resolved: ResolvedArm) -> Iterator[Violation]:
    """Attributable risks that exceed the control's by more than `not_worse_than_control`."""
    arm, most = resolved.arm, instance.not_worse_than_control
    if instance.control is None or (most >= 1).all():
        return
    excess = excess_risk(instance, arm)
    for g, s, e in np.argwhere((excess > most + TOLERANCE) & (most < 1)).tolist():
        subgroup, epoch = arm.subgroups[g], instance.epochs[s]
        more, allowed = apart(excess[g, s, e], most[e])
        sentence = (
            f"attributable {instance.categories[e]} of {subgroup} in {epoch} is {more} above the control regimen's, "
            f"more than the {allowed} allowed ({arm.name})"
        )
        yield Violation("not_worse_than_control", sentence, arm.name, subgroup, epoch)


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
        sentence = (
            f"coverage of {instance.mechanisms[m]} in {subgroup} in {epoch} is {reached}, "
            f"below the minimum {least} ({arm.name})"
        )
        yield Violation("min_coverage", sentence, arm.name, subgroup, epoch)


def too_few_active(instance: Instance, resolved: ResolvedArm) -> Iterator[Violation]:
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
        sentence = (
            f"{counted(int(active[g, s, m]), 'agent')} active on {instance.mechanisms[m]} in {subgroup} "
            f"in {epoch}, fewer than the {instance.min_active[m]} required ({arm.name})"
        )
        yield Violation("min_active", sentence, arm.name, subgroup, epoch)


def harmed(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers, control: Floats) -> Iterator[Violation]:
    """Subgroups whose `sum over s of v * reach * coverage` is below the control's; `control` is (G, S)."""
    groups = list(resolved.groups)
    weight = instance.weight * instance.reach[groups]
    arm = (weight * numbers.coverage).sum(axis=1)
    least = (weight * control[groups]).sum(axis=1)
    for g in np.flatnonzero(arm < least - TOLERANCE).tolist():
        reached, needed = apart(arm[g], least[g])
        subgroup = resolved.arm.subgroups[g]
        sentence = (
            f"weighted coverage of {subgroup} is {reached}, below {needed} of the control regimen ({resolved.arm.name})"
        )
        yield Violation("no_harm", sentence, resolved.arm.name, subgroup)


def broken_trial_limits(instance: Instance, sizes: Mapping[str, ArmSize]) -> Iterator[Violation]:
    """Every limit the sized arms break, `sizes` by arm name in the order of the design."""
    yield from _max_patients(instance.trial, sizes)
    yield from _max_accrual_months(instance.trial, sizes)
    yield from _max_study_months(instance.trial, sizes)
    yield from _budget(instance.trial, sizes)


def _max_patients(trial: TrialSettings, sizes: Mapping[str, ArmSize]) -> Iterator[Violation]:
    needed = {name: size.patients + size.control_patients for name, size in sizes.items()}
    total, most = sum(needed.values()), trial.max_patients
    if most is not None and total > most:
        sentence = f"the design needs {total:,} patients{_by_arm(needed)}, above the limit of {most:,}"
        yield Violation("max_patients", sentence)


def _max_accrual_months(trial: TrialSettings, sizes: Mapping[str, ArmSize]) -> Iterator[Violation]:
    limit = trial.max_accrual_months
    if limit is None:
        return
    for name, size in sizes.items():
        patients = counted(size.patients + size.control_patients, "patient")
        if size.accrual_months is None:
            sentence = (
                f"{name} needs {patients}, and how many months they take is unknown without accrual rates of all "
                f"its subgroups; the limit is {limit:g}"
            )
            yield Violation("max_accrual_months", sentence, name)
        elif size.accrual_months > limit + TOLERANCE:
            months, most = apart(size.accrual_months, limit, 1)
            sentence = f"{name} needs {patients} in {months} months of accrual, above the limit of {_trimmed(most)}"
            yield Violation("max_accrual_months", sentence, name)


def _max_study_months(trial: TrialSettings, sizes: Mapping[str, ArmSize]) -> Iterator[Violation]:
    limit = trial.max_study_months
    if limit is None:
        return
    for name, size in sizes.items():
        if size.accrual_months is None:
            sentence = (
                f"how many months {name} takes to its final analysis is unknown without accrual rates of all its "
                f"subgroups; the limit is {limit:g}"
            )
            yield Violation("max_study_months", sentence, name)
            continue
        taken = size.accrual_months + trial.watched_months
        if taken > limit + TOLERANCE:
            months, most = apart(taken, limit, 1)
            sentence = f"{name} takes {months} months to its final analysis, above the limit of {_trimmed(most)}"
            yield Violation("max_study_months", sentence, name)


def _budget(trial: TrialSettings, sizes: Mapping[str, ArmSize]) -> Iterator[Violation]:
    costs = {name: size.cost for name, size in sizes.items()}
    total, budget = sum(costs.values()), trial.budget
    if budget is not None and total > budget + TOLERANCE:
        shown, most = apart(total, budget, 0)
        sentence = f"the design costs {shown}{_by_arm(costs)}, above the budget of {most}"
        yield Violation("budget", sentence)


def _by_arm(parts: Mapping[str, float]) -> str:
    """` (A1 530 and A2 412)`; nothing for a single arm."""
    return f" ({listed(f'{name} {part:,.0f}' for name, part in parts.items())})" if len(parts) > 1 else ""


def _trimmed(number: str) -> str:
    """`36` for `36.0`."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def misassigned(instance: Instance, design: Design) -> Iterator[Violation]:
    """Arms too many, arms that serve nobody, and subgroups served by no arm or by several."""
    most = instance.trial.max_arms
    if len(design.arms) > most:
        sentence = f"the design has {counted(len(design.arms), 'arm')}, more than the {most} allowed"
        yield Violation("max_arms", sentence)
    for arm in design.arms:
        if not arm.subgroups:
            yield Violation("assignment", f"{arm.name} serves no subgroup", arm.name)
    for subgroup in instance.subgroups:
        serving = [arm.name for arm in design.arms if subgroup in arm.subgroups]
        if not serving:
            yield Violation("assignment", f"{subgroup} is served by no arm", subgroup=subgroup)
        if len(serving) > 1:
            sentence = f"{subgroup} is served by {listed(serving)}: exactly one arm may serve a subgroup"
            yield Violation("assignment", sentence, subgroup=subgroup)
    yield from _sets(instance, design)


def _sets(instance: Instance, design: Design) -> Iterator[Violation]:
    """Subgroups that are to share an arm and do not, and those that are not to and do."""
    for subgroups in instance.rules.same_arm:
        serving = [arm.name for arm in design.arms if set(subgroups) & set(arm.subgroups)]
        if len(serving) > 1:
            sentence = f"{listed(subgroups)} are served by {listed(serving)}: one arm must serve them all"
            yield Violation("same_arm", sentence)
    for subgroups in instance.rules.apart:
        for arm in design.arms:
            shared = [g for g in subgroups if g in arm.subgroups]
            if len(shared) > 1:
                sentence = f"{arm.name} serves {listed(shared)}, which may not share an arm"
                yield Violation("apart", sentence, arm.name)
