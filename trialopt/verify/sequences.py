"""Every sequence that could be part of a better design: searched epoch by epoch, all that cannot is cut off.

Prices say what each subgroup is worth elsewhere (`worth`), what an arm costs (`arm`) and at least how much of what all
arms share it takes (`share`, by subgroup). A sequence counts if for some set T of subgroups

    sum over T of (value - worth - share) - arm  >  above.

The best T for a sequence takes each subgroup whose term is positive, so the left side is a sum of positive parts. What
epochs to come can add is bounded from above, in each subgroup by itself, by their best regimen there with no further
emergence and, where effects carry over, with as little left as any regimen leaves.
"""

from __future__ import annotations

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.verify.begun import FAR, Begun, Prices, Sequences
from trialopt.verify.facts import MISS, ROUNDING, Facts, control_coverage
from trialopt.verify.limits import Limits, room
from trialopt.verify.regimens import Regimens, TooMany, cumulative_columns
from trialopt.verify.rules import follows, includes

MOST_SEQUENCES = 400_000
"""Sequences, or beginnings of some, beyond which a search is given up."""

MOST_LOOKED = 1_000_000_000
"""Pairs of a sequence and a set of subgroups beyond which a search is given up."""

CELLS = 3_000_000
"""Pairs of a beginning and a regimen looked at together."""


