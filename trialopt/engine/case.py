"""One sized master, for one way of sizing: column generation, then closing what is left (see `sized`)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.engine.column import Column, table
from trialopt.engine.incumbent import EQUAL, Path, Refused
from trialopt.engine.master import Columns, choose
from trialopt.engine.measures import members
from trialopt.engine.pricing import Prices, dual_bound, price
from trialopt.engine.proofs import SetProofs
from trialopt.engine.resources import MONEY, PATIENTS, Resources
from trialopt.engine.sequences import Found, SequenceSearch
from trialopt.engine.shared import Shared
from trialopt.engine.skyline import skyline
from trialopt.engine.trial import Plan, SetTrial

ROUND = 16
"""Sets searched between two solutions of the relaxation."""

POOLED = 300
"""Sets tried with known sequences between two solutions of the relaxation."""

WIDE = 0.01
"""A relaxation this far (relative) above the best design is solved again for each number of arms."""

SPLIT = "split"
"""Ending of a case that is better solved for each number of arms by itself."""

NOISE = 1e-7
"""Reduced costs of this order are zero to the linear solver."""


class Case:
    """The sized master for one plan; `within` are the resources all arms share.

    `before` is the case of the same question with looser limits, whose columns and proofs are taken over.
    """

    def __init__(
        self,
        shared: Shared,
        plan: Plan,
        within: Resources,
        report: Callable[[float], None],
        before: Case | None = None,
    ) -> None:
        self._shared, self._plan, self._within, self._report = shared, plan, within, report
        self._member = shared.unsized.member
        self._groups = self._member.shape[1]
        self._columns: dict[tuple[int, Path], Column] = {}
        self._refused: list[Refused] = []
        self._forbidden: list[frozenset[tuple[int, Path]]] = []
        self._cornered: set[int] = set()
        self._proven = np.inf
        self.within = within
        self.empty = False
        self._trials: dict[int, SetTrial] = {}
        self._tried: dict[int, tuple[tuple[float, ...], tuple[float, Path | None]]] = {}
        self._proofs: SetProofs = SetProofs(shared, plan, within, None if before is None else before._proofs)
        if before is not None:
            self._refused, self._forbidden = before._refused, before._forbidden
            fits = (c for c in before._columns.values() if (c.takes <= within.most + EQUAL).all())
            self._columns = {(c.mask, c.path): c for c in fits if self._proofs.possible(c.mask)}

    # -- the loop -------------------------------------------------------------------------------------------

    def run(self) -> str:
        """Work until this case is settled to the gap asked for, or has to stop; returns why it ended."""
        self._begin()
        while True:
            prices, bound = self._generate()
            if self._shared.stop():
                self._improve()
                return self._shared.monitor.stop() or "interrupted"
            self._improve()
            if self._good_enough(self._proven):
                self._spare_patients(list(self._columns.values()))
                return "finished"
            if prices.unserved > 1e-7 or not np.isfinite(self._shared.incumbent.value):
                verdict = self._any_design()
                if verdict is not None:
                    if verdict == "nothing":
                        self.empty = True
                        self._prove(-np.inf)
                        return "finished"
                    return verdict
                continue
            return self._close(prices, bound)

    def _prove(self, bound: float) -> None:
        self._proven = min(self._proven, bound)
        self._report(self._proven)

    def _good_enough(self, bound: float) -> bool:
        value = self._shared.incumbent.value
        return bool(np.isfinite(value) and bound <= value + self._room())

    def _room(self) -> float:
        value = self._shared.incumbent.value
        return 0.5 * min(self._shared.monitor.limits.gap, 1.0) * abs(value) if np.isfinite(value) else 0.0

    def _begin(self) -> None:
        """First columns: known sequences on single subgroups, pairs and everything together."""
        singles = [1 << g for g in range(self._groups)]
        pairs = [1 << g | 1 << h for g in range(self._groups) for h in range(g)]
        for mask in {*singles, *pairs, (1 << self._groups) - 1}:
            self._try_known(mask, Prices(np.zeros(self._groups), 0.0, np.zeros(3), 0.0, 0.0), -np.inf)

    def _generate(self) -> tuple[Prices, float]:
        """Column generation; returns the last prices and the bound they prove."""
        while True:
            prices = price(table(list(self._columns.values())), self._member, self._within)
            reduced = self._proofs.reduced(prices)
            bound = dual_bound(prices, self._within, float(reduced.max(initial=0.0)))
            self._prove(bound)
            hot = np.flatnonzero(reduced > 3 * NOISE)
            if not len(hot) or self._shared.stop() or self._good_enough(self._proven):
                return prices, bound
            hot = hot[np.argsort(-reduced[hot])]
            added = sum(self._try_known(mask, prices, 2 * NOISE) for mask in hot[:POOLED].tolist())
            if added:
                continue
            if len(hot) > ROUND and self._proofs.worth_pricing(prices):
                self._proofs.price_sets(float(prices.takes[MONEY]), hot)
                continue
            for mask in hot[:ROUND].tolist():
                if self._shared.stop():
                    break
                self._search(mask, prices, 2 * NOISE)

    def _trial(self, mask: int) -> SetTrial:
        """What the trial asks of an arm serving the set."""
        if mask not in self._trials:
            trial = SetTrial(self._plan, mask)
            if trial.needs_least:
                trial.from_least(SequenceSearch(self._shared.tables, mask, charge=trial.at(np.zeros(3))).least(0))
            self._trials[mask] = trial
        return self._trials[mask]

    # -- columns --------------------------------------------------------------------------------------------

    def _add(self, mask: int, path: Path) -> Column | None:
        """Make the column of a set and a known sequence; `None` when the arm cannot be run."""
        if (mask, path) not in self._columns:
            self._add_all(mask, [path])
        return self._columns.get((mask, path))

    def _add_all(self, mask: int, paths: list[Path], *, undominated: bool = False) -> None:
        """Make the columns of a set and known sequences, those that can be run.

        With `undominated` leave out those that another one matches or beats in value and in all they take.
        """
        pool, barred = self._shared.pool, self._barred(mask)
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
            if key not in self._columns:
                self._columns[key] = Column(mask, fresh[n], float(values[n]), takes[n])

    def _takes(self, mask: int, rows: NDArray[np.intp]) -> tuple[Bools, Floats]:
        """Whether arms that serve the set with known sequences can be run, and what they take; see `SetTrial`."""
        trial, pool = self._trial(mask), self._shared.pool
        values = np.array([pool.measure(m, rows) for m in trial.measures]).reshape(len(trial.measures), len(rows))
        runs, takes = trial.takes(values.T)
        return runs & (takes <= self._within.most + EQUAL).all(axis=1), takes

    def _barred(self, mask: int) -> frozenset[Path]:
        return frozenset(r.path for r in self._refused if (r.mask == mask if r.whole else r.mask & mask))

    def _try_known(self, mask: int, prices: Prices, least: float) -> bool:
        """Add the known sequence that is best for the set at these prices, if its reduced cost is above `least`."""
        if not self._proofs.possible(mask):
            return False
        worth, path = self._best_known(mask, prices)
        if path is None or not worth - prices.subgroup[members(mask)].sum() - prices.arm > least:
            return False
        return (mask, path) not in self._columns and self._add(mask, path) is not None

    def _best_known(self, mask: int, prices: Prices) -> tuple[float, Path | None]:
        """Largest `value - prices` of known sequences in the set, patients and money priced."""
        pool = self._shared.pool
        asked = (len(pool.paths), *prices.takes.tolist(), len(self._refused))
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

    def _search(self, mask: int, prices: Prices, least: float, *, collect: bool = False, every: bool = False) -> Found:
        """Best column of the set at these prices, if its reduced cost is above `least`, and the proof."""
        shared = self._shared
        charge = self._trial(mask).at(prices.takes)
        search = SequenceSearch(
            shared.tables, mask, charge=charge, barred=self._barred(mask), stop=shared.stop, every=every
        )
        constant = shared.constant(mask)
        wanted = float(prices.subgroup[members(mask)].sum()) + prices.arm + least
        found = search.run(cutoff=constant - wanted, tolerance=NOISE / 10, collect=collect)
        shared.searched += 1
        paths = [*found.every, *([found.path] if found.path is not None else [])]
        shared.pool.add_all(paths)
        self._add_all(mask, paths, undominated=not every)
        self._proofs.record(mask, prices.takes, constant - found.lower)
        return found

    # -- designs --------------------------------------------------------------------------------------------

    def _improve(self, among: list[Column] | None = None) -> float | None:
        """Best design made of known columns, offered as the incumbent; returns the choice's bound."""
        columns = list(self._columns.values()) if among is None else among
        while True:
            best = self._choose(columns)
            if best is None:
                return None
            if self._offer(best[1]):
                return best[0]
            columns = [c for c in columns if (c.mask, c.path) in self._columns]

    def _spare_patients(self, columns: list[Column]) -> None:
        """Of designs just as good as the incumbent, made of these columns, take the one with the fewest patients.

        Arms of the incumbent that could share one of its sequences are among them pooled.
        """
        held = self._shared.incumbent.arms
        known = {(c.mask, c.path) for c in columns}
        for size in range(2, len(held) + 1):
            for together in combinations(held, size):
                mask = sum(arm[0] for arm in together)
                pooled = [self._add(mask, path) for path in {arm[1] for arm in together} if (mask, path) not in known]
                columns = columns + [c for c in pooled if c is not None]
        best = self._choose(columns, fewest_patients_at=self._shared.incumbent.value - EQUAL / 2)
        if best is not None:
            self._offer(best[1], preferred=True)

    def _choose(
        self, columns: list[Column], fewest_patients_at: float | None = None
    ) -> tuple[float, list[Column]] | None:
        place = {(c.mask, c.path): n for n, c in enumerate(columns)}
        forbidden = [[place[key] for key in keys] for keys in self._forbidden if all(k in place for k in keys)]
        best = choose(
            table(columns), self._groups, self._within, forbidden=forbidden, fewest_patients_at=fewest_patients_at
        )
        self._shared.masters += 1
        return None if best is None else (best[0], [columns[n] for n in best[1].tolist()])

    def _offer(self, chosen: list[Column], *, preferred: bool = False) -> bool:
        """Offer a design; `False` when `evaluate` refused it and what it refused is out of the way now."""
        refused = self._shared.incumbent.offer(
            [(c.mask, c.path) for c in chosen],
            sum(c.value for c in chosen),
            self._shared.doing(),
            preferred=preferred,
        )
        for part in refused:
            if part.mask == 0:
                self._forbidden.append(frozenset((c.mask, c.path) for c in chosen))
                continue
            self._refused.append(part)
        for key in [k for k in self._columns if k[1] in self._barred(k[0])]:
            del self._columns[key]
        return not refused

    def _close(self, prices: Prices, bound: float) -> str:
        """Collect every column that a better design could use, and choose among them."""
        while True:
            aim = self._shared.incumbent.value + self._room()
            slack = bound - aim
            if not self._within.exactly and self._within.arms > 1 and slack > WIDE * abs(aim):
                return SPLIT
            in_play = np.flatnonzero(self._proofs.reduced(prices) >= -slack)
            refused = len(self._refused)
            for mask in in_play.tolist():
                if self._shared.stop():
                    return self._shared.monitor.stop() or "interrupted"
                found = self._search(mask, prices, -slack, collect=not self._trial(mask).alike)
                if not found.complete:
                    self._improve()
                    if self._shared.incumbent.value + self._room() > aim + NOISE:
                        break
                    return "node_limit"
            else:
                worth = self._worth(prices, slack)
                best = self._improve(worth)
                if len(self._refused) > refused:
                    continue  # what refused columns dominated may count now
                self._spare_patients(worth)
                self._prove(max(aim + NOISE, self._shared.incumbent.value, -np.inf if best is None else best))
                return "finished"

    def every_column(self, aim: float) -> list[Column] | None:
        """All columns that a design worth at least `aim` can use, dominated ones too; `None` when there are too many.

        Call it after `run`; the tables must hold every regimen. Stopped runs give `None` as well.
        """
        if self.empty:
            return []
        prices, bound = self._generate()
        slack = bound - aim + NOISE
        reduced = self._proofs.reduced(prices)
        for mask in np.flatnonzero(np.isfinite(reduced) & (reduced >= -slack)).tolist():
            found = self._search(mask, prices, -slack, collect=True, every=True)
            if not found.complete or self._shared.stop():
                return None
        return self._worth(prices, slack)

    def _worth(self, prices: Prices, slack: float) -> list[Column]:
        """Known columns that a design better than the aim could use."""
        kept = []
        for c in self._columns.values():
            reduced = c.value - float(c.takes @ prices.takes) - prices.arm
            reduced -= float(prices.subgroup[members(c.mask)].sum())
            if reduced >= -slack - NOISE:
                kept.append(c)
        return kept

    # -- feasibility ----------------------------------------------------------------------------------------

    def _any_design(self) -> str | None:
        """Find columns that make some design, or prove that there is none.

        Every set is taken at the least it can take of each resource; the sets such a choice picks are searched for
        their true least. `nothing` when even that fits no design, `None` when known columns now make one. Where
        several resources are short at once that can leave the question open, and every column is collected.
        """
        while not self._shared.stop():
            possible = np.flatnonzero(np.isfinite(self._proofs.least).all(axis=1))
            corner = Columns(possible, np.zeros(len(possible)), self._proofs.least[possible])
            best = choose(corner, self._groups, self._within)
            if best is None:
                return "nothing"
            picked = [mask for mask in possible[best[1]].tolist() if mask not in self._cornered]
            if not picked:
                return self._any_of_all(possible)
            for mask in picked:
                self._corner(mask)
            if self._improve() is not None:
                return None
        return self._shared.monitor.stop()

    def _any_of_all(self, possible: Ints) -> str | None:
        """The last resort: whether all columns together make a design."""
        free = Prices(np.zeros(self._groups), 0.0, np.zeros(3), 0.0, 0.0)
        for mask in possible.tolist():
            if self._shared.stop():
                return self._shared.monitor.stop()
            if not self._search(mask, free, -np.inf, collect=True).complete:
                return None if self._improve() is not None else "node_limit"
        return "nothing" if self._improve() is None else None

    def _corner(self, mask: int) -> None:
        """True least patients, money and burden of a set, each with the column that has it."""
        self._cornered.add(mask)
        least = self._proofs.least
        for k in self._within.limited or [PATIENTS]:
            if not np.isfinite(least[mask]).all():
                return
            unit = np.zeros(3)
            unit[k] = 1 / self._within.scale[k]
            least[mask, k] = max(least[mask, k], self._least_charge(mask, unit) * self._within.scale[k])

    def _least_charge(self, mask: int, prices: Floats) -> float:
        shared = self._shared
        charge = self._trial(mask).at(prices)
        found = SequenceSearch(
            shared.tables, mask, charge=charge, charge_only=True, barred=self._barred(mask), stop=shared.stop
        ).run()
        shared.searched += 1
        if found.path is not None:
            shared.pool.add(found.path)
            self._add(mask, found.path)
        return found.lower
