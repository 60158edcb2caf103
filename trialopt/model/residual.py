"""Residual: the share of each mechanism that is left, bounded from below by tangents.

    residual[g,m,s] >= exp(t) * (1 + exponent[g,m,s] - t)      for every tangent point t
    residual[g,m,s] >= 0

exp is convex, so each tangent lies on or below it: the residual is never over-estimated, coverage never
under-estimated, and the optimum of this model is a valid upper bound on the value of every design, whichever points
are taken. The first points level the error between neighbours (see `first_points`); later ones are the exponents of
designs already found, where the tangent is exact (Kelley, "The cutting-plane method for solving convex programs",
J. SIAM 8, 1960; Duran and Grossmann, "An outer-approximation algorithm for a class of mixed-integer nonlinear
programs", Mathematical Programming 36, 1986).

residual  share of the subgroup's disease burden carried by mechanism m and not covered in epoch s

Source: model sections 3 and 9.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from trialopt.instance import Floats
from trialopt.model.ranges import exponent_ranges
from trialopt.model.space import Space

SMALLEST = 1e-7
"""Tangents flatter than this are left out: HiGHS drops coefficients below 1e-9, and the bound loses at most this."""


def add(model: pyo.ConcreteModel, space: Space, error: float) -> None:
    """Add the residuals and first tangents that are nowhere further than `error` (a share) below the exponential."""
    model.residual = block = pyo.Block()
    block.residual = pyo.Var(list(space.exponents), domain=pyo.NonNegativeReals)
    block.tangent = pyo.Constraint(pyo.Any)
    low, high = exponent_ranges(space)
    for g, m, s in space.exponents:
        for t in first_points(float(low[g, m, s]), float(high[g, m, s]), error):
            add_tangent(model, g, m, s, t)


def first_points(low: float, high: float, error: float) -> list[float]:
    """Points in `[low, high]` whose tangents are at most `error` below exp between neighbours.

    Between neighbours at distance h the largest distance to exp is about `exp(t) h^2 / 8`. With `v = exp(t / 2)` a
    step dv is `h = 2 dv / v`, so the error is `dv^2 / 2` wherever it is: points evenly spaced in v level it.
    """
    first, last = np.exp(low / 2), np.exp(high / 2)
    steps = max(1, int(np.ceil((last - first) / np.sqrt(2 * error))))
    points = np.linspace(first, last, steps + 1)
    return [float(2 * np.log(v)) for v in points if v * v >= SMALLEST]


def add_tangent(model: pyo.ConcreteModel, g: int, m: int, s: int, t: float) -> Any:
    """Add the tangent at `t` and return its row."""
    block = model.residual
    slope = float(np.exp(t))
    key = (g, m, s, len(block.tangent))
    block.tangent[key] = block.residual[g, m, s] - slope * model.exponent.exponent[g, m, s] >= slope * (1 - t)
    return block.tangent[key]


def add_tangents(
    model: pyo.ConcreteModel, space: Space, points: Floats, known: set[tuple[int, int, int, float]]
) -> list[Any]:
    """Add tangents at exponents (G, M, S), but not where one is `known` within 1e-9; return the new rows."""
    rows = []
    for g, m, s in space.exponents:
        t = float(points[g, m, s])
        key = (int(g), int(m), int(s), round(t, 9))
        if np.exp(t) < SMALLEST or key in known:
            continue
        known.add(key)
        rows.append(add_tangent(model, g, m, s, t))
    return rows
