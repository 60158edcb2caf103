"""The master's linear relaxation: a bound, and what subgroups, arms and shared resources are worth.

`relax` is over one column for each set of subgroups, all 2**G of them: every set is priced in each round, with one
matrix product. `price` is over known columns that take resources.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.engine.linear_program import LOOSE, TIGHT, minimise
from trialopt.engine.master import Columns
from trialopt.engine.resources import SharedLimits, nothing_taken
from trialopt.engine.set_bounds import SetBounds

PENALTY = 1e4
"""Cost of leaving a subgroup unserved, or an arm out, in units of the largest value (at least 1) a set or column can
have, of either sign: far above what it could gain, so it stays only if it must."""


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
        found = minimise(cost, a_ub, np.array([float(most_arms)]), a_eq, np.ones(groups), LOOSE)
        prices, per_arm = -found.equal_prices, -float(found.upper_prices[0])
        with np.errstate(invalid="ignore"):
            reduced = bounds.upper - member @ prices - per_arm
        reduced[0] = -np.inf
        better = np.flatnonzero(reduced > 1e-9)
        fresh = better[~np.isin(better, columns)]
        if not len(fresh):
            break
        most = np.argsort(-reduced[fresh])[: 20 * groups]
        columns = np.concatenate([columns, fresh[most]])
    chosen = found.x
    used = columns[chosen[: len(columns)] > 1e-9]
    # Any prices give a valid bound; these are optimal up to the LP's tolerance, which is made good here.
    value = float(prices.sum() + most_arms * max(per_arm, 0.0) + most_arms * max(0.0, float(reduced.max())))
    if chosen[len(columns) :].sum() > 1e-7:
        value = -np.inf
    return Relaxation(value, used, reduced)


@dataclass(frozen=True)
class Prices:
    """Dual prices, and the bound they give together with the best reduced cost still possible."""

    subgroup: Floats
    """(G,)"""
    arm: float
    takes: Floats
    """(K,) price of a unit of each resource."""
    value: float
    """The relaxation's value over the columns known."""
    unserved: float
    """How much of the subgroups (or of the arms asked for) is missing; 0 when the known columns suffice."""


def price(columns: Columns, member: Bools, within: SharedLimits) -> Prices:
    """Solve the relaxation over known columns. `member` (2**G, G) spells sets out."""
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
    cost = np.append(-columns.values, np.full(groups + 1, penalty))
    found = minimise(
        cost,
        np.array(upper).reshape(-1, len(cost)),
        np.array(most),
        np.vstack(equal),
        np.concatenate(right),
        TIGHT,
    )
    equal_duals, upper_duals = -found.equal_prices, list(-found.upper_prices)
    takes = nothing_taken()
    for k in within.limited:
        takes[k] = max(0.0, float(upper_duals.pop(0) / within.scale[k]))
    arm = float(equal_duals[-1]) if within.exactly else upper_duals.pop(0)
    return Prices(
        equal_duals[:groups],
        float(arm),
        takes,
        -found.value,
        float(found.x[len(columns) :].sum()),
    )


def dual_bound(prices: Prices, within: SharedLimits, most_reduced: float) -> float:
    """Bound on every design: the prices of all that a design uses, made good for columns that still beat them."""
    arm = prices.arm if within.exactly else max(0.0, prices.arm)
    total = float(prices.subgroup.sum()) + within.arms * (arm + max(0.0, most_reduced))
    return total + sum(float(prices.takes[k] * within.most[k]) for k in within.limited)
