"""Once: agents or classes used in at most one epoch.

    sum over s of taken[g,d,s] <= 1                                for an item with one agent d
    spent[g,i,s] >= taken[g,d,s]  for every d matching item i,
    sum over s of spent[g,i,s] <= 1                                for an item with several

spent   continuous in 0..1: at least 1 where an agent of the item is given, so two such epochs break the sum

Source: model section 6, `once`; for a class all its agents count together.
"""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.space import Space


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add a row for each item used at most once."""
    model.once = block = pyo.Block()
    items = [
        (n, [d for d in space.matching(item) if space.instance.usable[d].any()])
        for n, item in enumerate(space.instance.rules.once)
    ]
    block.spent = pyo.Var(
        [(g, n, s) for n, agents in items if len(agents) > 1 for g in space.groups for s in space.epochs],
        bounds=(0, 1),
    )
    block.counted = pyo.Constraint(pyo.Any)
    block.single = pyo.Constraint(pyo.Any)
    for n, agents in items:
        for g in space.groups:
            if len(agents) == 1:
                block.single[g, n] = sum(taken(model, space, g, agents[0], s) for s in space.epochs) <= 1
            elif agents:
                block.single[g, n] = sum(block.spent[g, n, s] for s in space.epochs) <= 1
                for s in space.epochs:
                    for d in agents:
                        if space.instance.usable[d, s]:
                            block.counted[g, n, s, d] = block.spent[g, n, s] >= taken(model, space, g, d, s)
