"""The integer master: which arms, each a set of subgroups with a sequence, make the best design.

    maximise sum_c value[c] z[c]   with  sum_{c serves g} z[c] = 1 for every subgroup,  sum_c z[c] <= max_arms,
                                         sum_c takes[c, k] z[c] <= most[k] for every resource k with a limit

in Pyomo with HiGHS, over the columns that the relaxation's prices leave in play (see `relaxation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import TOLERANCE, Floats, Ints
from trialopt.engine.incumbent import Path
from trialopt.engine.resources import PATIENTS, RESOURCES, SharedLimits


@dataclass(frozen=True)
class Columns:
    """Arms the master may choose from: subgroup set, value, and (n, K) what each takes of the resources."""

    masks: Ints
    values: Floats
    takes: Floats

    def __len__(self) -> int:
        return len(self.masks)


@dataclass(frozen=True, eq=False)
class Column:
    """One arm: the subgroups it serves, its sequence, what it is worth, and (K,) what it takes of the resources."""

    mask: int
    path: Path
    value: float
    takes: Floats


def table(columns: list[Column]) -> Columns:
    """Columns as arrays."""
    return Columns(
        np.array([c.mask for c in columns], dtype=np.int64),
        np.array([c.value for c in columns]),
        np.array([c.takes for c in columns]).reshape(-1, len(RESOURCES)),
    )


def unlimited(masks: Ints, values: Floats) -> Columns:
    """Columns that take nothing."""
    return Columns(masks, values, np.zeros((len(masks), len(RESOURCES))))


def choose(
    columns: Columns,
    groups: int,
    within: SharedLimits,
    *,
    forbidden: Sequence[Sequence[int]] = (),
    fewest_patients_at: float | None = None,
) -> tuple[float, Ints] | None:
    """Best choice of columns that serves every subgroup once, with its proven bound; `None` when there is none.

    With `fewest_patients_at` the choice with the fewest patients among those worth at least that much, its bound
    counting patients. `forbidden` are combinations of columns that must not be chosen. Pyomo with HiGHS.
    """
    import pyomo.environ as pyo
    from pyomo.contrib.solver.common.results import TerminationCondition
    from pyomo.contrib.solver.solvers.highs import Highs

    serving = {g: np.flatnonzero((columns.masks >> g) & 1).tolist() for g in range(groups)}
    if not all(serving.values()):
        return None
    model = pyo.ConcreteModel()
    model.columns = pyo.RangeSet(0, len(columns) - 1)
    model.z = pyo.Var(model.columns, domain=pyo.Binary)
    value = sum(float(v) * model.z[n] for n, v in enumerate(columns.values))
    model.serve = pyo.Constraint(range(groups), rule=lambda m, g: sum(m.z[n] for n in serving[g]) == 1)
    arms = sum(model.z[n] for n in model.columns)
    model.arms = pyo.Constraint(expr=arms == within.arms if within.exactly else arms <= within.arms)
    model.limits = pyo.ConstraintList()
    for k in within.limited:
        taken = sum(1e3 * float(v) / within.scale[k] * model.z[n] for n, v in enumerate(columns.takes[:, k]))
        model.limits.add(taken <= 1e3 * within.most[k] / within.scale[k])
    model.not_again = pyo.ConstraintList()
    for together in forbidden:
        model.not_again.add(sum(model.z[n] for n in together) <= len(together) - 1)
    if fewest_patients_at is None:
        model.best = pyo.Objective(expr=value, sense=pyo.maximize)
    else:
        model.worth = pyo.Constraint(expr=value >= fewest_patients_at)
        patients = sum(float(v) * model.z[n] for n, v in enumerate(columns.takes[:, PATIENTS]))
        model.best = pyo.Objective(expr=patients, sense=pyo.minimize)
    while True:
        result = Highs().solve(
            model,
            load_solutions=False,
            raise_exception_on_nonoptimal_result=False,
            solver_options={"mip_rel_gap": 0.0, "mip_abs_gap": 1e-9},
        )
        if result.termination_condition == TerminationCondition.provenInfeasible:
            return None
        if result.incumbent_objective is None:
            raise RuntimeError(f"the master ended without a choice: {result.termination_condition}")
        result.solution_loader.load_vars()
        chosen = [n for n in model.columns if model.z[n].value > 0.5]
        if (columns.takes[chosen].sum(axis=0) <= within.most + TOLERANCE).all():
            return float(result.objective_bound), np.array(chosen)
        # Whole only up to the solver's tolerance, a choice can be a little above a limit: not this one, then.
        model.not_again.add(sum(model.z[n] for n in chosen) <= len(chosen) - 1)
