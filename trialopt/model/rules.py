"""Rules on regimens and arms (model section 6), one family each."""

from __future__ import annotations

from itertools import combinations

import pyomo.environ as pyo

from trialopt.model.choices import part, taken
from trialopt.model.space import Id, Space, cliques, never

Pair = tuple[int, int]


def _across(space: Space, a: str, b: str) -> set[Pair]:
    """Pairs of options of distinct agents, one meeting each item, smaller first."""
    return {
        (min(o, p), max(o, p))
        for d, ones in space.matching(a).items()
        for e, others in space.matching(b).items()
        if d != e
        for o in ones
        for p in others
    }


def _of_agents(space: Space, pairs: set[Pair]) -> set[Pair]:
    """Pairs of options of every pair of agents."""
    return {(o, p) for d, e in pairs for o in space.levels[d] for p in space.levels[e]}


def barred_options(space: Space, subgroup: str, s: int) -> set[Pair]:
    """Pairs of options of distinct agents that the subgroup may not be given together in epoch s, smaller first."""
    if (subgroup, s) not in space.barred:
        space.barred[subgroup, s] = _barred_options(space, subgroup, s)
    return space.barred[subgroup, s]


def _barred_options(space: Space, subgroup: str, s: int) -> set[Pair]:
    i, rules = space.instance, space.instance.rules
    apart: set[Pair] = set()
    for item in rules.one_per_class:
        apart |= _across(space, item, item)
    for a, b in rules.not_together:
        apart |= _across(space, a, b)
    for item in rules.alone:
        for other in i.agents:
            apart |= _across(space, item, other)
    if rules.precedent:
        every = combinations(space.agents, 2)
        apart |= _of_agents(space, {p for p in every if frozenset(i.agents[d] for d in p) not in rules.precedents})
    if not rules.mixed_cycles:
        days = i.cycle_days
        timed = [o for o in space.options if days[o] > 0]
        pairs = ((o, p) for o, p in combinations(timed, 2) if i.option_agent[o] != i.option_agent[p])
        apart |= {(o, p) for o, p in pairs if days[o] != days[p]}
    for row in rules.contraindicated:
        if row.partner is not None and row.subgroup == subgroup and (not row.epochs or i.epochs[s] in row.epochs):
            apart |= _across(space, row.key, row.partner)
    return apart


def exclusions(space: Space, subgroup: str, s: int) -> set[Pair]:
    """Pairs of agents that the subgroup may not be given together in epoch s at any level, smaller first."""
    barred = barred_options(space, subgroup, s)
    agent = space.instance.option_agent
    found = {(space.agents[agent[o]], space.agents[agent[p]]) for o, p in barred}
    return {pair for pair in found if _of_agents(space, {pair}) <= barred}


def add_together(model: pyo.ConcreteModel, space: Space) -> None:
    """Together: agents that exclude each other in one epoch.

        sum over d in Q of taken[g,d,s] <= 1               for every clique Q of the exclusion graph of (g, s)

    Two distinct agents are an edge of the exclusion graph of subgroup g and epoch s when a rule keeps them apart:

    one_per_class        both are of a listed class
    not_together         one matches each item of a listed pair
    precedent            (if the rule is on) the pair is not in precedents.csv
    alone                one of them matches an item that has to be alone
    contraindicated with one matches the row's key and the other its partner, and the row is the subgroup's
    mixed_cycles         (unless allowed) their cycles have different lengths

    Where a rule keeps only some levels of two agents apart, the nodes of these edges are options:

        sum over o in Q of given[g,o,s] <= 1               for every clique Q of the exclusion graph of options

    The cliques cover all edges, so at integer points the rows say exactly that no edge is chosen; between integer
    points one row for a clique is tighter than a row for each edge (Padberg, "On the facial structure of set packing
    polyhedra", Mathematical Programming 5, 1973).

    Source: model section 6.
    """
    model.together = block = pyo.Block()
    block.apart = pyo.Constraint(pyo.Any)
    block.apart_levels = pyo.Constraint(pyo.Any)
    agent = space.instance.option_agent
    for g, subgroup in zip(space.groups, space.instance.subgroups, strict=True):
        for s in space.epochs:
            usable = space.instance.usable[:, s]
            edges = {(d, e) for d, e in exclusions(space, subgroup, s) if usable[d] and usable[e]}
            for n, clique in enumerate(cliques(edges)):
                block.apart[g, s, n] = sum(taken(model, space, g, d, s) for d in clique) <= 1
            whole = _of_agents(space, edges)
            some = (p for p in barred_options(space, subgroup, s) - whole if usable[agent[list(p)]].all())
            for n, clique in enumerate(cliques(some)):
                block.apart_levels[g, s, n] = sum(model.choice.given[g, o, s] for o in clique) <= 1


def add_requires(model: pyo.ConcreteModel, space: Space) -> None:
    """Requires: agents that need another agent in the same epoch.

        taken[g,d,s] <= sum over d' != d matching any of the list of taken[g,d',s]     for every d matching the item

    A part of an agent's levels stands in the place of `taken` where an item names a level.

    Source: model section 6, `requires`.
    """
    model.requires = block = pyo.Block()
    block.partner = pyo.Constraint(pyo.Any)
    rules, usable = space.instance.rules, space.instance.usable
    every: list[tuple[str, tuple[str, ...], tuple[Id, ...]]]
    every = [(item, any_of, space.epochs) for item, any_of in rules.requires]
    every += [(x, any_of, tuple(s for s in space.epochs if str(s) == where)) for x, any_of, where in rules.requires_in]
    for n, (item, any_of, epochs) in enumerate(every):
        helpers: dict[int, set[int]] = {}
        for other in any_of:
            for e, options in space.matching(other).items():
                helpers.setdefault(e, set()).update(options)
        for g in space.groups:
            for s in epochs:
                for d, mine in space.matching(item).items():
                    if usable[d, s]:
                        others = sorted(e for e in helpers if e != d and usable[e, s])
                        given = sum(part(model, space, g, tuple(sorted(helpers[e])), s) for e in others)
                        block.partner[g, s, d, n] = part(model, space, g, mine, s) <= given


