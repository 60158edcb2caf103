"""One family played many times: looks in turn, the test at each, and what was known when it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.simulate import logrank, rates
from trialopt.simulate.exact import rejects
from trialopt.simulate.patients import Patients, accrual_months, drawn
from trialopt.simulate.situation import Situation
from trialopt.simulate.trial import EXACT, Comparison, Family

LATEST = 2.0
"""Times the planned study that a trial waits for its events; an assumption, told where it binds."""

MOMENT = 1e-9
"""Months that rounding may move an event by: the event that an analysis waits for is in it."""


@dataclass(frozen=True, eq=False)
class Played:
    """What became of B trials of a family; C comparisons, K analyses, G groups, S strata, E categories."""

    success: Bools
    """(B, C)"""
    look: Ints
    """(B,) analysis at which the trial ended, from 0."""
    futile: Bools
    """(B,) whether it ended for futility before the final analysis."""
    estimate: Floats
    """(B, C) difference in rates, or log hazard ratio, at the end; NaN where there is none."""
    effect: Floats
    """(B, C) the true one."""
    treated: Ints
    """(B, G, S) patients randomised by the end."""
    worse: Floats
    """(B,) of them, on a treatment that is not the best of its stratum, by what is true."""
    events: Floats
    """(B,) seen at the end, or responses read."""
    months: Floats
    """(B,) to the end; NaN without accrual rates."""
    at_look: Floats
    """(B, K) month of each analysis, NaN where the trial had ended before."""
    short: Bools
    """(B,) whether the last analysis came before its events did."""
    severe: Ints
    """(B, E) patients with at least one severe event of each category."""
    cost: Floats
    """(B,)"""


def play(family: Family, now: Situation, count: int, first: int, chance: np.random.Generator, latest: float) -> Played:
    """Play `count` trials, the first of which has the truth number `first` (in turn)."""
    truth = (first + np.arange(count)) % len(now.outcome)
    patients = drawn(family, now, truth, chance)
    state = _Course(family, now, patients, truth, latest)
    for k in range(len(family.fractions)):
        state.analyse(k)
        if not state.going.any():
            break
    return state.ended(chance)


class _Course:
    """Trials on their way through the looks."""

    def __init__(self, family: Family, now: Situation, patients: list[Patients], truth: Ints, latest: float) -> None:
        self.family, self.now, self.patients, self.truth = family, now, patients, truth
        count, comparisons, looks = len(truth), len(family.comparisons), len(family.fractions)
        self.going = np.ones(count, dtype=bool)
        self.success = np.zeros((count, comparisons), dtype=bool)
        self.decided = np.zeros((count, comparisons), dtype=bool)
        self.look = np.zeros(count, dtype=np.int64)
        self.futile = np.zeros(count, dtype=bool)
        self.estimate = np.full((count, comparisons), np.nan)
        self.at = np.full((count, looks), np.nan)
        self.events = np.zeros(count)
        self.short = np.zeros(count, dtype=bool)
        self.when = self._times(latest)

    def _times(self, latest: float) -> Floats:
        """(B, K) months of the analyses, if the trial were to come to them all; also fills `short`."""
        family = self.family
        if not family.survival:
            total, every = family.total, [part.entry for part in self.patients]
            read = [min(total, max(1, int(np.ceil(t * total - 1e-9)))) for t in family.fractions]
            if read == [total]:
                return accrual_months(self.patients)[:, None]
            return _smallest(np.concatenate(every, axis=1), read)
        waits = []
        for one in family.comparisons if any(c.events for c in family.comparisons) else family.comparisons[:1]:
            seen = [
                (part.entry + part.event)[:, np.isin(part.group, (one.treatment, one.control))]
                for part in self.patients
            ]
            waits.append(_smallest(np.concatenate(seen, axis=1), list(one.events or family.events)))
        when = np.max(waits, axis=0)
        if family.study_months is not None:
            most = latest * family.study_months
            self.short = when[:, -1] > most
            when = np.minimum(when, most)
        last = np.max([(part.entry + part.watched).max(axis=1, initial=0.0) for part in self.patients], axis=0)
        self.short |= ~np.isfinite(when[:, -1])
        return np.asarray(np.minimum(when, last[:, None]))

    def analyse(self, k: int) -> None:
        """The analysis `k` of all trials still going on."""
        family, rows = self.family, np.flatnonzero(self.going)
        final = k + 1 == len(family.fractions)
        self.at[rows, k] = self.when[rows, k]
        self.look[rows] = k
        ends = np.full(len(rows), final)
        futile = np.zeros(len(rows), dtype=bool)
        for c, one in enumerate(family.comparisons):
            if family.survival:
                z, estimate, events = self._survival(one, rows, k)
            else:
                z, estimate, events = self._rates(one, rows, k)
            wins = (z >= one.efficacy[k]) & ~self.decided[rows, c]
            self.success[rows, c] |= wins
            self.estimate[rows, c] = np.where(self.decided[rows, c], self.estimate[rows, c], estimate)
            self.decided[rows, c] |= wins
            if one.futility is not None and not final:
                futile |= (z <= one.futility[k]) & ~self.decided[rows, c]
            if c == 0:
                self.events[rows] = events
        ends |= futile | self.decided[rows].all(axis=1)
        self.futile[rows] = futile & ~self.decided[rows].all(axis=1)
        self.going[rows[ends]] = False

    def _rates(self, one: Comparison, rows: Ints, k: int) -> tuple[Floats, Floats, Floats]:
        family = self.family
        cells = [self._counts(one, rows, k, part) for part in self.patients]
        x1, n1, x0, n0 = (np.stack(column, axis=1) for column in zip(*cells, strict=True))
        test = one.test or family.test
        if not test.startswith("mantel_haenszel"):
            x1, n1, x0, n0 = (rates.together(counts) for counts in (x1, n1, x0, n0))
        estimate, z = rates.difference(x1, n1, x0, n0, pooled=test.endswith("_pooled"))
        if test in EXACT:
            found = rejects(test, one.alpha, x1[:, 0], n1[:, 0], x0[:, 0], n0[:, 0])
            z = np.where(found == 1, np.inf, -np.inf)
        return z, estimate, (x1 + x0).sum(axis=1).astype(float)

    def _counts(self, one: Comparison, rows: Ints, k: int, part: Patients) -> tuple[Ints, Ints, Ints, Ints]:
        """(b,) responses and patients under treatment and control of one stratum."""
        last = k + 1 == len(self.family.fractions)
        found = []
        for group in (one.treatment, one.control):
            columns = np.flatnonzero(part.group == group)
            known = _cells(part.evaluable, rows, columns)
            if not last:
                known = known & (_cells(part.entry, rows, columns) <= self.when[rows, k, None])
            found += [(_cells(part.response, rows, columns) & known).sum(axis=1), known.sum(axis=1)]
        return found[0], found[1], found[2], found[3]

    def _survival(self, one: Comparison, rows: Ints, k: int) -> tuple[Floats, Floats, Floats]:
        family = self.family
        cells = [self._seen(one, rows, k, part) for part in self.patients]
        if family.test == "logrank":
            cells = [(np.concatenate([code for code, _ in cells], axis=1), sum(treated for _, treated in cells))]
        strata = [logrank.ordered(code, treated) for code, treated in cells if code.shape[1]]
        z, events = logrank.logrank(strata)
        return z, logrank.log_hazard_ratio(strata), events

    def _seen(self, one: Comparison, rows: Ints, k: int, part: Patients) -> tuple[Ints, int]:
        """Coded times (b, n) of one stratum as they are known at the analysis, and its patients under treatment."""
        columns = np.flatnonzero(np.isin(part.group, (one.treatment, one.control)))
        treated = part.group[columns] == one.treatment
        since = self.when[rows, k, None] - _cells(part.entry, rows, columns)
        time = np.minimum(_cells(part.watched, rows, columns), since)
        event = _cells(part.event, rows, columns) <= since + MOMENT
        return logrank.coded(np.maximum(time, 0.0, out=time), event, treated), int(treated.sum())

    def ended(self, chance: np.random.Generator) -> Played:
        """Everything that is told of the trials."""
        family, now = self.family, self.now
        end = np.take_along_axis(self.when, self.look[:, None], axis=1)
        final = self.look + 1 == len(family.fractions)
        treated = np.empty((len(end), len(family.groups), len(family.strata)), dtype=np.int64)
        for s, part in enumerate(self.patients):
            within = part.entry <= end
            if not family.survival:
                within |= final[:, None]
            for g in range(len(family.groups)):
                treated[:, g, s] = within[:, part.group == g].sum(axis=1)
        weights = np.array(family.weights)
        effect = np.stack([now.effect(one, weights, family.survival)[self.truth] for one in family.comparisons], axis=1)
        severe = [
            chance.binomial(treated, now.risk[self.truth, :, :, e]).sum(axis=(1, 2)) for e in range(now.risk.shape[3])
        ]
        price = np.array([group.cost or (0.0,) * len(family.strata) for group in family.groups])
        known = now.per_month is not None
        return Played(
            success=self.success,
            look=self.look,
            futile=self.futile,
            estimate=self.estimate,
            effect=effect,
            treated=treated,
            worse=self._worse(treated),
            events=self.events,
            months=end[:, 0] if known else np.full(len(end), np.nan),
            at_look=self.at if known else np.full_like(self.at, np.nan),
            short=self.short & final,
            severe=np.stack(severe, axis=1) if severe else np.zeros((len(end), 0), dtype=np.int64),
            cost=(treated * price).sum(axis=(1, 2)),
        )

    def _worse(self, treated: Ints) -> Floats:
        """(B,) patients on a worse side, by the truth of their stratum."""
        return np.asarray((treated * self.now.worse(self.family.survival)[self.truth]).sum(axis=(1, 2)))


def _cells(array: Any, rows: Ints, columns: Ints) -> Any:
    """Cells of (B, n) in these rows and columns, without a copy where it is all of them."""
    some = array if len(rows) == len(array) else array[rows]
    return some if len(columns) == some.shape[1] else some[:, columns]


def _smallest(times: Floats, places: list[int]) -> Floats:
    """(B, K) the `places`-th smallest times (from 1) of each row; `inf` where there are not so many."""
    n = times.shape[1]
    within = sorted({min(place, n) - 1 for place in places})
    parted = np.partition(times, within, axis=1)
    found = [parted[:, place - 1] if place <= n else np.full(len(times), np.inf) for place in places]
    return np.stack(found, axis=1)
