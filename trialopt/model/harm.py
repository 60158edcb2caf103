"""No harm: no subgroup is served worse than by the control regimen.

    sum over s of v[s] reach[g,s] (1 - sum over m of residual[g,m,s]) >= the same of the control regimen

The tangents under-estimate the residual, so this row is a relaxation: it bars no design that keeps the rule, and the
bound stays valid. A choice that passes it and breaks the rule when evaluated exactly is met by new tangents at its
exponents and by a cut-off.

Source: model section 6, `no_harm`.
"""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from trialopt.instance import TOLERANCE, Floats
from trialopt.model.exponent import exponents
from trialopt.model.rows import decided
from trialopt.model.space import Space


def control_coverage(space: Space) -> Floats:
    """Weighted coverage (G,) of the control regimen."""
    i = space.instance
    chosen = np.zeros((len(space.groups), len(space.epochs), len(space.options)))
    for s, options in enumerate(i.control or ()):
        chosen[:, s, list(options)] = 1.0
    residual = np.exp(exponents(space, chosen)).sum(axis=1)
    weighted: Floats = (i.weight * i.reach * (1 - residual)).sum(axis=1)
    return weighted


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add the control's coverage as a minimum, if the trial asks for it."""
    model.harm = block = pyo.Block()
    i = space.instance
    block.no_worse = pyo.Constraint(list(space.groups))
    if not i.trial.no_harm or i.control is None:
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
