"""Exponent: log-activity of what is given, and the logarithm of what is left of each mechanism.

    Lambda[g,m,s]   = sum over o of lambda[g,o,m,s] given[g,o,s] + sum over p of delta[g,m,p] both[g,p,s]
    exponent[g,m,s] = ln start[g,m,s] + sum over rows i of m of ln(multiplier_i) emerged[g,i,s]
                      - carry * sum over s' < s of Lambda[g,m,s'] - Lambda[g,m,s]

Response, resistance and emergence all multiply, so their logarithms add and the exponent is linear in the choices.

start   prevalence of the mechanism in the subgroup, from the second epoch on at least its seed; mechanisms with start 0
        are left out
delta   log-activity the pair gains or loses, scaled by both agents' sensitivity and retained share

Source: model sections 2 and 3 (Bliss, "The toxicity of poisons applied jointly", Annals of Applied Biology 26, 1939,
for independent action).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from trialopt.instance import Floats
from trialopt.model.space import Space


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


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add the exponents and the rows that define them."""
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
