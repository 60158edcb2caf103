"""Log-activity of what is given, pairs of agents included (model section 2)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from trialopt.core.instance import Floats
from trialopt.model.choices import taken
from trialopt.model.rules import exclusions
from trialopt.model.space import Space, covers


def add_pairs(model: pyo.ConcreteModel, space: Space) -> None:
    """Pairs: interacting agents given together in an epoch.

        sum over b in Q of both[g,{a,b},s] <= taken[g,a,s]
        sum over b in Q of both[g,{a,b},s] >= taken[g,a,s] + sum over b in Q of taken[g,b,s] - 1
        sum over all b of both[g,{a,b},s]  <= (max_agents[s] - 1) * taken[g,a,s]

    for every agent a and every set Q of its partners that exclude each other (family `together`); a partner that no
    other excludes is a set of its own. With sets of one these are the rows of McCormick ("Computability of global
    solutions to factorable nonconvex programs", Mathematical Programming 10, 1976), which leave `both` no choice but
    the product of the two agents, whichever sign the interaction has. Of a set Q at most one agent is given, so the
    rows of its agents may be added up; that is tighter between integer points. The third row says that beside a there
    are at most max_agents - 1.

        both[g,{a,b},s] = 0                                where a and b exclude each other

    both    continuous in 0..1, the conjunction y of the two agents

    Source: model section 2.
    """
    model.pairs = block = pyo.Block()
    block.both = pyo.Var(list(space.together), bounds=(0, 1))
    block.given = pyo.Constraint(pyo.Any)
    block.forced = pyo.Constraint(pyo.Any)
    block.most = pyo.Constraint(pyo.Any)
    block.apart = pyo.Constraint(pyo.Any)
    for g in space.groups:
        for s in space.epochs:
            edges = exclusions(space, space.instance.subgroups[g], s)
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


def log_activity(model: pyo.ConcreteModel, space: Space, g: int, m: int, s: int) -> Any:
    """Expression: Lambda of mechanism m in subgroup g and epoch s."""
    c = space.c
    given = model.choice.given
    terms = [
        float(c.activity[g, s, m, o]) * given[g, o, s]
        for d in space.used[s]
        for o in space.levels[d]
        if c.activity[g, s, m, o] != 0
    ]
    both = model.pairs.both
    terms += [
        float(c.pair_activity[g, m, p]) * both[g, p, s]
        for p in space.pairs
        if c.pair_activity[g, m, p] != 0 and (g, p, s) in both
    ]
    return sum(terms)


def add_exponent(model: pyo.ConcreteModel, space: Space) -> None:
    """Exponent: log-activity of what is given, and the logarithm of what is left of each mechanism.

        Lambda[g,m,s]   = sum over o of lambda[g,o,m,s] given[g,o,s] + sum over p of delta[g,m,p] both[g,p,s]
        exponent[g,m,s] = ln start[g,m,s] + sum over rows i of m of ln(multiplier_i) emerged[g,i,s]
                          - carry * sum over s' < s of Lambda[g,m,s'] - Lambda[g,m,s]

    Response, resistance and emergence all multiply, so their logarithms add and the exponent is linear in the choices.

    start   prevalence of the mechanism in the subgroup, from the second epoch on at least its seed; mechanisms with
            start 0 are left out
    delta   log-activity the pair gains or loses, scaled by both agents' sensitivity and retained share

    Source: model sections 2 and 3 (Bliss, "The toxicity of poisons applied jointly", Annals of Applied Biology 26,
    1939, for independent action).
    """
    model.exponent = block = pyo.Block()
    i, c = space.instance, space.c
    block.exponent = pyo.Var(list(space.exponents))
    block.defined = pyo.Constraint(list(space.exponents))
    lambdas = {
        (g, m, s): log_activity(model, space, g, m, s)
        for g in space.groups
        for m in space.mechanisms
        for s in space.epochs
    }
    emerged = model.emergence.emerged
    for g, m, s in space.exponents:
        expression = float(np.log(c.start[g, s, m])) - lambdas[g, m, s]
        for row in space.emergences:
            if i.emergence_mechanism[row] == m and (g, row, s) in emerged:
                expression += float(np.log(i.emergence_multiplier[row])) * emerged[g, row, s]
        if i.trial.carry > 0:
            expression -= i.trial.carry * sum(lambdas[g, m, before] for before in space.epochs[:s])
        block.defined[g, m, s] = block.exponent[g, m, s] == expression


def exponents(space: Space, chosen: Floats) -> Floats:
    """Exponents (G, M, S) of choices (G, S, O) of 0 and 1, computed without the solver; -inf where start is 0."""
    i, c = space.instance, space.c
    agent = np.zeros((*chosen.shape[:2], len(i.agents)))
    for o, d in enumerate(i.option_agent.tolist()):
        agent[:, :, d] = np.maximum(agent[:, :, d], chosen[:, :, o])
    both = agent[:, :, i.pair_agents[:, 0]] * agent[:, :, i.pair_agents[:, 1]]
    activity = np.einsum("gsmo,gso->gsm", c.activity, chosen) + np.einsum("gmp,gsp->gsm", c.pair_activity, both)
    before = np.cumsum(activity, axis=1) - activity
    given_before = np.cumsum(agent, axis=1) - agent > 0  # G S D
    counts = np.einsum("gsd,rd->gsr", given_before.astype(float), i.emergence_agents.astype(float)) > 0
    growth = np.zeros_like(activity)
    for row, m in enumerate(i.emergence_mechanism):
        growth[:, :, m] += counts[:, :, row] * np.log(i.emergence_multiplier[row])
    with np.errstate(divide="ignore"):
        total = np.log(c.start) + growth - i.trial.carry * before - activity
    return np.moveaxis(total, 1, 2)
