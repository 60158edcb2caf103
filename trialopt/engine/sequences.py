"""The best sequence for a set of subgroups, proven, by bounding whole blocks of prefixes with matrix products.

A *prefix* is a regimen for each of the first epochs. What it did to the disease is a vector `state` over the columns
j (subgroup, mechanism): emergence multiplied it up, carry multiplied it down. The loss of the next epoch under every
regimen r is then one product `state @ (weight * survive[r])`, and so is a lower bound on the loss of each later
epoch, with emergence still to come left out (it only adds) and carry at its strongest. Prefixes whose bound reaches
the best complete sequence are dropped; the rest are extended, best first. Without carry a prefix matters to the
future only through its bits, so of prefixes with the same bits only the undominated ones go on.

Everything that must stay below a limit along the sequence (cumulative toxicity, no_harm, later an effect or a cost)
is a `Measure` of the same linear shape as the loss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Floats, Ints
from trialopt.engine.extending import Extending
from trialopt.engine.measures import Charge, PossibleRegimens, built_in, members, nothing, objective, together
from trialopt.engine.regimens import never
from trialopt.engine.skyline import Prefixes, join, undominated
from trialopt.engine.tables import Tables

FEW = 200
"""Prefixes that are extended as they are: comparing them with each other would take longer."""

MOST_CHILDREN = 200_000
"""Prefixes kept at once at one level; more are worked off at once, depth first."""

HELD, AT_ONCE = 30_000_000, 8_000_000
"""Numbers of the prefixes kept at one level, and of those made at once: many truths with carry have long rows."""


@dataclass(frozen=True)
class Found:
    """What a search proved: no sequence has a loss (charge included) below `lower`; the best one found has `loss`."""

    lower: float
    loss: float
    path: tuple[int, ...] | None
    """Row of each epoch's table."""
    every: list[tuple[int, ...]] = field(default_factory=list)
    """All sequences below the cutoff (dominated prefixes left out unless `every` one counts), when asked for."""
    complete: bool = True
    """Whether `every` is all of them."""


MOST_COLLECTED = 20_000
"""Sequences collected for one set."""


