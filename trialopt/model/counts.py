"""Counts: how many agents an epoch has.

    min_agents[s] <= sum over d of taken[g,d,s] <= max_agents[s]          for every subgroup g and epoch s

Source: model section 6, `min_agents` and `max_agents`.
"""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.rows import never
from trialopt.model.space import Space


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add the least and the most agents of each epoch."""
    model.counts = block = pyo.Block()
    i = space.instance
    block.least = pyo.Constraint(list(space.groups), list(space.epochs))
    block.most = pyo.Constraint(list(space.groups), list(space.epochs))
    for g in space.groups:
        for s in space.epochs:
            if not space.used[s]:
                if i.min_agents[s] > 0:
                    block.least[g, s] = never(model)
                continue
            count = sum(taken(model, space, g, d, s) for d in space.used[s])
            block.most[g, s] = count <= int(i.max_agents[s])
            if i.min_agents[s] > 0:
                block.least[g, s] = count >= int(i.min_agents[s])