class Search:
    """Searches over the regimens of all epochs."""

    def __init__(self, facts: Facts, epochs: list[Regimens], whole: Limits | None = None) -> None:
        """`whole` is what whole sequences are held against, where columns are about truths."""
        self._facts, self._epochs, self._whole = facts, epochs, whole
        i = facts.instance
        self._columns = [np.flatnonzero(facts.group == g) for g in range(facts.groups)]
        group, category = cumulative_columns(facts)
        base = facts.background.sum(axis=0)
        self._of_limit = group
        self._room = room(i.cumulative_limit[category]) - base[group, category]
        if whole is not None and whole.in_truths:
            self._room = np.full(len(group), np.inf)
        self._least_events = self._later(
            [np.array([self._least(r.events[:, c], r.serves[:, g]) for c, g in enumerate(group)]) for r in epochs]
        )
        self._least_cost = self._later([np.array([r.cost.min(initial=np.inf)]) for r in epochs])
        most = [np.where(r.serves, r.theta, -np.inf).max(axis=0, initial=-np.inf) for r in epochs]
        self._most_theta = self._later(most)
        self._harmless = np.full(facts.groups, -np.inf)
        if i.trial.no_harm and whole is None:
            control = control_coverage(facts)
            self._harmless = (facts.counts * control.T).sum(axis=0) - MISS - ROUNDING
        self._least_left = [r.left.min(axis=0, initial=1.0) ** i.trial.carry for r in epochs]
        root = np.zeros((1, facts.groups))
        on = np.zeros((1, len(i.emergence_mechanism)), dtype=bool)
        first = np.ones((1, len(facts.group)))
        self.least_cost = float(sum(r.cost.min(initial=np.inf) for r in epochs))
        self.root: Sequences = Sequences(
            path=np.zeros((1, 0), dtype=np.int64),
            serves=np.ones((1, facts.groups), dtype=bool),
            value=root,
            covered=root,
            endpoint=root + 1,
            theta=root,
            cost=np.zeros(1),
            on=on,
            left=first,
            events=np.zeros((1, len(group))),
            rest=self._rest(0, on, first),
        )

    @staticmethod
    def _least(numbers: Floats, rows: Bools) -> float:
        return float(numbers[rows].min(initial=np.inf))

    def _later(self, least: list[Floats]) -> list[Floats]:
        """For each epoch, sums over the epochs after it."""
        return [np.sum([np.zeros_like(least[s]), *least[s + 1 :]], axis=0) for s in range(len(least))]

    def found(self, prices: Prices) -> Sequences:
        """All whole sequences that count at these prices. Raises `TooMany`."""
        self._together: dict[tuple[int, bytes], Floats] = {}
        self._looked = 0
        some = self.root
        for s in range(len(self._epochs)):
            some = self._extended(s, some, prices)
        return some

    def _extended(self, s: int, some: Sequences, prices: Prices) -> Sequences:
        step = max(1, CELLS // max(1, len(self._epochs[s])))
        parts, total = [], 0
        for begin in range(0, max(1, len(some)), step):
            part = self._block(s, some.pick(np.arange(begin, min(begin + step, len(some)))), prices)
            parts.append(part)
            total += len(part)
            if total > MOST_SEQUENCES:
                raise TooMany(f"more than {MOST_SEQUENCES:,} sequences are within reach of a better design")
        return _joined(parts)

    def _block(self, s: int, some: Sequences, prices: Prices) -> Sequences:
        facts, regimens = self._facts, self._epochs[s]
        share = facts.instance.share
        later = some.rest[:, 1:].sum(axis=1)  # n G
        total = np.full((len(some), len(regimens)), -prices.arm)
        coverages: list[Floats] = []
        state = self._state(s, some.on, some.left)
        taken, per_cost = prices.shares()
        cost = some.cost[:, None] + regimens.cost + float(self._least_cost[s][0])
        for g in range(facts.groups):
            own = self._columns[g]
            coverage = 1 - state[:, own] @ regimens.left[:, own].T
            coverages.append(coverage)
            value = some.value[:, g, None] + facts.counts[s, g] * (coverage - facts.weight * regimens.burden[:, g])
            gain = share[g] * (value + later[:, g, None]) - prices.worth[g] - taken[g]
            if per_cost[g] > 0:
                gain -= per_cost[g] * cost
            good = some.serves[:, g, None] & regimens.serves[:, g]
            total += np.where(good, np.maximum(gain, 0.0), 0.0)
        parent, row = np.nonzero(total > prices.above)
        coverage = np.array([c[parent, row] for c in coverages]).reshape(facts.groups, len(parent)).T
        read = self._read(s, some, parent, row, coverage)
        begun = self._begun(s, some, parent, row, coverage, read)
        keep = self._counts(s, begun, some.on[parent], some.rest[parent, 1:], prices)
        children = self._children(s, some, parent[keep], row[keep], coverage[keep], read[keep])
        return children.pick(self._counts(s, children, children.on, children.rest, prices))

    def _read(self, s: int, some: Sequences, parent: Ints, row: Ints, coverage: Floats) -> Floats:
        """(n, G) coverage that a response rate rests on, where it is read."""
        facts, regimens = self._facts, self._epochs[s]
        if s != facts.instance.trial.endpoint_epoch:
            return some.endpoint[parent]
        if facts.end is None and regimens.end_left is None:
            return coverage
        start = facts.start[s] if facts.end is None else facts.end
        left = regimens.left if regimens.end_left is None else regimens.end_left
        state = start * np.exp(some.on.astype(float) @ facts.emerges) * some.left
        found = [1 - (state[:, own] @ left[:, own].T)[parent, row] for own in self._columns]
        return np.array(found).reshape(facts.groups, len(parent)).T

    def _begun(self, s: int, some: Sequences, parent: Ints, row: Ints, coverage: Floats, read: Floats) -> Begun:
        facts, regimens = self._facts, self._epochs[s]
        gain = facts.counts[s] * (coverage - facts.weight * regimens.burden[row])
        return Begun(
            serves=some.serves[parent] & regimens.serves[row],
            value=some.value[parent] + gain,
            endpoint=read,
            theta=some.theta[parent] + regimens.theta[row],
            cost=some.cost[parent] + regimens.cost[row],
        )

    def _counts(self, s: int, some: Begun | Sequences, on: Bools, rest: Floats, prices: Prices) -> Ints:
        """Rows of sequences begun through epoch `s` that some set of subgroups may still make count."""
        kept: list[Ints] = []
        kinds, place = np.unique(on, axis=0, return_inverse=True) if len(on) else (on, np.zeros(0, dtype=np.int64))
        place = place.ravel()
        one_rest = self._facts.instance.trial.carry == 0
        ahead = [self._best_together(s + 1, kind, prices) for kind in kinds] if one_rest else []
        step = max(1, CELLS // len(prices.member)) if len(prices.member) else 1
        for begin in range(0, len(on), step):
            rows = np.arange(begin, min(begin + step, len(on)))
            most = self._facts.instance.share * some.value[rows] - prices.worth
            if not one_rest:
                most = most + self._facts.instance.share * rest[rows].sum(axis=1)
            most = np.where(some.serves[rows], np.maximum(most, -FAR), -FAR) @ prices.member.T
            if one_rest:
                most += np.array(ahead)[place[rows]]
            cost = some.cost[rows] + float(self._least_cost[s][0])
            most -= prices.arm
            cheap = prices.taken + np.multiply.outer(cost, prices.per_cost)
            some_set = np.flatnonzero((most - cheap > prices.above).any(axis=1))
            self._looked += most.size + 4 * len(some_set) * most.shape[1]
            if self._looked > MOST_LOOKED:
                raise TooMany("more sequences than a check takes on are within reach of a better design")
            rows, most = rows[some_set], most[some_set]
            theta = some.theta[rows] + self._most_theta[s]
            good = most - prices.takes(s, some.endpoint[rows], theta, cost[some_set]) > prices.above
            kept.append(rows[good.any(axis=1)])
        return np.concatenate(kept) if kept else np.zeros(0, dtype=np.int64)

    def _best_together(self, s: int, on: Bools, prices: Prices) -> Floats:
        """(n,) most that the epochs from `s` on can add to the value of an arm that serves each set.

        Each epoch by itself at one regimen for the whole set; its emergence is what came about before `s`.
        """
        key = (s, on.tobytes())
        if key not in self._together:
            total = np.zeros(len(prices.member))
            facts = self._facts
            for t in range(s, len(self._epochs)):
                regimens = self._epochs[t]
                state = self._state(t, on[None], np.ones((1, len(facts.group))))
                gain = 1 - facts.by_group(state * regimens.left) - facts.weight * regimens.burden
                gain = np.where(regimens.serves, facts.instance.share * facts.counts[t] * gain, -FAR)
                total += (gain @ prices.member.T).max(axis=0, initial=-FAR)
            self._together[key] = total
        return self._together[key]

    def _children(self, s: int, some: Sequences, parent: Ints, row: Ints, coverage: Floats, read: Floats) -> Sequences:
        facts, regimens, trial = self._facts, self._epochs[s], self._facts.instance.trial
        given = [self._epochs[t].given[some.path[parent, t]] for t in range(s)]
        good = follows(facts.instance, given, regimens.given[row])
        if s + 1 == len(self._epochs):
            good &= includes(facts.instance, [*given, regimens.given[row]])
        parent, row, coverage, read = parent[good], row[good], coverage[good], read[good]
        begun = self._begun(s, some, parent, row, coverage, read)
        covered = some.covered[parent] + facts.counts[s] * coverage
        events = some.events[parent] + regimens.events[row]
        serves = begun.serves
        over = events + self._least_events[s] > self._room
        for c, g in enumerate(self._of_limit.tolist()):
            serves[:, g] &= ~over[:, c]
        on, left = some.on[parent] | regimens.emerges[row], some.left[parent]
        if trial.carry > 0:
            left = left * regimens.left[row] ** trial.carry
        rest = self._rest(s + 1, on, left)
        ahead = facts.counts[s + 1 :].sum(axis=0)
        if facts.weight == 0:
            ahead = rest.sum(axis=1)
        serves &= covered + ahead >= self._harmless
        if self._whole is not None and s + 1 == len(self._epochs) and len(row):
            own = [rows[good] for rows in given]
            serves &= self._whole.keeps(np.stack([*own, regimens.given[row]], axis=1))
        return Sequences(
            path=np.concatenate([some.path[parent], row[:, None]], axis=1),
            serves=serves,
            value=begun.value,
            covered=covered,
            endpoint=begun.endpoint,
            theta=begun.theta,
            cost=begun.cost,
            on=on,
            left=left,
            events=events,
            rest=rest,
        )

    def _state(self, s: int, on: Bools, left: Floats) -> Floats:
        """(n, J) disease that an epoch meets."""
        return np.asarray(self._facts.start[s] * np.exp(on.astype(float) @ self._facts.emerges) * left)

    def _rest(self, s: int, on: Bools, left: Floats) -> Floats:
        """(n, S - s, G) most that each epoch from `s` on can add, its share of patients left out."""
        facts = self._facts
        found = np.zeros((len(on), len(self._epochs) - s, facts.groups))
        if facts.instance.trial.carry == 0 and len(on) > 1:
            kinds, place = np.unique(on, axis=0, return_inverse=True)
            if len(kinds) < len(on):
                return self._rest(s, kinds, np.ones((len(kinds), left.shape[1])))[place.ravel()]
        for k, t in enumerate(range(s, len(self._epochs))):
            regimens, state = self._epochs[t], self._state(t, on, left)
            for g in range(facts.groups):
                found[:, k, g] = self._best(t, g, regimens, state[:, self._columns[g]])
            left = left * self._least_left[t]
        return found

    def _best(self, t: int, g: int, regimens: Regimens, state: Floats) -> Floats:
        """(n,) most that an epoch can add in a subgroup."""
        rows = np.flatnonzero(regimens.serves[:, g])
        if not len(rows):
            return np.full(len(state), -np.inf)
        left = regimens.left[np.ix_(rows, self._columns[g])]
        burden = self._facts.weight * regimens.burden[rows, g]
        best = np.full(len(state), -np.inf)
        step = max(1, CELLS // len(rows))
        for begin in range(0, len(state), step):
            part = slice(begin, begin + step)
            best[part] = (1 - state[part] @ left.T - burden).max(axis=1)
        return np.asarray(self._facts.counts[t, g] * best)


def _joined(parts: list[Sequences]) -> Sequences:
    names = Sequences.__dataclass_fields__
    return Sequences(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
