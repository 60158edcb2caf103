"""Limits on toxicity, coverage and harm (model sections 4 to 6)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from trialopt.core.instance import TOLERANCE, Floats
from trialopt.model.activity import exponents, log_activity
from trialopt.model.choices import taken
from trialopt.model.space import Space, decided


def confident(space: Space) -> bool:
    """Whether limits hold in a share of the truths, not with the inputs as given."""
    asked = space.instance.uncertainty
    return asked is not None and asked.confidence is not None


def events(model: pyo.ConcreteModel, space: Space, g: int, e: int, s: int) -> Any:
    """Expression: attributable events of category e in subgroup g and epoch s, log scale."""
    c = space.c
    given, both = model.choice.given, model.pairs.both
    terms = [
        float(c.tau[g, s, e, o]) * given[g, o, s]
        for d in space.used[s]
        for o in space.levels[d]
        if c.tau[g, s, e, o] != 0
    ]
    terms += [
        float(c.pair_tau[p, e]) * both[g, p, s] for p in space.pairs if c.pair_tau[p, e] != 0 and (g, p, s) in both
    ]
    return sum(terms)


def add_toxicity(model: pyo.ConcreteModel, space: Space) -> None:
    """Toxicity: severe adverse events within their limits, per epoch and over all epochs.

        sum over o of tau[g,o,e,s] given[g,o,s] + sum over p of tau_p[p,e] both[g,p,s] <= room[g,e,s]
        sum over s of the same                                                          <= cumulative_room[g,e]

    `1 - exp(-x) <= limit` is `x <= -ln(1 - limit)`, so limits on probability are linear rows on the log scale.

    tau     attributable events on the log scale, susceptibility and exposure included
    room    -ln(1 - limit) less the background's share of it, with the 1e-9 of probability by which a limit may be
            missed already in it; a limit of 1 is none. With `not_worse_than_control` at most what that allows:
            -ln(1 - (attributable risk of the control regimen + allowed difference))

    Source: model sections 4 and 6 (`not_worse_than_control`).
    """
    model.toxicity = block = pyo.Block()
    c = space.c
    block.epoch = pyo.Constraint(pyo.Any)
    block.cumulative = pyo.Constraint(pyo.Any)
    if confident(space):
        return
    for g in space.groups:
        for e in space.categories:
            for s in space.epochs:
                if np.isfinite(c.room[g, s, e]):
                    row = events(model, space, g, e, s) <= float(c.room[g, s, e])
                    block.epoch[g, e, s] = decided(model, row)
            if np.isfinite(c.cumulative_room[g, e]):
                total = sum(events(model, space, g, e, s) for s in space.epochs)
                block.cumulative[g, e] = decided(model, total <= float(c.cumulative_room[g, e]))


def add_required(model: pyo.ConcreteModel, space: Space) -> None:
    """Required: mechanisms that have to be covered.

        Lambda[g,m,s] >= -ln(1 - min_coverage[m])
        sum over d active against m in g of taken[g,d,s] >= min_active[m]

    for the subgroups and epochs where the requirement binds: prevalence (from the second epoch on at least the seed)
    above 0 and at least the mechanism's floor. Coverage `1 - exp(-Lambda)` grows with Lambda, so the first row is
    exact.

    active  beta[d,s] > 0 and sensitivity[g,d] * retained[d,m] >= 0.5

    Source: model section 5. The second is a multiple hitting set: k agents, no single escape route.
    """
    model.required = block = pyo.Block()
    c = space.c
    block.coverage = pyo.Constraint(pyo.Any)
    block.count = pyo.Constraint(pyo.Any)
    for g in space.groups:
        for m in space.mechanisms:
            for s in space.epochs:
                needed = float(c.required_activity[g, s, m])
                if (np.isfinite(needed) or needed > 0) and not confident(space):
                    row = log_activity(model, space, g, m, s) >= needed
                    block.coverage[g, m, s] = decided(model, row)
                if c.required_active[g, s, m] > 0:
                    agents = [d for d in space.used[s] if c.counts_as_active[g, s, m, d]]
                    row = sum(taken(model, space, g, d, s) for d in agents) >= float(c.required_active[g, s, m])
                    block.count[g, m, s] = decided(model, row)


def control_coverage(space: Space) -> Floats:
    """Weighted coverage (G,) of each subgroup's control regimen."""
    i = space.instance
    chosen = np.zeros((len(space.groups), len(space.epochs), len(space.options)))
    for g in space.groups:
        for s, options in enumerate(i.control_of(g) or ()):
            chosen[g, s, list(options)] = 1.0
    residual = np.exp(exponents(space, chosen)).sum(axis=1)
    weighted: Floats = (i.weight * i.reach * (1 - residual)).sum(axis=1)
    return weighted


def add_harm(model: pyo.ConcreteModel, space: Space) -> None:
    """No harm: no subgroup is served worse than by the control regimen.

        sum over s of v[s] reach[g,s] (1 - sum over m of residual[g,m,s]) >= the same of the control regimen

    The tangents under-estimate the residual, so this row is a relaxation: it bars no design that keeps the rule, and
    the bound stays valid. A choice that passes it and breaks the rule when evaluated exactly is met by new tangents at
    its exponents and by a cut-off.

    Source: model section 6, `no_harm`.
    """
    model.harm = block = pyo.Block()
    i = space.instance
    block.no_worse = pyo.Constraint(list(space.groups))
    if not i.trial.no_harm or i.control is None or confident(space):
        return
    least = control_coverage(space)
    for g in space.groups:
        weight = i.weight * i.reach[g]
        covered = sum(
            float(weight[s]) * (1 - sum(model.residual.residual[g, m, s] for m in _present(space, g, s)))
            for s in space.epochs
        )
        block.no_worse[g] = decided(model, covered >= float(least[g]) - TOLERANCE)


def _present(space: Space, g: int, s: int) -> list[int]:
    return [m for m in space.mechanisms if space.c.start[g, s, m] > 0]
