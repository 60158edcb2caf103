"""The commands speak one language: the same option is spelt, and does, the same in all of them."""

from __future__ import annotations

import json

import pytest
import typer

from trialopt.cli.app import app
from trialopt.record.solution import Solution

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
READ_AN_INSTANCE = (
    *("solve", "validate", "check", "compare", "alternatives", "frontier", "whatif", "explain", "stability"),
    *("learn", "robust"),
)
SEARCH = ("solve", "compare", "alternatives", "frontier", "whatif", "explain", "stability", "learn", "robust")
PROVEN = ("alternatives", "frontier", "explain", "stability")
"""Commands whose every answer is proven to the last digit: a gap would have nothing to act on, and they say so."""

WRITE_A_FOLDER = (
    "solve",
    "alternatives",
    "frontier",
    "whatif",
    "explain",
    "stability",
    "learn",
    "robust",
    "sweep",
    "replay",
    "evidence fit",
)
WRITE_A_FILE = ("export", "report", "compare", "size", "evidence list", "evidence sources", "evidence regimens")


def spellings(command: str) -> set[str]:
    first, _, second = command.partition(" ")
    found = COMMANDS[first].commands[second] if second else COMMANDS[first]
    return {text for parameter in found.params for text in parameter.opts}


@pytest.mark.parametrize("command", READ_AN_INSTANCE)
def test_an_instance_can_be_changed_wherever_it_is_read(command):
    assert {"--set", "--include", "--exclude"} <= spellings(command)


@pytest.mark.parametrize("command", SEARCH)
def test_every_search_can_be_limited_hushed_and_read_by_a_program(command):
    assert {"--time-limit", "--quiet", "--json"} <= spellings(command)
    assert ("--gap" in spellings(command)) is (command not in PROVEN)
    assert ("no --gap" in " ".join(COMMANDS[command].help.split())) is (command in PROVEN)


@pytest.mark.parametrize("command", [*WRITE_A_FOLDER, *WRITE_A_FILE])
def test_files_and_folders_are_asked_for_in_one_way(command):
    assert {"--out", "--output", "-o"} <= spellings(command)


def test_solve_takes_changes_and_means_the_same_as_whatif(call, runs):
    assert call("solve", "tiny_duo", "--set", "trial.max_arms=1", "-o", "run", "--quiet").exit_code == 0
    assert Solution.load("run").question.sha256 == Solution.load(runs / "one_arm").question.sha256
    call("solve", "tiny_duo", "--exclude", "daratumumab", "--out", "without", "--quiet")
    arms = Solution.load("without").arms
    assert "daratumumab" not in {dose.agent for arm in arms for doses in arm.sequence.values() for dose in doses}


def test_check_and_validate_take_changes(call, runs):
    assert call("check", "tiny_duo", runs / "two_arms", "--set", "trial.max_arms=1").exit_code == 3
    assert call("check", "tiny_duo", runs / "one_arm", "--set", "trial.max_arms=1").exit_code == 0
    assert call("validate", "tiny_duo", "--set", "trial.max_arms=0").exit_code == 2


def test_compare_changes_instances_and_refuses_to_change_runs(call, runs):
    result = call("compare", runs / "two_arms", "tiny_duo", "--set", "trial.max_arms=1", "--json", "--quiet")
    values = [row["value"] for row in json.loads(result.stdout)["summary"]]
    assert values == pytest.approx([0.410148, 0.378682], abs=1e-6)
    refused = call("compare", runs / "two_arms", runs / "one_arm", "--set", "trial.max_arms=1")
    assert (refused.exit_code, "all of these are runs" in refused.stderr) == (2, True)


def test_size_and_evidence_print_and_write_like_the_rest(call, tmp_path):
    options = ("--endpoint", "response", "--p0", 0.35, "--p1", 0.5)
    printed = call("size", *options, "--json", "-o", "size.json")
    assert (tmp_path / "size.json").read_text(encoding="utf-8") == printed.stdout
    assert call("size", *options, "-o", "size.json").stderr == "size.json is there already; --force replaces it\n"
    assert call("size", *options, "-o", "size.json", "--force").exit_code == 0
    rows = json.loads(call("evidence", "list", "--json").stdout)
    assert {"agent", "class", "activity"} <= set(rows[0])
    about = json.loads(call("evidence", "show", "daratumumab", "--json").stdout)
    assert (about["class"], bool(about["Response, arm by arm"])) == ("anti_cd38", True)
    assert json.loads(call("evidence", "backtest", "--json").stdout)["Calibration"]
    unknown = call("evidence", "show", "daratumab")
    assert unknown.stderr == "no agent 'daratumab' in the library; did you mean daratumumab?\n"
