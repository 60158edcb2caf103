"""Brute force under many possible truths (model section 11): the best design by mean or worst tail, limits in truths.

The truths' numbers are taken from the instance as data; what a design is worth in each, and which limits hold in how
many, is told by `oracle.py` truth by truth. A regimen's own deviation is drawn again by the recipe of docs/model.md.
"""

from __future__ import annotations

import copy
import hashlib
import math
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tests.oracle import TOLERANCE, Oracle, PlainArm, Sequence, agents_of, partitions
from tests.plain_facts import NONE, Facts, Regimen

if TYPE_CHECKING:
    from trialopt.core.instance import Instance
    from trialopt.reading.document import Document

NUMBERS = ("limit", "min_coverage", "not_worse_than_control")
"""What holds in truths where a confidence is asked for."""

MOST = 400_000
"""Designs of one split looked at."""


class TooMany(Exception):
    """More designs than brute force is for."""


class TruthBest(NamedTuple):
    value: float
    arms: list[PlainArm]


class OneTruth(Oracle):
    """The oracle of one truth: its numbers in the place of those given."""

    def __init__(self, given: Oracle, instance: Instance, row: int) -> None:
        self.facts = truth_facts(given.facts, instance, row)
        self._activity, self._events, self._selected, self._control = {}, {}, {}, {}
        truths = instance.truths
        assert truths is not None
        self._seed, self._row, self._deviation = truths.seed, int(truths.numbers[row]), truths.arm_deviation

    def activity(self, g: str, s: int, regimen: Regimen) -> list[float]:
        if (g, s, regimen) not in self._activity:
            factor = own_factor(self._seed, agents_of(regimen), self._row, self._deviation)
            self._activity[g, s, regimen] = [factor * x for x in super().activity(g, s, regimen)]
        return self._activity[g, s, regimen]


def own_factor(seed: int, agents: frozenset[str], row: int, deviation: float) -> float:
    """The factor of a set of agents in a truth, as docs/model.md says."""
    if not agents:
        return 1.0
    key = int.from_bytes(hashlib.sha256(f"{seed}:{'+'.join(sorted(agents))}".encode()).digest(), "big")
    normal = np.random.Generator(np.random.PCG64(key)).standard_normal(row + 1)[row]
    return max(0.2, 1 + deviation * float(normal))


def truth_facts(given: Facts, instance: Instance, row: int) -> Facts:
    """The facts with the numbers of one truth."""
    i, t, facts = instance, instance.truths, copy.copy(given)
    assert t is not None
    facts.beta = {(d, s): float(t.beta[row, a, e]) for a, d in enumerate(i.agents) for e, s in enumerate(i.epochs)}
    facts.sensitivity = {
        (g, d): float(t.sensitivity[row, k, a]) for k, g in enumerate(i.subgroups) for a, d in enumerate(i.agents)
    }
    facts.retained = {
        (d, m): float(t.retained[row, a, k]) for a, d in enumerate(i.agents) for k, m in enumerate(i.mechanisms)
    }
    facts.q = {
        (d, c, s): float(t.event_rate[row, a, k, e])
        for a, d in enumerate(i.agents)
        for k, c in enumerate(i.categories)
        for e, s in enumerate(i.epochs)
    }
    facts.background = {c: float(t.background[row, k]) for k, c in enumerate(i.categories)}
    facts.delta, facts.pair_toxicity = copy.copy(given.delta), copy.copy(given.pair_toxicity)
    for p, (a, b) in enumerate(i.pair_agents.tolist()):
        pair = frozenset((i.agents[a], i.agents[b]))
        facts.delta[pair] = float(t.pair_activity[row, p])
        for k, c in enumerate(i.categories):
            facts.pair_toxicity[pair, c] = float(t.pair_toxicity[row, p, k])
    return facts


