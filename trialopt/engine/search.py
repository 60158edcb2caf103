"""The decomposition: best sequences for sets of subgroups, asked for only where the master needs them.

1. Tabulate the regimens of every epoch (`tables`).
2. Search the best sequence of every single subgroup and every pair (`sequences`); bound all other sets (`sets`).
3. Solve the master's relaxation; search the sets it leans on that are only bounded so far; repeat until it rests on
   searched sets alone. Its value bounds every design.
4. Solve the master over the sets still in play; search those it picks that are only bounded; repeat until it picks
   searched sets alone. That design is optimal. Every searched sequence is also tried on all other sets, so good
   designs are there early, and stopping early leaves one with a valid bound.
"""

from __future__ import annotations

import numpy as np

from trialopt.coefficients import coefficients
from trialopt.design import Arm, Design, Dose
from trialopt.engine.master import partition, relax
from trialopt.engine.pool import Pool
from trialopt.engine.regimens import TooLarge
from trialopt.engine.sequences import SequenceSearch
from trialopt.engine.sets import SetBounds
from trialopt.engine.tables import Tables, build_tables
from trialopt.evaluation import Evaluation, evaluate
from trialopt.instance import Instance
from trialopt.run import Monitor, Outcome

DISAGREEMENT = 1e-7
"""The engine's value of a design may differ from `evaluate`'s by rounding only."""

MOST_SUBGROUPS = 18
"""The master prices all 2**G sets at once."""


def search(instance: Instance, monitor: Monitor) -> Outcome:
    """Find the best design of an unsized instance by decomposition. Raises `TooLarge` outside its reach."""
    if len(instance.subgroups) > MOST_SUBGROUPS:
        raise TooLarge(f"{len(instance.subgroups)} subgroups, the engine takes {MOST_SUBGROUPS}")
    started = monitor.seconds
    monitor.report(doing="enumerating regimens")
    tables = build_tables(instance, coefficients(instance))
    enumerated = monitor.seconds
    work = Decomposition(instance, tables, monitor)
    stopped = work.run()
    return Outcome(
        design=work.design(),
        bound=work.bound,
        stopped=stopped,
        method="decompose",
        timings={"enumerating": enumerated - started, "solving": monitor.seconds - enumerated},
        details={
            "regimens": list(tables.enumerated),
            "regimens_kept": [len(t) for t in tables.epochs],
            "sets_searched": work.searched,
            "masters": work.masters,
        },
    )


