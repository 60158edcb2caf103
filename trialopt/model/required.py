"""Required: mechanisms that have to be covered.

    Lambda[g,m,s] >= -ln(1 - min_coverage[m])
    sum over d active against m in g of taken[g,d,s] >= min_active[m]

for the subgroups and epochs where the requirement binds: prevalence (from the second epoch on at least the seed) above
0 and at least the mechanism's floor. Coverage `1 - exp(-Lambda)` grows with Lambda, so the first row is exact.

active  beta[d,s] > 0 and sensitivity[g,d] * retained[d,m] >= 0.5

Source: model section 5. The second is a multiple hitting set: k agents, no single escape route.
"""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from trialopt.model.choice import taken
from trialopt.model.exponent import log_activity
from trialopt.model.rows import decided
from trialopt.model.space import Space


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add required coverages and required active agents."""
    model.required = block = pyo.Block()
    c = space.c
    block.coverage = pyo.Constraint(pyo.Any)
    block.count = pyo.Constraint(pyo.Any)
    for g in space.groups:
        for m in space.mechanisms:
            for s in space.epochs:
                needed = float(c.required_activity[g, s, m])
                if np.isfinite(needed) or needed > 0:
                    row = log_activity(model, space, g, m, s) >= needed
                    block.coverage[g, m, s] = decided(model, row)
                if c.required_active[g, s, m] > 0:
                    agents = [d for d in space.used[s] if c.counts_as_active[g, s, m, d]]
                    row = sum(taken(model, space, g, d, s) for d in agents) >= float(c.required_active[g, s, m])
                    block.count[g, m, s] = decided(model, row)
