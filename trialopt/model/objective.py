"""Objective: coverage of all subgroups over all epochs, less what its toxicity costs.

    maximise sum over g, s of w[g] v[s] reach[g,s] (1 - sum over m of residual[g,m,s]
                                                   - toxicity_weight * sum over e of events[g,e,s])

w       share of the subgroup
v       weight of the epoch
events  attributable events on the log scale, pairs included and background not (family `toxicity`)

Source: model section 8.
"""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.model.space import Space
from trialopt.model.toxicity import events


def add(model: pyo.ConcreteModel, space: Space) -> None:
    """Add the objective."""
    c = space.c
    gain = float(c.value_weight.sum()) - sum(
        float(c.value_weight[g, s]) * model.residual.residual[g, m, s] for g, m, s in space.exponents
    )
    if space.instance.trial.toxicity_weight > 0:
        gain -= sum(
            float(c.burden_weight[g, s]) * events(model, space, g, e, s)
            for g in space.groups
            for s in space.epochs
            for e in space.categories
        )
    model.value = pyo.Objective(expr=gain, sense=pyo.maximize)
