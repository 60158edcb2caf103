"""Contents: what an arm must contain, and what it must not.

    sum over s and d matching i of taken[g,d,s] >= 1       for every item i of `include`
    taken[g,d,s] = 0                                       for d matching an item of `exclude`
    taken[g,d,s] = 0                                       for d contraindicated in subgroup g

Source: model section 6, `include`, `exclude` and `contraindicated` without a partner.
"""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.rows import never
from trialopt.model.space import Space


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add what arms must and must not contain."""
    model.contents = block = pyo.Block()
    rules, usable = space.instance.rules, space.instance.usable
    block.include = pyo.Constraint(pyo.Any)
    block.barred = pyo.Constraint(pyo.Any)
    excluded = {d for item in rules.exclude for d in space.matching(item)}
    for g, subgroup in zip(space.groups, space.instance.subgroups, strict=True):
        for n, item in enumerate(rules.include):
            slots = [(d, s) for d in space.matching(item) for s in space.epochs if usable[d, s]]
            if slots:
                block.include[g, n] = sum(taken(model, space, g, d, s) for d, s in slots) >= 1
            else:
                block.include[g, n] = never(model)
        keys = [r.key for r in rules.contraindicated if r.subgroup == subgroup and r.partner is None]
        for d in sorted(excluded.union(*(space.matching(key) for key in keys))):
            for s in space.epochs:
                if usable[d, s]:
                    block.barred[g, d, s] = taken(model, space, g, d, s) == 0
