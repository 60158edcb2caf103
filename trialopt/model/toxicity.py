"""Toxicity: severe adverse events within their limits, per epoch and over all epochs.

    sum over o of tau[g,o,e,s] given[g,o,s] + sum over p of tau_p[p,e] both[g,p,s] <= room[g,e,s]
    sum over s of the same                                                          <= cumulative_room[g,e]

`1 - exp(-x) <= limit` is `x <= -ln(1 - limit)`, so limits on probability are linear rows on the log scale.

tau     attributable events on the log scale, susceptibility and exposure included
room    -ln(1 - limit) less the background's share of it, with the 1e-9 of probability by which a limit may be missed
        already in it; a limit of 1 is none

Source: model section 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from trialopt.model.rows import decided
from trialopt.model.space import Space


def events(model: pyo.ConcreteModel, space: Space, g: int, e: int, s: int) -> Any:
    """Expression: attributable events of category e in subgroup g and epoch s, log scale."""
    c = space.c
    given, both = model.choice.given, model.pairs.both
    terms = [
        float(c.tau[g, s, e, o]) * given[g, o, s]
        for d in space.used[s]
        for o in space.levels[d]
        if c.tau[g, s, e, o] != 0
    ]
    terms += [
        float(c.pair_tau[p, e]) * both[g, p, s] for p in space.pairs if c.pair_tau[p, e] != 0 and (g, p, s) in both
    ]
    return sum(terms)


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add the limits of each epoch and over all epochs."""
    model.toxicity = block = pyo.Block()
    c = space.c
    block.epoch = pyo.Constraint(pyo.Any)
    block.cumulative = pyo.Constraint(pyo.Any)
    for g in space.groups:
        for e in space.categories:
            for s in space.epochs:
                if np.isfinite(c.room[g, s, e]):
                    row = events(model, space, g, e, s) <= float(c.room[g, s, e])
                    block.epoch[g, e, s] = decided(model, row)
            if np.isfinite(c.cumulative_room[g, e]):
                total = sum(events(model, space, g, e, s) for s in space.epochs)
                block.cumulative[g, e] = decided(model, total <= float(c.cumulative_room[g, e]))
