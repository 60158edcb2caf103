"""Build the compact model: one Pyomo block for each family, in the order they are read."""

from __future__ import annotations

from collections.abc import Callable

import pyomo.environ as pyo

from trialopt.core.instance import Instance
from trialopt.model.activity import add_exponent, add_pairs
from trialopt.model.choices import add_arms, add_choice, add_counts
from trialopt.model.limits import add_harm, add_required, add_toxicity
from trialopt.model.objective import add_cutoffs, add_objective
from trialopt.model.residual import add_emergence, add_residual
from trialopt.model.rules import add_contents, add_not_after, add_once, add_requires, add_together
from trialopt.model.space import TANGENT_ERROR, Space, add_rows
from trialopt.model.truths import add_confidence, add_drawn, add_regimens

FAMILIES = (
    add_choice,
    add_arms,
    add_counts,
    add_together,
    add_requires,
    add_once,
    add_not_after,
    add_contents,
    add_pairs,
    add_toxicity,
    add_emergence,
    add_exponent,
    add_required,
    add_residual,
    add_harm,
    add_regimens,
    add_drawn,
    add_confidence,
    add_objective,
    add_cutoffs,
)
"""Every family, in the order it is built and printed (`formulation` reads this tuple)."""


def build(
    instance: Instance, tangent_error: float = TANGENT_ERROR, stop: Callable[[], object] | None = None
) -> pyo.ConcreteModel:
    """Build the compact model of an instance (model sections 1 to 6 and 8).

    A relaxation for any `tangent_error` (a share of the subgroup, > 0): smaller is tighter and slower. The index
    sets are left in `model.space`. Raises `Unbuilt` when `stop`, which is asked many times in each family, says so.
    """
    model = pyo.ConcreteModel(name=instance.name)
    model.space = space = Space(instance, tangent_error, stop)
    add_rows(model)
    for add_family in FAMILIES:
        add_family(model, space)
    space.stop = None
    return model
