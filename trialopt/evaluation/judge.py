"""Judge a design: every number of it, every rule it breaks, and cautions.

Written from the model text alone. Nothing here is shared with what searches for designs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trialopt.core.design import Design, TrialSettings
from trialopt.core.handed import a_design, an_instance
from trialopt.core.instance import TOLERANCE, Floats, Instance
from trialopt.evaluation import confidence
from trialopt.evaluation.assurance import too_little_assured
from trialopt.evaluation.cautions import too_long
from trialopt.evaluation.limits import broken_limits, broken_trial_limits, harmed, misassigned, too_few_active
from trialopt.evaluation.numbers import control_coverage, resolved_numbers, worth
from trialopt.evaluation.resolve import ResolvedArm, resolve
from trialopt.evaluation.result import ArmNumbers, Evaluation, Violation, apart
from trialopt.evaluation.rules import broken_rules
from trialopt.evaluation.sizes import Sized, size_arm
from trialopt.evaluation.truths import DrawnArm, asked_value, drawn_arm, values


def sizing_cautions(trial: TrialSettings) -> Iterator[str]:
    """Sentences about the trial's sizes; none for an unsized trial or equal allocation."""
    ratio = trial.allocation_ratio
    if not trial.sized or trial.endpoint != "pfs" or abs(ratio - 1) < 1e-6:
        return
    optimistic = {"schoenfeld": ratio < 1, "freedman": ratio > 1}.get(trial.method)
    if optimistic is None:
        return
    over = "control is" if ratio < 1 else "experimental side is"
    word, side = ("optimistic", "less") if optimistic else ("pessimistic", "more")
    yield (
        f"{trial.method.capitalize()}'s events are {word} where the {over} over-sampled (allocation ratio {ratio:g}): "
        f'expect somewhat {side} than the power shown, or set method = "rubinstein" or "lachin_foulkes"'
    )


Judged = tuple[tuple[ResolvedArm, ArmNumbers], ...]

UNSIZED = Sized(None, ())


def evaluate(instance: Instance, design: Design) -> Evaluation:
    """Judge a design: the objective of model section 8, all numbers, and every limit and rule broken.

    Values stay exact and defined when rules are broken: a subgroup served by no arm adds nothing, one served
    by several arms counts with the first of them, and an agent given at two levels acts at both.

    Parameters
    ----------
    instance
        The question.
    design
        Arms by id; epochs an arm leaves out give nothing.

    Returns
    -------
    Evaluation
        `feasible` when no rule is broken. Arms in the order of the design.

    Raises
    ------
    DesignError
        When the design names agents, levels, subgroups or epochs the instance does not have; it lists all.
    """
    an_instance(instance)
    a_design(design)
    resolved = resolve(instance, design)
    judged = tuple((arm, resolved_numbers(instance, arm)) for arm in resolved)
    control = control_coverage(instance) if _compares(instance) else None
    sized = tuple(
        size_arm(instance, arm, numbers, control, len(judged)) if instance.trial.sized else UNSIZED
        for arm, numbers in judged
    )
    drawn = tuple(drawn_arm(instance, arm) for arm in resolved) if _needs_truths(instance) else ()
    worth_asked = asked_value(instance, values(instance, drawn)) if drawn else None
    return Evaluation(
        value=objective(instance, judged) if worth_asked is None else worth_asked,
        arms=tuple(replace(numbers, size=size) for (_, numbers), (size, _) in zip(judged, sized, strict=True)),
        violations=tuple(_violations(instance, design, judged, control, sized, drawn)),
        warnings=(*_warnings(instance, judged), *sizing_cautions(instance.trial), *_too_long(instance, judged, sized)),
    )


def _too_long(instance: Instance, judged: Judged, sized: tuple[Sized, ...]) -> Iterator[str]:
    names = ("max_patients", "max_accrual_months", "max_study_months", "budget")
    limits = {name: limit for name in names if (limit := getattr(instance.trial, name)) is not None}
    taken = {
        arm.arm.name: (size.patients + size.control_patients, size.accrual_months)
        for (arm, _), (size, _) in zip(judged, sized, strict=True)
        if size is not None
    }
    return too_long(taken, limits)


def _needs_truths(instance: Instance) -> bool:
    """Whether value or limits rest on the truths."""
    asked = instance.uncertainty
    return asked is not None and (asked.objective != "given" or asked.confidence is not None)


def _compares(instance: Instance) -> bool:
    """Whether coverage of the control regimen matters."""
    trial = instance.trial
    return trial.no_harm or (trial.sized and trial.endpoint != "pfs" and instance.control is not None)


def objective(instance: Instance, judged: Judged) -> float:
    """`sum over g of w * sum over s of v * reach * (coverage - toxicity_weight * burden)`."""
    counted: dict[int, float] = {}
    for arm, numbers in judged:
        for g, gain in zip(arm.groups, worth(instance, arm, numbers).tolist(), strict=True):
            counted.setdefault(g, float(instance.share[g]) * gain)
    return sum(counted.values())


def _violations(
    instance: Instance,
    design: Design,
    judged: Judged,
    control: Floats | None,
    sized: tuple[Sized, ...],
    drawn: tuple[DrawnArm, ...],
) -> Iterator[Violation]:
    yield from misassigned(instance, design)
    confident = instance.uncertainty is not None and instance.uncertainty.confidence is not None
    of_truths = confidence.control_coverage(instance) if confident and instance.trial.no_harm else None
    for k, ((arm, numbers), (_, unsizable)) in enumerate(zip(judged, sized, strict=True)):
        yield from broken_rules(instance, arm)
        if confident:
            yield from confidence.held_too_seldom(instance, drawn[k], of_truths)
        else:
            yield from broken_limits(instance, arm, numbers)
        yield from too_few_active(instance, arm)
        if not confident and instance.trial.no_harm and control is not None:
            yield from harmed(instance, arm, numbers, control)
        yield from unsizable
        if sized[k].size is not None:
            yield from too_little_assured(instance, arm, sized[k].size)
    sizes = {arm.arm.name: size for (arm, _), (size, _) in zip(judged, sized, strict=True) if size is not None}
    yield from broken_trial_limits(instance, sizes)


LEAST_COVERAGE = -1.0
"""Coverage below this comes of a slip of scale, not of emergence that adds up to a little more than everybody."""


def _warnings(instance: Instance, judged: Judged) -> Iterator[str]:
    """Emergence is not clamped: say where listed mechanisms come to more than all patients (section 3).

    Coverage far below 0 is told too.
    """
    for arm, numbers in judged:
        carried = numbers.prevalence[:, :, 1:].sum(axis=2)
        for g, s in zip(*(carried > 1 + TOLERANCE).nonzero(), strict=True):
            total, whole = apart(carried[g, s], 1.0)
            yield (
                f"emerged prevalences of {arm.arm.subgroups[g]} in {instance.epochs[s]} add up to {total}, "
                f"more than {whole} ({arm.arm.name}): coverage there may be too low"
            )
        for g, s in zip(*(numbers.coverage < LEAST_COVERAGE).nonzero(), strict=True):
            yield (
                f"coverage of {arm.arm.subgroups[g]} in {instance.epochs[s]} is {numbers.coverage[g, s]:.3g} "
                f"({arm.arm.name}), below {LEAST_COVERAGE:g}: coverage is a share, so look for a slip of scale in "
                "emergence.csv, activity.csv or interactions.csv"
            )
