"""Build the compact model: one Pyomo block for each family, in the order they are read."""

from __future__ import annotations

import pyomo.environ as pyo

from trialopt.instance import Instance
from trialopt.model import (
    arms,
    choice,
    contents,
    counts,
    cutoffs,
    emergence,
    exponent,
    harm,
    not_after,
    objective,
    once,
    pairs,
    required,
    requires,
    residual,
    rows,
    together,
    toxicity,
)
from trialopt.model.space import Space

TANGENT_ERROR = 3e-4
"""Largest distance of the first tangents below the exponential, as a share of the subgroup."""


def build(instance: Instance, tangent_error: float = TANGENT_ERROR) -> pyo.ConcreteModel:
    """Build the compact model of an instance (model sections 1 to 6 and 8).

    A relaxation for any `tangent_error` (a share of the subgroup, > 0): smaller is tighter and slower. The index
    sets are left in `model.space`.
    """
    model = pyo.ConcreteModel(name=instance.name)
    model.space = space = Space(instance)
    rows.add(model)
    choice.add(model, space)
    arms.add(model, space)
    counts.add(model, space)
    together.add(model, space)
    requires.add(model, space)
    once.add(model, space)
    not_after.add(model, space)
    contents.add(model, space)
    pairs.add(model, space)
    toxicity.add(model, space)
    emergence.add(model, space)
    exponent.add(model, space)
    required.add(model, space)
    residual.add(model, space, tangent_error)
    harm.add(model, space)
    objective.add(model, space)
    cutoffs.add(model, space)
    return model
