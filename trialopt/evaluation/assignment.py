"""Who is served by which arm (model section 7): exactly one arm a subgroup, at most `max_arms` arms."""

from __future__ import annotations

from collections.abc import Iterator

from trialopt.design import Design
from trialopt.evaluation.result import Violation
from trialopt.evaluation.words import counted, listed
from trialopt.instance import Instance


def misassigned(instance: Instance, design: Design) -> Iterator[Violation]:
    """Arms too many, arms that serve nobody, and subgroups served by no arm or by several."""
    most = instance.trial.max_arms
    if len(design.arms) > most:
        yield Violation(
            "max_arms",
            f"the design has {counted(len(design.arms), 'arm')}, more than the {most} allowed",
        )
    for arm in design.arms:
        if not arm.subgroups:
            yield Violation("assignment", f"{arm.name} serves no subgroup", arm.name)
    for subgroup in instance.subgroups:
        serving = [arm.name for arm in design.arms if subgroup in arm.subgroups]
        if not serving:
            yield Violation("assignment", f"{subgroup} is served by no arm", subgroup=subgroup)
        if len(serving) > 1:
            yield Violation(
                "assignment",
                f"{subgroup} is served by {listed(serving)}: exactly one arm may serve a subgroup",
                subgroup=subgroup,
            )
