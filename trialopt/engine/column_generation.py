"""One sized master, for one way of sizing: column generation, then closing what is left (see `sized`)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from trialopt.core.instance import Floats, Ints
from trialopt.engine.charges import TrialCharge
from trialopt.engine.found import EQUAL
from trialopt.engine.known_columns import NOISE, KnownColumns, RunState
from trialopt.engine.master import MONEY, PATIENTS, Column, Columns, SharedLimits, choose, nothing_taken, table
from trialopt.engine.measures import members
from trialopt.engine.plans import Plan
from trialopt.engine.proofs import SetProofs, TightestPrices
from trialopt.engine.relaxation import Prices, dual_bound, price
from trialopt.engine.sequences import Found, SequenceSearch

ROUND = 16
"""Sets searched between two solutions of the relaxation."""

POOLED = 300
"""Sets tried with known sequences between two solutions of the relaxation."""

WIDE = 0.01
"""A relaxation this far (relative) above the best design is solved again for each number of arms."""

SPLIT = "split"
"""Ending of a run that is better solved for each number of arms by itself."""


class ColumnGeneration:
    """The sized master for one plan; `within` are the resources all arms share.

    `before` is the run of the same question with looser limits, whose columns and proofs are taken over.
    """

    def __init__(
        self,
        state: RunState,
        plan: Plan,
        within: SharedLimits,
        report: Callable[[float], None],
        before: ColumnGeneration | None = None,
    ) -> None:
        self._state, self._plan, self._within, self._report = state, plan, within, report
        self._member = state.unsized.member
        self._groups = self._member.shape[1]
        self._cornered: set[int] = set()
        self._proven = np.inf
        self.tightest: TightestPrices = TightestPrices(plan.instance.subgroups, within)
        self.within, self.empty = within, False
        self._proofs: SetProofs = SetProofs(state, plan, within, None if before is None else before._proofs)
        self._known: KnownColumns = KnownColumns(
            state, plan, within, self._proofs.possible, None if before is None else before._known
        )
        self.known = self._known

    def run(self) -> str:
        """Work until this question is settled to the gap asked for, or has to stop; returns why it ended."""
        self._begin()
        while True:
            prices, bound = self._generate()
            if self._state.stop():
                self._improve()
                return self._state.monitor.stop() or "interrupted"
            self._improve()
            if self._good_enough(self._proven):
                self._spare_patients(self._known.columns)
                return "finished"
            if prices.unserved > 1e-7 or not np.isfinite(self._state.incumbent.value):
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
        value = self._state.incumbent.value
        return bool(np.isfinite(value) and bound <= value + self._room())

    def _room(self) -> float:
        value = self._state.incumbent.value
        return 0.5 * min(self._state.monitor.limits.gap, 1.0) * abs(value) if np.isfinite(value) else 0.0

    def _begin(self) -> None:
        """First columns: known sequences on single subgroups, pairs and everything together."""
        singles = [1 << g for g in range(self._groups)]
        pairs = [1 << g | 1 << h for g in range(self._groups) for h in range(g)]
        for mask in {*singles, *pairs, (1 << self._groups) - 1}:
            self._known.try_known(mask, Prices(np.zeros(self._groups), 0.0, nothing_taken(), 0.0, 0.0), -np.inf)

    def _generate(self) -> tuple[Prices, float]:
        """Column generation; returns the last prices and the bound they prove."""
        while True:
            prices = price(table(self._known.columns), self._member, self._within)
            reduced = self._proofs.reduced(prices)
            bound = dual_bound(prices, self._within, float(reduced.max(initial=0.0)))
            self._prove(bound)
            self.tightest.offer(prices, bound)
            hot = np.flatnonzero(reduced > 3 * NOISE)
            if not len(hot) or self._state.stop() or self._good_enough(self._proven):
                return prices, bound
            hot = hot[np.argsort(-reduced[hot])]
            added = sum(self._known.try_known(mask, prices, 2 * NOISE) for mask in hot[:POOLED].tolist())
            if added:
                continue
            if len(hot) > ROUND and self._proofs.worth_pricing(prices):
                self._proofs.price_sets(float(prices.takes[MONEY]), hot)
                continue
            for mask in hot[:ROUND].tolist():
                if self._state.stop():
                    break
                self._search(mask, prices, 2 * NOISE)

    def _search(self, mask: int, prices: Prices, least: float, *, collect: bool = False, every: bool = False) -> Found:
        """Best column of the set at these prices, if its reduced cost is above `least`, and the proof."""
        state = self._state
        charge = TrialCharge(self._known.trial(mask), prices.takes)
        search = SequenceSearch(
            state.tables,
            mask,
            charge=charge,
            barred=self._known.barred(mask),
            stop=state.stop,
            every=every,
            accept=self._known.accept(mask),
        )
        constant = state.constant(mask)
        wanted = float(prices.subgroup[members(mask)].sum()) + prices.arm + least
        found = search.run(cutoff=constant - wanted, tolerance=NOISE / 10, collect=collect)
        state.searched += 1
        paths = [*found.every, *([found.path] if found.path is not None else [])]
        state.pool.add_all(paths)
        self._known.add_all(mask, paths, undominated=not every)
        self._proofs.record(mask, prices.takes, constant - found.lower)
        return found

    def _improve(self, among: list[Column] | None = None) -> float | None:
        """Best design made of known columns, offered as the incumbent; returns the choice's bound."""
        columns = self._known.columns if among is None else among
        while True:
            best = self._choose(columns)
            if best is None:
                return None
            if self._offer(best[1]):
                return best[0]
            columns = [c for c in columns if (c.mask, c.path) in self._known.all]

    def _spare_patients(self, columns: list[Column]) -> None:
        """Of designs just as good as the incumbent, made of these columns, take the one with the fewest patients.

        Arms of the incumbent that could share one of its sequences are among them pooled.
        """
        held = self._state.incumbent.arms
        known = {(c.mask, c.path) for c in columns}
        for size in range(2, len(held) + 1):
            for together in combinations(held, size):
                mask = sum(arm[0] for arm in together)
                pooled = [
                    self._known.add(mask, path) for path in {arm[1] for arm in together} if (mask, path) not in known
                ]
                columns = columns + [c for c in pooled if c is not None]
        best = self._choose(columns, fewest_patients_at=self._state.incumbent.value - EQUAL / 2)
        if best is not None:
            self._offer(best[1], preferred=True)

    def _choose(
        self, columns: list[Column], fewest_patients_at: float | None = None
    ) -> tuple[float, list[Column]] | None:
        place = {(c.mask, c.path): n for n, c in enumerate(columns)}
        forbidden = [[place[key] for key in keys] for keys in self._known.forbidden if all(k in place for k in keys)]
        best = choose(
            table(columns), self._groups, self._within, forbidden=forbidden, fewest_patients_at=fewest_patients_at
        )
        self._state.masters += 1
        return None if best is None else (best[0], [columns[n] for n in best[1].tolist()])

    def _offer(self, chosen: list[Column], *, preferred: bool = False) -> bool:
        """Offer a design; `False` when `evaluate` refused it and what it refused is out of the way now."""
        refused = self._state.incumbent.offer(
            [(c.mask, c.path) for c in chosen], sum(c.value for c in chosen), self._state.doing(), preferred=preferred
        )
        if refused:
            self._known.refuse(chosen, refused)
        return not refused

    def _close(self, prices: Prices, bound: float) -> str:
        """Collect every column that a better design could use, and choose among them."""
        while True:
            aim = self._state.incumbent.value + self._room()
            slack = bound - aim
            if not self._within.exactly and self._within.arms > 1 and slack > WIDE * abs(aim):
                return SPLIT
            in_play = np.flatnonzero(self._proofs.reduced(prices) >= -slack)
            refused = len(self._known.refused)
            for mask in in_play.tolist():
                if self._state.stop():
                    return self._state.monitor.stop() or "interrupted"
                found = self._search(mask, prices, -slack, collect=not self._known.trial(mask).alike)
                if not found.complete:
                    self._improve()
                    if self._state.incumbent.value + self._room() > aim + NOISE:
                        break
                    return "node_limit"
            else:
                worth = self._known.worth(prices, slack)
                best = self._improve(worth)
                if len(self._known.refused) > refused:
                    continue  # what refused columns dominated may count now
                self._spare_patients(worth)
                self._prove(max(aim + NOISE, self._state.incumbent.value, -np.inf if best is None else best))
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
            if not found.complete or self._state.stop():
                return None
        return self._known.worth(prices, slack)

    def _any_design(self) -> str | None:
        """Find columns that make some design, or prove that there is none.

        Every set is taken at the least it can take of each resource; the sets such a choice picks are searched for
        their true least. `nothing` when even that fits no design, `None` when known columns now make one. Where
        several resources are short at once that can leave the question open, and every column is collected.
        """
        while not self._state.stop():
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
        return self._state.monitor.stop()

    def _any_of_all(self, possible: Ints) -> str | None:
        """The last resort: whether all columns together make a design."""
        free = Prices(np.zeros(self._groups), 0.0, nothing_taken(), 0.0, 0.0)
        for mask in possible.tolist():
            if self._state.stop():
                return self._state.monitor.stop()
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
            unit = nothing_taken()
            unit[k] = 1 / self._within.scale[k]
            least[mask, k] = max(least[mask, k], self._least_charge(mask, unit) * self._within.scale[k])

    def _least_charge(self, mask: int, prices: Floats) -> float:
        state = self._state
        charge = TrialCharge(self._known.trial(mask), prices)
        found = SequenceSearch(
            state.tables,
            mask,
            charge=charge,
            charge_only=True,
            barred=self._known.barred(mask),
            stop=state.stop,
            accept=self._known.accept(mask),
        ).run()
        state.searched += 1
        if found.path is not None:
            state.pool.add(found.path)
            self._known.add(mask, found.path)
        return found.lower
