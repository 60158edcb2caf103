"""The record of a run: what it says, what it refuses to say, and that it comes back from its file."""

from __future__ import annotations

import json
import math

import pytest

import trialopt
from tests.made import made
from trialopt.core.catalog import find
from trialopt.core.run import Limits, Monitor, Outcome
from trialopt.evaluation import evaluate
from trialopt.record.solution import Solution, SolutionFileError


@pytest.fixture(scope="module")
def tiny():
    instance = trialopt.read(find("tiny_duo"))
    return instance, trialopt.solve(instance).design


def run(tiny, *, bound, stopped="finished", gap=1e-4, design=True):
    instance, best = tiny
    outcome = Outcome(best if design else None, bound, stopped, "decompose")
    evaluation = evaluate(instance, best) if design else None
    return Solution.from_run(instance, outcome, evaluation, Monitor(Limits(gap=gap)))


VALUE = 0.41014801


@pytest.mark.parametrize(
    ("bound", "stopped", "gap", "ending"),
    [
        (VALUE, "finished", 1e-4, "optimal"),
        (VALUE * 1.00009, "finished", 1e-4, "optimal"),
        (VALUE * 1.00009, "time_limit", 1e-4, "optimal"),
        (VALUE * 1.001, "time_limit", 1e-4, "time_limit"),
        (VALUE * 1.001, "node_limit", 1e-4, "node_limit"),
        (VALUE * 1.001, "interrupted", 1e-4, "interrupted"),
        (VALUE * 1.001, "time_limit", 1e-2, "optimal"),
        (VALUE + 3e-7, "finished", 0.0, "optimal"),
    ],
)
def test_the_ending_is_computed_from_value_bound_and_gap(tiny, bound, stopped, gap, ending):
    assert run(tiny, bound=bound, stopped=stopped, gap=gap).ending == ending


def test_a_search_that_finished_with_an_open_gap_is_refused(tiny):
    with pytest.raises(RuntimeError, match="ended by itself at a gap"):
        run(tiny, bound=VALUE * 1.001)


def test_a_bound_below_the_value_is_refused(tiny):
    with pytest.raises(RuntimeError, match="below the value"):
        run(tiny, bound=VALUE - 1e-3)


def test_rounding_of_the_solver_never_shows_a_bound_below_the_value(tiny):
    solution = run(tiny, bound=VALUE - 1e-7)
    assert solution.bound == solution.value
    assert solution.gap == 0.0


def test_no_design_is_infeasible_only_when_proven(tiny):
    assert run(tiny, bound=-math.inf, design=False).ending == "infeasible"
    stopped = run(tiny, bound=math.inf, stopped="time_limit", design=False)
    assert (stopped.ending, stopped.value, stopped.bound, stopped.gap) == ("time_limit", None, None, None)
    with pytest.raises(RuntimeError, match="neither a design nor a proof"):
        run(tiny, bound=0.5, design=False)


def test_a_design_that_breaks_a_rule_is_refused(tiny):
    instance, best = tiny
    one_arm = trialopt.Design((trialopt.Arm("A1", ("fit", "frail"), best.arms[0].sequence),))
    outcome = Outcome(one_arm, 1.0, "finished", "decompose")
    with pytest.raises(RuntimeError, match="breaks its own instance's rules"):
        Solution.from_run(instance, outcome, evaluate(instance, one_arm), Monitor(Limits()))


@pytest.mark.parametrize("solution", [made(), made(sized=True), made(arms=())], ids=["plain", "sized", "infeasible"])
def test_it_comes_back_from_its_file(tmp_path, solution):
    assert Solution.load(solution.save(tmp_path / "run")) == solution
    assert Solution.load(tmp_path / "run") == solution
    assert Solution.load(tmp_path / "run").to_json() == solution.to_json()


def test_a_real_run_comes_back_with_equal_tables(tiny, tmp_path):
    solution = trialopt.solve(tiny[0])
    again = Solution.load(solution.save(tmp_path / "s.json"))
    for (_, frame), (_, loaded) in zip(solution.tables, again.tables, strict=True):
        assert frame.equals(loaded)
    assert again.design == solution.design


def test_the_file_has_the_fields_of_the_format(tiny):
    data = json.loads(run(tiny, bound=VALUE).to_json())
    named = {"format", "instance", "ending", "value", "bound", "gap", "seconds", "arms", "provenance"}
    assert named <= set(data)
    assert set(data["instance"]) == {"name", "title", "sha256"}
    assert {"trialopt", "pyomo", "highs", "options", "method"} <= set(data["provenance"])
    arm = data["arms"][0]
    assert list(arm)[:10] == [
        "arm",
        "subgroups",
        "sequence",
        "patients",
        "control_patients",
        "allocation",
        "effect",
        "power",
        "accrual_months",
        "cost",
    ]
    assert arm["patients"] is None
    assert arm["sequence"]["maintenance"] == [{"agent": "lenalidomide", "level": "mg25"}]
    assert arm["coverage"]["fit"]["induction"] == pytest.approx(0.685447, abs=1e-6)
    assert arm["mechanism_coverage"]["fit"]["maintenance"]["crbn_loss"] == 0.0
    assert arm["risk"]["fit"]["induction"]["neutropenia"] == pytest.approx(0.430689, abs=1e-6)
    assert set(arm["cumulative_risk"]["fit"]) == {"neutropenia"}


def test_sized_fields_have_the_names_of_the_format():
    arm = json.loads(made(sized=True).to_json())["arms"][0]
    assert arm["allocation"] == {"fit": {"experimental": 60, "control": 30}}
    assert arm["effect"] == {"p1": 0.7, "p0": 0.5, "hazard_ratio": None, "sized_for": 0.15}


def test_infeasible_records_have_no_value_and_say_why():
    data = json.loads(made(arms=()).to_json())
    assert (data["value"], data["arms"], data["conflict"]) == (None, [], ["limit of 0.06 on neutropenia"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: "{", "line 1: not JSON (Expecting property name enclosed in double quotes)"),
        (lambda d: [], "not a solution; `trialopt solve --out` writes one"),
        (lambda d: {**d, "format": 2}, "format is 2, this version reads format 1"),
        (
            lambda d: {**d, "ending": "done"},
            'ending: is "done", must be one of "optimal", "time_limit", "node_limit", "infeasible", "interrupted"',
        ),
        (lambda d: {k: v for k, v in d.items() if k != "bound"}, "the field bound is missing"),
        (lambda d: {**d, "arms": [1]}, "arms[0]: is 1, must be an object"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path, change, message):
    changed = change(json.loads(made().to_json()))
    path = tmp_path / "s.json"
    path.write_text(changed if isinstance(changed, str) else json.dumps(changed), encoding="utf-8")
    with pytest.raises(SolutionFileError) as caught:
        Solution.load(path)
    assert str(caught.value) == f"{path}: {message}" or str(caught.value) == f"{path}, {message}"


def test_a_notebook_shows_it_escaped():
    page = made(title="<script>alert(1)</script>")._repr_html_()
    assert "<script>" not in page
    assert "optimal, value 0.5000" in page
    assert "limit of 0.06" in made(arms=())._repr_html_()
