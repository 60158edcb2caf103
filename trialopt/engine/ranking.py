"""All designs in the order of their value, proven: the best, the second best, and so on.

A design is identified by the sequence each subgroup gets and, when the trial is sized, by which subgroups share an
arm (pooling changes the patients). For a value to aim at, the columns that any design of that value can use are those
whose reduced cost is within the distance from the bound (as in `column_generation`), dominated ones among them.
Designs are put together from them best first: a partial design is worth at most what it has and the best that columns
can make of the rest, so the first complete one taken from the queue is the best of those left. When the list ends
before enough designs came out, the aim is lowered. Ours; best-first search with an exact completion bound is A*
(Hart, Nilsson and Raphael 1968).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from itertools import count

import numpy as np

from trialopt.core.canonical import canonical, in_table_order
from trialopt.core.coefficients import coefficients
from trialopt.core.design import Design
from trialopt.core.instance import Bools, Floats, Instance
from trialopt.core.run import Monitor
from trialopt.engine.found import EQUAL, Path, design_of, in_order
from trialopt.engine.master import Column, SharedLimits, nothing_taken
from trialopt.engine.measures import members
from trialopt.engine.regimens import Stopped, TooLarge
from trialopt.engine.relaxation import MOST_SUBGROUPS
from trialopt.engine.sized import Sized
from trialopt.engine.tables import Tables, build_tables
from trialopt.evaluation import evaluate

NEAR = 1e-4
"""How close (relative) to the best design the list starts from; the first one out is the best."""

FIRST_REACH = 0.002
"""How far below the best value (relative) the first list of columns reaches."""

WIDER = 4.0
"""How much further each next list reaches."""

FAR = 4.0
"""A distance (relative) beyond which the next list holds everything."""


@dataclass(frozen=True)
class Ranked:
    """A design and its exact value."""

    design: Design
    value: float


class Ranking:
    """Iterates over the designs of an instance, best first; each design once, and all that came out are proven.

    `complete` is true once every design came out; a run that has to stop ends the iteration early. `too_many` says
    that it ended because more columns are in play than are collected.

    Parameters
    ----------
    instance, monitor
        The question, and the wish to stop.
    tables
        Its tables with every regimen, where they are there already.
    least
        Value below which designs are not asked for: they come in one list then, and `complete` is of those above.
    begun
        A finished run of the same question, whose columns and proofs are used again.

    Raises
    ------
    TooLarge
        For an instance outside the engine's reach.
    """

    def __init__(
        self,
        instance: Instance,
        monitor: Monitor,
        tables: Tables | None = None,
        *,
        least: float | None = None,
        begun: Sized | None = None,
    ) -> None:
        if len(instance.subgroups) > MOST_SUBGROUPS:
            raise TooLarge(f"{len(instance.subgroups)} subgroups, the engine takes {MOST_SUBGROUPS}")
        if tables is None and instance.uncertainty is not None and instance.uncertainty.objective == "cvar":
            raise TooLarge("designs are not listed in the order of their worst truths; ask for objective mean or given")
        self._asked, self._monitor, self._tables = instance, monitor, tables
        self._instance = instance if tables is not None else canonical(instance)
        self._least, self._begun = least, begun
        self.complete = self.too_many = False
        self._given: set[frozenset[tuple[int, Path]]] = set()

    def down_to(self, least: float) -> Ranking:
        """Another ranking of the same question that goes on from what this one has found, to another least value."""
        other = copy(self)
        other._least, other.complete, other.too_many, other._given = least, False, False, set()
        return other

    def __iter__(self) -> Iterator[Ranked]:
        """Designs in descending order of value."""
        for _, design in self.by_tables():
            evaluation = evaluate(self._instance, design)
            if evaluation.feasible:
                yield Ranked(in_table_order(self._asked, design), evaluation.value)

    def by_tables(self) -> Iterator[tuple[float, Design]]:
        """Designs in descending order of the value that the tables give them; not judged."""
        i, monitor, c = self._instance, self._monitor, coefficients(self._instance)
        try:
            tables = self._tables or build_tables(i, c, self._stop, every=True)
        except Stopped:
            return
        monitor.report(doing="looking for the best design")
        self._tables = tables
        work = None if self._begun is None else self._begun.with_every(tables, monitor.part(gap=0.0))
        if work is None:
            work = Sized(i, c, tables, monitor.part(gap=NEAR))
            work.run()
            work.state.monitor = monitor.part(gap=0.0)
        self._begun = work
        if self._stop():
            return
        best = work.state.incumbent.value
        reach = FIRST_REACH * max(abs(best), 1e-3)
        while np.isfinite(best) and not self._stop():
            everything = reach > FAR * max(abs(best), 1.0)
            aim = -np.inf if everything else best - reach
            if self._least is not None:
                aim = self._least
            lists = []
            for generation in work.column_generations():
                columns = generation.every_column(aim)
                if columns is None:
                    self.too_many = not self._stop()
                    return
                lists.append(_BestFirst(columns, tables.allowed, generation.within, aim, i.trial.sized, self._stop))
            for value, chosen in heapq.merge(*map(iter, lists), key=lambda found: -found[0]):
                if (design := self._fresh(chosen)) is None:
                    continue
                yield value, design_of(i, tables, design)
            if everything or self._least is not None:
                break
            reach *= WIDER
        self.complete = not self._stop()

    def _stop(self) -> bool:
        return self._monitor.stop() is not None

    def _fresh(self, chosen: tuple[Column, ...]) -> list[tuple[int, Path]] | None:
        """Arms of a design that has not come out before."""
        arms = [(c.mask, c.path) for c in chosen]
        each = [(1 << g, path) for mask, path in arms for g in members(mask)]
        key = frozenset(arms if self._instance.trial.sized else each)
        if key in self._given:
            return None
        self._given.add(key)
        return in_order(arms)


@dataclass(frozen=True)
class _Part:
    """Some arms of a design: subgroups served, what they are worth and take."""

    served: int
    value: float
    takes: Floats
    chosen: tuple[Column, ...]


class _BestFirst:
    """Every choice of columns that is a design worth at least `aim`, best first, with its value."""

    def __init__(
        self,
        columns: list[Column],
        allowed: Bools,
        within: SharedLimits,
        aim: float,
        sized: bool,
        stop: Callable[[], bool],
    ) -> None:
        self._within, self._aim, self._sized, self._stop = within, aim, sized, stop
        self._allowed = allowed
        self._of_set: dict[int, list[Column]] = {}
        for column in sorted(columns, key=lambda c: (-c.value, c.path)):
            self._of_set.setdefault(column.mask, []).append(column)
        self._all = len(allowed) - 1
        self._completion: dict[tuple[int, int], float] = {}
        self._heap: list[tuple[float, int, _Part, int, int]] = []
        self._number = count()

    def __iter__(self) -> Iterator[tuple[float, tuple[Column, ...]]]:
        self._extend(_Part(0, 0.0, nothing_taken(), ()))
        while self._heap and not self._stop():
            _, _, part, mask, rank = heapq.heappop(self._heap)
            self._push(part, mask, rank + 1)
            column = self._of_set[mask][rank]
            if not self._sized and any(self._same(column, other) for other in part.chosen):
                continue  # the same as one arm for both
            takes = part.takes + column.takes
            if (takes > self._within.most + EQUAL).any():
                continue
            more = _Part(part.served | mask, part.value + column.value, takes, (*part.chosen, column))
            if more.served == self._all:
                yield more.value, more.chosen
            else:
                self._extend(more)

    def _same(self, one: Column, other: Column) -> bool:
        return one.path == other.path and bool(self._allowed[one.mask | other.mask])

    def _extend(self, part: _Part) -> None:
        """Queue the best arm of each set that serves the first subgroup without one."""
        first = self._all & ~part.served
        first &= -first
        for mask in self._of_set:
            if mask & first and not mask & part.served:
                self._push(part, mask, 0)

    def _push(self, part: _Part, mask: int, rank: int) -> None:
        columns = self._of_set[mask]
        if rank == len(columns):
            return
        rest = self._complete(self._all & ~part.served & ~mask, self._within.arms - len(part.chosen) - 1)
        most = part.value + columns[rank].value + rest
        if most >= self._aim and most > -np.inf:
            heapq.heappush(self._heap, (-most, next(self._number), part, mask, rank))

    def _complete(self, rest: int, arms: int) -> float:
        """Most that columns can make of the subgroups left with so many arms, the resources aside."""
        if not rest:
            return -np.inf if self._within.exactly and arms else 0.0
        if arms <= 0:
            return -np.inf
        if (rest, arms) not in self._completion:
            first = rest & -rest
            self._completion[rest, arms] = max(
                (
                    columns[0].value + self._complete(rest & ~mask, arms - 1)
                    for mask, columns in self._of_set.items()
                    if mask & first and not mask & ~rest
                ),
                default=-np.inf,
            )
        return self._completion[rest, arms]
