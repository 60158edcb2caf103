"""What one run of the sized masters knows: tables, pool and bounds, the columns made so far, and what was refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from trialopt.core.coefficients import coefficients
from trialopt.core.instance import Bools, Floats
from trialopt.core.run import Monitor
from trialopt.engine.assured import Assured
from trialopt.engine.charges import TrialCharge
from trialopt.engine.found import EQUAL, Incumbent, Path, Refused
from trialopt.engine.master import Column, SharedLimits, nothing_taken
from trialopt.engine.measures import members
from trialopt.engine.plans import Plan, set_fractions
from trialopt.engine.pool import Pool
from trialopt.engine.relaxation import Prices, SetBounds
from trialopt.engine.sequences import SequenceSearch
from trialopt.engine.sizes import SetTrial
from trialopt.engine.skyline import skyline
from trialopt.engine.tables import Tables
from trialopt.engine.takings import Takings


@dataclass
class RunState:
    """What all searches and masters of one run share."""

    tables: Tables
    pool: Pool
    unsized: SetBounds
    incumbent: Incumbent
    monitor: Monitor
    searched: int = 0
    masters: int = 0
    renamed: Callable[[Path], Path] = lambda path: path
    """What sequences of the run before are called in these tables."""
    takings: dict[tuple[float, ...], Takings] = field(default_factory=dict)
    """What arms take, by the limits they share; another run over the same regimens may begin with it."""

    def stop(self) -> bool:
        """Whether the run has to stop."""
        return self.monitor.stop() is not None

    def constant(self, mask: int) -> float:
        """Value of serving the set with nothing left uncovered and no toxicity."""
        return float(self.tables.constant[members(mask)].sum())

    def doing(self) -> str:
        """What the run is at, in words."""
        return f"{self.searched} subgroup sets searched"

    def search(self, mask: int, tolerance: float) -> None:
        """Find the best unsized sequence of a set, begun from the best one known; what it proves bounds the set."""
        constant, known = self.constant(mask), self.pool.best(mask)
        found = SequenceSearch(self.tables, mask, barred=self.pool.barred(mask), stop=self.stop).run(
            incumbent=None if known is None else (constant - known[0], self.pool.paths[known[1]]), tolerance=tolerance
        )
        self.searched += 1
        self.unsized.settle(mask, constant - found.lower)
        if found.path is not None:
            self.pool.add(found.path)
        if self.stop():
            self.unsized.exact[mask] = False


NOISE = 1e-7
"""Reduced costs of this order are zero to the linear solver."""


class KnownColumns:
    """Columns made so far, from sequences in the pool.

    `possible` says whether an arm may serve a set at all; `before` are the columns of the same question with looser
    limits, or over fewer regimens: those that still fit are taken over.
    """

    def __init__(
        self,
        state: RunState,
        plan: Plan,
        within: SharedLimits,
        possible: Callable[[int], bool],
        before: KnownColumns | None = None,
    ) -> None:
        self._state, self._plan, self._within, self._possible = state, plan, within, possible
        self.all: dict[tuple[int, Path], Column] = {}
        self.refused: list[Refused] = []
        self.forbidden: list[frozenset[tuple[int, Path]]] = []
        at = (within.arms, within.exactly, *within.most.tolist())
        self._takings: Takings = state.takings.setdefault(at, Takings())
        self._assures: Assured | None = None
        if Assured.wanted(plan.instance):
            regimens = [t.regimens for t in state.tables.epochs]
            self._assures = Assured(plan.instance, coefficients(plan.instance), regimens, plan.comparison.alpha)
        self._tried: dict[int, tuple[tuple[float, ...], tuple[float, Path | None]]] = {}
        if before is not None:
            called = state.renamed
            self.refused = [replace(r, path=called(r.path)) for r in before.refused]
            self.forbidden = [frozenset((mask, called(path)) for mask, path in arms) for arms in before.forbidden]
            fits = (
                replace(c, path=called(c.path)) for c in before.all.values() if (c.takes <= within.most + EQUAL).all()
            )
            self.all = {(c.mask, c.path): c for c in fits if possible(c.mask)}

    @property
    def columns(self) -> list[Column]:
        """All of them."""
        return list(self.all.values())

    def trial(self, mask: int) -> SetTrial:
        """What the trial asks of an arm serving the set."""
        trials = self._takings.trials
        if mask not in trials:
            trial = SetTrial(self._plan, mask)
            if trial.needs_least:
                trial.from_least(
                    SequenceSearch(self._state.tables, mask, charge=TrialCharge(trial, nothing_taken())).least(0)
                )
            trials[mask] = trial
        return trials[mask]

    def add(self, mask: int, path: Path) -> Column | None:
        """Make the column of a set and a known sequence; `None` when the arm cannot be run."""
        if (mask, path) not in self.all:
            self.add_all(mask, [path])
        return self.all.get((mask, path))

    def add_all(self, mask: int, paths: list[Path], *, undominated: bool = False) -> None:
        """Make the columns of a set and known sequences, those that can be run; none for a set no arm may serve.

        With `undominated` leave out those that another one matches or beats in value and in all they take.
        """
        if not self._possible(mask):
            return
        pool, barred = self._state.pool, self.barred(mask)
        fresh = [p for p in paths if p not in barred]
        rows = np.array([pool.index(p) for p in fresh], dtype=np.intp)
        values = pool.values[rows][:, members(mask)].sum(axis=1)
        runs, takes = self._takes(mask, rows)
        good = np.flatnonzero(runs & np.isfinite(values))
        if undominated:
            better = np.column_stack([values[good], -takes[good]])
            good = good[skyline(better, np.zeros(len(good), dtype=np.int64))]
        for n in good.tolist():
            key = (mask, fresh[n])
            if key not in self.all:
                self.all[key] = Column(mask, fresh[n], float(values[n]), takes[n])

    def _takes(self, mask: int, rows: NDArray[np.intp]) -> tuple[Bools, Floats]:
        """Whether arms that serve the set with known sequences can be run, and what they take; see `SetTrial`."""
        return self._takings.of(mask, [self._state.pool.paths[k] for k in rows.tolist()], self._found)

    def _found(self, mask: int, paths: list[Path]) -> tuple[Bools, Floats]:
        """The same, of sequences not asked about before."""
        trial, pool = self.trial(mask), self._state.pool
        rows = np.array([pool.index(path) for path in paths], dtype=np.intp)
        values = np.array([pool.measure(m, rows) for m in trial.measures]).reshape(len(trial.measures), len(rows))
        runs, takes = trial.takes_of(values.T, paths)
        if self._assures is not None:
            for k in np.flatnonzero(runs).tolist():
                runs[k] = self._enough(mask, paths[k], values[:, k : k + 1].T)
        return runs & (takes <= self._within.most + EQUAL).all(axis=1), takes

    def accept(self, mask: int) -> Callable[[Path], bool] | None:
        """What is asked of the sequence of an arm that serves the set, beside its measures; `None` for nothing."""
        return None if self._assures is None else lambda path: self._assured_path(mask, path)

    def _assured_path(self, mask: int, path: Path) -> bool:
        if (mask, path) not in self._takings.assured:
            self._state.pool.add(path)
            rows = np.array([self._state.pool.index(path)], dtype=np.intp)
            values = np.array([self._state.pool.measure(m, rows) for m in self.trial(mask).measures])
            return self._enough(mask, path, values.T)
        return self._takings.assured[mask, path]

    def _enough(self, mask: int, path: Path, values: Floats) -> bool:
        """Whether an arm has the assurance asked for, at values (1, K) of its measures."""
        if (mask, path) not in self._takings.assured:
            assert self._assures is not None
            i, member = self._plan.instance, self._state.unsized.member[mask]
            weight = set_fractions(i, member[None].astype(float))[0]
            n1, n0, total, _ = (float(n[0]) for n in self.trial(mask).sides(values, [path]))
            rate = float(i.accrual[member].sum()) * ((n1 + n0) / total if np.isfinite(total) else 1.0)
            good = bool(np.isfinite(total)) and self._assures.enough(path, weight, n1, n0, rate)
            self._takings.assured[mask, path] = good
        return self._takings.assured[mask, path]

    def barred(self, mask: int) -> frozenset[Path]:
        """Sequences that no arm serving the set may give."""
        return frozenset(r.path for r in self.refused if (r.mask == mask if r.whole else r.mask & mask))

    def try_known(self, mask: int, prices: Prices, least: float) -> bool:
        """Add the known sequence that is best for the set at these prices, if its reduced cost is above `least`."""
        if not self._possible(mask):
            return False
        worth, path = self._best_known(mask, prices)
        if path is None or not worth - prices.subgroup[members(mask)].sum() - prices.arm > least:
            return False
        return (mask, path) not in self.all and self.add(mask, path) is not None

    def _best_known(self, mask: int, prices: Prices) -> tuple[float, Path | None]:
        """Largest `value - prices` of known sequences in the set, patients and money priced."""
        pool = self._state.pool
        asked = (len(pool.paths), *prices.takes.tolist(), len(self.refused))
        if mask in self._tried and self._tried[mask][0] == asked:
            return self._tried[mask][1]
        values = pool.values[:, members(mask)].sum(axis=1)
        rows = np.flatnonzero(np.isfinite(values))
        runs, takes = self._takes(mask, rows)
        rows, takes = rows[runs], takes[runs]
        best: tuple[float, Path | None] = (-np.inf, None)
        if len(rows):
            worth = values[rows] - takes @ prices.takes
            top = int(worth.argmax())
            best = float(worth[top]), pool.paths[int(rows[top])]
        self._tried[mask] = asked, best
        return best

    def refuse(self, chosen: list[Column], parts: list[Refused]) -> None:
        """What `evaluate` refused of a design is out of the way from now on."""
        for part in parts:
            if part.mask == 0:
                self.forbidden.append(frozenset((c.mask, c.path) for c in chosen))
                continue
            self.refused.append(part)
        for key in [k for k in self.all if k[1] in self.barred(k[0])]:
            del self.all[key]

    def worth(self, prices: Prices, slack: float) -> list[Column]:
        """Known columns that a design better than the aim could use."""
        kept = []
        for c in self.columns:
            reduced = c.value - float(c.takes @ prices.takes) - prices.arm
            reduced -= float(prices.subgroup[members(c.mask)].sum())
            if reduced >= -slack - NOISE:
                kept.append(c)
        return kept
