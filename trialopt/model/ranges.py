"""Ranges of the exponents, from the data: where tangents are worth having."""

from __future__ import annotations

import numpy as np

from trialopt.instance import Floats
from trialopt.model.space import Space


def activity_ranges(space: Space) -> tuple[Floats, Floats]:
    """Least and largest log-activity (G, M, S) of any regimen.

    An epoch has at most n = max_agents agents, so Lambda is at most the sum of the n largest of the agents' best
    positive log-activities, plus the n (n - 1) / 2 largest positive interactions; and at least the same with signs
    changed.
    """
    i, c = space.instance, space.c
    groups, mechanisms, epochs = len(space.groups), len(space.mechanisms), len(space.epochs)
    low, high = np.zeros((groups, mechanisms, epochs)), np.zeros((groups, mechanisms, epochs))
    for s in space.epochs:
        n = int(i.max_agents[s])
        usable = i.usable[:, s]
        pairs = c.pair_activity[:, :, usable[i.pair_agents[:, 0]] & usable[i.pair_agents[:, 1]]]
        for sign, total in ((1.0, high), (-1.0, low)):
            best = [np.max(np.maximum(0.0, sign * c.activity[:, s, :, space.levels[d]]), axis=0) for d in space.used[s]]
            if best:
                total[:, :, s] += np.sort(np.stack(best, axis=-1), axis=-1)[..., -n:].sum(axis=-1)
            top = np.sort(np.maximum(0.0, sign * pairs), axis=-1)[..., ::-1]
            total[:, :, s] += top[..., : n * (n - 1) // 2].sum(axis=-1)
    return -low, high


def first_bound(space: Space) -> float:
    """Value that no design can exceed, before anything is solved: every residual at its least, no event counted."""
    low, _ = exponent_ranges(space)
    residual = np.exp(low).sum(axis=1)
    return float((space.c.value_weight * (1 - residual)).sum())


def exponent_ranges(space: Space) -> tuple[Floats, Floats]:
    """Least and largest exponent (G, M, S) of any sequence.

    The exponent falls with log-activity and rises with emergence: the least has the largest Lambda in every epoch and
    no emergence, the largest has the least Lambda and every row of emergence.csv counted.
    """
    i = space.instance
    low, high = activity_ranges(space)
    growth = np.zeros(len(space.mechanisms))
    np.add.at(growth, i.emergence_mechanism, np.log(i.emergence_multiplier))
    with np.errstate(divide="ignore"):
        start = np.log(np.moveaxis(space.c.start, 1, 2))
    later = np.arange(len(space.epochs)) > 0
    least_before, most_before = (np.cumsum(a, axis=2) - a for a in (low, high))
    carry = i.trial.carry
    return (
        start - carry * most_before - high,
        start + later * growth[None, :, None] - carry * least_before - low,
    )
