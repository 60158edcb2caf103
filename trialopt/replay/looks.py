"""The analyses of a replayed trial: taken when a share of the responses is read or of the events has come.

As `trialopt simulate` takes them, written once more: a look is taken at the month in which its patients are in
(response) or its events have come (progression-free survival, at the latest `Plan.latest`); at the efficacy bound the
trial ends with success, at the futility bound, binding or not, without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Bools, Floats
from trialopt.replay.trial import Stratum, z_of_logrank, z_of_rates

MOMENT = 1e-9
"""Months that rounding may move an event by."""


@dataclass(frozen=True)
class Plan:
    """When a trial is looked at, and what ends it; K analyses, the last one final."""

    fractions: tuple[float, ...]
    efficacy: tuple[float, ...]
    """Bounds on z."""
    futility: tuple[float, ...] | None = None
    events: tuple[int, ...] = ()
    """At each analysis; empty for a response."""
    latest: float = np.inf
    """Month by which a trial that waits for events is analysed."""
    pooled: bool = False
    """Whether rates are tested with their common variance."""
    together: bool = False
    """Whether strata are ignored."""


@dataclass(frozen=True)
class Ended:
    """What became of T trials."""

    won: Bools
    look: NDArray[np.int64]
    """(T,) analysis at which the trial ended, from 0."""
    months: Floats
    """(T,) from the first patient to the end."""


def ended(first: Sequence[Stratum], second: Sequence[Stratum], plan: Plan) -> Ended:
    """Take the analyses of T trials in turn."""
    when = _times([*first, *second], plan)
    trials, looks = when.shape
    going, won = np.ones(trials, dtype=bool), np.zeros(trials, dtype=bool)
    look = np.full(trials, looks - 1)
    for k in range(looks):
        one, two = ([_seen(side, when[:, k], plan, k + 1 == looks) for side in both] for both in (first, second))
        if plan.together:
            one, two = [_merged(one)], [_merged(two)]
        z = z_of_logrank(one, two) if plan.events else z_of_rates(one, two, pooled=plan.pooled)
        success = going & (z >= plan.efficacy[k])
        futile = np.zeros(trials, dtype=bool)
        if plan.futility is not None and k + 1 < looks:
            futile = going & (z <= plan.futility[k])
        won |= success
        look[going & (success | futile)] = k
        going &= ~(success | futile)
    return Ended(won, look, np.take_along_axis(when, look[:, None], axis=1)[:, 0])


def _times(sides: Sequence[Stratum], plan: Plan) -> Floats:
    """(T, K) months of the analyses."""
    entries = np.concatenate([_entry(side) for side in sides], axis=1)
    if not plan.events:
        n = entries.shape[1]
        places = [min(n, max(1, int(np.ceil(t * n - 1e-9)))) - 1 for t in plan.fractions]
        return np.asarray(np.sort(entries, axis=1)[:, places])
    times = [np.where(side.event, _entry(side) + side.ended, np.inf) for side in sides]
    seen = np.sort(np.concatenate(times, axis=1), axis=1)
    found = [seen[:, n - 1] if n <= seen.shape[1] else np.full(len(seen), np.inf) for n in plan.events]
    last = np.max([(_entry(side) + side.ended).max(axis=1, initial=0.0) for side in sides], axis=0)
    return np.asarray(np.minimum(np.minimum(np.stack(found, axis=1), plan.latest), last[:, None]))


def _entry(side: Stratum) -> Floats:
    return np.zeros(side.response.shape) if side.entry is None else side.entry


def _seen(side: Stratum, when: Floats, plan: Plan, final: bool) -> Stratum:
    """A side as it is known at a month of each trial."""
    entry = _entry(side)
    inside = entry <= when[:, None] + MOMENT
    there = inside if side.there is None else inside & side.there
    if not plan.events:
        return side if final else replace(side, there=there)
    since = when[:, None] - entry
    event = side.event & (side.ended <= since + MOMENT)
    return replace(side, ended=np.minimum(side.ended, since), event=event, there=there)


def _merged(sides: Sequence[Stratum]) -> Stratum:
    """All strata of a side as one."""
    there = [np.ones(s.response.shape, dtype=bool) if s.there is None else s.there for s in sides]
    return Stratum(
        response=np.concatenate([s.response for s in sides], axis=1),
        ended=np.concatenate([s.ended for s in sides], axis=1),
        event=np.concatenate([s.event for s in sides], axis=1),
        there=np.concatenate(there, axis=1),
    )
