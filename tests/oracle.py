"""Brute force: the best design of a small document, and a judgement of any design, in plain Python.

Written from the model text alone and sharing no code with the package. Every regimen of every epoch, every
sequence of regimens and every split of the subgroups into arms is looked at.

A design is plain data: a list of arms, each `(subgroups, sequence)`, where a sequence is a tuple of regimens
in epoch order and a regimen is a tuple of `(agent, level)`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations, product
from typing import TYPE_CHECKING, NamedTuple

from tests.plain_facts import NONE, Facts, Option, Regimen

if TYPE_CHECKING:
    from trialopt.reading.document import Document

TOLERANCE = 1e-9
Sequence = tuple[Regimen, ...]
PlainArm = tuple[tuple[str, ...], Sequence]


class Best(NamedTuple):
    """The best value, a design that has it, and whether every other design is worse by more than 1e-6.

    Two designs count as the same when every subgroup gets the same sequence.
    """

    value: float
    arms: list[PlainArm]
    unique: bool


def agents_of(regimen: Regimen) -> frozenset[str]:
    return frozenset(agent for agent, _ in regimen)


class Oracle:
    """Judges and enumerates the designs of one document."""

    def __init__(self, document: Document) -> None:
        self.facts = Facts(document)
        self._activity: dict[tuple[str, int, Regimen], list[float]] = {}
        self._events: dict[tuple[str, int, Regimen], list[float]] = {}
        self._selected: dict[tuple[str, int, frozenset[str]], list[float]] = {}
        self._control: dict[str, float] = {}

    # -- numbers of one regimen in one subgroup --------------------------------------------------------

    def activity(self, g: str, s: int, regimen: Regimen) -> list[float]:
        """Lambda of every mechanism, `none` first."""
        if (g, s, regimen) not in self._activity:
            f = self.facts
            pairs = list(combinations(sorted(agents_of(regimen)), 2))
            self._activity[g, s, regimen] = [
                math.fsum(
                    f.beta[d, f.epochs[s]] * f.activity_factor[d, level] * f.sensitivity[g, d] * f.retained[d, m]
                    for d, level in regimen
                )
                + math.fsum(
                    f.delta[frozenset((a, b))]
                    * f.sensitivity[g, a]
                    * f.sensitivity[g, b]
                    * f.retained[a, m]
                    * f.retained[b, m]
                    for a, b in pairs
                )
                for m in f.all_mechanisms
            ]
        return self._activity[g, s, regimen]

    def events(self, g: str, s: int, regimen: Regimen) -> list[float]:
        """Attributable events of every category on the log scale: the options' tau and the pairs'."""
        if (g, s, regimen) not in self._events:
            f = self.facts
            pairs = [frozenset(pair) for pair in combinations(agents_of(regimen), 2)]
            self._events[g, s, regimen] = [
                math.fsum(self._tau(g, s, option, e) for option in regimen)
                + math.fsum(f.pair_toxicity[pair, e] for pair in pairs)
                for e in f.categories
            ]
        return self._events[g, s, regimen]

    def _tau(self, g: str, s: int, option: Option, e: str) -> float:
        f = self.facts
        q = f.q[option[0], e, f.epochs[s]] * f.toxicity_factor[option] * f.susceptibility[g, e]
        return f.exposure[f.epochs[s]] * -math.log(1.0 - min(0.95, q))

    def base(self, g: str, s: int, e: str) -> float:
        f = self.facts
        rate = min(0.95, f.background[e] * f.susceptibility[g, e])
        return f.exposure[f.epochs[s]] * -math.log(1.0 - rate)

    # -- numbers of a sequence in one subgroup ---------------------------------------------------------

    def prevalence(self, g: str, s: int, given: frozenset[str]) -> list[float]:
        """Prevalence of every mechanism in epoch s once `given` were given before it."""
        if (g, s, given) not in self._selected:
            f = self.facts
            found = []
            for m in f.all_mechanisms:
                share = f.starting(g, m, f.epochs[s])
                for mechanism, agents, multiplier in f.emergence:
                    if mechanism == m and agents & given:
                        share *= multiplier
                found.append(share)
            self._selected[g, s, given] = found
        return self._selected[g, s, given]

    def coverage(self, g: str, sequence: Sequence) -> list[float]:
        """Coverage of the subgroup in every epoch."""
        carry = self.facts.carry
        given: frozenset[str] = frozenset()
        earlier = [0.0] * len(self.facts.all_mechanisms)
        covered = []
        for s, regimen in enumerate(sequence):
            activity = self.activity(g, s, regimen)
            shares = self.prevalence(g, s, given)
            residual = 0.0
            for share, now, before in zip(shares, activity, earlier, strict=True):
                residual += share * math.exp(-carry * before - now)
            covered.append(1.0 - residual)
            earlier = [before + now for before, now in zip(earlier, activity, strict=True)]
            given |= agents_of(regimen)
        return covered

    def covered(self, g: str, sequence: Sequence) -> float:
        """Coverage weighted by epoch and reach: what `no_harm` compares."""
        f = self.facts
        return math.fsum(
            f.weight[s] * f.reach[g, s] * c for s, c in zip(f.epochs, self.coverage(g, sequence), strict=True)
        )

    def worth(self, g: str, sequence: Sequence) -> float:
        """The subgroup's part of the objective, before its share."""
        f = self.facts
        burden = math.fsum(
            f.weight[epoch] * f.reach[g, epoch] * math.fsum(self.events(g, s, sequence[s]))
            for s, epoch in enumerate(f.epochs)
        )
        return self.covered(g, sequence) - f.toxicity_weight * burden

    # -- rules -----------------------------------------------------------------------------------------

    def regimen_breaks(self, s: int, regimen: Regimen) -> list[str]:
        """Rules on the regimen of one epoch, whoever gets it."""
        f = self.facts
        agents = sorted(agents_of(regimen))
        pairs, doubles = list(combinations(agents, 2)), list(combinations(regimen, 2))
        broken = []
        if len(agents) < len(regimen):
            broken.append("one_level_per_agent")
        if not f.min_agents[f.epochs[s]] <= len(agents) <= f.max_agents[f.epochs[s]]:
            broken.append("min_agents/max_agents")
        if len({f.class_of[agent] for agent in agents}) > f.max_classes[f.epochs[s]]:
            broken.append("max_classes")
        if any(f.epochs[s] not in f.usable[d] for d in agents):
            broken.append("epochs")
        for item, where in f.exclude:
            if (where is None or f.epochs[s] in where) and any(f.meets(o, item) for o in regimen):
                broken.append("exclude")
        for item, where in f.include:
            if where is not None and f.epochs[s] in where and not any(f.meets(o, item) for o in regimen):
                broken.append("include in an epoch")
        lengths = {f.cycle_days[o] for o in regimen if o in f.cycle_days}
        if not f.mixed_cycles and len(lengths) > 1:
            broken.append("mixed_cycles")
        if any(sum(f.class_of[d] == c for d in agents) > 1 for c in f.one_per_class):
            broken.append("one_per_class")
        if any(f.two_meet(a, b, x, y) for a, b in doubles for x, y in f.not_together):
            broken.append("not_together")
        for item, choices, where in f.requires:
            for option in regimen if where is None or f.epochs[s] in where else ():
                others = [other for other in regimen if other[0] != option[0]]
                if f.meets(option, item) and not any(f.meets(o, c) for o in others for c in choices):
                    broken.append("requires")
        if f.precedent and any(frozenset(pair) not in f.precedents for pair in pairs):
            broken.append("precedent")
        if len(agents) > 1 and any(f.meets(o, item) for o in regimen for item in f.alone):
            broken.append("alone")
        return broken

    def subgroup_breaks(self, g: str, s: int, regimen: Regimen) -> list[str]:
        """Limits, requirements and contraindications of one subgroup in one epoch."""
        f = self.facts
        epoch = f.epochs[s]
        agents = sorted(agents_of(regimen))
        broken = []
        for e, tau in zip(f.categories, self.events(g, s, regimen), strict=True):
            if 1.0 - math.exp(-self.base(g, s, e) - tau) > f.limit[g, e, epoch] + TOLERANCE:
                broken.append("limit")
        for m, activity in zip(f.all_mechanisms, self.activity(g, s, regimen), strict=True):
            share = f.starting(g, m, epoch)
            if m == NONE or share <= 0.0 or share < f.requirement[m].floor:
                continue
            if epoch not in f.requirement[m].epochs:
                continue
            least = f.requirement[m].min_coverage
            if least is not None and 1.0 - math.exp(-activity) < least - TOLERANCE:
                broken.append("min_coverage")
            active = [d for d in agents if f.beta[d, epoch] > 0 and f.sensitivity[g, d] * f.retained[d, m] >= 0.5]
            if len(active) < f.requirement[m].min_active:
                broken.append("min_active")
        for subgroup, key, partner, where in f.contraindicated:
            if subgroup != g or epoch not in where:
                continue
            if partner is None:
                if any(f.meets(o, key) for o in regimen):
                    broken.append("contraindicated")
            elif any(f.two_meet(a, b, key, partner) for a, b in combinations(regimen, 2)):
                broken.append("contraindicated with")
        if f.control_of[g] is not None:
            pairs = zip(f.categories, self.events(g, s, regimen), self.events(g, s, f.control_of[g][s]), strict=True)
            for e, ours, theirs in pairs:
                more = (1.0 - math.exp(-ours)) - (1.0 - math.exp(-theirs))
                if f.not_worse[e] < 1 and more > f.not_worse[e] + TOLERANCE:
                    broken.append("not_worse_than_control")
        return broken

    def sequence_breaks(self, sequence: Sequence) -> list[str]:
        """Rules on the epochs of an arm together, whoever gets it."""
        f = self.facts
        broken = []
        for item in f.once:
            if sum(any(f.meets(o, item) for o in regimen) for regimen in sequence) > 1:
                broken.append("once")
        for item, after in f.not_after:
            for first, second in combinations(range(len(sequence)), 2):
                if any(
                    late[0] != early[0] and f.meets(late, item) and f.meets(early, after)
                    for late in sequence[second]
                    for early in sequence[first]
                ):
                    broken.append("not_after")
        for item, where in f.include:
            if where is None and not any(f.meets(o, item) for regimen in sequence for o in regimen):
                broken.append("include")
        return broken

    def sequence_subgroup_breaks(self, g: str, sequence: Sequence) -> list[str]:
        """Cumulative limits and `no_harm` of one subgroup."""
        f = self.facts
        broken = []
        events = [self.events(g, s, regimen) for s, regimen in enumerate(sequence)]
        for k, e in enumerate(f.categories):
            total = math.fsum(self.base(g, s, e) + events[s][k] for s in range(len(sequence)))
            if 1.0 - math.exp(-total) > f.cumulative_limit[e] + TOLERANCE:
                broken.append("cumulative_limit")
        control = f.control_of[g]
        if f.no_harm and control is not None:
            if g not in self._control:
                self._control[g] = self.covered(g, control)
            if self.covered(g, sequence) < self._control[g] - TOLERANCE:
                broken.append("no_harm")
        return broken

    # -- a design --------------------------------------------------------------------------------------

    def broken(self, arms: list[PlainArm]) -> list[str]:
        """Every kind of rule the design breaks, once each."""
        f = self.facts
        found = []
        if not 1 <= len(arms) <= f.max_arms:
            found.append("max_arms")
        if sorted(g for subgroups, _ in arms for g in subgroups) != sorted(f.subgroups):
            found.append("subgroups")
        found += self.sets_break([subgroups for subgroups, _ in arms])
        for subgroups, sequence in arms:
            found += self.sequence_breaks(sequence)
            for s, regimen in enumerate(sequence):
                found += self.regimen_breaks(s, regimen)
                for g in subgroups:
                    found += self.subgroup_breaks(g, s, regimen)
            for g in subgroups:
                found += self.sequence_subgroup_breaks(g, sequence)
        return list(dict.fromkeys(found))

    def sets_break(self, sets: list[tuple[str, ...]]) -> list[str]:
        """Rules on which subgroups share an arm."""
        f = self.facts
        broken = []
        if any(sum(bool(set(together) & set(served)) for served in sets) > 1 for together in f.same_arm):
            broken.append("same_arm")
        if any(len(set(lone) & set(served)) > 1 for lone in f.apart for served in sets):
            broken.append("apart")
        return broken

    def value(self, arms: list[PlainArm]) -> float:
        """The objective, broken rules or not."""
        share = self.facts.share
        return math.fsum(share[g] * self.worth(g, sequence) for subgroups, sequence in arms for g in subgroups)

    # -- every design ----------------------------------------------------------------------------------

    def regimens(self, s: int) -> Iterator[Regimen]:
        """Every regimen that the rules on one epoch allow."""
        f = self.facts
        for size in range(min(f.max_agents[f.epochs[s]], len(f.agents)) + 1):
            for agents in combinations(f.agents, size):
                for levels in product(*(f.levels[d] for d in agents)):
                    regimen = tuple(zip(agents, levels, strict=True))
                    if not self.regimen_breaks(s, regimen):
                        yield regimen

    def served(self) -> dict[Sequence, dict[str, float]]:
        """Every sequence that an arm may have, with what it is worth in each subgroup that it may serve."""
        f = self.facts
        fine = [
            {r: frozenset(g for g in f.subgroups if not self.subgroup_breaks(g, s, r)) for r in self.regimens(s)}
            for s in range(len(f.epochs))
        ]
        served: dict[Sequence, dict[str, float]] = {}
        for sequence in product(*([r for r, groups in allowed.items() if groups] for allowed in fine)):
            groups = frozenset.intersection(*(fine[s][r] for s, r in enumerate(sequence)))
            if not groups or self.sequence_breaks(sequence):
                continue
            worth = {
                g: f.share[g] * self.worth(g, sequence)
                for g in f.subgroups
                if g in groups and not self.sequence_subgroup_breaks(g, sequence)
            }
            if worth:
                served[sequence] = worth
        return served

    def splits(self) -> list[list[tuple[str, ...]]]:
        """Every split of the subgroups into arms that the rules on sets allow, whatever the number of arms."""
        return [split for split in partitions(self.facts.subgroups) if not self.sets_break(split)]

    def best(self) -> Best | None:
        """The best design, or `None` when there is none."""
        return _best_partition(self.splits(), self.facts.max_arms, self.served())