class Decomposition:
    """One run over given tables."""

    def __init__(self, instance: Instance, tables: Tables, monitor: Monitor) -> None:
        self._instance, self._tables, self._monitor = instance, tables, monitor
        self._groups = len(instance.subgroups)
        self._arms = min(instance.trial.max_arms, self._groups)
        self._bounds = SetBounds(tables.constant)
        self._pool = Pool(tables)
        self._chosen: list[tuple[int, int]] | None = None
        self._value = -np.inf
        self.bound = np.inf
        self.searched = 0
        self.masters = 0

    # -- the loop -------------------------------------------------------------------------------------------

    def run(self) -> str:
        """Work until the gap is met or the monitor says stop; returns why it ended."""
        if not self._search_small([1 << g for g in range(self._groups)]):
            return self._nothing()
        self._lower_bound_to(float(self._bounds.upper[1 << np.arange(self._groups)].sum()))
        self._improve()
        if self._monitor.closed():
            return "finished"
        if self._arms < self._groups:
            self._search_small([1 << g | 1 << h for g in range(self._groups) for h in range(g)])
        while True:
            stopped = self._monitor.stop()
            relaxed = relax(self._bounds, self._arms, self._known())
            self._lower_bound_to(relaxed.value)
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
            in_play = np.flatnonzero(relaxed.reduced >= self._value - relaxed.value - 1e-9)
            best = partition(
                self._bounds.upper, in_play[np.isfinite(self._bounds.upper[in_play])], self._groups, self._arms
            )
            self.masters += 1
            if best is None:
                if self._chosen is None:
                    return self._nothing()
                self._lower_bound_to(self._value)
                return "finished"
            self._lower_bound_to(max(best[0], self._value))
            if self._monitor.closed():
                return "finished"
            open_sets = best[1][~self._bounds.exact[best[1]]]
            if len(open_sets):
                self._search_all(open_sets)
                continue
            if self._take([(mask, self._pool.best_sequence(mask)) for mask in best[1].tolist()]):
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
        return np.flatnonzero(self._bounds.exact & np.isfinite(self._bounds.upper))

    def _lower_bound_to(self, value: float) -> None:
        if value < self.bound:
            self.bound = value
            self._monitor.report(bound=value, doing=f"{self.searched} subgroup sets searched")

    def _search_all(self, masks: np.ndarray) -> None:
        for mask in masks.tolist():
            if self._monitor.stop():
                return
            self._search(mask)
        self._bounds.propagate()

    def _search(self, mask: int) -> None:
        """Best sequence of one set, with the bound it proves."""
        constant = float(self._tables.constant[[g for g in range(self._groups) if mask >> g & 1]].sum())
        tolerance = self._monitor.limits.gap * 0.1 * max(abs(self._value), 0.0) / self._arms if self._chosen else 0.0
        known = self._pool.best(mask)
        search = SequenceSearch(
            self._tables, mask, barred=self._pool.barred(mask), stop=lambda: self._monitor.stop() is not None
        )
        found = search.run(
            incumbent=None if known is None else (constant - known[0], self._pool.paths[known[1]]),
            tolerance=max(1e-10, tolerance),
        )
        self.searched += 1
        self._bounds.settle(mask, constant - found.lower)
        if found.path is not None:
            self._pool.add(found.path)
        if self._monitor.stop():
            self._bounds.exact[mask] = False

    # -- designs --------------------------------------------------------------------------------------------

    def _improve(self) -> None:
        """Best design made of sequences found so far."""
        while (chosen := self._pool.best_design(self._arms)) is not None and not self._take(chosen):
            pass

    def _take(self, chosen: list[tuple[int, int]]) -> bool:
        """Take a design of (set, sequence) arms as the incumbent if it is better and `evaluate` accepts it.

        Where `evaluate` rejects a sequence for a subgroup (a limit missed by a hair), the two are barred from
        each other, the sets concerned are open again, and the answer is `False`.
        """
        value = sum(self._pool.value(mask, sequence) for mask, sequence in chosen)
        if value <= self._value:
            return True
        evaluation = evaluate(self._instance, self._as_design(chosen))
        if evaluation.violations:
            self._bar(chosen, evaluation)
            return False
        if abs(evaluation.value - value) > DISAGREEMENT:
            raise RuntimeError(f"the engine values a design at {value}, evaluate at {evaluation.value}")
        self._value, self._chosen = value, chosen
        self._monitor.report(value=value, doing=f"{self.searched} subgroup sets searched")
        return True

    def _bar(self, chosen: list[tuple[int, int]], evaluation: Evaluation) -> None:
        by_name = {f"A{n}": arm for n, arm in enumerate(_in_order(chosen), start=1)}
        for violation in evaluation.violations:
            mask, sequence = by_name[violation.arm or ""]
            if violation.subgroup is not None:
                mask = 1 << self._instance.subgroups.index(violation.subgroup)
            self._pool.bar(sequence, mask)
            self._bounds.exact[np.flatnonzero(np.arange(1 << self._groups) & mask)] = False

    def design(self) -> Design | None:
        """The incumbent in trial terms."""
        return None if self._chosen is None else self._as_design(self._chosen)

    def _as_design(self, chosen: list[tuple[int, int]]) -> Design:
        arms: list[Arm] = []
        for mask, sequence in _in_order(chosen):
            served = tuple(g for n, g in enumerate(self._instance.subgroups) if mask >> n & 1)
            arms.append(Arm(f"A{len(arms) + 1}", served, self._doses(self._pool.paths[sequence])))
        return Design(tuple(arms))

    def _doses(self, path: tuple[int, ...]) -> dict[str, tuple[Dose, ...]]:
        i = self._instance
        return {
            epoch: tuple(
                Dose(i.agents[i.option_agent[o]], i.option_level[o])
                for o in table.regimens.options[row].tolist()
                if o >= 0
            )
            for epoch, table, row in zip(i.epochs, self._tables.epochs, path, strict=True)
        }


def _in_order(chosen: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Arms in the order of their first subgroup."""
    return sorted(chosen, key=lambda arm: arm[0] & -arm[0])
