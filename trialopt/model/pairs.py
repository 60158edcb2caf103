"""Pairs: interacting agents given together in an epoch.

    sum over b in Q of both[g,{a,b},s] <= taken[g,a,s]
    sum over b in Q of both[g,{a,b},s] >= taken[g,a,s] + sum over b in Q of taken[g,b,s] - 1
    sum over all b of both[g,{a,b},s]  <= (max_agents[s] - 1) * taken[g,a,s]

for every agent a and every set Q of its partners that exclude each other (family `together`); a partner that no other
excludes is a set of its own. With sets of one these are the rows of McCormick ("Computability of global solutions to
factorable nonconvex programs", Mathematical Programming 10, 1976), which leave `both` no choice but the product of
the two agents, whichever sign the interaction has. Of a set Q at most one agent is given, so the rows of its agents may
be added up; that is tighter between integer points. The third row says that beside a there are at most max_agents - 1.

    both[g,{a,b},s] = 0                                where a and b exclude each other

both    continuous in 0..1, the conjunction y of the two agents

Source: model section 2.
"""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.cliques import covers
from trialopt.model.space import Space
from trialopt.model.together import exclusions


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add the conjunction of each interacting pair."""
    model.pairs = block = pyo.Block()
    block.both = pyo.Var(list(space.together), bounds=(0, 1))
    block.given = pyo.Constraint(pyo.Any)
    block.forced = pyo.Constraint(pyo.Any)
    block.most = pyo.Constraint(pyo.Any)
    block.apart = pyo.Constraint(pyo.Any)
    for g in space.groups:
        edges = exclusions(space, space.instance.subgroups[g])
        for s in space.epochs:
            partners = _partners(space, g, s)
            for a, pair_of in partners.items():
                _rows(model, space, (g, s, a), pair_of, edges)


def _partners(space: Space, g: int, s: int) -> dict[int, dict[int, int]]:
    """Pair with each partner of each agent, in one subgroup and epoch."""
    found: dict[int, dict[int, int]] = {}
    for p in space.pairs_in(g, s):
        a, b = (space.agents[d] for d in space.instance.pair_agents[p])
        found.setdefault(a, {})[b] = p
        found.setdefault(b, {})[a] = p
    return found


def _rows(
    model: pyo.ConcreteModel,
    space: Space,
    where: tuple[int, int, int],
    pair_of: dict[int, int],
    edges: set[tuple[int, int]],
) -> None:
    """Add the rows of agent a, in `where = (g, s, a)`, with its partners."""
    g, s, a = where
    block = model.pairs
    barred = {b for b in pair_of if (min(a, b), max(a, b)) in edges}
    for b in barred:
        if a < b:
            block.apart[g, s, a, b] = block.both[g, pair_of[b], s] == 0
    free = [b for b in pair_of if b not in barred]
    sets = covers(free, edges)
    mine = taken(model, space, g, a, s)
    for n, group in enumerate(sets):
        together = sum(block.both[g, pair_of[b], s] for b in group)
        block.given[g, s, a, n] = together <= mine
        block.forced[g, s, a, n] = together >= mine + sum(taken(model, space, g, b, s) for b in group) - 1
    others = int(space.instance.max_agents[s]) - 1
    if others < len(sets):
        block.most[g, s, a] = sum(block.both[g, pair_of[b], s] for b in free) <= others * mine
