"""The numbers a check needs, computed from the instance's tables by formulas of its own (model sections 2 to 5, 8).

Nothing here comes from what searches for designs or from what judges them. Columns `j` are pairs of a subgroup and a
mechanism. Shapes: S epochs, O options, G subgroups, M mechanisms, E categories, P pairs, R emergence rows, J columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats, Instance, Ints

MISS = 1e-9
"""A limit holds when it is missed by at most this much."""

ROUNDING = 1e-12
"""What sums of logarithms may be off by; a bound lets limits be missed by this much more."""

CLIPPED = 0.95
"""Event probabilities above this count as this much (model section 4)."""


@dataclass(frozen=True)
class Facts:
    """Linear forms of one instance."""

    instance: Instance
    group: Ints
    """(J,) subgroup of a column."""
    mechanism: Ints
    """(J,)"""
    activity: Floats
    """(S, O, J) log-activity of an option."""
    pair_activity: Floats
    """(P, J)"""
    start: Floats
    """(S, J) prevalence before emergence, seeds included."""
    events: Floats
    """(S, O, G, E) severe events of an option, log scale."""
    background: Floats
    """(S, G, E) events met whatever is given, log scale."""
    counts: Floats
    """(S, G) v * reach: what an epoch's coverage counts in a subgroup, before its share."""
    emerges: Floats
    """(R, J) log factor of an emergence row on a column."""
    end: Floats | None = None
    """(J,) prevalence where response is read, in columns that are truths; `None`: as `start` has it."""

    @property
    def groups(self) -> int:
        """How many subgroups there are."""
        return len(self.instance.subgroups)

    @property
    def weight(self) -> float:
        """Coverage given up to spare one severe event."""
        return self.instance.trial.toxicity_weight

    def by_group(self, columns: Floats) -> Floats:
        """(..., G) sums of (..., J) over the columns of each subgroup."""
        return np.asarray(columns @ (self.group[:, None] == np.arange(self.groups)).astype(float))


def facts_of(instance: Instance, *, every: bool = False) -> Facts:
    """Numbers of an instance, of the columns that occur; of `every` one where a table of them is checked."""
    i = instance
    agent = i.option_agent
    start = np.array([i.prevalence if s == 0 else np.maximum(i.prevalence, i.seed) for s in range(len(i.epochs))])
    found = np.ones(start.shape[1:], dtype=bool) if every else (start > 0).any(axis=0)
    group, mechanism = (np.asarray(axis, dtype=np.int64) for axis in np.nonzero(found))
    keeps = i.sensitivity[group].T * i.retained[:, mechanism]  # D J
    strength = i.beta[agent].T * i.activity_factor  # S O
    first, second = i.pair_agents[:, 0], i.pair_agents[:, 1]
    emerges = np.where(i.emergence_mechanism[:, None] == mechanism, np.log(i.emergence_multiplier)[:, None], 0.0)
    return Facts(
        instance=i,
        group=group,
        mechanism=mechanism,
        activity=strength[:, :, None] * keeps[agent],
        pair_activity=i.pair_activity[:, None] * keeps[first] * keeps[second],
        start=start[:, group, mechanism],
        events=_events(i),
        background=i.exposure[:, None, None] * _logged(i.background * i.susceptibility),
        counts=(i.weight * i.reach).T,
        emerges=emerges,
    )


def _logged(probability: Floats) -> Floats:
    """Events on the log scale."""
    return np.asarray(-np.log1p(-np.minimum(CLIPPED, probability)))


def _events(i: Instance) -> Floats:
    """(S, O, G, E) events of each option."""
    rate = i.event_rate[i.option_agent] * i.toxicity_factor[:, None, None]  # O E S
    rate = np.moveaxis(rate, 2, 0)[:, :, None, :] * i.susceptibility
    return np.asarray(i.exposure[:, None, None, None] * _logged(rate))


def agents_of(instance: Instance, given: Bools) -> Bools:
    """(n, D) agents of regimens given as options (n, O)."""
    found = np.zeros((len(given), len(instance.agents)), dtype=bool)
    for o, d in enumerate(instance.option_agent.tolist()):
        found[:, d] |= given[:, o]
    return found


def pairs_of(instance: Instance, agents: Bools) -> Floats:
    """(n, P) pairs with a number of their own that regimens give together, as 0 and 1."""
    both = agents[:, instance.pair_agents[:, 0]] & agents[:, instance.pair_agents[:, 1]]
    return both.astype(float)


def log_activity(facts: Facts, epoch: int, given: Bools) -> Floats:
    """(n, J) Lambda of regimens."""
    pairs = pairs_of(facts.instance, agents_of(facts.instance, given))
    return np.asarray(given.astype(float) @ facts.activity[epoch] + pairs @ facts.pair_activity)


def events(facts: Facts, epoch: int, given: Bools) -> Floats:
    """(n, G, E) severe events that regimens cause, log scale."""
    i = facts.instance
    options, shape = facts.events[epoch], facts.events.shape[2:]
    single = (given.astype(float) @ options.reshape(len(options), -1)).reshape(-1, *shape)
    together = pairs_of(i, agents_of(i, given)) @ i.pair_toxicity
    return np.asarray(single + together[:, None, :])


def triggered(instance: Instance, given: Bools) -> Bools:
    """(n, R) emergence rows that regimens set off for the epochs after them."""
    agents = agents_of(instance, given).astype(float)
    return np.asarray(agents @ instance.emergence_agents.T.astype(float) > 0)


def control_given(instance: Instance, group: int) -> Bools | None:
    """(S, O) what the control patients of a subgroup get, `None` where that is not known."""
    control = instance.control_of(group)
    if control is None:
        return None
    given = np.zeros((len(instance.epochs), len(instance.option_agent)), dtype=bool)
    for s, options in enumerate(control):
        given[s, list(options)] = True
    return given


def coverage_along(facts: Facts, sequences: Bools, factors: Floats | None = None) -> tuple[Floats, Floats]:
    """(n, S, G) coverage and (n, S, J) prevalence along sequences (n, S, O): emergence and carry included.

    `factors` (n, S) are those of a truth on the activity of each epoch's regimen.
    """
    i = facts.instance
    count, epochs = sequences.shape[:2]
    on = np.zeros((count, len(i.emergence_mechanism)), dtype=bool)
    before = np.zeros((count, len(facts.group)))
    coverage = np.empty((count, epochs, facts.groups))
    prevalence = np.empty((count, epochs, len(facts.group)))
    for s in range(epochs):
        prevalence[:, s] = facts.start[s] * np.exp(on.astype(float) @ facts.emerges)
        active = log_activity(facts, s, sequences[:, s]) * (1.0 if factors is None else factors[:, s, None])
        left = prevalence[:, s] * np.exp(-i.trial.carry * before - active)
        coverage[:, s] = 1 - facts.by_group(left)
        before += active
        on |= triggered(i, sequences[:, s])
    return coverage, prevalence


def control_coverage(facts: Facts) -> Floats:
    """(G, S) coverage of the control regimens; NaN where there is none."""
    found = np.full((facts.groups, len(facts.instance.epochs)), np.nan)
    for g in range(facts.groups):
        given = control_given(facts.instance, g)
        if given is not None:
            found[g] = coverage_along(facts, given[None])[0][0, :, g]
    return found
