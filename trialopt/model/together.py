"""Together: agents that exclude each other in one epoch.

    sum over d in Q of taken[g,d,s] <= 1               for every clique Q of the exclusion graph of (g, s)

Two distinct agents are an edge of the exclusion graph of subgroup g and epoch s when a rule keeps them apart:

one_per_class        both are of a listed class
not_together         one matches each item of a listed pair
precedent            (if the rule is on) the pair is not in precedents.csv
alone                one of them matches an item that has to be alone
contraindicated with one matches the row's key and the other its partner, and the row is the subgroup's

The cliques cover all edges, so at integer points the rows say exactly that no edge is chosen; between integer points
one row for a clique is tighter than a row for each edge (Padberg, "On the facial structure of set packing polyhedra",
Mathematical Programming 5, 1973).

Source: model section 6.
"""

from __future__ import annotations

from itertools import combinations

import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.cliques import cliques
from trialopt.model.space import Space


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


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add a row for each clique of agents that exclude each other."""
    model.together = block = pyo.Block()
    block.apart = pyo.Constraint(pyo.Any)
    for g, subgroup in zip(space.groups, space.instance.subgroups, strict=True):
        edges = exclusions(space, subgroup)
        for s in space.epochs:
            usable = space.instance.usable[:, s]
            for n, clique in enumerate(cliques((d, e) for d, e in edges if usable[d] and usable[e])):
                block.apart[g, s, n] = sum(taken(model, space, g, d, s) for d in clique) <= 1
