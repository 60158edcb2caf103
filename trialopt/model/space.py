"""Index sets of the compact model, and rows that hold always or never."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo

from trialopt.core.coefficients import coefficients
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


class Unbuilt(Exception):
    """The run had to stop while the model was being built."""


class Ids(tuple[Id, ...]):
    """Positions that call `ask` whenever somebody begins to go through them."""

    ask: Callable[[], None]

    def __iter__(self) -> Iterator[Id]:
        self.ask()
        return super().__iter__()


class Space:
    """The index sets of one instance's compact model; letters as in the model text.

    Subgroups g, epochs s in order, agents d, mechanisms m (`none` first), categories e of adverse events, options o
    (printed as `agent@level`), interacting pairs p of agents (`agent+agent`) and rows of emergence.csv
    (`mechanism#row`). `tangent_error` is the distance allowed to the first tangents, see `TANGENT_ERROR`. While there
    is a `stop`, it is asked whenever a family goes through an index set, and `Unbuilt` is raised once it says so.
    """

    def __init__(
        self, instance: Instance, tangent_error: float = TANGENT_ERROR, stop: Callable[[], object] | None = None
    ) -> None:
        self.instance, self.tangent_error, self.stop = instance, tangent_error, stop
        i, agent, _ids = instance, instance.option_agent.tolist(), self._ids
        self.c = coefficients(i)
        self.groups = _ids(i.subgroups)
        self.epochs = _ids(i.epochs)
        self.agents = _ids(i.agents)
        self.mechanisms = _ids(i.mechanisms)
        self.categories = _ids(i.categories)
        self.options = _ids(f"{i.agents[d]}@{level}" for d, level in zip(agent, i.option_level, strict=True))
        self.pairs = _ids(f"{i.agents[a]}+{i.agents[b]}" for a, b in i.pair_agents.tolist())
        self.emergences = _ids(f"{i.mechanisms[m]}#{row}" for row, m in enumerate(i.emergence_mechanism.tolist(), 1))
        self.levels = tuple(tuple(o for o in self.options if agent[o] == d) for d in self.agents)
        """Options of each agent."""
        self.used = tuple(tuple(d for d in self.agents if i.usable[d, s]) for s in self.epochs)
        """Agents that may be used in each epoch."""
        self.barred: dict[tuple[str, int], set[tuple[int, int]]] = {}
        """Pairs of options kept apart, by subgroup and epoch, as far as they were asked for."""

    def _ids(self, names: Iterable[str]) -> Ids:
        found = Ids(Id(position, name) for position, name in enumerate(names))
        found.ask = self._ask
        return found

    def _ask(self) -> None:
        if self.stop is not None and self.stop():
            raise Unbuilt

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

    def matching(self, item: str) -> dict[Id, tuple[Id, ...]]:
        """Agents that can meet `item` (an agent, a class or `agent@level`), each with the options that do."""
        meets = self.instance.options_matching(item)
        found = {d: tuple(o for o in self.levels[d] if meets[o]) for d in self.agents}
        return {d: options for d, options in found.items() if options}
