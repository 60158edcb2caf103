"""The objective, and the choices that are cut off (model section 8)."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from trialopt.core.instance import Floats
from trialopt.model.drawn import Drawn, drawn
from trialopt.model.limits import events
from trialopt.model.space import Space
from trialopt.model.truths import truth_values


def add_objective(model: pyo.ConcreteModel, space: Space) -> None:
    """Objective: coverage of all subgroups over all epochs, less what its toxicity costs.

        maximise sum over g, s of w[g] v[s] reach[g,s] (1 - sum over m of residual[g,m,s]
                                                       - toxicity_weight * sum over e of events[g,e,s])

    w       share of the subgroup
    v       weight of the epoch
    events  attributable events on the log scale, pairs included and background not (family `toxicity`)

    With truths the mean of the same over the truths is maximised, or, with objective cvar, that of the worst share
    `tail`, what is left taken from family `drawn`:

        maximise edge - 1 / (tail N) * sum over n of short[n],     short[n] >= edge - value[n],     short[n] >= 0

    Source: model sections 8 and 11; Rockafellar and Uryasev (2000) for cvar.
    """
    numbers = drawn(model, space)
    if numbers is not None and numbers.asked.objective != "given":
        _under_truths(model, space, numbers)
        return
    c = space.c
    gain = float(c.value_weight.sum()) - sum(
        float(c.value_weight[g, s]) * model.residual.residual[g, m, s] for g, m, s in space.exponents
    )
    if space.instance.trial.toxicity_weight > 0:
        gain -= sum(
            float(c.burden_weight[g, s]) * events(model, space, g, e, s)
            for g in space.groups
            for s in space.epochs
            for e in space.categories
        )
    model.value = pyo.Objective(expr=gain, sense=pyo.maximize)


LOWEST = 1e3
"""No value lies as far below 0."""


def _under_truths(model: pyo.ConcreteModel, space: Space, numbers: Drawn) -> None:
    values = truth_values(model, space, numbers)
    if numbers.asked.objective == "mean":
        model.value = pyo.Objective(expr=sum(values) / numbers.count, sense=pyo.maximize)
        return
    model.worst = block = pyo.Block()
    places = range(numbers.count)
    # Bounds that bind nothing: without them HiGHS now and then ends with a bound far above its own choice.
    block.edge = pyo.Var(bounds=(-LOWEST, float(space.c.value_weight.sum())))
    block.short = pyo.Var(list(places), domain=pyo.NonNegativeReals)
    block.below = pyo.Constraint(list(places), rule=lambda b, n: b.short[n] >= b.edge - values[n])
    missing = sum(block.short[n] for n in places) / (numbers.asked.tail * numbers.count)
    model.value = pyo.Objective(expr=block.edge - missing, sense=pyo.maximize)


def add_cutoffs(model: pyo.ConcreteModel, space: Space) -> None:
    """Cut-offs: choices that exact evaluation rejected.

        sum over chosen j in J of (1 - j) + sum over other j in J of j >= 1

    A limit holds within 1e-9 and the solver only within its own tolerance, and `no_harm` stands here as a relaxation;
    so a choice can pass every row and still be rejected when evaluated. Then the choices J that the broken rule speaks
    of must not all be made again. J is `given[g,.,.]` for a rule broken in subgroup g; for one broken by an arm, the
    choices of the subgroup it is named after and `serves[h,.]`, whom it serves; for one broken by the design, all
    choices. Sizes are judged by exact evaluation only: a design that cannot be sized is cut off as a whole, which is
    correct but slow.

    Source: model text, conventions.
    """
    model.cutoffs = block = pyo.Block()
    block.rejected = pyo.Constraint(pyo.Any)


def _flip(model: pyo.ConcreteModel, space: Space, chosen: Floats, g: int) -> Any:
    """Expression: how many choices of subgroup g differ from `chosen`."""
    given = model.choice.given
    return sum(1 - given[g, o, s] if chosen[g, s, o] > 0.5 else given[g, o, s] for h, o, s in space.given if h == g)


def _moved(model: pyo.ConcreteModel, space: Space, name: int, members: list[int]) -> Any:
    """Expression: how many subgroups the arm named after `name` gains or loses against `members`."""
    serves = model.arms.serves
    return sum(1 - serves[name, g] if g in members else serves[name, g] for g in space.groups if g >= name)


def _append(model: pyo.ConcreteModel, differences: Any) -> Any:
    rows = model.cutoffs.rejected
    key = len(rows)
    rows[key] = differences >= 1
    return rows[key]


def cut_subgroup(model: pyo.ConcreteModel, space: Space, chosen: Floats, g: int) -> Any:
    """Bar what `chosen` (G, S, O) gives subgroup g, and return the row."""
    return _append(model, _flip(model, space, chosen, g))


def cut_arm(model: pyo.ConcreteModel, space: Space, chosen: Floats, members: list[int]) -> Any:
    """Bar the arm that gives `chosen` to exactly the subgroups `members`, and return the row."""
    name = min(members)
    return _append(model, _flip(model, space, chosen, name) + _moved(model, space, name, members))


def cut_design(model: pyo.ConcreteModel, space: Space, chosen: Floats, arms: list[list[int]]) -> Any:
    """Bar the whole design, and return the row."""
    differences = sum(_flip(model, space, chosen, g) for g in space.groups)
    return _append(model, differences + sum(_moved(model, space, min(a), a) for a in arms))
