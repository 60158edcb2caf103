"""Documents small enough for a pocket calculator, and the optimum of the compact model without the search around it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.contrib.solver.solvers.highs import Highs

from trialopt.model import build as build_model
from trialopt.model.activity import exponents
from trialopt.model.residual import add_tangents
from trialopt.reading import build
from trialopt.reading.document import Document, document

ORR = {"a": 0.5, "b": 0.4, "c": 0.2}
"""Response rates: what is left of the disease is 0.5, 0.6 and 0.8, and multiplies."""


def small(
    epochs: int = 1,
    max_agents: int = 2,
    agents: dict[str, dict[str, Any]] | None = None,
    trial: dict[str, Any] | None = None,
    rules: dict[str, Any] | None = None,
    epoch: dict[str, Any] | None = None,
    control: dict[str, Any] | None = None,
    **tables: list[dict[str, Any]],
) -> Document:
    """Three agents a, b, c of classes x, y, z; one subgroup g; no mechanisms, no toxicity; what is given is added."""
    ids = [f"s{n}" for n in range(1, epochs + 1)]
    settings: dict[str, Any] = {
        "format": 1,
        "title": "small",
        "trial": {"max_arms": 1, **(trial or {})},
        "epoch": [{"id": s, "cycles": 4, "max_agents": max_agents, **(epoch or {})} for s in ids],
        "rules": rules or {},
    }
    if control is not None:
        settings["control"] = control
    rows: dict[str, list[dict[str, Any]]] = {
        "agents": [
            {"agent": d, "class": k, "orr": ORR[d], **(agents or {}).get(d, {})}
            for d, k in zip("abc", "xyz", strict=True)
        ],
        "subgroups": [{"subgroup": "g", "share": 1}],
        **tables,
    }
    return document("small", settings, rows)


def optimum(question: Document, without: tuple[str, ...] = (), error: float = 1e-2) -> float | None:
    """Optimum of the compact model with the named families (or parts, `arms.same_agent`) switched off.

    Tangents are added at each choice until it repeats; nothing is judged or cut off. `None` when infeasible.
    """
    model = build_model(build(question), error)
    for name in without:
        component = model
        for part in name.split("."):
            component = getattr(component, part)
        component.deactivate()
    known: set[tuple[int, int, int, float]] = set()
    while True:
        solver = Highs(load_solutions=False, raise_exception_on_nonoptimal_result=False)
        solver.config.rel_gap = 0.0
        solver.config.abs_gap = 1e-9
        results = solver.solve(model)
        if results.incumbent_objective is None:
            return None
        results.solution_loader.load_vars()
        if not add_tangents(model, model.space, exponents(model.space, chosen(model)), known):
            return float(results.incumbent_objective)


def chosen(model: pyo.ConcreteModel) -> np.ndarray:
    """Choices (G, S, O) in the variables of a solved model."""
    space = model.space
    found = np.zeros((len(space.groups), len(space.epochs), len(space.options)))
    for (g, o, s), var in model.choice.given.items():
        found[g, s, o] = round(var.value or 0.0)
    return found
