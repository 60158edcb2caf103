"""Linear programs of the engine: small, dense, solved by HiGHS itself, which loads in a tenth of the time of SciPy."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from trialopt.core.instance import Floats
from trialopt.core.silent_highs import SilentHighs

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
