"""Arms: at most `max_arms` of them, every subgroup in one, and one sequence for all subgroups of an arm.

An arm is named after its first subgroup (table order), so no arm has a second name and no symmetry is left
(the asymmetric representatives of Campêlo, Campos and Corrêa, "On the asymmetric representatives formulation for the
vertex coloring problem", Discrete Applied Mathematics 156, 2008).

    serves[h,g] in {0,1}, h <= g                       the arm named after h serves g
    sum over h <= g of serves[h,g] = 1                 every subgroup is served once
    serves[h,g] <= serves[h,h]                         an arm that serves anyone serves the one it is named after
    sum over h of serves[h,h] <= max_arms
    given[g,o,s] - given[h,o,s] <= 1 - serves[h,g]
    given[h,o,s] - given[g,o,s] <= 1 - serves[h,g]     for h < g

The last two rows are the only big-M of the model, and it is 1: the left side is a difference of two binaries, so it is
at most 1, and 1 is reached when the two differ. A smaller constant would bar arms from differing; a larger one is
slack. With serves = 1 the rows make the copies equal, with serves = 0 they say nothing. An agent with several levels
has the rows for the agent as well: taken is binary too, so the constant is again 1.

Sizes (model section 7) are ratios of numbers of the set an arm serves and have no rows here: the bound of this model
holds with them, and family `cutoffs` bars designs that cannot be sized.

Source: model section 7.
"""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.space import Space


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add the assignment of subgroups to arms and the equality of choices within an arm."""
    model.arms = block = pyo.Block()
    ordered = [(h, g) for g in space.groups for h in space.groups[: g + 1]]
    block.serves = pyo.Var(ordered, domain=pyo.Binary)
    block.once = pyo.Constraint(list(space.groups), rule=lambda b, g: sum(b.serves[h, g] for h in range(g + 1)) == 1)
    later = [(h, g) for h, g in ordered if h < g]
    block.named = pyo.Constraint(later, rule=lambda b, h, g: b.serves[h, g] <= b.serves[h, h])
    block.most = pyo.Constraint(expr=sum(block.serves[g, g] for g in space.groups) <= space.instance.trial.max_arms)

    block.same_agent = pyo.Constraint(pyo.Any)
    block.same_level = pyo.Constraint(pyo.Any)
    for h, g in later:
        apart = 1 - block.serves[h, g]
        for s in space.epochs:
            for d in space.used[s]:
                mine, theirs = taken(model, space, g, d, s), taken(model, space, h, d, s)
                block.same_agent[h, g, s, d, "in"] = mine - theirs <= apart
                block.same_agent[h, g, s, d, "out"] = theirs - mine <= apart
                if len(space.levels[d]) == 1:
                    continue
                for o in space.levels[d]:
                    mine, theirs = model.choice.given[g, o, s], model.choice.given[h, o, s]
                    block.same_level[h, g, s, o, "in"] = mine - theirs <= apart
                    block.same_level[h, g, s, o, "out"] = theirs - mine <= apart
