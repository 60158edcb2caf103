"""Limits that hold in a share of the truths (model section 11, `confidence`).

Limits of an epoch are a filter on regimens, and one that adding agents cannot mend: events never fall. Cumulative
limits and `no_harm` are a filter on sequences, asked of whole sequences; of prefixes with what the later epochs add at
the least, truth by truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import TOLERANCE, Bools, Floats, Instance, Ints
from trialopt.engine.regimens import SLACK, Regimens, Stopped, TooLarge, never, pieces
from trialopt.engine.truths import AT_ONCE, TruthNumbers

CELLS = 80_000_000
"""Most numbers (regimens times limits times truths) held for cumulative limits."""

KEPT = 20_000_000
"""Numbers of regimens' activity kept for `no_harm`."""


@dataclass(frozen=True)
class _Limits:
    """Limits of one epoch: of which subgroup and category, room (N, C) on the log scale, and whose they are."""

    subgroup: Ints
    category: Ints
    room: Floats
    masks: tuple[int, ...]


class TruthLimits:
    """Limits and requirements of single epochs under the truths; a `Filter`, stopped as the numbers say."""

    def __init__(self, numbers: TruthNumbers, c: Coefficients) -> None:
        asked = numbers.instance.uncertainty
        assert asked is not None
        self._numbers, self._c = numbers, c
        self._needed, self._margin = asked.needed(numbers.count), asked.margin
        self._known: dict[int, _Limits] = {}

    def mask(self, epoch: int, options: NDArray[np.int16]) -> Ints:
        """(R,) subgroups whose limits the regimens keep in enough truths."""
        groups = len(self._numbers.instance.subgroups)
        every = (1 << groups) - 1
        if epoch not in self._known:
            self._known[epoch] = self._limits(epoch)
        limits = self._known[epoch]
        regimens = Regimens(options, np.ones(len(options), dtype=np.int64))
        holds = np.zeros((len(options), len(limits.subgroup)), dtype=np.int64)
        step = max(1, AT_ONCE // max(1, len(options) * len(limits.subgroup)))
        for begin in range(0, self._numbers.count, step) if len(limits.subgroup) else ():
            if begin and self._numbers.stop():
                raise Stopped
            rows = slice(begin, begin + step)
            total = self._numbers.events(regimens, epoch, limits.subgroup, limits.category, rows)
            holds += (total <= limits.room[rows] + SLACK).sum(axis=1)
        broken = holds < self._needed
        bad = np.zeros(len(options), dtype=np.int64)
        for k, mask in enumerate(limits.masks):
            bad |= np.where(broken[:, k], mask, 0)
        return every & ~bad

    def _limits(self, epoch: int) -> _Limits:
        """Limits of an epoch, those that come to the same in several subgroups once."""
        i, numbers, margin = self._numbers.instance, self._numbers, self._margin
        found: dict[tuple[float, ...], tuple[int, int, Floats, int]] = {}
        for g, e in np.argwhere(i.limit[:, :, epoch] + margin < 1).tolist():
            key = (e, i.susceptibility[g, e], i.limit[g, e, epoch])
            if key not in found:
                base = i.exposure[epoch] * numbers.base(np.array([g]), np.array([e]))[:, 0]
                found[key] = g, e, _room(np.asarray(i.limit[g, e, epoch] + margin)) - base, 0
            found[key] = (*found[key][:3], found[key][3] | 1 << g)
        for e in np.flatnonzero(i.not_worse_than_control + margin < 1).tolist() if i.control is not None else ():
            for g in range(len(i.subgroups)):
                own = g + 1 if i.subgroups[g] in i.own_control else 0
                key = (e, i.susceptibility[g, e], -1.0 - own)
                if key not in found:
                    most = self._of_control(g, e, epoch) + i.not_worse_than_control[e] + margin
                    found[key] = g, e, np.where(most < 1, _room(most), np.inf), 0
                found[key] = (*found[key][:3], found[key][3] | 1 << g)
        rows = list(found.values())
        return _Limits(
            np.array([row[0] for row in rows], dtype=np.int64),
            np.array([row[1] for row in rows], dtype=np.int64),
            np.array([row[2] for row in rows]).T,
            tuple(row[3] for row in rows),
        )

    def _of_control(self, g: int, e: int, epoch: int) -> Floats:
        """(N,) attributable risk of the control regimen."""
        options = sorted((self._numbers.instance.control_of(g) or ())[epoch])
        row = np.array([options or [-1]], dtype=np.int16)
        given = Regimens(row, np.ones(1, dtype=np.int64))
        events = self._numbers.events(given, epoch, np.array([g]), np.array([e]), slice(None))[0, :, 0]
        risk: Floats = -np.expm1(-events)
        return risk

    def covering(self, epoch: int, regimens: Regimens) -> Ints:
        """(R,) subgroups in which required mechanisms are covered in enough truths."""
        subgroup, mechanism = np.nonzero(np.isfinite(self._c.required_activity[:, epoch]))
        groups = len(self._numbers.instance.subgroups)
        good = np.full(len(regimens), (1 << groups) - 1, dtype=np.int64)
        if not len(subgroup) or not len(regimens):
            return good
        if len(regimens) > self._numbers.piece:
            every = pieces(len(regimens), self._numbers.stop, self._numbers.piece)
            some = [np.arange(rows.start, rows.stop) for rows in every]
            return np.concatenate([self.covering(epoch, regimens.pick(rows)) for rows in some])
        least = self._c.required_activity[subgroup, epoch, mechanism]
        holds = np.zeros((len(regimens), len(subgroup)), dtype=np.int64)
        step = max(1, AT_ONCE // (len(regimens) * len(subgroup)))
        for begin in range(0, self._numbers.count, step):
            if begin and self._numbers.stop():
                raise Stopped
            rows = slice(begin, begin + step)
            activity = self._numbers.activity(regimens, epoch, subgroup, mechanism, rows)
            holds += (activity >= least - SLACK).sum(axis=1)
        missed = holds < self._needed
        for g in range(groups):
            good &= ~(missed[:, subgroup == g].any(axis=1).astype(np.int64) << g)
        return good


def truth_numbers(instance: Instance, stop: Callable[[], bool] = never) -> TruthNumbers | None:
    """Numbers under the instance's truths that heed a wish to stop; `None` where it has none."""
    if instance.truths is None:
        return None
    numbers = TruthNumbers(instance, instance.truths)
    numbers.stop = stop
    return numbers


def without_limits(c: Coefficients) -> Coefficients:
    """Coefficients with no limit on toxicity and no required coverage: with a confidence they hold in truths."""
    return replace(
        c,
        room=np.full_like(c.room, np.inf),
        cumulative_room=np.full_like(c.cumulative_room, np.inf),
        required_activity=np.full_like(c.required_activity, -np.inf),
    )


def _room(limit: Floats) -> Floats:
    """Log-scale room under limits below 1 that hold when missed by at most 1e-9."""
    result: Floats = -np.log1p(-np.minimum(1 - 1e-15, limit + TOLERANCE))
    return result


@dataclass(frozen=True)
class _Cumulative:
    """Cumulative limits: one column for each category and susceptibility."""

    subgroups: tuple[Ints, ...]
    """Subgroups of each column."""
    events: tuple[Floats, ...]
    """By epoch (C, N, R): what a regimen adds."""
    least: Floats
    """(S + 1, C, N) least that the epochs from s on add."""
    room: Floats
    """(C, N)"""


class SequenceTests:
    """What sequences have to keep in enough truths, subgroup by subgroup. Rows are those of the epochs' tables."""

    def __init__(self, numbers: TruthNumbers, c: Coefficients, epochs: list[Regimens]) -> None:
        """Tabulate. Raises `TooLarge` outside the engine's memory, and `Stopped` when the numbers are to stop."""
        i, asked = numbers.instance, numbers.instance.uncertainty
        assert asked is not None
        self._numbers, self._c, self._epochs = numbers, c, epochs
        self._needed = asked.needed(numbers.count)
        self._margin = asked.margin
        self._groups = len(i.subgroups)
        self._known: dict[tuple[int, ...], int] = {}
        self._left: dict[tuple[int, int], Floats] = {}
        self._cumulative = self._of_limits()
        self._harm = None
        if i.trial.no_harm:
            weight = i.weight * i.reach
            self._harm = (weight * numbers.control_residuals(c)).sum(axis=2) + TOLERANCE  # N G
        self._subgroup, self._mechanism = np.nonzero((c.start > 0).any(axis=1))

    @staticmethod
    def needed(instance: Instance) -> bool:
        """Whether an instance asks anything of whole sequences in its truths."""
        asked = instance.uncertainty
        if asked is None or asked.confidence is None:
            return False
        return instance.trial.no_harm or bool((instance.cumulative_limit + asked.margin < 1).any())

    def _of_limits(self) -> _Cumulative | None:
        i, numbers = self._numbers.instance, self._numbers
        category = np.flatnonzero(i.cumulative_limit + self._margin < 1)
        if not len(category):
            return None
        cells = [(e, g) for e in category.tolist() for g in range(self._groups)]
        e, g = np.array(cells, dtype=np.int64).T
        _, first, place = np.unique(
            np.column_stack([e, i.susceptibility[g, e]]), axis=0, return_index=True, return_inverse=True
        )
        if max(len(r) for r in self._epochs) * len(first) * numbers.count > CELLS:
            raise TooLarge("cumulative limits with a confidence for so many regimens and truths")
        events = []
        for s, regimens in enumerate(self._epochs):
            block = np.empty((len(first), numbers.count, len(regimens)))
            step = max(1, AT_ONCE // max(1, len(regimens) * len(first)))
            for begin in range(0, numbers.count, step):
                if begin and numbers.stop():
                    raise Stopped
                rows = slice(begin, begin + step)
                block[:, rows] = numbers.events(regimens, s, g[first], e[first], rows).transpose(2, 1, 0)
            events.append(block)
        least = np.zeros((len(self._epochs) + 1, len(first), numbers.count))
        for s in range(len(self._epochs) - 1, -1, -1):
            least[s] = least[s + 1] + events[s].min(axis=2, initial=np.inf)
        base = i.exposure.sum() * numbers.base(g[first], e[first]).T
        room = _room(i.cumulative_limit[e[first]] + self._margin)[:, None] - base
        subgroups = tuple(g[place.ravel() == k] for k in range(len(first)))
        return _Cumulative(subgroups, tuple(events), least, room)

    def within(self, mask: int, paths: Ints) -> Bools:
        """(n,) prefixes (n, k) that may keep the cumulative limits of the subgroups of `mask`."""
        good = np.ones(len(paths), dtype=bool)
        limits = self._cumulative
        if limits is None or not paths.shape[1]:
            return good
        level = paths.shape[1]
        for k, subgroups in enumerate(limits.subgroups):
            if not any(mask >> g & 1 for g in subgroups.tolist()):
                continue
            rows = np.flatnonzero(good)
            total = limits.least[level, k][:, None] + sum(limits.events[s][k][:, paths[rows, s]] for s in range(level))
            holds = (total <= limits.room[k][:, None] + SLACK).sum(axis=0)
            good[rows[holds < self._needed]] = False
        return good

    def allowed(self, path: tuple[int, ...]) -> int:
        """Subgroups in which a sequence keeps everything asked, as a mask."""
        if path not in self._known:
            mask = (1 << self._groups) - 1
            row = np.array([path], dtype=np.int64)
            if self._cumulative is not None:
                for g in range(self._groups):
                    if not self.within(1 << g, row)[0]:
                        mask &= ~(1 << g)
            if self._harm is not None:
                mask &= self._unharmed(path, self._harm)
            self._known[path] = mask
        return self._known[path]

    def allowed_all(self, paths: Ints) -> Bools:
        """(n, G) the same of many."""
        masks = np.array([self.allowed(tuple(path)) for path in paths.tolist()], dtype=np.int64)
        return ((masks[:, None] >> np.arange(self._groups)) & 1).astype(bool)

    def _unharmed(self, path: tuple[int, ...], most: Floats) -> int:
        """Subgroups in which the weighted residual is not above the control's in enough truths."""
        i = self._numbers.instance
        residual = np.zeros_like(most)
        carried = np.ones((self._numbers.count, len(self._subgroup)))
        before = np.zeros(len(i.agents), dtype=bool)
        of_group = self._subgroup[:, None] == np.arange(self._groups)
        for s, row in enumerate(path):
            left = self._left_by(s, row)
            growth = np.zeros(len(i.mechanisms))
            emerged = i.emergence_agents[:, before].any(axis=1)
            np.add.at(growth, i.emergence_mechanism[emerged], np.log(i.emergence_multiplier[emerged]))
            share = self._c.start[self._subgroup, s, self._mechanism] * np.exp(growth)[self._mechanism]
            weight = (i.weight * i.reach)[self._subgroup, s]
            residual += (left * carried * (share * weight)) @ of_group
            if i.trial.carry > 0:
                carried = carried * left**i.trial.carry
            options = self._epochs[s].options[row]
            before[i.option_agent[options[options >= 0]]] = True
        holds = (residual <= most + 1e-12).sum(axis=0) >= self._needed
        return int(sum(1 << g for g in np.flatnonzero(holds).tolist()))

    def _left_by(self, epoch: int, row: int) -> Floats:
        """(N, J) what one regimen leaves."""
        key = (epoch, row)
        if key not in self._left:
            if len(self._left) * self._numbers.count * len(self._subgroup) > KEPT:
                self._left.clear()
            one = self._epochs[epoch].pick(np.array([row]))
            activity = self._numbers.activity(one, epoch, self._subgroup, self._mechanism, slice(None))
            self._left[key] = np.exp(-activity[0])
        return self._left[key]
