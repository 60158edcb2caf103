"""All numbers of one arm, and what they are worth in the objective."""

from __future__ import annotations

import numpy as np

from trialopt.design import Arm
from trialopt.evaluation import coverage, toxicity
from trialopt.evaluation.resolve import ResolvedArm, resolve_arm
from trialopt.evaluation.result import ArmNumbers
from trialopt.instance import Floats, Instance


def arm_numbers(instance: Instance, arm: Arm) -> ArmNumbers:
    """Coverage, risk and burden of an arm in each subgroup it lists, rules broken or not.

    For one sequence in one subgroup, pass an arm that lists just that subgroup. Without a size: that depends on how
    many arms the design has. Raises `DesignError`.
    """
    return resolved_numbers(instance, resolve_arm(instance, arm))


def resolved_numbers(instance: Instance, resolved: ResolvedArm) -> ArmNumbers:
    """The same of an arm whose names are known to be right."""
    groups = np.array(resolved.groups, dtype=np.int64)
    sequence = resolved.sequence
    activity = coverage.log_activity(instance, sequence, groups)
    prevalence = coverage.prevalence(instance, sequence, groups)
    caused = toxicity.attributable(instance, sequence, groups)
    risk, cumulative_risk = toxicity.risk(caused, toxicity.background(instance, groups))
    return ArmNumbers(
        arm=resolved.arm,
        coverage=coverage.covered(instance, activity, prevalence),
        mechanism_coverage=-np.expm1(-activity),
        prevalence=prevalence,
        risk=risk,
        cumulative_risk=cumulative_risk,
        burden=toxicity.burden(caused),
    )


def worth(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers) -> Floats:
    """(g,) what each subgroup adds to the objective, before its share (section 8).

    `sum over s of v * reach * (coverage - toxicity_weight * burden)`.
    """
    gain = numbers.coverage - instance.trial.toxicity_weight * numbers.burden
    result: Floats = (instance.weight * instance.reach[list(resolved.groups)] * gain).sum(axis=1)
    return result
