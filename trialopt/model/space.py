"""Index sets of the compact model, and rows that hold always or never."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo

from trialopt.core.coefficients import Coefficients, coefficients
from trialopt.core.instance import Instance

TANGENT_ERROR = 3e-4
"""Largest distance of the first tangents below the exponential, as a share of the subgroup."""


def add_rows(model: pyo.ConcreteModel) -> None:
    """Add a variable that is 0, for rows that can never hold."""
    model.rows = block = pyo.Block()
    block.nothing = pyo.Var(bounds=(0, 0))


def never(model: pyo.ConcreteModel) -> Any:
    """Make a row that never holds: Pyomo refuses one without a variable, and the solver is to find it infeasible."""
    return model.rows.nothing >= 1


def decided(model: pyo.ConcreteModel, row: Any) -> Any:
    """Replace a row that is already true or false; any other is returned as it is."""
    if isinstance(row, bool | np.bool_):
        return pyo.Constraint.Feasible if row else never(model)
    return row


def cliques(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Cliques of the graph of `pairs` such that each pair is in at least one, grown greedily.

    Every clique is maximal: no node could be added to it.
    """
    neighbours: dict[int, set[int]] = {}
    for a, b in pairs:
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    open_pairs = {(a, b) for a, around in neighbours.items() for b in around if a < b}
    found = []
    while open_pairs:
        a, b = min(open_pairs)
        clique, candidates = {a, b}, neighbours[a] & neighbours[b]
        while candidates:
            best = max(sorted(candidates), key=lambda node: len(neighbours[node] & candidates))
            clique.add(best)
            candidates = candidates & neighbours[best]
        nodes = tuple(sorted(clique))
        found.append(nodes)
        open_pairs -= {(x, y) for x in nodes for y in nodes}
    return found


def covers(nodes: Collection[int], edges: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Cliques of the graph `edges` among `nodes` that contain every edge, and alone the nodes without one."""
    found = cliques((a, b) for a, b in edges if a in nodes and b in nodes)
    return found + [(node,) for node in nodes if not any(node in clique for clique in found)]


class Id(int):
    """A position in an array that prints as the id standing there, so that names of rows and columns are readable."""

    name: str

    def __new__(cls, position: int, name: str) -> Id:
        """Make position `position` print as `name`."""
        made = super().__new__(cls, position)
        made.name = name
        return made

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


def _ids(names: Iterable[str]) -> tuple[Id, ...]:
    return tuple(Id(position, name) for position, name in enumerate(names))


@dataclass(frozen=True)
class Space:
    """The index sets of one instance's compact model; letters as in the model text.

    `tangent_error` is the distance allowed to the first tangents, see `TANGENT_ERROR`.
    """

    instance: Instance
    tangent_error: float = TANGENT_ERROR

    @cached_property
    def c(self) -> Coefficients:
        """Coefficients of the linear forms."""
        return coefficients(self.instance)

    @cached_property
    def groups(self) -> tuple[Id, ...]:
        """Subgroups g."""
        return _ids(self.instance.subgroups)

    @cached_property
    def epochs(self) -> tuple[Id, ...]:
        """Epochs s, in order."""
        return _ids(self.instance.epochs)

    @cached_property
    def agents(self) -> tuple[Id, ...]:
        """Agents d."""
        return _ids(self.instance.agents)

    @cached_property
    def options(self) -> tuple[Id, ...]:
        """Options o, printed as `agent@level`."""
        i = self.instance
        return _ids(f"{i.agents[d]}@{level}" for d, level in zip(i.option_agent.tolist(), i.option_level, strict=True))

    @cached_property
    def mechanisms(self) -> tuple[Id, ...]:
        """Mechanisms m, `none` first."""
        return _ids(self.instance.mechanisms)

    @cached_property
    def categories(self) -> tuple[Id, ...]:
        """Adverse-event categories e."""
        return _ids(self.instance.categories)

    @cached_property
    def pairs(self) -> tuple[Id, ...]:
        """Interacting pairs of agents p, printed as `agent+agent`."""
        i = self.instance
        return _ids(f"{i.agents[a]}+{i.agents[b]}" for a, b in i.pair_agents.tolist())

    @cached_property
    def emergences(self) -> tuple[Id, ...]:
        """Emergence rows e, printed as `mechanism#row`."""
        i = self.instance
        return _ids(f"{i.mechanisms[m]}#{row}" for row, m in enumerate(i.emergence_mechanism.tolist(), start=1))

    @cached_property
    def levels(self) -> tuple[tuple[Id, ...], ...]:
        """Options of each agent."""
        agent = self.instance.option_agent
        return tuple(tuple(o for o in self.options if agent[o] == d) for d in self.agents)

    @cached_property
    def used(self) -> tuple[tuple[Id, ...], ...]:
        """Agents that may be used in each epoch."""
        return tuple(tuple(d for d in self.agents if self.instance.usable[d, s]) for s in self.epochs)

    @cached_property
    def given(self) -> tuple[tuple[Id, Id, Id], ...]:
        """Index `(g, o, s)` of the choices: options whose agent may be used in the epoch."""
        return tuple((g, o, s) for g in self.groups for s in self.epochs for d in self.used[s] for o in self.levels[d])

    @cached_property
    def together(self) -> tuple[tuple[Id, Id, Id], ...]:
        """Index `(g, p, s)` of interacting pairs whose agents may both be used in the epoch."""
        i = self.instance
        return tuple(
            (g, p, s)
            for g in self.groups
            for p in self.pairs
            for s in self.epochs
            if i.usable[i.pair_agents[p, 0], s] and i.usable[i.pair_agents[p, 1], s]
        )

    def pairs_in(self, g: int, s: int) -> tuple[Id, ...]:
        """Interacting pairs whose agents may both be used in the epoch."""
        return tuple(p for h, p, e in self.together if (h, e) == (g, s))

    @cached_property
    def emerging(self) -> tuple[tuple[Id, Id, Id], ...]:
        """Index `(g, row, s)` of emergence rows that can count: some agent they apply to may be used before s."""
        i = self.instance
        return tuple(
            (g, row, s)
            for g in self.groups
            for row in self.emergences
            for s in self.epochs[1:]
            if np.any(i.emergence_agents[row][:, None] & i.usable[:, :s])
            and self.c.start[g, s, i.emergence_mechanism[row]] > 0
        )

    @cached_property
    def exponents(self) -> tuple[tuple[Id, Id, Id], ...]:
        """Index `(g, m, s)` of mechanisms present in the subgroup in the epoch."""
        return tuple(
            (g, m, s) for g in self.groups for m in self.mechanisms for s in self.epochs if self.c.start[g, s, m] > 0
        )

    def matching(self, item: str) -> tuple[Id, ...]:
        """Agents that are, or are of the class, `item`."""
        mask = self.instance.agents_matching(item)
        return tuple(d for d in self.agents if mask[d])
