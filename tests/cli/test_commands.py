"""Each command does its job on tiny_duo, whose answers are known by hand (its README)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest

import trialopt
from trialopt.core.catalog import find
from trialopt.record.solution import Solution

BEST = 0.410148
ONE_ARM = 0.378682


def test_instances_lists_what_is_shipped(call):
    result = call("instances")
    assert result.exit_code == 0
    assert "tiny_duo" in result.stdout
    assert "rrmm_early_relapse" in result.stdout


def test_a_run_is_solved_shown_and_written_without_pandas(tmp_path):
    """Pandas takes half a second of CPU to load, more than all of what is shown and written."""
    asked = f"sys.argv = ['trialopt', 'solve', 'tiny_duo', '--out', {str(tmp_path / 'run')!r}]"
    code = f"import atexit, sys; {asked}; atexit.register(lambda: print('pandas' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", f"{code}; from trialopt.cli import main; main()"], capture_output=True)
    assert done.stdout.decode().splitlines()[-1] == "False"
    assert (tmp_path / "run" / "arms.csv").is_file()


def test_new_copies_an_instance_that_reads_the_same(call, tmp_path):
    assert call("new", "tiny_duo", "mine").exit_code == 0
    assert (tmp_path / "mine" / "README.md").exists()
    mine, shipped = trialopt.read(tmp_path / "mine"), trialopt.read(find("tiny_duo"))
    assert mine.agents == shipped.agents
    assert (mine.beta == shipped.beta).all()


def test_new_writes_a_scenario_with_its_base_merged_in(call, tmp_path):
    (tmp_path / "one.toml").write_text(f'base = "{find("tiny_duo").as_posix()}"\n[trial]\nmax_arms = 1\n')
    assert call("new", "one.toml", "merged").exit_code == 0
    assert trialopt.read(tmp_path / "merged").trial.max_arms == 1
    assert not (tmp_path / "merged" / "one.toml").exists()


def test_new_leaves_an_existing_folder_alone(call, tmp_path):
    (tmp_path / "mine").mkdir()
    result = call("new", "tiny_duo", "mine")
    assert result.exit_code == 2
    assert result.stderr == "mine is there already; give another folder\n"
    assert list((tmp_path / "mine").iterdir()) == []


def test_validate_counts_everything(call):
    result = call("validate", "tiny_duo")
    assert result.exit_code == 0
    rows = {words[0]: words[1:] for line in result.stdout.splitlines() if (words := line.split())}
    assert rows["agents"][0] == "3"
    assert rows["mechanisms"][0] == "2"
    assert rows["all"] == ["24", "0", "0", "24", "0"]
    assert result.stdout.endswith("tiny_duo is valid, no warnings\n")


def test_validate_counts_rows_read_recalled_and_assumed(call, tmp_path):
    call("new", "tiny_duo", "mine")
    table = tmp_path / "mine" / "prevalence.csv"
    frame = pd.read_csv(table)
    frame["confidence"] = ["read", "recalled", None]
    frame["source"] = ["Paper 2020", "", ""]
    frame["recalled_fields"] = ["prevalence", None, None]
    frame.to_csv(table, index=False)
    out = call("validate", "mine").stdout
    row = next(line.split() for line in out.splitlines() if line.split()[:1] == ["prevalence.csv"])
    assert row[1:] == ["3", "1", "1", "0", "1"]
    assert "1 of the rows read have some recalled cells" in out


def test_solve_prints_the_design_worked_out_by_hand(call):
    result = call("solve", "tiny_duo", "--full")
    assert result.exit_code == 0
    assert "Lenalidomide 25 mg d1-21 +" in result.stdout
    assert f"value {BEST:.4f}" in result.stdout.splitlines()[-1]
    assert "incumbent" in result.stderr
    assert "\x1b" not in result.stdout + result.stderr
    assert "…" not in result.stdout


@pytest.mark.parametrize("method", ["auto", "decompose", "compact"])
def test_solve_methods_agree_and_print_json_alone(call, method):
    result = call("solve", "tiny_duo", "--method", method, "--json")
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    assert record["ending"] == "optimal"
    assert record["value"] == pytest.approx(BEST, abs=1e-6)
    assert record["bound"] >= record["value"]
    assert record["gap"] <= 1e-4
    assert record["provenance"]["options"]["method"] == method


def test_solve_max_arms_takes_the_place_of_the_instances_and_changes_its_digest(call, runs):
    two, one = (Solution.load(runs / name) for name in ("two_arms", "one_arm"))
    assert one.value == pytest.approx(ONE_ARM, abs=1e-6)
    assert len(one.arms) == 1
    assert one.question.sha256 != two.question.sha256


def test_solve_out_writes_the_record_and_every_table(runs):
    solution = Solution.load(runs / "two_arms")
    assert solution.value == pytest.approx(BEST, abs=1e-6)
    for name, frame in solution.tables:
        written = pd.read_csv(runs / "two_arms" / f"{name}.csv")
        assert list(written.columns) == list(frame.columns)
        assert len(written) == len(frame)


def test_solve_timings_add_up(call):
    result = call("solve", "tiny_duo", "--timings", "--quiet")
    lines = [line.split() for line in result.stderr.splitlines()]
    seconds = {" ".join(words[: words.index("s") - 1]): float(words[words.index("s") - 1]) for words in lines}
    assert {"importing", "reading", "enumerating", "solving", "all"} <= set(seconds)
    whole = seconds.pop("all")
    assert sum(seconds.values()) == pytest.approx(whole, abs=0.05)


def test_quiet_says_nothing_on_stderr(call):
    assert call("solve", "tiny_duo", "--quiet").stderr == ""


def test_show_prints_what_solve_printed_without_the_instance(call, runs, tmp_path):
    shutil.copytree(runs / "two_arms", tmp_path / "run")
    call("new", "tiny_duo", "mine")
    solved = call("solve", "mine", "--out", "other").stdout
    shutil.rmtree(tmp_path / "mine")
    assert call("show", "other").stdout == solved
    assert "Lenalidomide 25 mg d1-21 +" in call("show", "other/solution.json", "--full").stdout
    assert "Given before" in call("show", "other", "given").stdout
    assert call("show", "other", "gvien").exit_code == 2
    record = (tmp_path / "other" / "solution.json").read_text(encoding="utf-8")
    assert call("show", "other", "--json").stdout == record


def test_check_accepts_the_run_and_gives_its_value(call, runs):
    result = call("check", "tiny_duo", runs / "two_arms")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == f"meets every rule and limit, value {BEST:.4f}"


def test_check_names_every_rule_a_hand_written_design_breaks(call, tmp_path):
    (tmp_path / "design.csv").write_text(
        "arm,subgroups,epoch,agent,level\n"
        "A1,fit;frail,induction,bortezomib,\n"
        "A1,,induction,lenalidomide,mg25\n"
        "A1,,maintenance,daratumumab,\n"
    )
    result = call("check", "tiny_duo", "design.csv")
    assert result.exit_code == 3
    assert "1 rule or limit broken:" in result.stdout
    assert "neutropenia" in result.stdout.split("broken:")[1]
    assert "0.712" in result.stdout.split("broken:")[1] or "71.2" in result.stdout.split("broken:")[1]


def test_compare_shows_the_arms_side_by_side(call, runs):
    result = call("compare", runs / "two_arms", runs / "one_arm")
    assert result.exit_code == 0
    head = next(line for line in result.stdout.splitlines() if line.split() == ["two_arms", "one_arm"])
    assert head
    assert "Daratumumab *" in result.stdout
    assert "The runs answer different instances" in result.stdout


def test_compare_needs_two_runs(call, runs):
    result = call("compare", runs / "two_arms")
    assert result.exit_code == 2
    assert result.stderr == "give two or more runs or instances\n"


def test_export_writes_several_files_and_keeps_existing_ones(call, runs, tmp_path):
    files = ["arms.csv", "arms.md", "arms.xlsx", "arms.json"]
    arguments = [part for file in files for part in ("-o", file)]
    assert call("export", runs / "two_arms", *arguments).exit_code == 0
    before = {file: (tmp_path / file).read_bytes() for file in files}
    refused = call("export", runs / "one_arm", "-o", "arms.csv")
    assert refused.exit_code == 2
    assert refused.stderr == "arms.csv is there already; --force replaces it\n"
    assert call("export", runs / "two_arms", *arguments, "--force").exit_code == 0
    assert {file: (tmp_path / file).read_bytes() for file in files} == before


def test_formulation_prints_every_family(call):
    result = call("formulation")
    assert result.exit_code == 0
    for word in ("max_arms", "prevalence", "limit", "maximise", "alone", "not_after", "emergence"):
        assert word in result.stdout


def test_generate_makes_the_same_instance_from_the_same_seed(call, tmp_path):
    options = ("--agents", 8, "--subgroups", 2, "--arms", 2, "--epochs", 2, "--mechanisms", 3)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert call("generate", name, *options, "--seed", seed).exit_code == 0
    a, b, c = ((tmp_path / name / "toxicity.csv").read_bytes() for name in "abc")
    assert a == b != c
    instance = trialopt.read(tmp_path / "a")
    assert (len(instance.agents), len(instance.subgroups), instance.trial.max_arms) == (8, 2, 2)
    assert call("generate", "d", "--epochs", 99).exit_code == 2
