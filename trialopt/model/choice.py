"""Choices: what each subgroup is given in each epoch, at one level of an agent.

    given[g,o,s] in {0,1}                              option o is given to subgroup g in epoch s
    taken[g,d,s] = sum over levels o of d of given[g,o,s] <= 1

Every subgroup has its own copy of the choices; the family `arms` makes the copies of one arm agree. All other
families then speak of one subgroup at a time and need no big-M.

given   binary, over the options whose agent may be used in the epoch (`epochs` of an agent)
taken   the agent, at whatever level

Source: model section 6, `one_level_per_agent` and `epochs`.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from trialopt.model.space import Space


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add the choices and at most one level of an agent."""
    model.choice = block = pyo.Block()
    block.given = pyo.Var(list(space.given), domain=pyo.Binary)
    block.one_level = pyo.Constraint(
        [(g, d, s) for g in space.groups for s in space.epochs for d in space.used[s] if len(space.levels[d]) > 1]
    )
    for g, d, s in block.one_level.index_set():
        block.one_level[g, d, s] = taken(model, space, g, d, s) <= 1


def taken(model: pyo.ConcreteModel, space: Space, g: int, d: int, s: int) -> Any:
    """Expression: agent d is given to subgroup g in epoch s, at any level; 0 where it may not be used."""
    if not space.instance.usable[d, s]:
        return 0.0
    return sum(model.choice.given[g, o, s] for o in space.levels[d])