class TruthOracle:
    """Judges and enumerates the designs of one document under its truths."""

    def __init__(self, document: Document, instance: Instance) -> None:
        asked, truths = instance.uncertainty, instance.truths
        assert asked is not None
        assert truths is not None
        self.given = Oracle(document)
        self.facts = self.given.facts
        self.each = [OneTruth(self.given, instance, row) for row in range(len(truths))]
        self.asked = asked
        self._needed = None if asked.confidence is None else math.ceil(asked.confidence * len(truths) - 1e-9)
        self._control: dict[str, list[float]] = {}

    # -- values ----------------------------------------------------------------------------------------

    def worths(self, g: str, sequence: Sequence) -> np.ndarray:
        """(N,) a subgroup's part of the objective, its share in it."""
        return self.facts.share[g] * np.array([oracle.worth(g, sequence) for oracle in self.each])

    def values(self, arms: list[PlainArm]) -> np.ndarray:
        return sum((self.worths(g, sequence) for groups, sequence in arms for g in groups), np.zeros(len(self.each)))

    def score(self, values: np.ndarray) -> float:
        """What is maximised, of values (N,)."""
        return float(values.mean()) if self.asked.objective == "mean" else worst_tail(values, self.asked.tail)

    def value(self, arms: list[PlainArm]) -> float:
        return self.given.value(arms) if self.asked.objective == "given" else self.score(self.values(arms))

    # -- limits ----------------------------------------------------------------------------------------

    def _enough(self, holds: list[bool]) -> bool:
        assert self._needed is not None
        return sum(holds) >= self._needed

    def subgroup_breaks(self, g: str, s: int, regimen: Regimen) -> list[str]:
        broken = self.given.subgroup_breaks(g, s, regimen)
        if self._needed is None:
            return broken
        f, epoch, found = self.facts, self.facts.epochs[s], [b for b in broken if b not in NUMBERS]
        for k, e in enumerate(f.categories):
            most = f.limit[g, e, epoch] + self.asked.margin + TOLERANCE
            risks = [1 - math.exp(-o.base(g, s, e) - o.events(g, s, regimen)[k]) for o in self.each]
            if not self._enough([risk <= most for risk in risks]):
                found.append("limit")
        for k, e in enumerate(f.categories):
            control = f.control_of[g]
            if control is not None and f.not_worse[e] < 1:
                most = f.not_worse[e] + self.asked.margin + TOLERANCE
                both = [(o.events(g, s, control[s])[k], o.events(g, s, regimen)[k]) for o in self.each]
                if not self._enough([math.exp(-theirs) - math.exp(-ours) <= most for theirs, ours in both]):
                    found.append("not_worse_than_control")
        for k, m in enumerate(f.all_mechanisms):
            share = f.starting(g, m, epoch)
            if m == NONE or share <= 0.0 or share < f.requirement[m].floor or epoch not in f.requirement[m].epochs:
                continue
            least = f.requirement[m].min_coverage
            if least is None:
                continue
            covered = [1 - math.exp(-o.activity(g, s, regimen)[k]) for o in self.each]
            if not self._enough([c >= least - TOLERANCE for c in covered]):
                found.append("min_coverage")
        return found

    def sequence_subgroup_breaks(self, g: str, sequence: Sequence) -> list[str]:
        if self._needed is None:
            return self.given.sequence_subgroup_breaks(g, sequence)
        f, found = self.facts, []
        for k, e in enumerate(f.categories):
            most = f.cumulative_limit[e] + self.asked.margin + TOLERANCE
            holds = []
            for o in self.each:
                total = math.fsum(o.base(g, s, e) + o.events(g, s, r)[k] for s, r in enumerate(sequence))
                holds.append(1 - math.exp(-total) <= most)
            if not self._enough(holds):
                found.append("cumulative_limit")
        control = f.control_of[g]
        if f.no_harm and control is not None:
            if g not in self._control:
                self._control[g] = [o.covered(g, control) for o in self.each]
            reached = [o.covered(g, sequence) for o in self.each]
            if not self._enough([r >= c - TOLERANCE for r, c in zip(reached, self._control[g], strict=True)]):
                found.append("no_harm")
        return found

    def broken(self, arms: list[PlainArm]) -> list[str]:
        """Every kind of rule the design breaks."""
        found = [b for b in self.given.broken(arms) if b in ("max_arms", "subgroups", "same_arm", "apart")]
        for subgroups, sequence in arms:
            found += self.given.sequence_breaks(sequence)
            for s, regimen in enumerate(sequence):
                found += self.given.regimen_breaks(s, regimen)
                for g in subgroups:
                    found += self.subgroup_breaks(g, s, regimen)
            for g in subgroups:
                found += self.sequence_subgroup_breaks(g, sequence)
        return found

    # -- every design ----------------------------------------------------------------------------------

    def served(self) -> dict[Sequence, frozenset[str]]:
        """Every sequence that an arm may have, with the subgroups it may serve."""
        f = self.facts
        fine = [
            {r: frozenset(g for g in f.subgroups if not self.subgroup_breaks(g, s, r)) for r in self.given.regimens(s)}
            for s in range(len(f.epochs))
        ]
        served: dict[Sequence, frozenset[str]] = {}
        for sequence in product(*([r for r, groups in allowed.items() if groups] for allowed in fine)):
            groups = frozenset.intersection(*(fine[s][r] for s, r in enumerate(sequence)))
            if not groups or self.given.sequence_breaks(sequence):
                continue
            kept = frozenset(g for g in groups if not self.sequence_subgroup_breaks(g, sequence))
            if kept:
                served[sequence] = kept
        return served

    def best(self) -> TruthBest | None:
        """The best design, or `None` when there is none. Raises `TooMany`."""
        served = self.served()
        worths = {(g, q): self._counted(g, q) for q, groups in served.items() for g in groups}
        best: TruthBest | None = None
        for partition in partitions(self.facts.subgroups):
            if len(partition) > self.facts.max_arms or self.given.sets_break(partition):
                continue
            lists = [self._undominated(part, served, worths) for part in partition]
            if not all(lists):
                continue
            if math.prod(len(one) for one in lists) > MOST:
                raise TooMany
            found = self._best_of(partition, lists)
            if best is None or found.value > best.value:
                best = found
        return best

    def _counted(self, g: str, sequence: Sequence) -> np.ndarray:
        if self.asked.objective == "given":
            return np.array([self.facts.share[g] * self.given.worth(g, sequence)])
        worths = self.worths(g, sequence)
        return worths if self.asked.objective == "cvar" else worths.mean(keepdims=True)

    def _undominated(
        self,
        part: tuple[str, ...],
        served: dict[Sequence, frozenset[str]],
        worths: dict[tuple[str, Sequence], np.ndarray],
    ) -> list[tuple[np.ndarray, Sequence]]:
        """Sequences of an arm for these subgroups that no other beats in every truth."""
        found = [
            (sum((worths[g, q] for g in part), np.zeros(1)), q) for q, groups in served.items() if set(part) <= groups
        ]
        kept: list[tuple[np.ndarray, Sequence]] = []
        for values, sequence in sorted(found, key=lambda pair: -float(pair[0].sum())):
            if not any((other >= values).all() for other, _ in kept):
                kept.append((values, sequence))
        return kept

    def _best_of(self, partition: list[tuple[str, ...]], lists: list[list[tuple[np.ndarray, Sequence]]]) -> TruthBest:
        total = np.zeros((1, 1))
        for one in lists:
            total = (total[:, None] + np.array([v for v, _ in one])[None]).reshape(-1, len(one[0][0]))
        tail = self.asked.tail if self.asked.objective == "cvar" else 1.0
        scores = worst_tails(total, tail)
        place = int(scores.argmax())
        chosen = np.unravel_index(place, [len(one) for one in lists])
        arms = [(part, one[int(k)][1]) for part, one, k in zip(partition, lists, chosen, strict=True)]
        return TruthBest(float(scores[place]), arms)


def worst_tails(values: np.ndarray, tail: float) -> np.ndarray:
    """(n,) `max over eta of eta - mean(max(0, eta - value)) / tail` of rows: the best eta is one of the values."""
    ordered = np.sort(values, axis=1)
    n = ordered.shape[1]
    below = np.cumsum(ordered, axis=1)
    count = np.arange(1, n + 1)
    return np.max(ordered - (count * ordered - below) / (tail * n), axis=1)


def worst_tail(values: np.ndarray, tail: float) -> float:
    return float(worst_tails(values[None], tail)[0])
