"""The best design for the worst share of the truths (cvar), with its proof (model section 11, "Exactness").

For weights q of the truths, none above `1 / (tail N)`, the best q-weighted design bounds the cvar of every design from
above. The least such bound is looked for by cutting planes: a linear program over the designs known proposes weights
under which they are worth least, and the engine answers with the best design at these weights and a proven bound. Where
integrality leaves a gap, designs are listed in the proven order of their q-weighted value until it falls to the best
cvar found. Kelley (1960) for the cutting planes, Rockafellar and Uryasev (2000) for cvar; the rest is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from trialopt.core.coefficients import Coefficients, coefficients
from trialopt.core.design import Design
from trialopt.core.instance import Floats, Instance
from trialopt.core.run import PROVEN_TO, Monitor, Outcome, ProofPrices
from trialopt.engine.found import Path, design_of, in_order
from trialopt.engine.master import Column, Columns, SharedLimits, choose, table
from trialopt.engine.pool import Pool
from trialopt.engine.ranking import Ranking
from trialopt.engine.regimens import Stopped, TooLarge
from trialopt.engine.relaxation import TIGHT, minimise
from trialopt.engine.rules import Containing
from trialopt.engine.sequence_values import SequenceValues
from trialopt.engine.sized import Sized
from trialopt.engine.tables import Tables, build_tables, reweighted
from trialopt.engine.unsized import Unsized
from trialopt.evaluation.judge import evaluate
from trialopt.evaluation.truths import worst_mean

MOST_CALLS = 60
"""Weights tried before designs are listed."""

LOOSEST = 2e-3
"""Gap of the first solves."""

CLOSED = 1e-7
"""Weights are the best there are when the best design under them is worth so little more than those known."""


@dataclass
class _Best:
    design: Design | None = None
    value: float = -np.inf
    bound: float = np.inf
    prices: tuple[ProofPrices, ...] = ()


class Worst:
    """One search."""

    def __init__(self, instance: Instance, c: Coefficients, tables: Tables, monitor: Monitor) -> None:
        asked, truths = instance.uncertainty, instance.truths
        assert asked is not None
        assert truths is not None
        assert tables.mixed is not None
        self._instance, self._c, self._tables, self._monitor = instance, c, tables, monitor
        self._tail, self._count = asked.tail, len(truths)
        self._given = replace(instance, uncertainty=replace(asked, objective="given"))
        self._values: list[Floats] = []
        self._paths: list[Path] = []
        self._seen: set[tuple[tuple[int, Path], ...]] = set()
        self._loose = LOOSEST
        self._columns: dict[tuple[int, bool], tuple[SharedLimits, dict[tuple[int, Path], Column]]] = {}
        self._sequences = SequenceValues(instance, c, tables)
        self._last: Sized | None = None
        self.best = _Best()
        self.calls = self.listed = 0

    def run(self) -> str:
        """Work until the gap is met or the monitor says stop; returns why it ended."""
        try:
            return self._run()
        except Stopped:
            return self._monitor.stop() or "interrupted"

    def _run(self) -> str:
        q = self._feasible(self._sequences.hardest(self._tail))
        while True:
            tables = reweighted(self._instance, self._c, self._tables, q)
            worth, bound, stopped, prices = self._solve(tables)
            prices = tuple(replace(one, weights=tuple(q.tolist())) for one in prices)
            if bound < self.best.bound:
                self.best.prices = prices
            if np.isneginf(bound):
                self.best.bound = -np.inf
                return "finished"
            self._prove(bound)
            if self._closed():
                return "finished"
            if stopped != "finished":
                return stopped
            q, least = self._weights()
            near = bound - least <= max(CLOSED, self._monitor.limits.gap / 2 * abs(least))
            settled = near and least - self.best.value > 0.9 * self._room()  # else better weights alone can close it
            if worth - least <= CLOSED:
                settled, self._loose = settled or self._loose == 0, 0.0
            if settled or self.calls >= MOST_CALLS:
                self.best.prices = prices
                return self._list(tables if settled else reweighted(self._instance, self._c, self._tables, q))

    def _solve(self, tables: Tables) -> tuple[float, float, str, tuple[ProofPrices, ...]]:
        """Best design at these weights: its weighted value, the proven bound, why the search ended, and the prices."""
        self.calls += 1
        part = self._monitor.part(gap=max(self._monitor.limits.gap / 4, self._inner()))
        sized = self._instance.trial.sized
        work = Sized(self._given, self._c, tables, part) if sized else Unsized(self._given, tables, part)
        work.state.pool.add_all(self._paths)
        if self._last is not None:
            work.state.takings = self._last.state.takings
        stopped = work.run()
        self._paths = work.state.pool.paths
        arms = work.state.incumbent.arms
        self._meet(arms)
        if isinstance(work, Sized):
            self._last = work
            self._from_columns(work)
        else:
            self._from_pool(work.state.pool)
        return float(work.state.incumbent.value), float(work.bound), self._monitor.stop() or stopped, work.prices

    def _inner(self) -> float:
        """Gap of the next solve: as long as weights are far from the best ones nothing is gained by a small one."""
        far = (self.best.bound - self.best.value) / max(abs(self.best.value), 1e-9)
        return self._loose * min(1.0, far / self._loose / 10 if self._loose and np.isfinite(far) else 1.0)

    def _meet(self, arms: list[tuple[int, Path]]) -> float | None:
        """Take a design into account; returns its cvar, `None` where it was met before."""
        key = tuple(in_order(arms))
        if not arms or key in self._seen:
            return None
        self._seen.add(key)
        values = self._sequences.design(arms)
        self._values.append(values)
        cvar = worst_mean(values, self._tail)
        if cvar > self.best.value:
            self._take(arms, cvar)
        return cvar

    def _take(self, arms: list[tuple[int, Path]], cvar: float) -> None:
        """Take a design that is better, if `evaluate` says so too."""
        design = design_of(self._instance, self._tables, in_order(arms))
        judged = evaluate(self._instance, design)
        if judged.violations:
            return
        if abs(judged.value - cvar) > 1e-7:
            raise RuntimeError(f"the engine's cvar of a design is {cvar}, evaluate's {judged.value}")
        self.best.design, self.best.value = design, judged.value
        self._monitor.report(value=judged.value, doing=self._doing())

    def _from_pool(self, pool: Pool) -> None:
        """Designs made of the sequences found so far, at the weights under which those known are worth least."""
        arms = min(self._instance.trial.max_arms, len(self._instance.subgroups))
        allowed = np.isfinite(pool.values)
        if not self._values:
            return
        for _ in range(30):
            q, least = self._weights()
            worth = self._sequences.weighted(pool.paths, q)
            pool.values[:] = np.where(allowed, worth, -np.inf)
            chosen = pool.best_design(arms)
            if chosen is None:
                return
            value = sum(pool.value(mask, sequence) for mask, sequence in chosen)
            if value <= least + CLOSED or self._meet([(m, pool.paths[k]) for m, k in chosen]) is None:
                return

    def _from_columns(self, work: Sized) -> None:
        """Designs made of the sized arms found so far, likewise; what they take does not depend on the weights."""
        for one in work.column_generations():  # with bonferroni one for each number of arms, each with its own sizes
            at = one.within.arms, one.within.exactly
            self._columns.setdefault(at, (one.within, {}))[1].update({(c.mask, c.path): c for c in one.known.columns})
        for _ in range(30 if self._values else 0):
            q, least = self._weights()
            made = [self._made(within, list(known.values()), q) for within, known in self._columns.values()]
            value, arms = max(made, key=lambda one: one[0], default=(-np.inf, []))
            if value <= least + self._enough(least) or self._meet(arms) is None:
                return

    def _made(self, within: SharedLimits, columns: list[Column], q: Floats) -> tuple[float, list[tuple[int, Path]]]:
        """Best design that arms known make at weights of the truths, and its value."""
        known, groups = table(columns), len(self._instance.subgroups)
        member = (known.masks[:, None] >> np.arange(groups)) & 1
        values = (self._sequences.weighted([c.path for c in columns], q) * member).sum(axis=1)
        chosen = choose(Columns(known.masks, values, known.takes), groups, within) if columns else None
        if chosen is None:
            return -np.inf, []
        return float(values[chosen[1]].sum()), [(columns[k].mask, columns[k].path) for k in chosen[1].tolist()]

    def _enough(self, least: float) -> float:
        """How much more than what it is worth at the least a design has to be worth to be a cut."""
        return max(CLOSED, self._monitor.limits.gap / 4 * abs(least))

    def _weights(self) -> tuple[Floats, float]:
        """Weights under which the best of the designs known is worth least, and what it is worth then."""
        values = np.array(self._values)
        shift = float(values.min())
        n, d = self._count, len(values)
        cost = np.append(np.zeros(n), 1.0)
        upper = np.vstack([np.hstack([values - shift, -np.ones((d, 1))]), np.hstack([np.eye(n), np.zeros((n, 1))])])
        most = np.append(np.zeros(d), np.full(n, 1 / (self._tail * n)))
        found = minimise(cost, upper, most, np.append(np.ones(n), 0.0)[None, :], np.ones(1), TIGHT)
        q = np.clip(found.x[:n], 0.0, 1 / (self._tail * n))
        return self._feasible(q), found.value + shift

    def _feasible(self, q: Floats) -> Floats:
        """The solver's weights, made to sum to 1 exactly with none above the most: then what they prove holds."""
        room = 1 / (self._tail * self._count) - q
        missing = 1 - float(q.sum())
        if missing > 0 and room.sum() > 0:
            q = q + room * (missing / room.sum())
        return q / q.sum() if missing < 0 else q

    def _list(self, tables: Tables) -> str:
        """List designs in the order of their weighted value until the best cvar found is reached."""
        least = self.best.value + 0.9 * self._room()  # well within the gap: what is proven must not miss it by rounding
        begun = self._last if self._last is not None and self._last.state.tables is tables else None
        ranking = Ranking(self._given, self._monitor.part(gap=0.0), tables, least=least, begun=begun)
        for value, design in ranking.by_tables():
            self.listed += 1
            self._prove(max(value, self.best.value))
            if self._closed():
                return "finished"
            self._meet(self._arms(design))
            if self._closed():
                return "finished"
        if ranking.complete:
            self._prove(max(least, self.best.value))
            return "finished"
        return self._monitor.stop() or "node_limit"

    def _arms(self, design: Design) -> list[tuple[int, Path]]:
        return [(self._sequences.mask(arm.subgroups), self._sequences.path(arm.sequence)) for arm in design.arms]

    def _prove(self, bound: float) -> None:
        if bound < self.best.bound:
            self.best.bound = bound
            self._monitor.report(bound=bound, doing=self._doing())

    def _closed(self) -> bool:
        return self.best.design is not None and bool(self.best.bound - self.best.value <= self._room())

    def _room(self) -> float:
        return max(self._monitor.limits.gap * abs(self.best.value), PROVEN_TO / 2)

    def _doing(self) -> str:
        return f"{self.calls} sets of weights" + (f", {self.listed} designs listed" if self.listed else "")


