"""Rows without variables: a comparison of numbers that always, or never, holds."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo


def decided(row: object) -> object:
    """Give Pyomo its own word for a row that is already true or false; any other row is returned as it is."""
    if isinstance(row, bool | np.bool_):
        return pyo.Constraint.Feasible if row else pyo.Constraint.Infeasible
    return row
