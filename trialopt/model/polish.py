"""Between designs of equal value, fewer arms and fewer agents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trialopt.design import Arm, Design
from trialopt.evaluation import evaluate
from trialopt.instance import Instance

EQUAL = 1e-12
"""Values this close are equal."""


def polish(instance: Instance, design: Design) -> Design:
    """Merge arms that give the same, and drop agents that add nothing, while all rules stay kept.

    The value falls by at most 1e-12 in all.
    """
    evaluation = evaluate(instance, design)
    if not evaluation.feasible:
        return design
    least = evaluation.value - EQUAL
    while True:
        for candidate in _simpler(instance, design):
            judged = evaluate(instance, candidate)
            if judged.feasible and judged.value >= least:
                design = candidate
                break
        else:
            return design


def _simpler(instance: Instance, design: Design) -> Iterator[Design]:
    """Every design with two equal arms merged, or with one agent less in one epoch."""
    arms = design.arms
    for n, arm in enumerate(arms):
        for other in arms[n + 1 :]:
            if dict(arm.sequence) == dict(other.sequence):
                order = {name: g for g, name in enumerate(instance.subgroups)}
                merged = replace(arm, subgroups=tuple(sorted(arm.subgroups + other.subgroups, key=order.__getitem__)))
                yield _named([merged if a is arm else a for a in arms if a is not other])
    for n, arm in enumerate(arms):
        for epoch, doses in arm.sequence.items():
            for dose in doses:
                fewer = {**arm.sequence, epoch: tuple(d for d in doses if d != dose)}
                yield Design((*arms[:n], replace(arm, sequence=fewer), *arms[n + 1 :]))


def _named(arms: list[Arm]) -> Design:
    return Design(tuple(replace(arm, name=f"A{n}") for n, arm in enumerate(arms, start=1)))
