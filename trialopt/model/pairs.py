"""Pairs: interacting agents given together in an epoch.

    both[g,p,s] <= taken[g,a,s]
    both[g,p,s] <= taken[g,b,s]
    both[g,p,s] >= taken[g,a,s] + taken[g,b,s] - 1             for the pair p = (a, b)

both    continuous in 0..1: the three rows leave it no choice but the product of the two (McCormick, Mathematical
        Programming 10, 1976), whichever sign the interaction has

Source: model section 2, the conjunction y.
"""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.space import Space


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add the conjunction of each interacting pair."""
    model.pairs = block = pyo.Block()
    block.both = pyo.Var(list(space.together), bounds=(0, 1))
    block.first = pyo.Constraint(list(space.together))
    block.second = pyo.Constraint(list(space.together))
    block.either = pyo.Constraint(list(space.together))
    for g, p, s in space.together:
        a, b = (taken(model, space, g, int(d), s) for d in space.instance.pair_agents[p])
        block.first[g, p, s] = block.both[g, p, s] <= a
        block.second[g, p, s] = block.both[g, p, s] <= b
        block.either[g, p, s] = block.both[g, p, s] >= a + b - 1
