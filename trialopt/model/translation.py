"""Between designs and points of the model: what is given to whom, and which arm serves whom."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Floats
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
