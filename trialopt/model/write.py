"""The written model: the artefact that people and other solvers can check."""

from __future__ import annotations

from pathlib import Path

import pyomo.environ as pyo

from trialopt.instance import Instance
from trialopt.model.assemble import build
from trialopt.model.rounds import solve
from trialopt.run import Limits, Monitor


def write_lp(question: Instance | pyo.ConcreteModel, path: Path | str, limits: Limits | None = None) -> Path:
    """Write a compact model as LP, or as MPS if `path` ends so, with names that say family, subgroup and epoch.

    An instance is solved first (within `limits`, default a gap of 1e-4), so that the file holds the tangents its
    optimum needs: any MIP solver then finds its bound. A model is written as it is.
    """
    if isinstance(question, Instance):
        model = build(question)
        solve(model, Monitor(limits or Limits()))
    else:
        model = question
    path = Path(path)
    beside = path.with_name(f".{path.name}.part{path.suffix}")
    model.write(str(beside), io_options={"symbolic_solver_labels": True})
    beside.replace(path)
    return path
