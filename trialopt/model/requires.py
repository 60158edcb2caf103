"""Requires: agents that need another agent in the same epoch.

    taken[g,d,s] <= sum over d' != d matching any of the list of taken[g,d',s]     for every d matching the item

Source: model section 6, `requires`.
"""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.space import Space


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add a row for each agent that needs another."""
    model.requires = block = pyo.Block()
    block.partner = pyo.Constraint(pyo.Any)
    for n, (item, any_of) in enumerate(space.instance.rules.requires):
        helpers = set().union(*(space.matching(other) for other in any_of))
        for g in space.groups:
            for s in space.epochs:
                for d in space.matching(item):
                    if not space.instance.usable[d, s]:
                        continue
                    others = sorted(e for e in helpers - {d} if space.instance.usable[e, s])
                    given = sum(taken(model, space, g, e, s) for e in others)
                    block.partner[g, s, d, n] = taken(model, space, g, d, s) <= given
