"""The final tangent model, written out and solved by SCIP, gives the bound that HiGHS gave."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.random_documents import random_document
from trialopt.core.catalog import find
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.model import build as build_model
from trialopt.model import solve, write_lp
from trialopt.reading import build, read

pyscipopt = pytest.importorskip("pyscipopt")


def scip_bound(path: Path) -> float:
    """Optimum of a written model by SCIP."""
    scip = pyscipopt.Model()
    scip.hideOutput()
    scip.readProblem(str(path))
    scip.setRealParam("limits/gap", 0.0)
    scip.setRealParam("numerics/feastol", 1e-8)
    scip.optimize()
    assert scip.getStatus() == "optimal"
    return float(scip.getDualbound())


def agree(instance: Instance, path: Path) -> bool:
    """Whether there is a design; if so, the bounds are the same."""
    model = build_model(instance)
    outcome = solve(model, Monitor(Limits(gap=1e-8)))
    if outcome.design is None:
        return False
    assert scip_bound(write_lp(model, path)) == pytest.approx(outcome.bound, abs=1e-6)
    return True


@pytest.mark.parametrize("kind", ["lp", "mps"])
def test_tiny_duo(tmp_path: Path, kind: str) -> None:
    assert agree(read(find("tiny_duo")), tmp_path / f"tiny.{kind}")


def test_five_random_ones(tmp_path: Path) -> None:
    compared = 0
    for seed in range(4000, 4050):
        compared += agree(build(random_document(seed)), tmp_path / f"random_{seed}.lp")
        if compared == 5:
            break
    assert compared == 5
