"""A design's names matched with an instance's: the only place where ids become indices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from trialopt.core import WrongInput
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Instance
from trialopt.evaluation.result import listed, unknown

Sequence = tuple[tuple[int, ...], ...]
"""Distinct options of each epoch, by index."""


class DesignError(WrongInput):
    """A design that does not speak of the instance: every wrong name in it, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))

    def __reduce__(self) -> tuple[type[DesignError], tuple[list[str]]]:
        return DesignError, (list(self.problems),)


@dataclass(frozen=True)
class ResolvedArm:
    """An arm by index: the subgroups it serves and the options it gives."""

    arm: Arm
    groups: tuple[int, ...]
    sequence: Sequence


def levels_of(instance: Instance, agent: str) -> tuple[str, ...]:
    """Level ids of an agent, in table order; empty for an agent the instance does not know."""
    return tuple(
        level
        for d, level in zip(instance.option_agent.tolist(), instance.option_level, strict=True)
        if instance.agents[d] == agent
    )


def dose_problem(instance: Instance, dose: Dose) -> str | None:
    """What is wrong with the names of a dose, or `None`."""
    try:
        instance.option(dose.agent, dose.level)
    except KeyError:
        if dose.agent not in instance.agents:
            return unknown("agent", dose.agent, instance.agents)
        return f"{dose.agent} has no level {dose.level} (it has {listed(levels_of(instance, dose.agent))})"
    return None


def arm_problems(instance: Instance, arm: Arm) -> list[str]:
    """Every name of an arm that the instance does not know, and every subgroup it lists twice."""
    problems = []
    for subgroup, times in Counter(arm.subgroups).items():
        if subgroup not in instance.subgroups:
            problems.append(f"{arm.name}: {unknown('subgroup', subgroup, instance.subgroups)}")
        if times > 1:
            problems.append(f"{arm.name}: lists subgroup {subgroup} {times} times")
    for epoch, doses in arm.sequence.items():
        if epoch not in instance.epochs:
            problems.append(f"{arm.name}: {unknown('epoch', epoch, instance.epochs)}")
        for dose in doses:
            if (problem := dose_problem(instance, dose)) is not None:
                problems.append(f"{arm.name}, {epoch}: {problem}")
    return problems


def resolve_arm(instance: Instance, arm: Arm) -> ResolvedArm:
    """One arm by index. Epochs the arm leaves out give nothing. Raises `DesignError` with every problem."""
    try:
        groups = tuple(instance.subgroups.index(g) for g in arm.subgroups)
        given = {
            epoch: tuple(dict.fromkeys(instance.option(dose.agent, dose.level) for dose in doses))
            for epoch, doses in arm.sequence.items()
        }
    except (KeyError, ValueError):
        raise DesignError(arm_problems(instance, arm)) from None
    if len(set(groups)) < len(groups) or not given.keys() <= set(instance.epochs):
        raise DesignError(arm_problems(instance, arm))
    return ResolvedArm(arm, groups, tuple(given.get(epoch, ()) for epoch in instance.epochs))


def resolve(instance: Instance, design: Design) -> tuple[ResolvedArm, ...]:
    """Every arm by index. Raises `DesignError` with the problems of all arms together."""
    problems: list[str] = []
    if not design.arms:
        problems.append("the design has no arms")
    for name, times in Counter(arm.name for arm in design.arms).items():
        if times > 1:
            problems.append(f"{times} arms are called {name}: names must differ")
    resolved = []
    for arm in design.arms:
        try:
            resolved.append(resolve_arm(instance, arm))
        except DesignError as error:
            problems.extend(error.problems)
    if problems:
        raise DesignError(problems)
    return tuple(resolved)
