"""Not after: agents that must not follow another.

    taken[g,d,s] + taken[g,d',s'] <= 1        for d matching `item`, d' != d matching `after`, and every s' < s

Source: model section 6, `not_after`. Earlier means a strictly earlier epoch; an agent may follow itself.
"""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.space import Space


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add a row for each pair of agents and each pair of epochs in the barred order."""
    model.not_after = block = pyo.Block()
    block.order = pyo.Constraint(pyo.Any)
    usable = space.instance.usable
    barred = {
        (later, earlier)
        for item, after in space.instance.rules.not_after
        for later in space.matching(item)
        for earlier in space.matching(after)
        if later != earlier
    }
    for g in space.groups:
        for d, e in sorted(barred):
            for s in space.epochs:
                for before in space.epochs[:s]:
                    if usable[d, s] and usable[e, before]:
                        block.order[g, d, s, e, before] = (
                            taken(model, space, g, d, s) + taken(model, space, g, e, before) <= 1
                        )