def _best_partition(
    splits: list[list[tuple[str, ...]]], max_arms: int, served: dict[Sequence, dict[str, float]]
) -> Best | None:
    """The best of some splits of the subgroups into at most `max_arms` arms, each with its best sequence."""
    found: list[tuple[float, list[PlainArm]]] = []
    ranked: dict[tuple[str, ...], list[tuple[float, Sequence]]] = {}
    for partition in splits:
        if len(partition) > max_arms:
            continue
        for part in partition:
            if part not in ranked:
                values = [
                    (math.fsum(worth[g] for g in part), sequence)
                    for sequence, worth in served.items()
                    if all(g in worth for g in part)
                ]
                ranked[part] = sorted(values, key=lambda pair: -pair[0])
        if all(ranked[part] for part in partition):
            total = math.fsum(ranked[part][0][0] for part in partition)
            found.append((total, [(part, ranked[part][0][1]) for part in partition]))
    if not found:
        return None
    value, arms = max(found, key=lambda pair: pair[0])
    # Another design is as good if another split is, or another sequence in some arm of a split as good.
    best_map = {g: sequence for part, sequence in arms for g in part}
    unique = True
    for total, rival in found:
        if total < value - 1e-6:
            continue
        unique &= all(best_map[g] == sequence for part, sequence in rival for g in part)
        for part, _ in rival:
            near = [r for r in ranked[part][1:2] if r[0] >= ranked[part][0][0] - (total - value + 1e-6)]
            unique &= not near
    return Best(value, arms, unique)


def partitions(items: list[str]) -> Iterator[list[tuple[str, ...]]]:
    """Every split of the items into parts."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for smaller in partitions(rest):
        yield [(first,), *smaller]
        for i, part in enumerate(smaller):
            yield [*smaller[:i], (first, *part), *smaller[i + 1 :]]


def judge(document: Document, arms: list[PlainArm]) -> tuple[float, bool]:
    """Exact value of a design, and whether it keeps every limit and rule."""
    oracle = Oracle(document)
    return oracle.value(arms), not oracle.broken(arms)


def best_design(document: Document) -> Best | None:
    """The best design of a small document by looking at all of them, or `None` when there is none."""
    return Oracle(document).best()
