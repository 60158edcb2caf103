"""The master: which sets of subgroups get an arm of their own.

    maximise sum_T upper[T] z[T]   with  sum_{T has g} z[T] = 1 for every subgroup,  sum_T z[T] <= max_arms

over all sets at once. Its linear relaxation is solved by column generation (every set is priced in each round, with
one matrix product), its integer form over the sets that the relaxation's prices leave in play, in Pyomo with HiGHS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import TOLERANCE, Floats, Ints
from trialopt.engine.resources import PATIENTS, Resources
from trialopt.engine.sets import SetBounds

PENALTY = 1e4
"""Cost of leaving a subgroup unserved in the relaxation, in units of the largest value (at least 1) a set can have,
of either sign: far above what it could gain, so it stays only if it must."""


@dataclass(frozen=True)
class Relaxation:
    """The relaxation's bound, the sets it uses, and what every set misses it by.

    `value` is `-inf` when no partition exists. `reduced` (2**G,) is `upper - prices`; a set with
    `reduced < incumbent - value` is in no better design.
    """

    value: float
    support: Ints
    reduced: Floats


def relax(bounds: SetBounds, most_arms: int, start: Ints) -> Relaxation:
    """Solve the linear relaxation. `start` are sets to begin with, kept by the caller between calls."""
    from scipy.optimize import linprog

    groups = bounds.groups
    member = bounds.member.astype(float)
    columns = np.unique(np.concatenate([start[np.isfinite(bounds.upper[start])], 1 << np.arange(groups)]))
    columns = columns[np.isfinite(bounds.upper[columns])]
    finite = bounds.upper[np.isfinite(bounds.upper)]
    penalty = PENALTY * max(1.0, float(np.abs(finite).max()))
    while True:
        a_eq = np.hstack([member[columns].T, np.eye(groups)])
        a_ub = np.append(np.ones(len(columns)), np.zeros(groups))[None, :]
        cost = np.append(-bounds.upper[columns], np.full(groups, penalty))
        result = linprog(cost, A_ub=a_ub, b_ub=[most_arms], A_eq=a_eq, b_eq=np.ones(groups), method="highs")
        if result.status != 0:
            raise RuntimeError(f"the relaxation of the master failed: {result.message}")
        prices, per_arm = -result.eqlin.marginals, -float(result.ineqlin.marginals[0])
        with np.errstate(invalid="ignore"):
            reduced = bounds.upper - member @ prices - per_arm
        reduced[0] = -np.inf
        better = np.flatnonzero(reduced > 1e-9)
        fresh = better[~np.isin(better, columns)]
        if not len(fresh):
            break
        most = np.argsort(-reduced[fresh])[: 20 * groups]
        columns = np.concatenate([columns, fresh[most]])
    chosen = np.asarray(result.x)
    used = columns[chosen[: len(columns)] > 1e-9]
    # Any prices give a valid bound; these are optimal up to the LP's tolerance, which is made good here.
    value = float(prices.sum() + most_arms * max(per_arm, 0.0) + most_arms * max(0.0, float(reduced.max())))
    if chosen[len(columns) :].sum() > 1e-7:
        value = -np.inf
    return Relaxation(value, used, reduced)


@dataclass(frozen=True)
class Columns:
    """Arms the master may choose from: subgroup set, value, and (n, 3) what each takes of the resources."""

    masks: Ints
    values: Floats
    takes: Floats

    def __len__(self) -> int:
        return len(self.masks)


def unlimited(masks: Ints, values: Floats) -> Columns:
    """Columns that take nothing."""
    return Columns(masks, values, np.zeros((len(masks), 3)))


def choose(
    columns: Columns,
    groups: int,
    within: Resources,
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
