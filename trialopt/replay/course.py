"""The course of patients under a sequence: clones, M-protein, visits, and what a trial reads off them.

Between two visits every clone grows or shrinks exponentially, at its growth less the kills of what is given then, and
M-protein P with clearance c follows the clones' output b exactly: P' = c (b - P). At a visit the assay is read with its
error. Response: confirmed at the next visit, at most half (PR), and no M-protein with under 5 % plasma cells (CR); MRD
negative: fewer plasma cells than the level, in complete response. Progression: a rise of `pd_rise` and of `pd_least`
from the lowest reading, confirmed (IMWG; Kumar S et al. 2016). Death without progression comes at its own time.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Bools
from trialopt.replay.agents import MONTH
from trialopt.replay.given import Course
from trialopt.replay.harm import NEVER, Harm, harm
from trialopt.replay.patients import Patients, Singles

BLOCK = 8_192
"""Patients followed at a time: their arrays stay in the processor's cache."""

PACK = 4
"""Visits after which patients who have ended are left out."""

PROGRESSED, DIED = 1, 2


@dataclass(frozen=True, eq=False)
class Played:
    """What n patients of one subgroup did under one sequence; months from the start, infinite for never."""

    response: Singles
    """(n,) first of two visits in partial response or better."""
    complete: Singles
    """(n,) first of two visits in complete response."""
    negative: Singles
    """(n,) MRD negativity."""
    ended: Singles
    """(n,) progression, death or the end of follow-up."""
    how: NDArray[np.int8]
    """(n,) 1 progressed, 2 died, 0 neither."""
    responding: Bools
    """(n, S) in response, alive and without progression at the end of the epoch (or of follow-up within it)."""
    started: Bools
    """(n, S) alive and without progression at the start of the epoch."""
    severe: Bools
    """(n, S, E) a severe event of the category in the epoch, before progression."""

    def __len__(self) -> int:
        return len(self.ended)


def joined(parts: list[Played]) -> Played:
    """Patients of several plays together."""
    return Played(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Played)})


def follow(patients: Patients, course: Course, months: float, *, doses: bool = True, noise: bool = True) -> Played:
    """Follow patients for so many months under a sequence.

    `doses` false: severe events neither lower nor stop anything; `noise` false: the assay reads true.
    """
    visits = int(np.ceil(months * MONTH / patients.constants.visit_days)) + 1
    errors = patients.noise(visits + 1)
    parts = []
    for start in range(0, len(patients), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(patients)))
        parts.append(_Block(patients, course, rows, errors[:, :, rows], visits, months, doses, noise).run())
    return joined(parts)


