"""Emergence: which exposures have selected for resistance before an epoch.

    emerged[g,i,s] >= sum over d in Q of taken[g,d,s-1]
    emerged[g,i,s] >= emerged[g,i,s-1]                         once counted, always counted

for every set Q of agents that row i of emergence.csv applies to and that exclude each other (family `together`); an
agent that no other excludes is a set of its own.

emerged continuous in 0..1, from the second epoch on. A row multiplies a prevalence by at least 1 and so can only raise
        the residual; nothing pushes `emerged` above the largest sum it has to cover, which is 0 or 1, and it needs no
        upper row.

Source: model section 3.
"""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.cliques import covers
from trialopt.model.space import Space
from trialopt.model.together import exclusions


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add the flag of each emergence row."""
    model.emergence = block = pyo.Block()
    i = space.instance
    block.emerged = pyo.Var(list(space.emerging), bounds=(0, 1))
    block.exposed = pyo.Constraint(pyo.Any)
    block.lasting = pyo.Constraint(pyo.Any)
    known = set(space.emerging)
    edges = [exclusions(space, subgroup) for subgroup in i.subgroups]
    for g, row, s in space.emerging:
        before = space.epochs[s - 1]
        earlier = (g, row, before) in known
        if earlier:
            block.lasting[g, row, s] = block.emerged[g, row, s] >= block.emerged[g, row, before]
        epochs = [before] if earlier else space.epochs[:s]
        for e in epochs:
            agents = [d for d in space.used[e] if i.emergence_agents[row, d]]
            for n, group in enumerate(covers(agents, edges[g])):
                exposed = sum(taken(model, space, g, d, e) for d in group)
                block.exposed[g, row, s, e, n] = block.emerged[g, row, s] >= exposed
