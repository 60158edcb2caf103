"""Shipped instances solve to what their `reference.toml` says, fast; two have no design, for a clinical reason."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace

import pytest
from typer.testing import CliRunner

import trialopt
from tests.instances.labels import faults
from tests.instances.references import INFEASIBLE, REFERENCES, SOLVABLE
from trialopt.cli.app import app
from trialopt.core.catalog import find
from trialopt.decision.predicted import predicted
from trialopt.evaluation import evaluate
from trialopt.output.terminal.first import first_parts
from trialopt.reading import build, load
from trialopt.record.solution import Solution
from trialopt.record.words import amount
from trialopt.record.words import name as label


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
    document, wanted = load(find(name)), REFERENCES[name]
    instance = build(document)
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
    screen_is_read(replace(solution, predicted=predicted(document, instance, solution.design)))


def screen_is_read(solution: Solution) -> None:
    """The first screen at every width: short, no word broken, every arm and dose there, intervals, the second best."""
    for width in (60, 80, 100, 160):
        told = [line.plain for line in first_parts(solution, width, where=solution.question.name)]
        text = " ".join(" ".join(told).split())
        assert len(told) <= (25 if width >= 100 else 50)
        assert max(map(len, told)) <= min(width, 100)
        assert [arm.name for arm in solution.arms] == [line.split()[0] for line in told if line.startswith("A")]
        for arm in solution.arms:
            for dose in (dose for given in arm.sequence.values() for dose in given):
                assert amount(solution.question, dose) in text
                assert label(solution.question, dose.agent) in text
            assert len(re.findall(r"\([\d.]+ to [\d.]+\)", text)) >= len(solution.arms)
        assert re.search(r"2nd best: .*( worse: |trialopt alternatives)", text)
        assert not re.search(r"\d\.\d{2,} ?% (of|control)|\b0\.\d{4,}(?! %)", text)


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
    assert "at most 200 patients over all arms and controls (max_patients)" in " ".join(run.output.split())
    written = json.loads((tmp_path / "solution.json").read_text(encoding="utf-8"))
    assert any("target_difference" in line for line in written["conflict"])
