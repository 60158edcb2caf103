"""SCIP on the compact model, written out as LP and read back: the same rounds of tangents as with HiGHS.

Every round is a relaxation of the design problem, since tangents lie below the exponential, so SCIP's dual bound is
valid. Its designs are judged exactly; tangents at them make the next round exact there.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import pyscipopt
from pyomo.repn.plugins.lp_writer import LPWriter

from benchmarks.worker import Answer
from trialopt.core.instance import Instance
from trialopt.core.run import relative_gap
from trialopt.model import build
from trialopt.model.activity import exponents
from trialopt.model.incumbents import Columns, Incumbents, Judged, read_point
from trialopt.model.residual import add_tangents

MIP_SHARE = 0.5
"""Part of the gap asked for that SCIP may leave; the rest is for the tangents."""


def search(instance: Instance, gap: float, limit: float) -> Answer:
    """Solve within `limit` seconds to a relative `gap` between exact value and bound."""
    started = time.perf_counter()
    model = build(instance)
    known: set[tuple[int, int, int, float]] = set()
    met = Incumbents(model.space)
    bound, rounds, mip_gap = float("inf"), 0, gap * MIP_SHARE
    while (left := limit - (time.perf_counter() - started)) > 0:
        written = _Written(model)
        left = limit - (time.perf_counter() - started)
        ended = written.solve(max(0.0, left), mip_gap, met.best)
        rounds += 1
        if ended == "infeasible":
            return Answer(None, None, "infeasible")
        bound = min(bound, written.bound)
        for chosen, members in written.points():
            met.meet(chosen, members)
        if met.value is not None and relative_gap(met.value, bound) <= gap:
            return Answer(met.value, bound, "optimal", f"{rounds} rounds")
        fresh = [add_tangents(model, model.space, exponents(model.space, p.chosen), known) for p in met.fresh()]
        if not any(fresh):
            if ended == "timelimit":
                break
            if mip_gap == 0.0:
                return Answer(met.value, bound, "stalled", "SCIP's own tolerances leave a gap")
            mip_gap = 0.0
    return Answer(met.value, bound if bound < 1e19 else None, "time_limit", f"{rounds} rounds")


class _Written:
    """The model in SCIP, and which of its variables are the choices."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._scip = pyscipopt.Model()
        self._scip.hideOutput()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "compact.lp"
            with path.open("w") as stream:
                info = LPWriter().write(model, stream)
            self._scip.readProblem(str(path))
        variable = {v.name: v for v in self._scip.getVars()}
        name = info.symbol_map.getSymbol
        # A choice that no row speaks of is not written, and is worth nothing either way.
        self._given = {k: variable[n] for k, v in model.choice.given.items() if (n := name(v)) in variable}
        self._serves = {k: variable[n] for k, v in model.arms.serves.items() if (n := name(v)) in variable}
        self._all = [*self._given.values(), *self._serves.values()]
        numbered = {id(v): n for n, v in enumerate(self._all)}
        self._columns = Columns(
            {k: numbered[id(v)] for k, v in self._given.items()}, {k: numbered[id(v)] for k, v in self._serves.items()}
        )

    def solve(self, seconds: float, gap: float, start: Judged | None) -> str:
        """Run SCIP, perhaps from a known design; SCIP's word for how it ended."""
        self._scip.setParam("limits/time", seconds)
        self._scip.setParam("limits/gap", gap)
        if start is not None:
            solution = self._scip.createPartialSol()
            places, values = self._columns.start(start.chosen, start.members)
            for place, value in zip(places, values, strict=True):
                self._scip.setSolVal(solution, self._all[place], value)
            self._scip.addSol(solution)
        self._scip.optimize()
        return str(self._scip.getStatus())

    @property
    def bound(self) -> float:
        """Dual bound."""
        return float(self._scip.getDualbound())

    def points(self) -> list[tuple[Any, Any]]:
        """Choices and arms of the solutions found, best first."""
        import numpy as np

        found = []
        for solution in self._scip.getSols():
            values = np.array([self._scip.getSolVal(solution, v) for v in self._all])
            found.append(read_point(self._model.space, self._columns, values))
        return found
