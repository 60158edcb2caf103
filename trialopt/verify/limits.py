"""Limits on toxicity, required coverage and `no_harm`: with the inputs as given, or in enough of the truths.

Each limit counts by itself: it has to hold in so many truths, whichever they are (model section 11).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.verify.drawn import Drawn
from trialopt.verify.facts import (
    MISS,
    ROUNDING,
    Facts,
    agents_of,
    control_coverage,
    control_given,
    coverage_along,
    events,
    log_activity,
)


def room(limits: Floats) -> Floats:
    """Most events, log scale, under limits on probability; inf where a limit is 1."""
    with np.errstate(divide="ignore"):
        most = -np.log1p(-np.minimum(1.0, limits + MISS))
    return np.where(limits >= 1, np.inf, most + ROUNDING)


def limit_room(facts: Facts, epoch: int, margin: float = 0.0) -> Floats:
    """(G, E) most attributable events in an epoch under its limits."""
    limit = facts.instance.limit[:, :, epoch]
    return np.asarray(room(np.where(limit < 1, limit + margin, np.inf)) - facts.background[epoch])


def room_beside(facts: Facts, epoch: int, margin: float = 0.0) -> Floats:
    """(G, E) most attributable events in an epoch beside those of the control regimen."""
    i = facts.instance
    most = np.full((facts.groups, len(i.categories)), np.inf)
    if (i.not_worse_than_control < 1).any():
        for g in range(facts.groups):
            given = control_given(i, g)
            if given is not None:
                theirs = -np.expm1(-events(facts, epoch, given[epoch][None])[0, g])
                above = i.not_worse_than_control + margin
                most[g] = room(np.where(i.not_worse_than_control < 1, theirs + above, np.inf))
    return most


def needed(drawn: Drawn | None) -> int:
    """Truths in which a limit has to hold."""
    asked = None if drawn is None else drawn.instance.uncertainty
    if drawn is None or asked is None or asked.confidence is None:
        return 1
    return int(np.ceil(asked.confidence * len(drawn) - 1e-9))


class Limits:
    """What regimens and sequences have to keep; in enough truths with `drawn`, else with the inputs as given."""

    def __init__(self, facts: Facts, drawn: Drawn | None = None) -> None:
        self._facts, self._drawn = facts, drawn
        self._scenes = (facts,) if drawn is None else drawn.facts
        self._needed = needed(drawn)
        asked = facts.instance.uncertainty
        self._margin = 0.0 if drawn is None or asked is None else asked.margin
        self._rooms: dict[int, list[tuple[Floats, Floats]]] = {}

    @property
    def in_truths(self) -> bool:
        """Whether they hold in a share of the truths."""
        return self._drawn is not None

    def within(self, epoch: int, given: Bools) -> Bools:
        """(n, G) whether regimens keep the limits on toxicity of an epoch; more options never mend that."""
        if epoch not in self._rooms:
            margin = self._margin
            self._rooms[epoch] = [(limit_room(f, epoch, margin), room_beside(f, epoch, margin)) for f in self._scenes]
        shape = len(given), self._facts.groups, len(self._facts.instance.categories)
        held = np.zeros((2, *shape), dtype=np.int64)
        for facts, (most, beside) in zip(self._scenes, self._rooms[epoch], strict=True):
            caused = events(facts, epoch, given)
            held[0] += caused <= most
            held[1] += caused <= beside
        return np.asarray((held >= self._needed).all(axis=(0, 3)))

    def covers(self, epoch: int, given: Bools) -> Bools:
        """(n, G) whether regimens meet the coverage asked of mechanisms (model section 5)."""
        facts, i = self._facts, self._facts.instance
        good = np.ones((len(given), facts.groups), dtype=bool)
        m, g = facts.mechanism, facts.group
        binds = (facts.start[epoch] > 0) & (facts.start[epoch] >= i.prevalence_floor[m]) & i.require_epochs[m, epoch]
        asked = np.flatnonzero(binds & ~np.isnan(i.min_coverage[m]))
        if len(asked):
            least = i.min_coverage[m[asked]] - MISS - ROUNDING
            met = np.zeros((len(given), len(asked)), dtype=np.int64)
            for active in self._activity(epoch, given, g[asked], m[asked]):
                met += -np.expm1(-active) >= least
            for k, j in enumerate(asked.tolist()):
                good[:, g[j]] &= met[:, k] >= self._needed
        agents = agents_of(i, given)
        for j in np.flatnonzero(binds & (i.min_active[m] > 0)).tolist():
            active = (i.beta[:, epoch] > 0) & (i.sensitivity[g[j]] * i.retained[:, m[j]] >= 0.5 - MISS)
            good[:, g[j]] &= agents[:, active].sum(axis=1) >= i.min_active[m[j]]
        return good

    def _activity(self, epoch: int, given: Bools, group: Ints, mechanism: Ints) -> Iterator[Floats]:
        """(n, k) Lambda of regimens on some columns in each scene."""
        factors = None if self._drawn is None else self._drawn.factors(given)
        for n, facts in enumerate(self._scenes):
            place = {key: j for j, key in enumerate(zip(facts.group.tolist(), facts.mechanism.tolist(), strict=True))}
            columns = [place[key] for key in zip(group.tolist(), mechanism.tolist(), strict=True)]
            found = log_activity(facts, epoch, given)[:, columns]
            yield found if factors is None else factors[:, n, None] * found

    def keeps(self, sequences: Bools) -> Bools:
        """(n, G) whether sequences (n, S, O) keep what is asked of them as a whole: cumulative limits, `no_harm`."""
        facts, i = self._facts, self._facts.instance
        held = np.zeros((len(sequences), facts.groups, len(i.categories)), dtype=np.int64)
        most = room(np.where(i.cumulative_limit < 1, i.cumulative_limit + self._margin, np.inf))
        for scene in self._scenes:
            caused = np.array([events(scene, s, sequences[:, s]) for s in range(sequences.shape[1])]).sum(axis=0)
            held += caused + scene.background.sum(axis=0) <= most
        return np.asarray((held >= self._needed).all(axis=2) & self.unharmed(sequences))

    def unharmed(self, sequences: Bools) -> Bools:
        """(n, G) whether weighted coverage is not below the control's (`no_harm`)."""
        good = np.zeros((len(sequences), self._facts.groups), dtype=np.int64)
        if not self._facts.instance.trial.no_harm:
            return np.ones(good.shape, dtype=bool)
        factors = None if self._drawn is None else self._drawn.of_sequences(sequences)
        for n, scene in enumerate(self._scenes):
            coverage = coverage_along(scene, sequences, None if factors is None else factors[:, :, n])[0]
            good += (coverage * scene.counts).sum(axis=1) >= self._of_controls(n) - MISS - ROUNDING
        return np.asarray(good >= self._needed)

    def _of_controls(self, n: int) -> Floats:
        """(G,) weighted coverage of the control regimens in a scene."""
        return np.asarray((self._scenes[n].counts * controls_in(self._scenes[n], self._drawn, n).T).sum(axis=0))