class SequenceSearch:
    """Searches the sequences an arm may give when it serves the subgroups of `mask`.

    Parameters
    ----------
    tables
        Regimens and their numbers.
    mask
        Subgroups served, bit g for subgroup g.
    charge
        What a sequence costs beside its loss; both together are minimised.
    charge_only
        Leave the loss out: the least charge is looked for.
    barred
        Sequences (rows per epoch) that must not be returned.
    stop
        Asked between blocks; when it says so the search ends with the bound it has.
    every
        Collect dominated sequences too.
    accept
        What is asked of whole sequences beside; it may say no to one that another is dominated by.
    """

    def __init__(
        self,
        tables: Tables,
        mask: int,
        charge: Charge | None = None,
        charge_only: bool = False,
        barred: frozenset[tuple[int, ...]] = frozenset(),
        stop: Callable[[], bool] = never,
        every: bool = False,
        accept: Callable[[tuple[int, ...]], bool] | None = None,
    ) -> None:
        self._accept = accept
        self._tables, self._mask, self._barred, self._stop = tables, mask, barred, stop
        self._beyond = charge.beyond if charge is not None and charge.extended else None
        self._every = every or (charge is not None and not tables.falls) or self._beyond is not None
        self._tests = tables.tests
        self._epochs = len(tables.epochs)
        self._required = int(np.bitwise_or.reduce(tables.include[members(mask)], initial=0))
        first = nothing(tables) if charge_only else objective(tables, mask)
        if charge is not None and charge.added is not None:
            first = together(first, charge.added)
        self._measures = [first, *built_in(tables, mask)]
        self._charge, self._charged = charge, slice(len(self._measures), None)
        self._measures += charge.measures if charge is not None else []
        self._best, self._cutoff, self._limit, self._floor = np.inf, np.inf, np.inf, np.inf
        self._path: tuple[int, ...] | None = None
        self._tolerance = 0.0

    def run(
        self,
        incumbent: tuple[float, tuple[int, ...]] | None = None,
        cutoff: float = np.inf,
        tolerance: float = 1e-10,
        collect: bool = False,
    ) -> Found:
        """Search, given perhaps a known sequence and a loss at or above which nothing is of interest.

        `Found.lower` is at least `min(loss, cutoff) - tolerance` unless the search was stopped. With `collect`
        every undominated sequence below the cutoff is returned.
        """
        self._tolerance = tolerance
        self._best, self._path, self._floor = np.inf, None, np.inf
        if incumbent is not None:
            self._best, self._path = incumbent
        self._limit = cutoff
        self._collected: list[tuple[int, ...]] | None = [] if collect else None
        self._cutoff = min(self._best, cutoff) - tolerance
        self._problem = PossibleRegimens(self._tables, self._mask, self._measures, self._cutoff)
        self._extending = Extending(self._problem, self._charge, self._charged, self._required)
        if not self._problem.empty:
            self._expand(0, self._root())
        every = self._collected or []
        complete = len(every) < MOST_COLLECTED
        lower = min(self._floor, self._cutoff, self._best) if complete else -np.inf
        return Found(lower, self._best, self._path, every, complete)

    def least(self, k: int) -> float:
        """Lower bound on measure `k` of the charge over all sequences; inf when there is none."""
        measure = self._measures[self._charged.start + k]
        self._problem = PossibleRegimens(self._tables, self._mask, [measure], np.inf)
        return np.inf if self._problem.empty else float(self._problem.rest(0, 0, self._root())[0])

    def _root(self) -> Prefixes:
        zero = np.zeros(1, dtype=np.int64)
        return Prefixes(
            np.ones((1, len(self._problem.columns))),
            np.zeros((1, len(self._measures))),
            np.zeros(1),
            zero,
            zero,
            zero,
            zero,
            np.empty((1, 0), dtype=np.int32),
        )

    def _expand(self, level: int, prefixes: Prefixes) -> None:
        last = level == self._epochs - 1
        rest = prefixes.charge.copy()
        if not last:
            rest += self._problem.rest(0, level + 1, prefixes, through=level)
        step = self._problem.at_once(level)
        waiting: list[Prefixes] = []
        count = 0
        for begin in range(0, len(prefixes), step):
            rows = slice(begin, begin + step)
            block = prefixes.pick(rows)
            total = block.values[:, :1] + self._problem.values(0, level, block.state)
            parent, regimen = np.nonzero(total + rest[rows, None] < self._cutoff)
            if not len(parent):
                continue
            if self._collected is not None and len(self._collected) >= MOST_COLLECTED:
                return
            if last:
                self._finish(block, parent, regimen, total[parent, regimen])
                continue
            loss = total[parent, regimen]
            bound = loss + rest[rows][parent]
            for some in self._parts(bound):
                part = some[bound[some] < self._cutoff]  # what came before may have found a better sequence
                children = self._extending.children(level, block, parent[part], regimen[part], loss[part])
                if len(children):
                    waiting.append(children)
                    count += len(children)
                if count > self._most:
                    self._descend(level + 1, join(waiting))
                    waiting, count = [], 0
        if waiting:
            self._descend(level + 1, join(waiting))

    @property
    def _most(self) -> int:
        """Prefixes kept at once at one level: each is a row of numbers, one a column."""
        return min(MOST_CHILDREN, HELD // max(1, len(self._problem.columns)))

    def _parts(self, bound: Floats) -> list[NDArray[np.intp]]:
        """Which of so many children are made at once; the best by their bounds first, where not all are."""
        step = max(16, AT_ONCE // max(1, len(self._problem.columns)))
        if len(bound) <= step:
            return [np.arange(len(bound))]
        order = np.argsort(bound, kind="stable")
        return [order[begin : begin + step] for begin in range(0, len(order), step)]

    def _descend(self, level: int, prefixes: Prefixes) -> None:
        """Extend prefixes in the order of their bounds, in growing blocks."""
        free = not self._every and not self._barred and self._tests is None and self._accept is None
        if self._problem.left is None and len(prefixes) > FEW and free:
            # which of two prefixes is better may depend on what is barred after them
            prefixes = prefixes.pick(undominated(prefixes))
        bound = prefixes.values[:, 0] + prefixes.charge + self._problem.rest(0, level, prefixes)
        order = np.argsort(bound, kind="stable")
        begin, step = 0, 16
        while begin < len(order):
            rows = order[begin : begin + step]
            if bound[rows[0]] >= self._cutoff:
                return
            if self._stop():
                self._floor = min(self._floor, float(bound[rows[0]]))
                return
            rows = rows[bound[rows] < self._cutoff]
            if self._tests is not None:
                rows = rows[self._tests.within(self._mask, self._paths(prefixes.path[rows]))]
            if len(rows):
                self._expand(level, prefixes.pick(rows))
            begin, step = begin + step, min(4 * step, 4096)

    def _paths(self, local: NDArray[np.int32]) -> Ints:
        """Prefixes as rows of the tables."""
        columns = [self._problem.rows[s][local[:, s]] for s in range(local.shape[1])]
        return np.column_stack(columns).astype(np.int64) if columns else np.empty((len(local), 0), dtype=np.int64)

    def _finish(self, block: Prefixes, parent: NDArray[np.intp], regimen: NDArray[np.intp], loss: Floats) -> None:
        level = self._epochs - 1
        keep = self._extending.allowed(level, block, parent, regimen)
        included = block.include[parent] | self._problem.bits[level].include[regimen]
        keep &= included & self._required == self._required
        rows = np.flatnonzero(keep)
        rows = rows[np.lexsort((self._problem.agents[level][regimen[rows]], loss[rows]))]
        step = 1 if len(self._measures) == 1 and self._collected is None else 256
        for begin in range(0, len(rows), step):
            some = rows[begin : begin + step]
            if loss[some[0]] + block.charge[parent[some]].min() >= self._cutoff:
                return
            limited = self._extending.limited(level, block, parent[some], regimen[some])
            within = np.flatnonzero((limited <= self._problem.most[1:]).all(axis=1))
            some, limited = some[within], limited[within]
            if not len(some):
                continue
            total = loss[some]
            if self._charge is not None:
                total = total + self._charge(limited[:, slice(self._charged.start - 1, None)], exact=True)
            for n in np.lexsort((self._problem.agents[level][regimen[some]], total)):
                if total[n] >= self._cutoff:
                    break
                local = (*block.path[parent[some[n]]].tolist(), int(regimen[some[n]]))
                path = tuple(int(self._problem.rows[s][r]) for s, r in enumerate(local))
                if path in self._barred or (self._tests is not None and self._mask & ~self._tests.allowed(path)):
                    continue
                whole = float(total[n])
                if self._beyond is not None:
                    whole += self._beyond(limited[n : n + 1, slice(self._charged.start - 1, None)], path)
                    if whole >= self._cutoff:
                        continue
                if self._accept is not None and not self._accept(path):
                    continue
                if whole < self._best:
                    self._best, self._path = whole, path
                if self._collected is None:
                    self._cutoff = min(self._best, self._limit) - self._tolerance
                    if self._beyond is None:
                        break
                    continue
                self._collected.append(path)
