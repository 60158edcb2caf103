"""What is chosen: options in epochs, arms that serve subgroups, how many agents."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from trialopt.model.space import Space, never


def add_choice(model: pyo.ConcreteModel, space: Space) -> None:
    """Choices: what each subgroup is given in each epoch, at one level of an agent.

        given[g,o,s] in {0,1}                              option o is given to subgroup g in epoch s
        taken[g,d,s] = sum over levels o of d of given[g,o,s] <= 1

    Every subgroup has its own copy of the choices; the family `arms` makes the copies of one arm agree. All other
    families then speak of one subgroup at a time and need no big-M.

    given   binary, over the options whose agent may be used in the epoch (`epochs` of an agent)
    taken   the agent, at whatever level

    Source: model section 6, `one_level_per_agent` and `epochs`.
    """
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


def part(model: pyo.ConcreteModel, space: Space, g: int, options: tuple[int, ...], s: int) -> Any:
    """Expression: subgroup g is given one of some options of one agent in epoch s; 0 where it may not be used."""
    d = int(space.instance.option_agent[options[0]])
    if len(options) == len(space.levels[d]):
        return taken(model, space, g, d, s)
    return sum(model.choice.given[g, o, s] for o in options) if space.instance.usable[d, s] else 0.0


def add_arms(model: pyo.ConcreteModel, space: Space) -> None:
    """Arms: at most `max_arms` of them, every subgroup in one, and one sequence for all subgroups of an arm.

    An arm is named after its first subgroup (table order), so no arm has a second name and no symmetry is left
    (the asymmetric representatives of Campêlo, Campos and Corrêa, "On the asymmetric representatives formulation for
    the vertex coloring problem", Discrete Applied Mathematics 156, 2008).

        serves[h,g] in {0,1}, h <= g                       the arm named after h serves g
        sum over h <= g of serves[h,g] = 1                 every subgroup is served once
        serves[h,g] <= serves[h,h]                         an arm that serves anyone serves the one it is named after
        sum over h of serves[h,h] <= max_arms
        given[g,o,s] - given[h,o,s] <= 1 - serves[h,g]
        given[h,o,s] - given[g,o,s] <= 1 - serves[h,g]     for h < g

    The last two rows are the only big-M of the model, and it is 1: the left side is a difference of two binaries, so it
    is at most 1, and 1 is reached when the two differ. A smaller constant would bar arms from differing; a larger one
    is slack. With serves = 1 the rows make the copies equal, with serves = 0 they say nothing. An agent with several
    levels has the rows for the agent as well: taken is binary too, so the constant is again 1.

        serves[h,g] = serves[h,f], h <= f;  serves[h,g] = 0, f < h <= g      for f < g of one list of `same_arm`
        sum over g >= h of serves[h,g] <= 1                                  over the g of one list of `apart`

    Sizes (model section 7) are ratios of numbers of the set an arm serves and have no rows here: the bound of this
    model holds with them, and family `cutoffs` bars designs that cannot be sized.

    Source: model sections 6 (`same_arm`, `apart`) and 7.
    """
    model.arms = block = pyo.Block()
    ordered = [(h, g) for g in space.groups for h in space.groups[: g + 1]]
    block.serves = pyo.Var(ordered, domain=pyo.Binary)
    block.once = pyo.Constraint(list(space.groups), rule=lambda b, g: sum(b.serves[h, g] for h in range(g + 1)) == 1)
    later = [(h, g) for h, g in ordered if h < g]
    block.named = pyo.Constraint(later, rule=lambda b, h, g: b.serves[h, g] <= b.serves[h, h])
    block.most = pyo.Constraint(expr=sum(block.serves[g, g] for g in space.groups) <= space.instance.trial.max_arms)

    _limit_sets(model, space)
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


def _limit_sets(model: pyo.ConcreteModel, space: Space) -> None:
    """Rows on which subgroups share an arm."""
    block, rules = model.arms, space.instance.rules
    block.same_arm = pyo.Constraint(pyo.Any)
    block.apart = pyo.Constraint(pyo.Any)
    serves = block.serves
    for n, subgroups in enumerate(rules.same_arm):
        f, *others = sorted(space.groups[space.instance.subgroups.index(g)] for g in subgroups)
        for g in others:
            for h in space.groups[: g + 1]:
                block.same_arm[n, h, g] = serves[h, g] == (serves[h, f] if h <= f else 0.0)
    for n, subgroups in enumerate(rules.apart):
        members = sorted(space.groups[space.instance.subgroups.index(g)] for g in subgroups)
        for h in space.groups:
            several = [g for g in members if g >= h]
            if len(several) > 1:
                block.apart[n, h] = sum(serves[h, g] for g in several) <= 1


def add_counts(model: pyo.ConcreteModel, space: Space) -> None:
    """Counts: how many agents an epoch has.

        min_agents[s] <= sum over d of taken[g,d,s] <= max_agents[s]          for every subgroup g and epoch s
        present[g,c,s] >= taken[g,d,s]                                        for every agent d of class c
        sum over c of present[g,c,s] <= max_classes[s]                        where there is such a limit

    present continuous in 0..1: at least 1 where an agent of the class is given

    Source: model section 6, `min_agents`, `max_agents` and `max_classes`.
    """
    model.counts = block = pyo.Block()
    i = space.instance
    block.least = pyo.Constraint(list(space.groups), list(space.epochs))
    block.most = pyo.Constraint(list(space.groups), list(space.epochs))
    block.present = pyo.Var(pyo.Any, bounds=(0, 1), dense=False)
    block.there = pyo.Constraint(pyo.Any)
    block.classes = pyo.Constraint(pyo.Any)
    for g in space.groups:
        for s in space.epochs:
            if not space.used[s]:
                if i.min_agents[s] > 0:
                    block.least[g, s] = never(model)
                continue
            count = sum(taken(model, space, g, d, s) for d in space.used[s])
            block.most[g, s] = count <= int(i.max_agents[s])
            _limit_classes(model, space, g, s)
            if i.min_agents[s] > 0:
                block.least[g, s] = count >= int(i.min_agents[s])


def _limit_classes(model: pyo.ConcreteModel, space: Space, g: int, s: int) -> None:
    """Count the classes that agents of an epoch are of, where more could be than are allowed."""
    block, i = model.counts, space.instance
    classes = sorted({int(i.agent_class[d]) for d in space.used[s]})
    if len(classes) <= i.max_classes[s]:
        return
    for d in space.used[s]:
        block.there[g, s, d] = block.present[g, int(i.agent_class[d]), s] >= taken(model, space, g, d, s)
    block.classes[g, s] = sum(block.present[g, c, s] for c in classes) <= int(i.max_classes[s])
