"""The written model means the same to another solver: SCIP reads the file and finds the bound that HiGHS found."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyscipopt import Model

from tests.oracle import best_design
from tests.random_documents import random_document
from trialopt import model
from trialopt.core.catalog import find
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.reading import build, read


def scip_optimum(path: Path) -> float | None:
    """Optimal value of a written model, or `None` when SCIP proves that it has no solution."""
    scip = Model()
    scip.hideOutput()
    scip.setParam("limits/gap", 0.0)
    scip.setParam("numerics/feastol", 1e-8)
    scip.readProblem(str(path))
    scip.optimize()
    if scip.getStatus() == "infeasible":
        return None
    assert scip.getStatus() == "optimal"
    found = float(scip.getObjVal())
    return found if scip.getObjectiveSense() == "maximize" else -found


def solved_and_written(instance: Instance, path: Path) -> tuple[float, float | None]:
    """HiGHS' bound of the final tangent model, after writing it, and the exact value of the design found."""
    final = model.build(instance)
    monitor = Monitor(Limits(gap=1e-7))
    outcome = model.solve(final, monitor)
    model.write_lp(final, path)
    return outcome.bound, monitor.value


def test_scip_agrees_on_tiny_duo(tmp_path: Path) -> None:
    bound, value = solved_and_written(read(find("tiny_duo")), tmp_path / "tiny.lp")
    assert scip_optimum(tmp_path / "tiny.lp") == pytest.approx(bound, abs=2e-6)
    assert value == pytest.approx(bound, abs=2e-6)


@pytest.mark.parametrize("written", ["final.lp", "final.mps"])
@pytest.mark.parametrize("seed", [0, 1, 4, 6, 7])
def test_scip_agrees_on_random_instances(seed: int, written: str, tmp_path: Path) -> None:
    document = random_document(seed)
    bound, value = solved_and_written(build(document), tmp_path / written)
    best, other = best_design(document), scip_optimum(tmp_path / written)
    assert best is not None
    assert other == pytest.approx(bound, abs=2e-6)
    assert other == pytest.approx(best.value, abs=2e-6)
    assert value == pytest.approx(best.value, abs=1e-6)


@pytest.mark.parametrize("seed", [2, 3, 5])
def test_scip_agrees_that_there_is_no_design(seed: int, tmp_path: Path) -> None:
    document = random_document(seed)
    assert best_design(document) is None
    bound, _ = solved_and_written(build(document), tmp_path / "none.lp")
    assert bound == -float("inf")
    assert scip_optimum(tmp_path / "none.lp") is None
