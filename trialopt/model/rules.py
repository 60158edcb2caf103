"""Rules on regimens and arms (model section 6), one family each."""

from __future__ import annotations

from itertools import combinations

import pyomo.environ as pyo

from trialopt.model.choices import taken
from trialopt.model.space import Space, cliques, never


def _across(space: Space, a: str, b: str) -> set[tuple[int, int]]:
    """Pairs of distinct agents, one matching each item, smaller first."""
    return {(min(d, e), max(d, e)) for d in space.matching(a) for e in space.matching(b) if d != e}


def common(space: Space) -> set[tuple[int, int]]:
    """Pairs of agents that no subgroup may be given together."""
    rules, every = space.instance.rules, set(combinations(space.agents, 2))
    apart: set[tuple[int, int]] = set()
    for item in rules.one_per_class:
        apart |= _across(space, item, item)
    for a, b in rules.not_together:
        apart |= _across(space, a, b)
    for item in rules.alone:
        alone = set(space.matching(item))
        apart |= {(d, e) for d, e in every if d in alone or e in alone}
    if rules.precedent:
        names = space.instance.agents
        apart |= {(d, e) for d, e in every if frozenset((names[d], names[e])) not in rules.precedents}
    return apart


def exclusions(space: Space, subgroup: str) -> set[tuple[int, int]]:
    """Pairs of agents that the subgroup may not be given together."""
    own = (r for r in space.instance.rules.contraindicated if r.subgroup == subgroup and r.partner is not None)
    return common(space).union(*(_across(space, r.key, r.partner) for r in own if r.partner is not None))


def add_together(model: pyo.ConcreteModel, space: Space) -> None:
    """Together: agents that exclude each other in one epoch.

        sum over d in Q of taken[g,d,s] <= 1               for every clique Q of the exclusion graph of (g, s)

    Two distinct agents are an edge of the exclusion graph of subgroup g and epoch s when a rule keeps them apart:

    one_per_class        both are of a listed class
    not_together         one matches each item of a listed pair
    precedent            (if the rule is on) the pair is not in precedents.csv
    alone                one of them matches an item that has to be alone
    contraindicated with one matches the row's key and the other its partner, and the row is the subgroup's

    The cliques cover all edges, so at integer points the rows say exactly that no edge is chosen; between integer
    points one row for a clique is tighter than a row for each edge (Padberg, "On the facial structure of set packing
    polyhedra", Mathematical Programming 5, 1973).

    Source: model section 6.
    """
    model.together = block = pyo.Block()
    block.apart = pyo.Constraint(pyo.Any)
    for g, subgroup in zip(space.groups, space.instance.subgroups, strict=True):
        edges = exclusions(space, subgroup)
        for s in space.epochs:
            usable = space.instance.usable[:, s]
            for n, clique in enumerate(cliques((d, e) for d, e in edges if usable[d] and usable[e])):
                block.apart[g, s, n] = sum(taken(model, space, g, d, s) for d in clique) <= 1


def add_requires(model: pyo.ConcreteModel, space: Space) -> None:
    """Requires: agents that need another agent in the same epoch.

        taken[g,d,s] <= sum over d' != d matching any of the list of taken[g,d',s]     for every d matching the item

    Source: model section 6, `requires`.
    """
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
        (n, [d for d in space.matching(item) if space.instance.usable[d].any()])
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
                block.single[g, n] = sum(taken(model, space, g, agents[0], s) for s in space.epochs) <= 1
            elif agents:
                block.single[g, n] = sum(block.spent[g, n, s] for s in space.epochs) <= 1
                for s in space.epochs:
                    for d in agents:
                        if space.instance.usable[d, s]:
                            block.counted[g, n, s, d] = block.spent[g, n, s] >= taken(model, space, g, d, s)


def add_not_after(model: pyo.ConcreteModel, space: Space) -> None:
    """Not after: agents that must not follow another.

        taken[g,d,s] + taken[g,d',s'] <= 1        for d matching `item`, d' != d matching `after`, and every s' < s

    Source: model section 6, `not_after`. Earlier means a strictly earlier epoch; an agent may follow itself.
    """
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


def add_contents(model: pyo.ConcreteModel, space: Space) -> None:
    """Contents: what an arm must contain, and what it must not.

        sum over s and d matching i of taken[g,d,s] >= 1       for every item i of `include`
        taken[g,d,s] = 0                                       for d matching an item of `exclude`
        taken[g,d,s] = 0                                       for d contraindicated in subgroup g

    Source: model section 6, `include`, `exclude` and `contraindicated` without a partner.
    """
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