def add_once(model: pyo.ConcreteModel, space: Space) -> None:
    """Once: agents or classes used in at most one epoch.

        sum over s of taken[g,d,s] <= 1                                for an item with one agent d
        spent[g,i,s] >= taken[g,d,s]  for every d matching item i,
        sum over s of spent[g,i,s] <= 1                                for an item with several

    spent   continuous in 0..1: at least 1 where an agent of the item is given, so two such epochs break the sum

    Source: model section 6, `once`; for a class all its agents count together.
    """
    model.once = block = pyo.Block()
    items = [
        (n, {d: options for d, options in space.matching(item).items() if space.instance.usable[d].any()})
        for n, item in enumerate(space.instance.rules.once)
    ]
    block.spent = pyo.Var(
        [(g, n, s) for n, agents in items if len(agents) > 1 for g in space.groups for s in space.epochs], bounds=(0, 1)
    )
    block.counted = pyo.Constraint(pyo.Any)
    block.single = pyo.Constraint(pyo.Any)
    for n, agents in items:
        for g in space.groups:
            if len(agents) == 1:
                (options,) = agents.values()
                block.single[g, n] = sum(part(model, space, g, options, s) for s in space.epochs) <= 1
            elif agents:
                block.single[g, n] = sum(block.spent[g, n, s] for s in space.epochs) <= 1
                for s in space.epochs:
                    for d, options in agents.items():
                        if space.instance.usable[d, s]:
                            block.counted[g, n, s, d] = block.spent[g, n, s] >= part(model, space, g, options, s)


def add_not_after(model: pyo.ConcreteModel, space: Space) -> None:
    """Not after: agents that must not follow another.

        taken[g,d,s] + taken[g,d',s'] <= 1        for d matching `item`, d' != d matching `after`, and every s' < s

    Source: model section 6, `not_after`. Earlier means a strictly earlier epoch; an agent may follow itself.
    """
    model.not_after = block = pyo.Block()
    block.order = pyo.Constraint(pyo.Any)
    usable = space.instance.usable
    barred = {
        (later, earlier): (late, early)
        for item, after in space.instance.rules.not_after
        for later, late in space.matching(item).items()
        for earlier, early in space.matching(after).items()
        if later != earlier and "@" not in item + after
    }
    levels = [
        (later, late, earlier, early)
        for item, after in space.instance.rules.not_after
        for later, late in space.matching(item).items()
        for earlier, early in space.matching(after).items()
        if later != earlier and "@" in item + after
    ]
    every = [(d, late, e, early) for (d, e), (late, early) in sorted(barred.items())] + levels
    for g in space.groups:
        for n, (d, late, e, early) in enumerate(every):
            for s in space.epochs:
                for before in space.epochs[:s]:
                    if usable[d, s] and usable[e, before]:
                        index = (g, d, s, e, before) if n < len(barred) else (g, d, s, e, before, n)
                        both = part(model, space, g, late, s) + part(model, space, g, early, before)
                        block.order[index] = both <= 1


def add_contents(model: pyo.ConcreteModel, space: Space) -> None:
    """Contents: what an arm must contain, and what it must not.

        sum over s and d matching i of taken[g,d,s] >= 1       for every item i of `include`
        sum over d matching i of taken[g,d,s] >= 1             for every item i of `include` asked for in epoch s
        taken[g,d,s] = 0                                       for d matching an item of `exclude`
        taken[g,d,s] = 0                                       for d contraindicated in subgroup g

    each in the epochs it is meant for; where an item names a level, `given` of that option stands for `taken`.

    Source: model section 6, `include`, `exclude` and `contraindicated` without a partner.
    """
    model.contents = block = pyo.Block()
    rules, usable = space.instance.rules, space.instance.usable
    block.include = pyo.Constraint(pyo.Any)
    block.barred = pyo.Constraint(pyo.Any)
    asked: list[tuple[str, tuple[Id, ...]]] = [(item, space.epochs) for item in rules.include]
    asked += [(item, tuple(s for s in space.epochs if str(s) == where)) for item, where in rules.include_in]
    for g, subgroup in zip(space.groups, space.instance.subgroups, strict=True):
        for n, (item, epochs) in enumerate(asked):
            slots = [(o, s) for d, o in space.matching(item).items() for s in epochs if usable[d, s]]
            if slots:
                block.include[g, n] = sum(part(model, space, g, o, s) for o, s in slots) >= 1
            elif epochs:
                block.include[g, n] = never(model)
        barred = _barred(space, subgroup)
        for d in space.agents:
            for s in space.epochs:
                gone = tuple(o for o in space.levels[d] if (o, s) in barred)
                if gone and usable[d, s]:
                    block.barred[g, d, s] = part(model, space, g, gone, s) == 0


def _barred(space: Space, subgroup: str) -> set[Pair]:
    """(option, epoch) that no arm serving the subgroup may have."""
    rules = space.instance.rules
    rows: list[tuple[str, tuple[str, ...]]] = [(item, ()) for item in rules.exclude]
    rows += [(item, (where,)) for item, where in rules.exclude_in]
    own = (row for row in rules.contraindicated if row.subgroup == subgroup and row.partner is None)
    rows += [(row.key, row.epochs) for row in own]
    return {
        (o, s)
        for item, epochs in rows
        for options in space.matching(item).values()
        for o in options
        for s in space.epochs
        if not epochs or str(s) in epochs
    }
