"""The master: which sets of subgroups get an arm of their own.

    maximise sum_T upper[T] z[T]   with  sum_{T has g} z[T] = 1 for every subgroup,  sum_T z[T] <= max_arms

over all sets at once. Its linear relaxation is solved by column generation (every set is priced in each round, with
one matrix product), its integer form over the sets that the relaxation's prices leave in play, in Pyomo with HiGHS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.engine.sets import SetBounds
from trialopt.instance import Floats, Ints

PENALTY = 1e4
"""Cost of leaving a subgroup unserved in the relaxation: far above any value, so it stays only if it must."""


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
    while True:
        a_eq = np.hstack([member[columns].T, np.eye(groups)])
        a_ub = np.append(np.ones(len(columns)), np.zeros(groups))[None, :]
        cost = np.append(-bounds.upper[columns], np.full(groups, PENALTY))
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


def partition(upper: Floats, sets: Ints, groups: int, most_arms: int) -> tuple[float, Ints] | None:
    """Best partition over the given sets, with its proven bound; `None` when there is none. Pyomo with HiGHS."""
    import pyomo.environ as pyo
    from pyomo.contrib.solver.common.results import TerminationCondition
    from pyomo.contrib.solver.solvers.highs import Highs

    model = pyo.ConcreteModel()
    model.sets = pyo.RangeSet(0, len(sets) - 1)
    model.z = pyo.Var(model.sets, domain=pyo.Binary)
    serving = {g: [n for n, mask in enumerate(sets.tolist()) if mask >> g & 1] for g in range(groups)}
    if any(not serving[g] for g in range(groups)):
        return None
    model.serve = pyo.Constraint(range(groups), rule=lambda m, g: sum(m.z[n] for n in serving[g]) == 1)
    model.arms = pyo.Constraint(expr=sum(model.z[n] for n in model.sets) <= most_arms)
    model.value = pyo.Objective(expr=sum(float(upper[sets[n]]) * model.z[n] for n in model.sets), sense=pyo.maximize)
    solver = Highs()
    result = solver.solve(
        model,
        load_solutions=False,
        raise_exception_on_nonoptimal_result=False,
        solver_options={"mip_rel_gap": 0.0, "mip_abs_gap": 1e-9},
    )
    if result.termination_condition == TerminationCondition.provenInfeasible:
        return None
    if result.incumbent_objective is None:
        raise RuntimeError(f"the master ended without a partition: {result.termination_condition}")
    result.solution_loader.load_vars()
    chosen = sets[[n for n in model.sets if model.z[n].value > 0.5]]
    return float(result.objective_bound), chosen
