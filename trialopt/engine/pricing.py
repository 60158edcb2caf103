"""The relaxation of the sized master: what subgroups, arms and the shared resources are worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats
from trialopt.engine.master import Columns
from trialopt.engine.resources import Resources

PENALTY = 1e4
"""Cost of leaving a subgroup unserved, or an arm out, in units of the largest value (at least 1) of a column."""


@dataclass(frozen=True)
class Prices:
    """Dual prices, and the bound they give together with the best reduced cost still possible."""

    subgroup: Floats
    """(G,)"""
    arm: float
    takes: Floats
    """(3,) price of a unit of each resource."""
    value: float
    """The relaxation's value over the columns known."""
    unserved: float
    """How much of the subgroups (or of the arms asked for) is missing; 0 when the known columns suffice."""


def price(columns: Columns, member: Bools, within: Resources) -> Prices:
    """Solve the relaxation over known columns. `member` (2**G, G) spells sets out."""
    from scipy.optimize import linprog

    groups = member.shape[1]
    serves = np.hstack([member[columns.masks].T.astype(float), np.eye(groups), np.zeros((groups, 1))])
    blank = np.zeros(groups + 1)
    penalty = PENALTY * max(1.0, float(np.abs(columns.values).max(initial=0.0)))
    arms = np.append(np.ones(len(columns)), blank)
    upper, most = [], []
    for k in within.limited:
        upper.append(np.append(columns.takes[:, k] / within.scale[k], blank))
        most.append(float(within.most[k] / within.scale[k]))
    equal, right = [serves], [np.ones(groups)]
    if within.exactly:
        equal.append(np.append(arms[:-1], 1.0)[None, :])
        right.append(np.array([float(within.arms)]))
    else:
        upper.append(arms)
        most.append(float(within.arms))
    result = linprog(
        np.append(-columns.values, np.full(groups + 1, penalty)),
        A_ub=np.array(upper) if upper else None,
        b_ub=most or None,
        A_eq=np.vstack(equal),
        b_eq=np.concatenate(right),
        method="highs",
        options={"dual_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9},
    )
    if result.status != 0:
        raise RuntimeError(f"the relaxation of the master failed: {result.message}")
    equal_duals, upper_duals = -np.asarray(result.eqlin.marginals), list(-np.asarray(result.ineqlin.marginals))
    takes = np.zeros(3)
    for k in within.limited:
        takes[k] = max(0.0, float(upper_duals.pop(0) / within.scale[k]))
    arm = float(equal_duals[-1]) if within.exactly else upper_duals.pop(0)
    return Prices(
        equal_duals[:groups],
        float(arm),
        takes,
        -float(result.fun or 0.0),
        float(np.asarray(result.x)[len(columns) :].sum()),
    )


def dual_bound(prices: Prices, within: Resources, most_reduced: float) -> float:
    """Bound on every design: the prices of all that a design uses, made good for columns that still beat them."""
    arm = prices.arm if within.exactly else max(0.0, prices.arm)
    total = float(prices.subgroup.sum()) + within.arms * (arm + max(0.0, most_reduced))
    return total + sum(float(prices.takes[k] * within.most[k]) for k in within.limited)
