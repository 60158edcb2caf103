"""The decomposition of a sized instance: arms are columns with patients and money, made where prices ask for them.

A column is a subgroup set with a sequence, hence with a value, patients and money. The master chooses columns that
serve every subgroup once within patients and budget. Its relaxation prices subgroups, arms, patients and money; a
column with `value - prices > 0` would improve it, and the sequence search finds the best column of a set at given
prices, or proves that there is none (`SetTrial` is the charge). Most sets are ruled out without a search, by

    value - a * patients - b * money  <=  L + (a' - a) * patients + (b' - b) * money

for a bound L proven at other prices a', b' (at no prices: the unsized bound of `SetBounds`), with patients and money
at their least or most. When no set is left the relaxation's value bounds every design. What separates it from the best
design is closed by collecting, for every set in play, all undominated columns whose reduced cost is within that
distance, and choosing among them: no other column is in a better design.

With bonferroni the sizes depend on the number of arms in the design, so each number is solved by itself. So it is
when the relaxation is far above the best design: patients come in lots, and fractions of arms hide that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from trialopt.core.coefficients import Coefficients
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Monitor
from trialopt.engine.column_generation import SPLIT, ColumnGeneration
from trialopt.engine.found import Incumbent, Pool
from trialopt.engine.known_columns import RunState
from trialopt.engine.master import limits_of
from trialopt.engine.relaxation import SetBounds
from trialopt.engine.sequences import SequenceSearch
from trialopt.engine.sizes import make_plan
from trialopt.engine.tables import Tables


class Sized:
    """One run over given tables. An instance without a power is one whose arms take no patients and no money.

    Parameters
    ----------
    at_most
        Limits on resources of a design beside the trial's own, by name (`Tables` must track burden for its).
    before
        The run of the same question with looser limits on the whole trial: what it found is used again.
    """

    def __init__(
        self,
        instance: Instance,
        c: Coefficients,
        tables: Tables,
        monitor: Monitor,
        *,
        at_most: Mapping[str, float] = MappingProxyType({}),
        before: Sized | None = None,
    ) -> None:
        self._instance, self._c, self._at_most = instance, c, at_most
        self._groups = len(instance.subgroups)
        incumbent = Incumbent(instance, tables, monitor)
        pool, bounds = (Pool(tables), SetBounds(tables.constant)) if before is None else before._known
        self._state = RunState(tables, pool, bounds, incumbent, monitor)
        self._before = {} if before is None else before._generations
        self._generations: dict[tuple[int, bool], ColumnGeneration] = {}
        self.bound = np.inf

    @property
    def _known(self) -> tuple[Pool, SetBounds]:
        return self._state.pool, self._state.unsized

    @property
    def tables(self) -> Tables:
        """The tables it works on."""
        return self._state.tables

    def column_generations(self) -> list[ColumnGeneration]:
        """The masters solved, after `run`: together they hold every design, each of them once."""
        by_count = [generation for (_, exactly), generation in self._generations.items() if exactly]
        return by_count or list(self._generations.values())

    @property
    def value(self) -> float:
        """Value of the best design found, `-inf` without one."""
        return self._state.incumbent.value

    @property
    def design(self) -> Design | None:
        """The best design found."""
        return self._state.incumbent.design()

    @property
    def searched(self) -> int:
        """Sequence searches made."""
        return self._state.searched

    @property
    def masters(self) -> int:
        """Integer masters solved."""
        return self._state.masters

    def run(self) -> str:
        """Work until the gap is met or the monitor says stop; returns why it ended."""
        self._bound_sets()
        most = float(self._state.unsized.upper[1 << np.arange(self._groups)].sum())
        if np.isneginf(most):
            self.bound = -np.inf
            return "finished"
        arms = min(self._instance.trial.max_arms, self._groups)
        if self._instance.trial.sized and self._instance.trial.multiplicity == "bonferroni":
            return self._by_count(arms, most)
        ended = self._case(arms, False, self._reporter({arms: most}, arms))
        return self._by_count(arms, self.bound) if ended == SPLIT else ended

    def _by_count(self, arms: int, most: float) -> str:
        """Solve each number of arms by itself; none is worth more than `most`."""
        counts = range(1, arms + 1)
        proven = dict.fromkeys(counts, most)
        ended = [self._case(count, True, self._reporter(proven, count)) for count in counts]
        return next((how for how in ended if how != "finished"), "finished")

    def _case(self, arms: int, exactly: bool, report: Callable[[float], None]) -> str:
        within = limits_of(self._instance.trial, arms, exactly, self._at_most)
        plan = make_plan(self._instance, self._c, self._state.tables, within)
        generation = ColumnGeneration(self._state, plan, within, report, self._before.get((arms, exactly)))
        self._generations[arms, exactly] = generation
        return generation.run()

    def _reporter(self, proven: dict[int, float], count: int) -> Callable[[float], None]:
        """Where a column generation tells its bound: the run's is the largest of all of theirs."""

        def report(bound: float) -> None:
            proven[count] = min(proven[count], bound)
            if max(proven.values()) < self.bound:
                self.bound = max(proven.values())
                self._state.monitor.report(bound=self.bound, doing=self._state.doing())

        return report

    def _bound_sets(self) -> None:
        """Unsized bounds of all sets, from searches of single subgroups and pairs."""
        state = self._state
        singles = [1 << g for g in range(self._groups)]
        pairs = [1 << g | 1 << h for g in range(self._groups) for h in range(g)]
        for mask in singles + pairs:
            if state.stop():
                break
            if state.unsized.exact[mask]:
                continue
            constant, known = state.constant(mask), state.pool.best(mask)
            found = SequenceSearch(state.tables, mask, stop=state.stop).run(
                incumbent=None if known is None else (constant - known[0], state.pool.paths[known[1]]),
                tolerance=1e-6,
            )
            state.searched += 1
            state.unsized.settle(mask, constant - found.lower)
            if found.path is not None:
                state.pool.add(found.path)
        state.unsized.propagate()
