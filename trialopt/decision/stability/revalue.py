"""The exact value, effects and limits of listed designs under many possible truths at once.

The same model as `trialopt.evaluation` (which judges one design at a time), written a second time for speed: what an
epoch's regimen does is computed once for all designs that give it, and what a sequence does in a subgroup once for
all designs that give it there. The two share no code, and tests hold them equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np

from trialopt.core.coefficients import CLIP, coefficients, room_beside
from trialopt.core.design import Arm, Design
from trialopt.core.instance import TOLERANCE, Bools, Floats, Instance
from trialopt.decision.stability.draws import Truths

Regimen = tuple[int, ...]
"""Options of one epoch, sorted."""

Given = tuple[Regimen, ...]
"""A sequence by option."""


@dataclass(frozen=True)
class Revalued:
    """N truths, K designs, A arms of the design asked about."""

    value: Floats
    """(N, K) objective of model section 8, limits kept or not."""
    tolerated: Bools
    """(N, K) whether every toxicity limit is kept."""
    required: Bools
    """(N, K) whether every minimum mechanism coverage, and `no_harm`, is kept."""
    effect: Floats
    """(N, A) response rate of each arm less that of its control; NaN where there is nothing to compare with."""
    missed: Bools
    """(N, A, S + 1, E) toxicity limits an arm misses in any subgroup it serves; the last epoch is all together."""

    @property
    def kept(self) -> Bools:
        """(N, K) whether every limit that can move is kept."""
        return self.tolerated & self.required


@dataclass(frozen=True)
class _Dosed:
    """What one regimen does in one epoch under N truths."""

    activity: Floats
    """(N, G, M) log-activity."""
    events: Floats
    """(N, G, E) attributable events, log scale."""


@dataclass(frozen=True)
class _Served:
    """What one sequence does in one subgroup under N truths."""

    coverage: Floats
    """(N, S)"""
    worth: Floats
    """(N,) what it adds to the objective."""
    missed: Bools
    """(N, S + 1, E) toxicity limits, the last ones cumulative."""
    required: Bools
    """(N,)"""


class Listed:
    """Designs of one instance, by index. Raises `ValueError` for a design that does not serve each subgroup once."""

    def __init__(self, instance: Instance, designs: Sequence[Design], asked: int = 0) -> None:
        self._i = instance
        self._c = coefficients(instance)
        self._pairs: dict[tuple[Given, int], int] = {}
        self._of = np.array([self._serving(design) for design in designs], dtype=np.int64)
        """(K, G) number of the pair of sequence and subgroup."""
        self._arms = [[instance.subgroups.index(g) for g in arm.subgroups] for arm in designs[asked].arms]
        self._asked = asked
        self._no_harm = instance.trial.no_harm and instance.control is not None
        self.comparable = instance.trial.compares_rates and (
            instance.control is not None or not np.isnan(instance.control_rate).any()
        )
        """Whether arms have a response rate to be compared with."""

    def revalue(self, truths: Truths) -> Revalued:
        """Value all designs under all truths."""
        count, groups = len(truths), len(self._i.subgroups)
        doses: dict[tuple[int, Regimen], _Dosed] = {}
        control = self._control(truths, doses) if self._no_harm or self.comparable else None
        worth = np.empty((len(self._pairs), count))
        tolerated = np.empty((len(self._pairs), count), dtype=bool)
        required = np.empty((len(self._pairs), count), dtype=bool)
        endpoint = np.empty((len(self._pairs), count))
        missed: dict[int, Bools] = {}
        asked = set(self._of[self._asked].tolist())
        for (sequence, g), number in self._pairs.items():
            served = self._served(sequence, g, truths, doses, control)
            worth[number], required[number] = served.worth, served.required
            tolerated[number] = ~served.missed.any(axis=(1, 2))
            if number in asked:
                missed[number] = served.missed
            endpoint[number] = served.coverage[:, self._i.trial.endpoint_epoch]
        effects, misses = [], []
        for arm in self._arms:
            pairs = self._of[self._asked, arm]
            effects.append(self._effect(arm, endpoint[pairs], control))
            misses.append(np.logical_or.reduce([missed[number] for number in pairs.tolist()]))
        of = self._of.T  # G K
        value = sum((worth[of[g]] for g in range(groups)), np.zeros((len(self._of), count)))
        return Revalued(
            value.T,
            np.logical_and.reduce([tolerated[of[g]] for g in range(groups)]).T,
            np.logical_and.reduce([required[of[g]] for g in range(groups)]).T,
            np.column_stack(effects),
            np.stack(misses, axis=1),
        )

    def _serving(self, design: Design) -> list[int]:
        sequences = {}
        for arm in design.arms:
            sequence = self._sequence(arm)
            for subgroup in arm.subgroups:
                if subgroup in sequences:
                    raise ValueError(f"{subgroup} is served by two arms of a design")
                sequences[subgroup] = sequence
        if set(sequences) != set(self._i.subgroups):
            raise ValueError("every design must serve the instance's subgroups, each once")
        return [self._pairs.setdefault((sequences[s], g), len(self._pairs)) for g, s in enumerate(self._i.subgroups)]

    def _sequence(self, arm: Arm) -> Given:
        i = self._i
        return tuple(
            tuple(sorted({i.option(dose.agent, dose.level) for dose in arm.sequence.get(epoch, ())}))
            for epoch in i.epochs
        )

    def _dosed(self, s: int, regimen: Regimen, truths: Truths, known: dict[tuple[int, Regimen], _Dosed]) -> _Dosed:
        if (s, regimen) not in known:
            known[s, regimen] = self._dose(s, regimen, truths)
        return known[s, regimen]

    def _dose(self, s: int, regimen: Regimen, truths: Truths) -> _Dosed:
        i, c = self._i, self._c
        options = list(regimen)
        agents = i.option_agent[options]
        activity = np.einsum(
            "no,ogm->ngm",
            truths.beta[:, agents, s] * i.activity_factor[options],
            i.sensitivity[:, agents].T[:, :, None] * i.retained[agents][:, None, :],
        )
        rate = truths.event_rate[..., s][:, agents] * i.toxicity_factor[options][:, None]  # N o E
        moves = rate.any(axis=0)  # o E
        events = np.zeros((len(truths), len(i.subgroups), len(i.categories)))
        for o, e in np.argwhere(moves).tolist():
            probability = np.minimum(CLIP, rate[:, o, e, None] * i.susceptibility[:, e])
            events[:, :, e] -= i.exposure[s] * np.log1p(-probability)
        together = np.flatnonzero(np.isin(i.pair_agents, agents).all(axis=1))
        activity += c.pair_activity[:, :, together].sum(axis=2)
        events += c.pair_tau[together].sum(axis=0)
        return _Dosed(activity, events)

    def _served(
        self,
        sequence: Given,
        g: int,
        truths: Truths,
        doses: dict[tuple[int, Regimen], _Dosed],
        control: Floats | None,
    ) -> _Served:
        i, c = self._i, self._c
        dosed = [self._dosed(s, regimen, truths, doses) for s, regimen in enumerate(sequence)]
        coverage = self._coverage(sequence, g, dosed)
        events = np.stack([one.events[:, g] for one in dosed], axis=1)  # N S E
        worth = coverage @ c.value_weight[g] - events.sum(axis=2) @ c.burden_weight[g]
        together = events.sum(axis=1, keepdims=True)
        missed = np.concatenate([events > self._room(g, truths, doses), together > c.cumulative_room[g]], axis=1)
        required = np.ones(len(truths), dtype=bool)
        for s, one in enumerate(dosed):
            required &= (one.activity[:, g] >= c.required_activity[g, s]).all(axis=1)
        if self._no_harm and control is not None:
            weight = i.weight * i.reach[g]
            required &= coverage @ weight >= control[:, g] @ weight - TOLERANCE
        return _Served(coverage, worth, missed, required)

    def _room(self, g: int, truths: Truths, doses: dict[tuple[int, Regimen], _Dosed]) -> Floats:
        """(N or 1, S, E) most attributable events: by the limits, and beside what the control regimen causes."""
        i = self._i
        room: Floats = self._c.limit_room[g][None]
        if i.control is None or (i.not_worse_than_control >= 1).all():
            return room
        dosed = [
            self._dosed(s, tuple(sorted(set(regimen))), truths, doses)
            for s, regimen in enumerate(i.control_of(g) or ())
        ]
        control = np.stack([one.events[:, g] for one in dosed], axis=1)
        least: Floats = np.minimum(room, room_beside(control, i.not_worse_than_control))
        return least

    def _coverage(self, sequence: Given, g: int, dosed: Sequence[_Dosed]) -> Floats:
        """(N, S) coverage of a subgroup by a sequence (model section 3)."""
        i = self._i
        coverage = np.empty((len(dosed[0].activity), len(dosed)))
        earlier = np.zeros_like(dosed[0].activity[:, g])
        before: set[int] = set()
        for s, one in enumerate(dosed):
            prevalence = self._c.start[g, s].copy()
            for row in np.flatnonzero(i.emergence_agents[:, sorted(before)].any(axis=1)):
                prevalence[i.emergence_mechanism[row]] *= i.emergence_multiplier[row]
            activity = one.activity[:, g]
            coverage[:, s] = 1 - np.exp(-activity - i.trial.carry * earlier) @ prevalence
            earlier = earlier + activity
            before.update(i.option_agent[list(sequence[s])].tolist())
        return coverage

    def _control(self, truths: Truths, doses: dict[tuple[int, Regimen], _Dosed]) -> Floats | None:
        """(N, G, S) coverage of each subgroup's control regimen."""
        if self._i.control is None:
            return None
        covered = []
        for g in range(len(self._i.subgroups)):
            sequence = tuple(tuple(sorted(set(options))) for options in self._i.control_of(g) or ())
            dosed = [self._dosed(s, regimen, truths, doses) for s, regimen in enumerate(sequence)]
            covered.append(self._coverage(sequence, g, dosed))
        return np.stack(covered, axis=1)

    def _effect(self, arm: list[int], coverage: Floats, control: Floats | None) -> Floats:
        """(N,) response rate of an arm less that of its control (model section 7), from coverage (g, N)."""
        i = self._i
        if not self.comparable:
            return np.full(coverage.shape[1], np.nan)
        within, reach = _accrual_parts(i, arm), i.reach[arm, i.trial.endpoint_epoch]
        effect = np.zeros(coverage.shape[1])
        for k, g in enumerate(arm):
            known = float(i.control_rate[g])
            if control is None:
                effect += within[k] * (reach[k] * coverage[k] - known)
                continue
            predicted = control[:, g, i.trial.endpoint_epoch]
            if np.isnan(known):
                effect += within[k] * reach[k] * (coverage[k] - predicted)
            else:  # anchored on the observed rate
                effect += within[k] * (reach[k] - known) * (1 - (1 - coverage[k]) / (1 - predicted))
        return effect


def _accrual_parts(instance: Instance, arm: list[int]) -> Floats:
    """Parts of an arm's accrual: of rates, of shares where one is not given, alike where all are 0."""
    weight = instance.accrual[arm] if not np.isnan(instance.accrual[arm]).any() else instance.share[arm]
    weight = weight if weight.any() else np.ones(len(arm))
    return np.asarray(weight / fsum(weight))
