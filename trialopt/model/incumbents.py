"""Between designs and points of the model (what is given to whom, which arm serves whom), and the best points met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Floats, Instance
from trialopt.evaluation import Evaluation, evaluate
from trialopt.model.space import Space

Members = list[list[int]]
"""Subgroups of each arm; an arm is named after, and ordered by, its first."""


def design_of(space: Space, chosen: Floats, members: Members) -> Design:
    """Build the design in which each arm gives all its subgroups what `chosen` (G, S, O) gives its first."""
    i = space.instance
    arms = []
    for n, groups in enumerate(sorted(members), start=1):
        sequence = {
            epoch: tuple(
                Dose(i.agents[i.option_agent[o]], i.option_level[o])
                for o in np.flatnonzero(chosen[groups[0], s] > 0.5).tolist()
            )
            for s, epoch in enumerate(i.epochs)
        }
        arms.append(Arm(f"A{n}", tuple(i.subgroups[g] for g in groups), sequence))
    return Design(tuple(arms))


def point_of(space: Space, design: Design) -> tuple[Floats, Members]:
    """Give a design as choices (G, S, O) of 0 and 1, and the subgroups of its arms.

    Raises `KeyError` when it names what the instance does not have.
    """
    i = space.instance
    group = {name: g for g, name in enumerate(i.subgroups)}
    chosen = np.zeros((len(i.subgroups), len(i.epochs), len(i.option_agent)))
    members: Members = []
    for arm in design.arms:
        members.append(sorted(group[name] for name in arm.subgroups))
        for s, epoch in enumerate(i.epochs):
            for dose in arm.sequence.get(epoch, ()):
                chosen[members[-1], s, i.option(dose.agent, dose.level)] = 1.0
    return chosen, sorted(members)


def read_point(space: Space, columns: Columns, values: Floats) -> tuple[Floats, Members]:
    """Read choices (G, S, O) and arms off the solver's column values, rounded to 0 and 1."""
    shape = (len(space.groups), len(space.epochs), len(space.options))
    chosen = np.zeros(shape)
    for (g, o, s), column in columns.given.items():
        chosen[g, s, o] = float(values[column] > 0.5)
    members: Members = []
    for h in space.groups:
        served = [int(g) for g in space.groups[h:] if values[columns.serves[h, g]] > 0.5]
        if served:
            members.append(served)
    for groups in members:
        chosen[groups] = chosen[groups[0]]
    return chosen, members


class Columns:
    """Where the solver keeps the choices: column numbers of `given` and `serves`."""

    def __init__(self, given: Mapping[tuple[int, int, int], int], serves: Mapping[tuple[int, int], int]) -> None:
        self.given = given
        self.serves = serves

    def start(self, chosen: Floats, members: Members) -> tuple[list[int], list[float]]:
        """Column numbers and values of all binaries at a point, for a warm start."""
        columns = [*self.given.values(), *self.serves.values()]
        pairs = {(min(groups), g) for groups in members for g in groups}
        values = [float(chosen[g, s, o]) for g, o, s in self.given]
        return columns, values + [float(pair in pairs) for pair in self.serves]


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