def controls_in(facts: Facts, drawn: Drawn | None, n: int) -> Floats:
    """(G, S) coverage of the control regimens in a truth; NaN where there is none."""
    if drawn is None:
        return control_coverage(facts)
    found = np.full((facts.groups, len(facts.instance.epochs)), np.nan)
    for g in range(facts.groups):
        given = control_given(facts.instance, g)
        if given is not None:
            found[g] = coverage_along(facts, given[None], drawn.of_sequences(given[None])[:, :, n])[0][0, :, g]
    return found


@dataclass(frozen=True)
class Held:
    """One limit of an arm in a subgroup and the truths in which it holds."""

    rule: str
    subgroup: str
    epoch: str | None
    about: str
    holds: Bools
    """(N,)"""


def held_by(facts: Facts, drawn: Drawn, members: Ints, given: Bools) -> list[Held]:
    """Every limit of an arm that gives (S, O); `facts` are as given."""
    i, asked = facts.instance, facts.instance.uncertainty
    margin = 0.0 if asked is None or asked.confidence is None else asked.margin
    sequence = given[None]
    caused = np.array([[events(f, s, given[s][None])[0] for s in range(len(i.epochs))] for f in drawn.facts])  # N S G E
    total = caused + np.array([f.background for f in drawn.facts])
    found: list[Held] = []
    for g in members.tolist():
        name = i.subgroups[g]
        for s, e in np.argwhere(i.limit[g].T < 1).tolist():
            holds = -np.expm1(-total[:, s, g, e]) <= i.limit[g, e, s] + margin + MISS
            found.append(Held("limit", name, i.epochs[s], i.categories[e], holds))
        for e in np.flatnonzero(i.cumulative_limit < 1).tolist():
            holds = -np.expm1(-total[:, :, g, e].sum(axis=1)) <= i.cumulative_limit[e] + margin + MISS
            found.append(Held("cumulative_limit", name, None, i.categories[e], holds))
        for s, epoch in enumerate(i.epochs):
            beside = np.array([room_beside(f, s, margin)[g] for f in drawn.facts])
            for e in np.flatnonzero(np.isfinite(beside).any(axis=0)).tolist():
                holds = caused[:, s, g, e] <= beside[:, e]
                found.append(Held("not_worse_than_control", name, epoch, i.categories[e], holds))
    found += _required(facts, drawn, members, given)
    if i.trial.no_harm:
        own = (drawn.coverage(sequence)[:, 0] * facts.counts).sum(axis=1)
        theirs = [(controls_in(f, drawn, n).T * f.counts).sum(axis=0) for n, f in enumerate(drawn.facts)]
        holds = own >= np.array(theirs) - MISS
        found += [Held("no_harm", i.subgroups[g], None, "", holds[:, g]) for g in members.tolist()]
    return found


def _required(facts: Facts, drawn: Drawn, members: Ints, given: Bools) -> list[Held]:
    i, found = facts.instance, []
    for s, epoch in enumerate(i.epochs):
        factors = drawn.factors(given[s][None])
        first = drawn.facts[0]
        asked = ~np.isnan(i.min_coverage[first.mechanism]) & i.require_epochs[first.mechanism, s]
        asked &= (first.start[s] > 0) & (first.start[s] >= i.prevalence_floor[first.mechanism])
        if not asked.any():
            continue
        active = np.array([drawn.activity(n, s, given[s][None], factors)[0] for n in range(len(drawn))])  # N J
        for j in np.flatnonzero(asked & np.isin(first.group, members)).tolist():
            m = int(first.mechanism[j])
            holds = -np.expm1(-active[:, j]) >= i.min_coverage[m] - MISS
            found.append(Held("min_coverage", i.subgroups[int(first.group[j])], epoch, i.mechanisms[m], holds))
    return found
