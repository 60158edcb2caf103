"""The decomposition of an unsized instance: sequences are searched only for the sets the master leans on.

1. Search the best sequence of every single subgroup and every pair (`sequences`); bound all other sets (`SetBounds`).
2. Solve the master's relaxation; search the sets it leans on that are only bounded so far; repeat until it rests on
   searched sets alone. Its value bounds every design.
3. Solve the master over the sets still in play; search those it picks that are only bounded; repeat until it picks
   searched sets alone. That design is optimal. Every searched sequence is also tried on all other sets, so good
   designs are there early, and stopping early leaves one with a valid bound.
"""

from __future__ import annotations

import numpy as np

from trialopt.core.instance import Instance
from trialopt.core.run import Monitor, ProofPrices
from trialopt.engine.found import Incumbent
from trialopt.engine.known_columns import RunState
from trialopt.engine.master import SharedLimits, choose, unlimited
from trialopt.engine.pool import Pool
from trialopt.engine.relaxation import SetBounds, relax
from trialopt.engine.tables import Tables


class Unsized:
    """One run over given tables."""

    def __init__(self, instance: Instance, tables: Tables, monitor: Monitor) -> None:
        self._monitor, self._groups = monitor, len(instance.subgroups)
        self._arms = min(instance.trial.max_arms, self._groups)
        self._bounds, self._pool = SetBounds(tables.constant, tables.allowed), Pool(tables)
        self._incumbent = Incumbent(instance, tables, monitor)
        self.state = RunState(tables, self._pool, self._bounds, self._incumbent, monitor)
        self._names = instance.subgroups
        self.bound = np.inf
        self.prices: tuple[ProofPrices, ...] = ()

    def run(self) -> str:
        """Work until the gap is met or the monitor says stop; returns why it ended."""
        if not self._search_small([1 << g for g in range(self._groups)]):
            return self._nothing()
        singles = self._bounds.upper[1 << np.arange(self._groups)]
        self._lower_bound_to(float(singles.sum()))
        self._price(singles, 0.0)
        self._improve()
        if self._monitor.closed():
            return "finished"
        if self._arms < self._groups:
            self._search_small([1 << g | 1 << h for g in range(self._groups) for h in range(g)])
        while True:
            stopped = self._monitor.stop()
            relaxed = relax(self._bounds, self._arms, self._known())
            self._lower_bound_to(relaxed.value)
            self._price(relaxed.subgroup, relaxed.arm)
            if np.isneginf(relaxed.value):
                return self._nothing()
            if stopped:
                self._improve()
                return stopped
            open_sets = relaxed.support[~self._bounds.exact[relaxed.support]]
            if len(open_sets):
                self._search_all(open_sets)
                continue
            self._improve()
            if self._monitor.closed():
                return "finished"
            upper = self._bounds.open
            in_play = np.flatnonzero(relaxed.reduced >= self._incumbent.value - relaxed.value - 1e-9)
            in_play = in_play[np.isfinite(upper[in_play])]
            best = choose(unlimited(in_play, upper[in_play]), self._groups, SharedLimits(self._arms))
            self.state.masters += 1
            if best is None:
                if np.isneginf(self._incumbent.value):
                    return self._nothing()
                self._lower_bound_to(self._incumbent.value)
                return "finished"
            self._lower_bound_to(max(best[0], self._incumbent.value))
            if self._monitor.closed():
                return "finished"
            picked = in_play[best[1]]
            open_sets = picked[~self._bounds.exact[picked]]
            if len(open_sets):
                self._search_all(open_sets)
                continue
            if self._take([(mask, self._pool.best_sequence(mask)) for mask in picked.tolist()]):
                return "finished"

    def _search_small(self, masks: list[int]) -> bool:
        """Search sets up front; whether an arm can serve each of them."""
        for mask in masks:
            if self._monitor.stop():
                break
            self._search(mask)
        self._bounds.propagate()
        return bool(np.isfinite(self._bounds.upper[masks]).all())

    def _nothing(self) -> str:
        self.bound = -np.inf
        return "finished"

    def _known(self) -> np.ndarray:
        return np.flatnonzero(self._bounds.exact & np.isfinite(self._bounds.open))

    def _lower_bound_to(self, value: float) -> None:
        if value < self.bound:
            self.bound = value
            self._monitor.report(bound=value, doing=self.state.doing())

    def _price(self, subgroup: np.ndarray, arm: float) -> None:
        """Keep the prices of a relaxation: every later one is at least as tight."""
        named = dict(zip(self._names, subgroup.tolist(), strict=True))
        self.prices = (ProofPrices(self._arms, False, named, arm),)

    def _search_all(self, masks: np.ndarray) -> None:
        for mask in masks.tolist():
            if self._monitor.stop():
                return
            self._search(mask)
        self._bounds.propagate()

    def _search(self, mask: int) -> None:
        """Best sequence of one set, with the bound it proves: as close as a design of so many arms may be."""
        tolerance, value = 0.0, self._incumbent.value
        if np.isfinite(value):
            tolerance = 0.1 * min(self._monitor.limits.gap, 1.0) * abs(value) / self._arms
        self.state.search(mask, max(1e-10, tolerance))

    def _improve(self) -> None:
        """Best design made of sequences found so far."""
        while (chosen := self._pool.best_design(self._arms)) is not None and not self._take(chosen):
            pass

    def _take(self, chosen: list[tuple[int, int]]) -> bool:
        """Offer a design of (set, sequence) arms; `False` when a part of it was refused and is barred now."""
        value = sum(self._pool.value(mask, sequence) for mask, sequence in chosen)
        arms = [(mask, self._pool.paths[sequence]) for mask, sequence in chosen]
        refused = self._incumbent.offer(arms, value, self.state.doing())
        for arm in refused:
            if arm.whole or not arm.mask:
                raise RuntimeError("evaluate refuses a design of the engine on grounds that are no subgroup's own")
            self._pool.bar(arm.path, arm.mask)
            self._bounds.exact[np.flatnonzero(np.arange(1 << self._groups) & arm.mask)] = False
        return not refused