class _Block:
    """Some patients, visit by visit."""

    def __init__(
        self,
        patients: Patients,
        course: Course,
        rows: NDArray[np.intp],
        errors: Singles,
        visits: int,
        months: float,
        doses: bool,
        noise: bool,
    ) -> None:
        self.p, self.course, self.rows, self.visits, self.months = patients, course, rows, visits, months
        self.harm: Harm = harm(patients, course, rows, doses=doses)
        self.errors = errors
        self.noise = noise
        c = patients.constants
        n = len(rows)
        self.clear = np.float32(np.log(2) / c.half_life)
        self.step = np.float32(c.visit_days)
        growth = patients.growth[rows]
        self.output = patients.clones[rows] * (patients.protein[rows] * (growth + self.clear) / self.clear)[:, None]
        self.least = self.output.sum(axis=1) / np.float32(c.cells)
        self.first_output = self.output.sum(axis=1)
        self.protein = patients.protein[rows].copy()
        self.here = np.arange(n)
        self.found = {name: np.full(n, NEVER, dtype=np.float32) for name in ("response", "complete", "negative")}
        self.end = np.minimum(patients.deaths[rows], np.float32(months))
        self.how = np.where(patients.deaths[rows] < months, DIED, 0).astype(np.int8)
        self.responding = np.zeros((n, len(course.epochs)), dtype=bool)
        self.base = self._read(0, self.here, self.protein)
        self.lowest = self.base.copy()
        self.before = {name: np.zeros(n, dtype=bool) for name in ("response", "complete", "worse")}
        self.agents = {gift.agent: patients.own(gift.agent)[rows] for e in course.epochs for gift in e.gifts}
        for agent in self.agents:
            self.agents[agent] = self.agents[agent] * patients.shared[rows]
        self.stops = patients.stops[rows]

    def _read(self, visit: int, here: NDArray[np.intp], true: Singles) -> Singles:
        """M-protein as the assay reads it."""
        if not self.noise:
            return true
        c = self.p.constants
        relative, absolute = self.errors[0, visit, here], self.errors[1, visit, here]
        read = true * (1 + np.float32(c.assay_relative) * relative) + np.float32(c.assay_floor) * absolute
        above: Singles = np.maximum(read, np.float32(0))
        return above

    def run(self) -> Played:
        """All visits, then what was read."""
        for visit in range(1, self.visits + 1):
            if not len(self.here):
                break
            start = (visit - 1) * float(self.step) / MONTH
            self._advance(start)
            self._visit(visit, start, start + float(self.step) / MONTH)
            if visit % PACK == 0:
                self._pack(start + float(self.step) / MONTH)
        return self._played()

    def _epoch(self, month: float) -> int:
        """Epoch of a time; the last one goes on."""
        last = len(self.course.epochs) - 1
        return next((s for s, e in enumerate(self.course.epochs) if month < e.end), last)

    def _advance(self, start: float) -> None:
        """From one visit to the next."""
        middle = start + 0.5 * float(self.step) / MONTH
        epoch = self.course.epochs[self._epoch(middle)]
        rate = np.repeat(self.p.growth[self.rows[self.here]][:, None], self.output.shape[1], axis=1)
        going = self.stops[self.here] > middle
        for gift in epoch.gifts:
            acts = min(1.0, max(0.0, gift.days / float(self.step) - (start - epoch.start) * MONTH / float(self.step)))
            if acts > 0:
                dose = self._dose(gift.agent, middle) * going * np.float32(acts) * self.agents[gift.agent][self.here]
                rate -= dose[:, None] * gift.kill.astype(np.float32)
        grown = np.exp(rate * self.step)
        gone = np.exp(-self.clear * self.step)
        pull = rate + self.clear
        pull[np.abs(pull) < 1e-6] = np.float32(1e-6)
        self.protein = self.protein * gone + self.clear * (self.output * (grown - gone) / pull).sum(axis=1)
        self.output *= grown
        self.output[self.output < self.least[self.here, None]] = 0

    def _dose(self, agent: int, month: float) -> Singles:
        c = self.p.constants
        if agent not in self.harm.lowered:
            return np.ones(len(self.here), dtype=np.float32)
        lower = np.float32(c.reduced**c.dose_exponent)
        dose = np.where(self.harm.lowered[agent][self.here] < month, lower, np.float32(1))
        return np.where(self.harm.stopped[agent][self.here] < month, np.float32(0), dose)

    def _visit(self, visit: int, before: float, now: float) -> None:
        """Read the assay; what was seen at the visit before and is seen again counts from then."""
        c, here = self.p.constants, self.here
        read = self._read(visit, here, self.protein)
        marrow = self.output.sum(axis=1) / self.first_output[here] * self.p.marrow[self.rows[here]]
        half = read <= 0.5 * self.base[here]
        none = (read < c.immunofixation) & (marrow < 0.05)
        worse = (read >= (1 + c.pd_rise) * self.lowest[here]) & (read >= self.lowest[here] + c.pd_least)
        alive = self.end[here] > before
        self._note("response", half, alive, before)
        self._note("complete", none, alive, before)
        clean = none & (marrow < c.mrd_level) & alive & np.isinf(self.found["negative"][here])
        self.found["negative"][here[clean]] = now
        again = worse & self.before["worse"][here] & alive
        self.end[here[again]] = before
        self.how[here[again]] = PROGRESSED
        self.before["worse"][here] = worse
        self.lowest[here] = np.minimum(self.lowest[here], read)
        for s, epoch in enumerate(self.course.epochs):
            if before < min(epoch.end, self.months) <= now:
                self.responding[here, s] = half

    def _note(self, name: str, seen: Bools, alive: Bools, month: float) -> None:
        here = self.here
        again = seen & self.before[name][here] & alive & np.isinf(self.found[name][here])
        self.found[name][here[again]] = month
        self.before[name][here] = seen

    def _pack(self, now: float) -> None:
        open_ = (self.how[self.here] != PROGRESSED) & (self.end[self.here] > now)
        self.here, self.output, self.protein = self.here[open_], self.output[open_], self.protein[open_]

    def _played(self) -> Played:
        starts = np.array([e.start for e in self.course.epochs], dtype=np.float32)
        ends = np.array([e.end for e in self.course.epochs], dtype=np.float32)
        started = self.end[:, None] > starts
        reached = np.minimum(ends, np.float32(self.months))
        lasting = (self.end[:, None] >= reached) & (self.how[:, None] != PROGRESSED) | (self.end[:, None] > reached)
        severe = self.harm.first < np.minimum(self.end, self.stops)[:, None, None]
        found = {name: np.where(times <= self.end, times, NEVER) for name, times in self.found.items()}
        return Played(
            **found,
            ended=self.end,
            how=self.how,
            responding=self.responding & started & lasting,
            started=started,
            severe=severe,
        )
