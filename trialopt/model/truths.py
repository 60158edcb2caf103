"""Many possible truths side by side (model section 11): regimens as a whole, what each leaves in each truth, limits.

A regimen's own deviation belongs to the whole set of its agents, so the families here speak of whole regimens. That is
for small instances: they are the reference the engine is tested against.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from trialopt.core.instance import TOLERANCE, Floats, Instance
from trialopt.model.drawn import Drawn, drawn, exponent_range
from trialopt.model.residual import SMALLEST, first_points
from trialopt.model.space import Space, decided

TANGENT_ERROR = 3e-3
"""As `space.TANGENT_ERROR`; there are many truths."""


def add_regimens(model: pyo.ConcreteModel, space: Space) -> None:
    """Regimens: which whole regimen a subgroup is given in an epoch (only with truths).

        sum over r of whole[g,s,r] = 1
        given[g,o,s] = sum over r with option o of whole[g,s,r]

    whole   continuous, at least 0. A corner of the cube is no mixture of other corners, so where `given` is 0 or 1 so
            is `whole`, and just one regimen has 1.

        whole[g,s,r] = 0        where a limit of the epoch, or a required coverage, holds in too few truths

    Source: model section 11, `confidence`; margins are added to limits on risk.
    """
    model.regimens = block = pyo.Block()
    block.whole = pyo.Var(pyo.Any, domain=pyo.NonNegativeReals, dense=False)
    block.one = pyo.Constraint(pyo.Any)
    block.made_of = pyo.Constraint(pyo.Any)
    block.too_seldom = pyo.Constraint(pyo.Any)
    numbers = drawn(model, space)
    if numbers is None:
        return
    for g in space.groups:
        for s in space.epochs:
            places = range(len(numbers.regimens[s]))
            block.one[g, s] = sum(block.whole[g, s, r] for r in places) == 1
            for d in space.used[s]:
                for o in space.levels[d]:
                    holding = [r for r in places if int(o) in numbers.regimens[s][r]]
                    made = sum(block.whole[g, s, r] for r in holding)
                    block.made_of[g, s, o] = model.choice.given[g, o, s] == made
            if numbers.asked.confidence is not None:
                for r in np.flatnonzero(_too_seldom(space, numbers, g, s)).tolist():
                    block.too_seldom[g, s, r] = block.whole[g, s, r] == 0


def _too_seldom(space: Space, numbers: Drawn, g: int, s: int) -> Any:
    """(R,) regimens whose limits or required coverage hold in too few truths."""
    i, bad = space.instance, np.zeros(len(numbers.regimens[s]), dtype=bool)
    for e in np.flatnonzero(i.limit[g, :, s] < 1).tolist():
        most = i.limit[g, e, s] + numbers.asked.margin + TOLERANCE
        risk = -np.expm1(-numbers.events[s][:, g, :, e] - numbers.base[:, g, s, e, None])
        bad |= (risk <= most).sum(axis=0) < numbers.needed
    for e in np.flatnonzero(i.not_worse_than_control < 1).tolist() if i.control is not None else ():
        caused = -np.expm1(-numbers.events[s][:, g, :, e])
        control = -np.expm1(-numbers.of(s, tuple(sorted((i.control_of(g) or ())[s])))[1][:, g, e])
        excess = caused - control[:, None]
        most = i.not_worse_than_control[e] + numbers.asked.margin + TOLERANCE
        bad |= (excess <= most).sum(axis=0) < numbers.needed
    for m in np.flatnonzero(np.isfinite(space.c.required_activity[g, s])).tolist():
        covered = -np.expm1(-numbers.activity[s][:, g, :, m])
        bad |= (covered >= i.min_coverage[m] - TOLERANCE).sum(axis=0) < numbers.needed
    return bad


def add_drawn(model: pyo.ConcreteModel, space: Space) -> None:
    """Drawn: what is left of each mechanism in each truth, by tangents (only with truths).

        Lambda[n,g,m,s]   = sum over r of lambda[n,g,m,s,r] whole[g,s,r]
        exponent[n,g,m,s] = ln start[g,m,s] + sum over rows i of m of ln(multiplier_i) emerged[g,i,s]
                            - carry * sum over s' < s of Lambda[n,g,m,s'] - Lambda[n,g,m,s]
        left[n,g,m,s]    >= exp(t) * (1 + exponent[n,g,m,s] - t)      for every tangent point t

    lambda   log-activity of the regimen in truth n, its own deviation included

    Source: model sections 2, 3 and 11; the tangents are those of family `residual`.
    """
    model.drawn = block = pyo.Block()
    block.exponent = pyo.Var(pyo.Any, dense=False)
    block.left = pyo.Var(pyo.Any, domain=pyo.NonNegativeReals, dense=False)
    block.defined = pyo.Constraint(pyo.Any)
    block.tangent = pyo.Constraint(pyo.Any)
    numbers = drawn(model, space)
    if numbers is None or not _residuals_count(numbers, space.instance):
        return
    i, emerged = space.instance, model.emergence.emerged
    for n in range(numbers.count):
        for g, m, s in space.exponents:
            lambdas = [_summed(model, numbers.activity[t][n, g, :, m], g, t) for t in space.epochs[: s + 1]]
            expression = float(np.log(space.c.start[g, s, m])) - lambdas[-1] - i.trial.carry * sum(lambdas[:-1])
            for row in space.emergences:
                if i.emergence_mechanism[row] == m and (g, row, s) in emerged:
                    expression += float(np.log(i.emergence_multiplier[row])) * emerged[g, row, s]
            block.defined[n, g, m, s] = block.exponent[n, g, m, s] == expression
            low, high = exponent_range(space, numbers, n, g, m, s)
            block.exponent[n, g, m, s].setlb(low - 1e-6)
            block.exponent[n, g, m, s].setub(high + 1e-6)
            for t in first_points(low, high, TANGENT_ERROR):
                _add_tangent(model, (n, g, m, s), t)


def _residuals_count(numbers: Drawn, instance: Instance) -> bool:
    return numbers.asked.objective != "given" or instance.trial.no_harm


def _summed(model: pyo.ConcreteModel, weights: Floats, g: int, s: int) -> Any:
    """Expression: a number (R,) of whatever regimen is given."""
    whole = model.regimens.whole
    return sum(float(x) * whole[g, s, r] for r, x in enumerate(weights.tolist()))


def _add_tangent(model: pyo.ConcreteModel, at: tuple[int, int, int, int], t: float) -> Any:
    block, slope = model.drawn, float(np.exp(t))
    key = (*at, len(block.tangent))
    block.tangent[key] = block.left[at] - slope * block.exponent[at] >= slope * (1 - t)
    return block.tangent[key]


def add_drawn_tangents(
    model: pyo.ConcreteModel, space: Space, chosen: Floats, known: set[tuple[float, ...]]
) -> list[Any]:
    """Add tangents at the exponents of choices (G, S, O) in every truth, new ones only; return the rows."""
    numbers = drawn(model, space)
    if numbers is None or not _residuals_count(numbers, space.instance):
        return []
    points, rows = numbers.exponents(space, chosen), []
    for n in range(numbers.count):
        for g, m, s in space.exponents:
            t = float(points[n, g, m, s])
            key = (n, int(g), int(m), int(s), round(t, 9))
            if np.exp(t) >= SMALLEST and key not in known:
                known.add(key)
                rows.append(_add_tangent(model, (n, g, m, s), t))
    return rows


def add_confidence(model: pyo.ConcreteModel, space: Space) -> None:
    """Confidence: limits on whole sequences that hold in enough truths (only with a confidence).

        sum over s, r of events[n,g,e,s,r] whole[g,s,r] <= room[n,g,e] + most (1 - holds[g,e,n])
        sum over s of v[s] reach[g,s] (1 - sum over m of left[n,g,m,s]) >= control[n,g] - most (1 - holds[g,none,n])
        sum over n of holds[g,.,n] >= confidence * N

    holds   binary: the limit holds in truth n
    most    the largest miss of any sequence, so that a limit that need not hold bars nothing
    room    -ln(1 - cumulative_limit - margin) less the background, with the 1e-9 by which a limit may be missed

    The second, `no_harm`, is a relaxation as in family `harm`, and choices that break it are cut off.

    Source: model section 11.
    """
    model.confidence = block = pyo.Block()
    block.holds = pyo.Var(pyo.Any, domain=pyo.Binary, dense=False)
    block.limit = pyo.Constraint(pyo.Any)
    block.harmless = pyo.Constraint(pyo.Any)
    block.enough = pyo.Constraint(pyo.Any)
    numbers = drawn(model, space)
    if numbers is None or numbers.asked.confidence is None:
        return
    i = space.instance
    for g in space.groups:
        for e in space.categories:
            if i.cumulative_limit[e] + numbers.asked.margin < 1:
                _cumulative(model, space, numbers, g, e)
        if i.trial.no_harm and i.control is not None:
            _harmless(model, space, numbers, g)


def _cumulative(model: pyo.ConcreteModel, space: Space, numbers: Drawn, g: int, e: int) -> None:
    block, i = model.confidence, space.instance
    room = -np.log1p(-(i.cumulative_limit[e] + numbers.asked.margin + TOLERANCE)) - numbers.base[:, g, :, e].sum(axis=1)
    for n in range(numbers.count):
        events = [numbers.events[s][n, g, :, e] for s in space.epochs]
        most = max(0.0, sum(float(x.max()) for x in events) - float(room[n])) + 1.0
        total = sum(_summed(model, x, g, s) for s, x in zip(space.epochs, events, strict=True))
        row = total <= float(room[n]) + most * (1 - block.holds[g, e, n])
        block.limit[g, e, n] = decided(model, row)
    block.enough[g, e] = sum(block.holds[g, e, n] for n in range(numbers.count)) >= numbers.needed


def _harmless(model: pyo.ConcreteModel, space: Space, numbers: Drawn, g: int) -> None:
    block, i = model.confidence, space.instance
    chosen = np.zeros((len(space.groups), len(space.epochs), len(space.options)))
    for s, options in enumerate(i.control_of(g) or ()):
        chosen[g, s, list(options)] = 1.0
    weight = i.weight * i.reach[g]
    left = np.exp(numbers.exponents(space, chosen)[:, g]).sum(axis=1)  # N S
    for n in range(numbers.count):
        least = float((weight * (1 - left[n])).sum()) - TOLERANCE
        present = [(m, s) for h, m, s in space.exponents if h == g]
        highest = sum(
            float(weight[s]) * float(np.exp(exponent_range(space, numbers, n, g, m, s)[1])) for m, s in present
        )
        covered = float(weight.sum()) - sum(float(weight[s]) * model.drawn.left[n, g, m, s] for m, s in present)
        most = max(0.0, least - float(weight.sum()) + highest) + 1.0
        block.harmless[g, n] = covered >= least - most * (1 - block.holds[g, "none", n])
    block.enough[g, "none"] = sum(block.holds[g, "none", n] for n in range(numbers.count)) >= numbers.needed


def truth_values(model: pyo.ConcreteModel, space: Space, numbers: Drawn) -> list[Any]:
    """Expressions: the value of each truth."""
    c, weight = space.c, space.c.value_weight
    found = []
    for n in range(numbers.count):
        gain: Any = float(weight.sum())
        gain -= sum(float(weight[g, s]) * model.drawn.left[n, g, m, s] for g, m, s in space.exponents)
        if space.instance.trial.toxicity_weight > 0:
            for g in space.groups:
                for s in space.epochs:
                    burden = float(c.burden_weight[g, s]) * numbers.events[s][n, g].sum(axis=1)
                    gain -= _summed(model, burden, g, s)
        found.append(gain)
    return found
