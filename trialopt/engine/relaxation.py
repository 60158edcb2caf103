"""Bounds of the master: what every subgroup set can be worth, and the linear relaxation over sets or columns.

`SetBounds` has an upper bound for every set, carried from small sets to large ones. `relax` is over one column for
each set, all 2**G of them: every set is priced in each round, with one matrix product. `price` is over known columns
that take resources. Their linear programs are small and dense, solved by HiGHS itself (`minimise`), which loads in a
tenth of the time of SciPy.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.core.silent_highs import SilentHighs
from trialopt.engine.master import Columns, SharedLimits, nothing_taken

MOST_SUBGROUPS = 18
"""The master prices all 2**G sets at once."""


class SetBounds:
    """Upper bound of every non-empty set of G subgroups, and whether it is exact. Index = mask; index 0 is unused.

    Serving T with one arm is worth at most what its parts are worth with arms of their own, in any fractional cover:
    `F(T) <= F(T - g) + F({g})`, and, as every subgroup is in k - 1 of the k sets `T - g`,
    `F(T) <= sum_g F(T - g) / (k - 1)` (model section 9; ours). A set with an infeasible part is infeasible.
    """

    def __init__(self, constant: Floats, allowed: Bools | None = None) -> None:
        """Begin with the value (G,) each subgroup would have with nothing left uncovered and no toxicity.

        `allowed` (2**G,) are the sets that one arm may serve, else all. The others are bounded like them, because what
        they bound are sets that may be served.
        """
        self.groups = groups = len(constant)
        masks = np.arange(1 << groups, dtype=np.int64)
        self.member: Bools = ((masks[:, None] >> np.arange(groups)) & 1).astype(bool)
        self.upper: Floats = self.member @ constant
        self.exact: Bools = np.zeros(1 << groups, dtype=bool)
        self.allowed: Bools = np.ones(1 << groups, dtype=bool) if allowed is None else allowed
        size = self.member.sum(axis=1)
        self._by_size: list[Ints] = [np.flatnonzero(size == k) for k in range(groups + 1)]

    @property
    def open(self) -> Floats:
        """(2**G,) the bounds, `-inf` for sets that no arm may serve."""
        return np.where(self.allowed, self.upper, -np.inf)

    def settle(self, mask: int, upper: float) -> None:
        """Record what a search proved of one set (`-inf`: no arm may serve it)."""
        self.upper[mask] = min(float(self.upper[mask]), upper)
        self.exact[mask] = True

    def propagate(self) -> None:
        """Carry bounds from smaller sets to larger ones."""
        single = self.upper[1 << np.arange(self.groups)]
        for k in range(2, self.groups + 1):
            masks = self._by_size[k]
            total = np.zeros(len(masks))
            split = np.full(len(masks), np.inf)
            for g in range(self.groups):
                has = self.member[masks, g]
                part = self.upper[masks[has] & ~(1 << g)]
                total[has] += part
                split[has] = np.minimum(split[has], part + single[g])
            self.upper[masks] = np.minimum(self.upper[masks], np.minimum(split, total / (k - 1)))
        self.exact |= np.isneginf(self.upper)


LOOSE, TIGHT = 1e-7, 1e-9
"""Feasibility tolerances of primal and dual values: the default of HiGHS, and where prices are scaled."""


@dataclass(frozen=True)
class Optimum:
    """An optimal solution: variables (n,), the cost of one more unit of each right side, and the objective."""

    x: Floats
    upper_prices: Floats
    equal_prices: Floats
    value: float


def minimise(cost: Floats, upper: Floats, most: Floats, equal: Floats, right: Floats, tolerance: float) -> Optimum:
    """Minimise `cost @ x` over x >= 0 with `upper @ x <= most` and `equal @ x == right`.

    Parameters
    ----------
    cost, upper, most, equal, right
        (n,), (k, n), (k,), (m, n), (m,).
    tolerance
        Feasibility tolerance of primal and dual values.

    Raises
    ------
    RuntimeError
        When HiGHS finds no optimum.
    """
    rows = np.vstack([upper, equal])
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = rows.shape[1], rows.shape[0]
    lp.col_cost_ = cost
    lp.col_lower_, lp.col_upper_ = np.zeros(len(cost)), np.full(len(cost), highspy.kHighsInf)
    lp.row_lower_ = np.concatenate([np.full(len(most), -highspy.kHighsInf), right])
    lp.row_upper_ = np.concatenate([most, right])
    column, row = np.nonzero(rows.T)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.searchsorted(column, np.arange(lp.num_col_ + 1)).astype(np.int32)
    lp.a_matrix_.index_ = row.astype(np.int32)
    lp.a_matrix_.value_ = rows.T[column, row]
    highs = SilentHighs()
    highs.setOptionValue("primal_feasibility_tolerance", tolerance)
    highs.setOptionValue("dual_feasibility_tolerance", tolerance)
    highs.passModel(lp)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"the relaxation of the master failed: {highs.modelStatusToString(highs.getModelStatus())}")
    solution = highs.getSolution()
    prices = np.array(solution.row_dual)
    return Optimum(
        np.array(solution.col_value), prices[: len(most)], prices[len(most) :], highs.getInfo().objective_function_value
    )


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
    subgroup: Floats
    """(G,) price of a subgroup."""
    arm: float


def relax(bounds: SetBounds, most_arms: int, start: Ints) -> Relaxation:
    """Solve the linear relaxation. `start` are sets to begin with, kept by the caller between calls."""
    groups, upper = bounds.groups, bounds.open
    member = bounds.member.astype(float)
    columns = np.unique(np.concatenate([start[np.isfinite(upper[start])], 1 << np.arange(groups)]))
    columns = columns[np.isfinite(upper[columns])]
    finite = upper[np.isfinite(upper)]
    penalty = PENALTY * max(1.0, float(np.abs(finite).max()))
    while True:
        a_eq = np.hstack([member[columns].T, np.eye(groups)])
        a_ub = np.append(np.ones(len(columns)), np.zeros(groups))[None, :]
        cost = np.append(-upper[columns], np.full(groups, penalty))
        found = minimise(cost, a_ub, np.array([float(most_arms)]), a_eq, np.ones(groups), LOOSE)
        prices, per_arm = -found.equal_prices, -float(found.upper_prices[0])
        with np.errstate(invalid="ignore"):
            reduced = upper - member @ prices - per_arm
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
    return Relaxation(value, used, reduced, prices, max(per_arm, 0.0))


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
        cost, np.array(upper).reshape(-1, len(cost)), np.array(most), np.vstack(equal), np.concatenate(right), TIGHT
    )
    equal_duals, upper_duals = -found.equal_prices, list(-found.upper_prices)
    takes = nothing_taken()
    for k in within.limited:
        takes[k] = max(0.0, float(upper_duals.pop(0) / within.scale[k]))
    arm = float(equal_duals[-1]) if within.exactly else upper_duals.pop(0)
    return Prices(equal_duals[:groups], float(arm), takes, -found.value, float(found.x[len(columns) :].sum()))


def dual_bound(prices: Prices, within: SharedLimits, most_reduced: float) -> float:
    """Bound on every design: the prices of all that a design uses, made good for columns that still beat them."""
    arm = prices.arm if within.exactly else max(0.0, prices.arm)
    total = float(prices.subgroup.sum()) + within.arms * (arm + max(0.0, most_reduced))
    return total + sum(float(prices.takes[k] * within.most[k]) for k in within.limited)