def worst_search(
    instance: Instance,
    monitor: Monitor,
    containing: Containing,
    otherwise: Callable[[Coefficients], Outcome],
) -> Outcome:
    """Find the design that is best in the worst truths; `otherwise` is the answer of a run stopped before it began.

    Raises `TooLarge` outside the engine's reach.
    """
    started, c = monitor.seconds, coefficients(instance)
    if instance.truths is None:
        raise TooLarge("the worst truths are asked for, and there are none")
    try:
        tables = build_tables(instance, c, lambda: monitor.stop() is not None, containing, every=True)
    except Stopped:
        return otherwise(c)
    assert tables.mixed is not None
    tables.mixed.numbers.keep()
    enumerated = monitor.seconds
    work = Worst(instance, c, tables, monitor)
    stopped = work.run()
    if work.best.design is None and stopped != "finished":
        begun = otherwise(c)
        return replace(begun, bound=min(begun.bound, work.best.bound), stopped=stopped)
    return Outcome(
        design=work.best.design,
        bound=work.best.bound,
        stopped=stopped,
        method="decompose",
        timings={"enumerating": enumerated - started, "solving": monitor.seconds - enumerated},
        details={
            "regimens": list(tables.enumerated),
            "weights_tried": work.calls,
            "designs_listed": work.listed,
        },
        prices=work.best.prices,
    )
