"""Unsized designs in which some arm, or every arm, contains an agent: many agents of one instance, one set of tables.

What one arm can be worth is known for every set of subgroups as a bound, once for any arm and once for an arm that
contains the agent. The best split of the subgroups over those bounds is found by going through all subsets; sets it
uses that are only bounded are searched, until it rests on searched sets alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from trialopt.core.coefficients import coefficients
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor, Outcome
from trialopt.engine.found import Incumbent, Path
from trialopt.engine.measures import members
from trialopt.engine.regimens import TooLarge
from trialopt.engine.relaxation import SetBounds
from trialopt.engine.sequences import SequenceSearch
from trialopt.engine.splits import best_splits, split
from trialopt.engine.tables import Tables, build_tables

MOST_SUBGROUPS = 10
"""The split goes through 3**G pairs of subsets."""

CLOSE = 1e-10
"""Sequences are searched to within this."""


class Refused(Exception):
    """`evaluate` does not accept a design, by a hair: it has to be searched for in another way."""


class SomeArm:
    """Answers about agents, one after the other; what is known of arms without them is kept."""

    def __init__(self, instance: Instance, agents: Sequence[str], monitor: Monitor) -> None:
        """Tabulate. Raises `TooLarge` outside the reach of this search, and `Stopped` when asked to stop."""
        if len(instance.subgroups) > MOST_SUBGROUPS or instance.trial.sized:
            raise TooLarge(f"more than {MOST_SUBGROUPS} subgroups, or a sized trial")
        self._instance, self._monitor = instance, monitor
        self._groups = len(instance.subgroups)
        self._arms = min(instance.trial.max_arms, self._groups)
        first = {instance.subgroups[0]: tuple(agents)}
        tables = build_tables(instance, coefficients(instance), self._stop, first)
        items = list(dict.fromkeys([*instance.rules.include, *agents]))
        always = (1 << len(instance.rules.include)) - 1
        self._bit = {agent: 1 << items.index(agent) for agent in agents}
        self._tables = replace(tables, include=np.full(self._groups, always, dtype=np.int64))
        self._any = _Arms(self._tables, self._stop)
        self._held: dict[str, _Arms] = {}

    def some_arm(self, agent: str) -> Outcome:
        """The best design in which at least one arm contains the agent. Raises `Refused`."""
        self._any.begin()
        held = self._with(agent)
        held.upper_by(self._any)
        while True:
            rest = best_splits(self._any.bounds.open, self._arms - 1)
            whole = held.bounds.open + rest[-1][::-1]  # the complement of mask is 2**G - 1 - mask
            whole[0] = -np.inf
            mask = int(whole.argmax())
            value = float(whole[mask])
            if np.isneginf(value) or self._stop():
                return self._outcome([], value)
            others = split(self._any.bounds.open, rest, len(whole) - 1 - mask)
            open_sets = [(held, mask)] if not held.bounds.exact[mask] else []
            open_sets += [(self._any, other) for other in others if not self._any.bounds.exact[other]]
            if not open_sets:
                arms = [(mask, held.paths[mask]), *((other, self._any.paths[other]) for other in others)]
                return self._outcome(arms, value)
            self._search(open_sets)
            held.upper_by(self._any)

    def every_arm(self, agent: str) -> Outcome:
        """The best design in which every arm contains the agent. Raises `Refused`."""
        held = self._with(agent)
        held.upper_by(self._any)
        while True:
            splits = best_splits(held.bounds.open, self._arms)
            value = float(splits[-1][-1])
            if np.isneginf(value) or self._stop():
                return self._outcome([], value)
            chosen = split(held.bounds.open, splits, (1 << self._groups) - 1)
            open_sets = [(held, mask) for mask in chosen if not held.bounds.exact[mask]]
            if not open_sets:
                return self._outcome([(mask, held.paths[mask]) for mask in chosen], value)
            self._search(open_sets)

    def _stop(self) -> bool:
        return self._monitor.stop() is not None

    def _with(self, agent: str) -> _Arms:
        if agent not in self._held:
            required = self._tables.include | self._bit[agent]
            self._held = {agent: _Arms(replace(self._tables, include=required), self._stop)}
        self._held[agent].begin()
        return self._held[agent]

    def _search(self, open_sets: list[tuple[_Arms, int]]) -> None:
        for arms, mask in open_sets:
            arms.search(mask)
        for arms in {id(arms): arms for arms, _ in open_sets}.values():
            arms.bounds.propagate()

    def _outcome(self, arms: list[tuple[int, Path]], value: float) -> Outcome:
        design: Design | None = None
        if arms:
            incumbent = Incumbent(self._instance, self._tables, Monitor(Limits()))
            if incumbent.offer(arms, value):
                raise Refused
            design = incumbent.design()
        stopped = "finished" if design is not None or np.isneginf(value) else self._monitor.stop() or "interrupted"
        return Outcome(design, value, stopped, "decompose")


class _Arms:
    """What one arm can be worth for every set of subgroups, and the best sequence of the sets searched so far."""

    def __init__(self, tables: Tables, stop: Callable[[], bool]) -> None:
        self._tables, self._stop = tables, stop
        self.bounds = SetBounds(tables.constant, tables.allowed)
        self.paths: dict[int, Path] = {}
        self._begun = False

    def begin(self) -> None:
        """Search the single subgroups, which bound all sets."""
        if not self._begun:
            for g in range(self.bounds.groups):
                self.search(1 << g)
            self.bounds.propagate()
            self._begun = True

    def upper_by(self, others: _Arms) -> None:
        """An arm that contains an agent is worth no more than any arm."""
        np.minimum(self.bounds.upper, others.bounds.upper, out=self.bounds.upper)
        self.bounds.propagate()

    def search(self, mask: int) -> None:
        """Best sequence of one set, with the bound it proves."""
        constant = float(self._tables.constant[members(mask)].sum())
        found = SequenceSearch(self._tables, mask, stop=self._stop).run(tolerance=CLOSE)
        self.bounds.settle(mask, constant - found.lower)
        if found.path is not None:
            self.paths[mask] = found.path
            self.bounds.upper[mask] = constant - found.loss
        if self._stop():
            self.bounds.upper[mask] = constant - found.lower
            self.bounds.exact[mask] = False
