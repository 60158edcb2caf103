"""Designs from the solver's choices, and better ones near them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from trialopt.core.design import Arm, Design
from trialopt.core.instance import Floats, Instance
from trialopt.evaluation import Evaluation, evaluate
from trialopt.model.space import Space
from trialopt.model.translation import Members, design_of

Key = tuple[bytes, str]


@dataclass(frozen=True)
class Judged:
    """A point of the model with its design and exact evaluation."""

    chosen: Floats
    members: Members
    design: Design
    evaluation: Evaluation


@dataclass
class Incumbents:
    """The best design so far and every point met since `fresh` was last taken."""

    space: Space
    best: Judged | None = None
    _judged: dict[Key, Judged] = field(default_factory=dict)
    _fresh: list[Judged] = field(default_factory=list)

    @property
    def value(self) -> float | None:
        """Exact value of the best design, or `None`."""
        return None if self.best is None else self.best.evaluation.value

    def meet(self, chosen: Floats, members: Members) -> Judged:
        """Judge a point, keep it if it is feasible and better."""
        key = (chosen.tobytes(), repr(members))
        judged = self._judged.get(key)
        if judged is None:
            design = design_of(self.space, chosen, members)
            judged = Judged(chosen, members, design, evaluate(self.space.instance, design))
            self._judged[key] = judged
            if judged.evaluation.feasible and (self.value is None or judged.evaluation.value > self.value):
                self.best = judged
        if not any(judged is known for known in self._fresh):
            self._fresh.append(judged)
        return judged

    def fresh(self) -> list[Judged]:
        """Points met since the last call."""
        points, self._fresh = self._fresh, []
        return points


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
