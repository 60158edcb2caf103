"""What is left uncovered, under emergence, by tangents (model section 3)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from trialopt.core.instance import Floats
from trialopt.model.choices import taken
from trialopt.model.rules import exclusions
from trialopt.model.space import Space, covers


def activity_ranges(space: Space) -> tuple[Floats, Floats]:
    """Least and largest log-activity (G, M, S) of any regimen.

    An epoch has at most n = max_agents agents, so Lambda is at most the sum of the n largest of the agents' best
    positive log-activities, plus the n (n - 1) / 2 largest positive interactions; and at least the same with signs
    changed.
    """
    i, c = space.instance, space.c
    groups, mechanisms, epochs = len(space.groups), len(space.mechanisms), len(space.epochs)
    low, high = np.zeros((groups, mechanisms, epochs)), np.zeros((groups, mechanisms, epochs))
    for s in space.epochs:
        n = int(i.max_agents[s])
        usable = i.usable[:, s]
        pairs = c.pair_activity[:, :, usable[i.pair_agents[:, 0]] & usable[i.pair_agents[:, 1]]]
        for sign, total in ((1.0, high), (-1.0, low)):
            best = [np.max(np.maximum(0.0, sign * c.activity[:, s, :, space.levels[d]]), axis=0) for d in space.used[s]]
            if best:
                total[:, :, s] += np.sort(np.stack(best, axis=-1), axis=-1)[..., -n:].sum(axis=-1)
            top = np.sort(np.maximum(0.0, sign * pairs), axis=-1)[..., ::-1]
            total[:, :, s] += top[..., : n * (n - 1) // 2].sum(axis=-1)
    return -low, high


def first_bound(space: Space) -> float:
    """Value that no design can exceed, before anything is solved: every residual at its least, no event counted."""
    low, _ = exponent_ranges(space)
    residual = np.exp(low).sum(axis=1)
    return float((space.c.value_weight * (1 - residual)).sum())


def exponent_ranges(space: Space) -> tuple[Floats, Floats]:
    """Least and largest exponent (G, M, S) of any sequence.

    The exponent falls with log-activity and rises with emergence: the least has the largest Lambda in every epoch and
    no emergence, the largest has the least Lambda and every row of emergence.csv counted.
    """
    i = space.instance
    low, high = activity_ranges(space)
    growth = np.zeros(len(space.mechanisms))
    np.add.at(growth, i.emergence_mechanism, np.log(i.emergence_multiplier))
    with np.errstate(divide="ignore"):
        start = np.log(np.moveaxis(space.c.start, 1, 2))
    later = np.arange(len(space.epochs)) > 0
    least_before, most_before = (np.cumsum(a, axis=2) - a for a in (low, high))
    carry = i.trial.carry
    return (start - carry * most_before - high, start + later * growth[None, :, None] - carry * least_before - low)


def add_emergence(model: pyo.ConcreteModel, space: Space) -> None:
    """Emergence: which exposures have selected for resistance before an epoch.

        emerged[g,i,s] >= sum over d in Q of taken[g,d,s-1]
        emerged[g,i,s] >= emerged[g,i,s-1]                         once counted, always counted

    for every set Q of agents that row i of emergence.csv applies to and that exclude each other (family `together`); an
    agent that no other excludes is a set of its own.

    emerged continuous in 0..1, from the second epoch on. A row multiplies a prevalence by at least 1 and so can only
            raise the residual; nothing pushes `emerged` above the largest sum it has to cover, which is 0 or 1, and it
            needs no upper row.

    Source: model section 3.
    """
    model.emergence = block = pyo.Block()
    i = space.instance
    block.emerged = pyo.Var(list(space.emerging), bounds=(0, 1))
    block.exposed = pyo.Constraint(pyo.Any)
    block.lasting = pyo.Constraint(pyo.Any)
    known = set(space.emerging)
    edges = {(g, s): exclusions(space, i.subgroups[g], s) for g in space.groups for s in space.epochs}
    for g, row, s in space.emerging:
        before = space.epochs[s - 1]
        earlier = (g, row, before) in known
        if earlier:
            block.lasting[g, row, s] = block.emerged[g, row, s] >= block.emerged[g, row, before]
        epochs = [before] if earlier else space.epochs[:s]
        for e in epochs:
            agents = [d for d in space.used[e] if i.emergence_agents[row, d]]
            for n, group in enumerate(covers(agents, edges[g, e])):
                exposed = sum(taken(model, space, g, d, e) for d in group)
                block.exposed[g, row, s, e, n] = block.emerged[g, row, s] >= exposed


SMALLEST = 1e-7
"""Tangents flatter than this are left out: HiGHS drops coefficients below 1e-9, and the bound loses at most this."""


def add_residual(model: pyo.ConcreteModel, space: Space) -> None:
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
    model.residual = block = pyo.Block()
    block.residual = pyo.Var(list(space.exponents), domain=pyo.NonNegativeReals)
    block.tangent = pyo.Constraint(pyo.Any)
    low, high = exponent_ranges(space)
    for g, m, s in space.exponents:
        for t in first_points(float(low[g, m, s]), float(high[g, m, s]), space.tangent_error):
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
