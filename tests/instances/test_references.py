"""Shipped instances solve to what their `reference.toml` says, fast; two have no design, for a clinical reason."""

from __future__ import annotations

import json
import time

import pytest
from typer.testing import CliRunner

import trialopt
from tests.instances.labels import faults
from tests.instances.references import INFEASIBLE, REFERENCES, SOLVABLE
from trialopt.cli.app import app
from trialopt.core.catalog import find
from trialopt.evaluation import evaluate
from trialopt.output.terminal.first import first_parts


def test_the_references_are_those_meant() -> None:
    five = {
        "ndmm_transplant_eligible",
        "ndmm_frail",
        "rrmm_early_relapse_sized",
        "rrmm_triple_class",
        "biomarker_umbrella",
    }
    assert five <= set(SOLVABLE)
    assert set(INFEASIBLE) == {"frail_infection_ceiling", "t11_14_too_few_patients"}


@pytest.mark.parametrize("name", SOLVABLE)
def test_solves_to_its_reference_in_under_ten_seconds(name: str) -> None:
    """CPU seconds, because a test machine is shared."""
    instance, wanted = trialopt.read(find(name)), REFERENCES[name]
    began = time.process_time()
    solution = trialopt.solve(instance, gap=1e-4)
    assert time.process_time() - began < 10
    assert solution.ending == "optimal"
    assert solution.gap is not None
    assert solution.gap <= 1e-4
    assert solution.value == pytest.approx(wanted["value"], rel=1e-4, abs=2e-6)
    assert solution.value <= wanted["bound"] + 2e-6
    assert solution.bound >= wanted["value"] - 2e-6
    assert solution.design is not None
    assert evaluate(instance, solution.design).violations == ()
    assert faults(instance, solution.design) == []  # label doses, cycle lengths, single courses
    told = [line.plain for line in first_parts(solution, 100)]
    assert len(told) <= 25
    assert max(map(len, told)) <= 100
    assert [arm.name for arm in solution.arms] == [line.split()[0] for line in told if line.startswith("A")]


@pytest.mark.parametrize("name", INFEASIBLE)
def test_names_the_limits_that_leave_no_design(name: str) -> None:
    solution = trialopt.solve(trialopt.read(find(name)))
    assert solution.ending == "infeasible"
    said, wanted = sorted(solution.conflict), sorted(REFERENCES[name]["conflict"])
    assert len(said) == len(wanted)
    for line, beginning in zip(said, wanted, strict=True):
        assert line.startswith(beginning)  # what would be needed may follow


def test_the_command_line_says_so_and_exits_with_3(tmp_path) -> None:
    run = CliRunner().invoke(app, ["solve", "t11_14_too_few_patients", "--out", str(tmp_path)])
    assert run.exit_code == 3
    assert "max_patients 200" in run.output
    written = json.loads((tmp_path / "solution.json").read_text(encoding="utf-8"))
    assert any("target_difference" in line for line in written["conflict"])
