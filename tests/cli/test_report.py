"""`trialopt report`, several instances at once, and completion of the shell."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from trialopt.record.solution import Solution


def test_report_writes_one_page_and_keeps_an_existing_one(call, runs, tmp_path):
    first = call("report", runs / "two_arms", "-o", "r.html")
    assert (first.exit_code, first.stdout) == (0, "r.html written\n")
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    again = call("report", runs / "one_arm", "-o", "r.html")
    assert (again.exit_code, again.stderr) == (2, "r.html is there already; --force replaces it\n")
    before = (tmp_path / "r.html").read_bytes()
    assert call("report", runs / "two_arms", "-o", "r.html", "--force").exit_code == 0
    assert (tmp_path / "r.html").read_bytes() == before


def test_report_wants_a_page_and_a_run(call, runs):
    assert "ends in .html" in call("report", runs / "two_arms", "-o", "r.pdf").stderr
    assert call("report", "nowhere", "-o", "r.html").exit_code == 2


@pytest.mark.parametrize(
    "file", ["robust.json", "learning.json", "replay.json", "simulation.json", "alternatives.json"]
)
@pytest.mark.parametrize("text", ["{", "[]", "3", '{"instance": 1}'])
def test_a_damaged_file_beside_the_run_is_named(call, runs, tmp_path, file, text):
    shutil.copytree(runs / "two_arms", tmp_path / "run")
    (tmp_path / "run" / file).write_text(text, encoding="utf-8")
    result = call("report", "run", "-o", "r.html")
    assert result.exit_code == 2
    assert file in result.stderr
    assert not (tmp_path / "r.html").exists()


def test_solve_takes_several_and_shows_them_side_by_side(call, tmp_path):
    (tmp_path / "one.toml").write_text(f'base = "{_tiny()}"\n[trial]\nmax_arms = 1\n')
    result = call("solve", "tiny_duo", "one.toml", "--out", "runs")
    assert result.exit_code == 0
    head = next(line for line in result.stdout.splitlines() if line.split() == ["tiny_duo", "one"])
    assert head
    assert "0.4101" in result.stdout
    assert "0.3787" in result.stdout
    assert result.stdout.count("differs from the first run") == 1
    assert Solution.load(tmp_path / "runs" / "tiny_duo").value == pytest.approx(0.410148, abs=1e-6)
    assert Solution.load(tmp_path / "runs" / "one").value == pytest.approx(0.378682, abs=1e-6)


def test_solve_of_several_as_json_is_a_list(call):
    result = call("solve", "tiny_duo", "tiny_duo", "--json", "--quiet", "--out", "runs")
    records = json.loads(result.stdout)
    assert [record["ending"] for record in records] == ["optimal", "optimal"]
    assert Solution.load("runs/tiny_duo_1").value == Solution.load("runs/tiny_duo_2").value


def test_solve_of_several_ends_with_the_largest_exit_code(call, tmp_path):
    (tmp_path / "none.toml").write_text(
        f'base = "{_tiny()}"\n[[table.categories]]\ncategory = "neutropenia"\nlimit = 0.01\n'
    )
    result = call("solve", "tiny_duo", "none.toml", "--quiet")
    assert result.exit_code == 3
    assert "infeasible" in result.stdout


def test_a_wrong_instance_among_several_stops_before_any_is_solved(call, tmp_path):
    result = call("solve", "tiny_duo", "nowhere", "--out", "runs")
    assert result.exit_code == 2
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("words", "found"), [("re", "report"), ("solve tiny", "tiny_duo"), ("solve tiny_duo rr", "rrmm")]
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_commands_and_instances(words, found, shell):
    environment = {
        **os.environ,
        "_TRIALOPT_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": f"trialopt {words}",
        "COMP_CWORD": str(len(words.split())),
        "_TYPER_COMPLETE_ARGS": f"trialopt {words}",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    code = "import sys; sys.argv = ['trialopt']; from trialopt.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert found in done.stdout, done.stderr


def _tiny() -> str:
    from trialopt.core.catalog import find

    return find("tiny_duo").as_posix()
