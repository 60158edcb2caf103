"""Build the compact model: one Pyomo block for each family, in the order they are read."""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.core.instance import Instance
from trialopt.model.activity import add_exponent, add_pairs
from trialopt.model.choices import add_arms, add_choice, add_counts
from trialopt.model.limits import add_harm, add_required, add_toxicity
from trialopt.model.objective import add_cutoffs, add_objective
from trialopt.model.residual import add_emergence, add_residual
from trialopt.model.rules import add_contents, add_not_after, add_once, add_requires, add_together
from trialopt.model.space import Space
from trialopt.model.space import add_rows as add

TANGENT_ERROR = 3e-4
"""Largest distance of the first tangents below the exponential, as a share of the subgroup."""


def build(instance: Instance, tangent_error: float = TANGENT_ERROR) -> pyo.ConcreteModel:
    """Build the compact model of an instance (model sections 1 to 6 and 8).

    A relaxation for any `tangent_error` (a share of the subgroup, > 0): smaller is tighter and slower. The index
    sets are left in `model.space`.
    """
    model = pyo.ConcreteModel(name=instance.name)
    model.space = space = Space(instance)
    add(model)
    add_choice(model, space)
    add_arms(model, space)
    add_counts(model, space)
    add_together(model, space)
    add_requires(model, space)
    add_once(model, space)
    add_not_after(model, space)
    add_contents(model, space)
    add_pairs(model, space)
    add_toxicity(model, space)
    add_emergence(model, space)
    add_exponent(model, space)
    add_required(model, space)
    add_residual(model, space, tangent_error)
    add_harm(model, space)
    add_objective(model, space)
    add_cutoffs(model, space)
    return model
