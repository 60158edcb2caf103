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
from trialopt.core.instance import Instance
from trialopt.core.run import Monitor, ProofPrices
from trialopt.engine.column_generation import SPLIT, ColumnGeneration
from trialopt.engine.components import Components
from trialopt.engine.found import Incumbent
from trialopt.engine.known_columns import RunState
from trialopt.engine.master import limits_of
from trialopt.engine.plans import make_plan
from trialopt.engine.pool import Pool
from trialopt.engine.relaxation import SetBounds
from trialopt.engine.tables import Tables, renaming


class Sized:
    """One run over given tables. An instance without a power is one whose arms take no patients and no money.

    Parameters
    ----------
    at_most
        Limits on resources of a design beside the trial's own, by name (`Tables` must track burden for its).
    before
        A run of the same question with looser limits on the whole trial, or over tables without dominated regimens:
        what it found and proved is used again.
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
        pool, bounds = Pool(tables), SetBounds(tables.constant, tables.allowed)
        self.state: RunState = RunState(tables, pool, bounds, incumbent, monitor)
        if before is not None:
            self._take_over(before.state)
        self._components = Components(instance, c, tables) if Components.wanted(instance) else None
        self._before = {} if before is None else before._generations
        self._generations: dict[tuple[int, bool], ColumnGeneration] = {}
        self.bound = np.inf

    def column_generations(self) -> list[ColumnGeneration]:
        """The masters solved, after `run`: together they hold every design, each of them once."""
        by_count = [generation for (_, exactly), generation in self._generations.items() if exactly]
        return by_count or list(self._generations.values())

    @property
    def prices(self) -> tuple[ProofPrices, ...]:
        """Prices of every master solved, after `run`: together they bound every design."""
        return tuple(g.tightest.named for g in self.column_generations() if g.tightest.named is not None)

    def run(self) -> str:
        """Work until the gap is met or the monitor says stop; returns why it ended."""
        self._bound_sets()
        most = float(self.state.unsized.upper[1 << np.arange(self._groups)].sum())
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
        return self._generation(arms, exactly, report).run()

    def _generation(self, arms: int, exactly: bool, report: Callable[[float], None]) -> ColumnGeneration:
        within = limits_of(self._instance.trial, arms, exactly, self._at_most)
        plan = make_plan(self._instance, self._c, self.state.tables, within, self._components)
        generation = ColumnGeneration(self.state, plan, within, report, self._before.get((arms, exactly)))
        self._generations[arms, exactly] = generation
        return generation

    def _take_over(self, done: RunState) -> None:
        """Use the sequences and bounds of another run, whose tables may hold fewer regimens."""
        self.state.unsized = done.unsized
        if self.state.tables is done.tables:
            self.state.pool, self.state.takings = done.pool, done.takings
            return
        self.state.renamed = renaming(done.tables, self.state.tables)
        self.state.pool.add_all([self.state.renamed(path) for path in done.pool.paths])

    def with_every(self, tables: Tables, monitor: Monitor) -> Sized | None:
        """The finished run, as one over tables that hold dominated regimens too; `None` where that has to be run.

        What no undominated column exceeds no dominated one does, so bounds hold as they are: unless `evaluate` refused
        a column, which one that it dominates may outlive.
        """
        if any(generation.known.refused for generation in self._generations.values()):
            return None
        more = Sized(self._instance, self._c, tables, monitor, at_most=self._at_most, before=self)
        held = self.state.incumbent
        if more.state.incumbent.offer([(mask, more.state.renamed(path)) for mask, path in held.arms], held.value):
            return None
        for (arms, exactly), generation in self._generations.items():
            more._generation(arms, exactly, lambda bound: None).empty = generation.empty
        return more

    def _reporter(self, proven: dict[int, float], count: int) -> Callable[[float], None]:
        """Where a column generation tells its bound: the run's is the largest of all of theirs."""

        def report(bound: float) -> None:
            proven[count] = min(proven[count], bound)
            if max(proven.values()) < self.bound:
                self.bound = max(proven.values())
                self.state.monitor.report(bound=self.bound, doing=self.state.doing())

        return report

    def _bound_sets(self) -> None:
        """Unsized bounds of all sets, from searches of single subgroups and pairs."""
        state = self.state
        singles = [1 << g for g in range(self._groups)]
        pairs = [1 << g | 1 << h for g in range(self._groups) for h in range(g)]
        for mask in singles + pairs:
            if state.stop():
                break
            if not state.unsized.exact[mask]:
                state.search(mask, 1e-6)
        state.unsized.propagate()
