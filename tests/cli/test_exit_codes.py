"""Exit codes as the file format states them, each reached in the way a user would reach it."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time

import pytest

from trialopt.cli.errors import exit_code
from trialopt.core.run import Outcome
from trialopt.record.solution import Solution


@pytest.mark.parametrize(
    ("ending", "has_design", "code"),
    [
        ("optimal", True, 0),
        ("infeasible", False, 3),
        ("time_limit", True, 4),
        ("node_limit", True, 4),
        ("interrupted", True, 4),
        ("time_limit", False, 5),
        ("interrupted", False, 5),
    ],
)
def test_code_of_each_ending(ending, has_design, code):
    assert exit_code(ending, has_design) == code


def edit(call, tmp_path, file, old, new):
    """A copy of tiny_duo with one change."""
    call("new", "tiny_duo", "mine")
    path = tmp_path / "mine" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_1_when_a_design_fails_its_evaluation(call, monkeypatch):
    from trialopt.decision import solving
    from trialopt.evaluation import Violation, evaluate

    broken = Violation("limit", "a limit is broken")
    monkeypatch.setattr(solving, "evaluate", lambda *a: dataclasses.replace(evaluate(*a), violations=(broken,)))
    result = call("solve", "tiny_duo", "--quiet")
    assert result.exit_code == 1
    assert "a limit is broken" in result.stderr
    assert result.stdout == ""


def test_2_for_wrong_input_one_problem_a_line(call, tmp_path):
    edit(call, tmp_path, "agents.csv", "imid", "imid2")
    edit_two = tmp_path / "mine" / "toxicity.csv"
    edit_two.write_text(edit_two.read_text().replace("daratumumab,neutropenia", "daratumumap,neutropenia"))
    for command in (("solve", "mine"), ("validate", "mine")):
        result = call(*command)
        assert result.exit_code == 2
        assert "Traceback" not in result.stderr
        lines = result.stderr.splitlines()
        assert any(line.startswith("toxicity.csv:4 agent:") and "daratumumab" in line for line in lines)
        assert len(lines) > 1
        assert result.stdout == ""


def test_2_for_an_unknown_instance_names_the_nearest(call):
    result = call("solve", "tiny_due")
    assert result.exit_code == 2
    assert result.stderr == "tiny_due: no such folder or file, nor a shipped instance; did you mean tiny_duo?\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--method", "magic"),
        ("--gap", "-1"),
        ("--gap", "wide"),
        ("--max-arms", "0"),
        ("--profile", "quik"),
        ("--unheard-of",),
    ],
)
def test_2_for_a_wrong_option(call, arguments):
    result = call("solve", "tiny_duo", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_2_for_an_out_that_is_a_file(call, tmp_path):
    (tmp_path / "taken").write_text("mine")
    result = call("solve", "tiny_duo", "--out", "taken")
    assert result.exit_code == 2
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize("command", ["show", "export", "compare"])
def test_2_for_a_run_that_is_none(call, tmp_path, command):
    (tmp_path / "junk.json").write_text('{"format": 1}')
    extra = {"export": ("-o", "a.csv"), "compare": ("junk.json",)}.get(command, ())
    result = call(command, "junk.json", *extra)
    assert result.exit_code == 2
    assert result.stderr == "junk.json: not a solution; `trialopt solve --out` writes one\n"
    assert call(command, "nowhere.json", *extra).exit_code == 2


def test_2_for_a_design_that_speaks_of_something_else(call, tmp_path):
    (tmp_path / "design.csv").write_text("arm,subgroups,epoch,agent,level\nA1,fit,induction,bortezomip,\n")
    result = call("check", "tiny_duo", "design.csv")
    assert result.exit_code == 2
    assert "bortezomib" in result.stderr


def test_3_when_nothing_fits_and_says_what_collides(call, tmp_path):
    edit(call, tmp_path, "categories.csv", ",0.05,0.5,", ",0.05,0.06,")
    result = call("solve", "mine", "--out", "run")
    assert result.exit_code == 3
    assert "These cannot hold together:" in result.stdout
    assert "neutropenia" in result.stdout
    assert "Infeasible: proven that no design meets" in result.stdout
    solution = Solution.load(tmp_path / "run")
    assert (solution.value, solution.arms, solution.ending) == (None, (), "infeasible")
    assert solution.conflict
    assert call("show", "run").stdout == result.stdout
    assert call("show", "run", "--full").stdout.splitlines()[-1].startswith("infeasible: proven that no design meets")


def stop_early(monkeypatch, reason, keep):
    """Make the method stop for `reason`, with its design and a bound of 1, or with nothing."""
    from trialopt import engine

    honest = engine.begun

    def begun(instance, monitor):
        outcome, _ = honest(instance, monitor)
        return Outcome(outcome.design if keep else None, 1.0 if keep else float("inf"), reason, outcome.method), None

    monkeypatch.setattr(engine, "begun", begun)


@pytest.mark.parametrize("reason", ["time_limit", "node_limit", "interrupted"])
def test_4_when_stopped_with_a_design_which_is_written(call, monkeypatch, tmp_path, reason):
    stop_early(monkeypatch, reason, keep=True)
    result = call("solve", "tiny_duo", "--out", "run")
    assert result.exit_code == 4
    solution = Solution.load(tmp_path / "run")
    assert solution.ending == reason
    assert solution.gap == pytest.approx((1 - solution.value) / solution.value)
    assert f"How sure: stopped ({reason.replace('_', ' ')}): a design could be up to" in result.stdout


def test_5_when_stopped_without_one(call, monkeypatch):
    stop_early(monkeypatch, "time_limit", keep=False)
    result = call("solve", "tiny_duo")
    assert result.exit_code == 5
    assert "Stopped at the time limit" in result.stdout


def start_long_run(folder, *options):
    """A run that needs much longer than a test: the compact model on an instance the engine would do in seconds."""
    from trialopt.generate import Size, generate
    from trialopt.reading import write

    write(generate(Size(agents=20, subgroups=6, arms=3, epochs=2, mechanisms=8), seed=1), folder / "long")
    command = [sys.executable, "-m", "trialopt", "solve", "long", "--full", "--method", "compact", "--gap", "1e-6"]
    return subprocess.Popen(
        [*command, "--out", "run", *options], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended_early_with_a_design(run, folder, ending):
    out, err = run.communicate(timeout=120)
    assert run.returncode == 4, err
    solution = Solution.load(folder / "run")
    assert solution.ending == ending
    assert solution.bound >= solution.value
    assert solution.gap > 1e-6
    assert f"value {solution.value:.4f}" in out.splitlines()[-1]


@pytest.mark.slow
def test_time_limit_5_leaves_a_design_with_its_gap(tmp_path):
    began = time.monotonic()
    ended_early_with_a_design(start_long_run(tmp_path, "--time-limit", "5"), tmp_path, "time_limit")
    assert time.monotonic() - began < 40


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_after_5_seconds_leaves_a_design_with_its_gap(tmp_path):
    run = start_long_run(tmp_path)
    began = time.monotonic()
    for line in run.stderr:
        if time.monotonic() - began >= 5 and "incumbent none" not in line:
            break
    run.send_signal(signal.SIGINT)
    pressed = time.monotonic()
    ended_early_with_a_design(run, tmp_path, "interrupted")
    assert time.monotonic() - pressed < 20


def test_2_for_a_method_that_cannot_do_the_instance(call, monkeypatch):
    from trialopt import engine

    def too_large(*_):
        raise engine.TooLarge("2 million regimens")

    monkeypatch.setattr(engine, "begun", too_large)
    result = call("solve", "tiny_duo", "--method", "decompose", "--quiet")
    assert result.exit_code == 2
    assert "2 million regimens; use method compact or auto" in result.stderr
