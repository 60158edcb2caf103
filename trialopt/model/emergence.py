"""Emergence: which exposures have selected for resistance before an epoch.

    emerged[g,i,s] >= taken[g,d,s-1]        for every agent d that row i of emergence.csv applies to
    emerged[g,i,s] >= emerged[g,i,s-1]      once counted, always counted

emerged continuous in 0..1, from the second epoch on. A row multiplies a prevalence by at least 1 and so can only raise
        the residual; nothing pushes `emerged` above the largest choice it has to cover, and it needs no upper row.

Source: model section 3.
"""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.space import Space


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add the flag of each emergence row."""
    model.emergence = block = pyo.Block()
    i = space.instance
    block.emerged = pyo.Var(list(space.emerging), bounds=(0, 1))
    block.exposed = pyo.Constraint(pyo.Any)
    block.lasting = pyo.Constraint(pyo.Any)
    known = set(space.emerging)
    for g, row, s in space.emerging:
        before = space.epochs[s - 1]
        earlier = (g, row, before) in known
        if earlier:
            block.lasting[g, row, s] = block.emerged[g, row, s] >= block.emerged[g, row, before]
        epochs = [before] if earlier else space.epochs[:s]
        for d in space.agents:
            if not i.emergence_agents[row, d]:
                continue
            for e in epochs:
                if i.usable[d, e]:
                    block.exposed[g, row, s, d, e] = block.emerged[g, row, s] >= taken(model, space, g, d, e)
