"""Rows without variables: a comparison of numbers that always, or never, holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo


def add(model: pyo.ConcreteModel) -> None:
    """Add a variable that is 0, for rows that can never hold."""
    model.rows = block = pyo.Block()
    block.nothing = pyo.Var(bounds=(0, 0))


def never(model: pyo.ConcreteModel) -> Any:
    """Make a row that never holds: Pyomo refuses one without a variable, and the solver is to find it infeasible."""
    return model.rows.nothing >= 1


def decided(model: pyo.ConcreteModel, row: Any) -> Any:
    """Replace a row that is already true or false; any other is returned as it is."""
    if isinstance(row, bool | np.bool_):
        return pyo.Constraint.Feasible if row else never(model)
    return row
