"""`trialopt whatif`, and runs that hold their question."""

from __future__ import annotations

import json
import shutil

import pytest

from trialopt.cli.question import read_question
from trialopt.reading import read
from trialopt.record.solution import Solution, SolutionFileError


def test_whatif_tells_what_changes(call):
    result = call("whatif", "tiny_duo", "--set", "trial.max_arms=1", "--exclude", "daratumumab")
    assert result.exit_code == 0
    assert ["[trial]", "max_arms", "2", "1"] in [line.split() for line in result.stdout.splitlines()]
    assert ["[trial]", "exclude", "-", "daratumumab"] in [line.split() for line in result.stdout.splitlines()]
    assert "The base design no longer fits: it breaks" in result.stdout
    assert "Daratumumab is excluded from every arm" in result.stdout
    assert "What the changed design does differently" in result.stdout
    assert [line for line in result.stderr.splitlines() if line.endswith(":")] == ["base:", "changed:"]


def test_a_design_that_stays(call):
    text = call("whatif", "tiny_duo", "--set", "subgroups.frail.share=0.6", "--quiet").stdout
    assert "share of frail (subgroups.csv); all are scaled to sum to 1" in text
    assert "would still meet every rule and limit, with a value of 0.4027: it stays the one chosen" in text
    assert "does differently" not in text


def test_nothing_asked_otherwise(call):
    text = call("whatif", "tiny_duo", "--set", "trial.max_arms=2", "--quiet").stdout
    assert "The changes make no difference" in text
    result = call("whatif", "tiny_duo")
    assert (result.exit_code, result.stderr) == (2, "say what to change: --set, --include or --exclude\n")


def test_infeasible_exits_3_and_says_why(call):
    result = call("whatif", "tiny_duo", "--set", "categories.neutropenia.limit=0.4", "--quiet")
    assert result.exit_code == 3
    assert "changed: no design is possible, these cannot hold together:" in result.stdout
    assert "  - limit of 40 % on neutropenia grade 3 or worse in Frail in induction" in result.stdout
    assert "Coverage" not in result.stdout


def test_mistakes_exit_2_all_at_once(call):
    result = call("whatif", "tiny_duo", "--set", "categories.neutropenia.limt=0.5", "--set", "trial.arms=3")
    assert result.exit_code == 2
    assert result.stderr.count("--set ") == 2
    assert "did you mean 'limit'?" in result.stderr
    result = call("whatif", "tiny_duo", "--include", "daratumumb,imid")
    assert result.exit_code == 2
    assert result.stderr.startswith("--include [trial] include: 'daratumumb' is not an agent or a class")


def test_json_and_out(call, tmp_path):
    result = call("whatif", "tiny_duo", "--set", "trial.max_arms=1", "--json", "--out", "both", "--quiet")
    data = json.loads(result.stdout)
    assert data["changed"]["value"] == Solution.load(tmp_path / "both" / "changed").value
    assert read(tmp_path / "both" / "changed" / "instance").trial.max_arms == 1


def test_a_run_stands_for_its_question_and_is_not_solved_again(call, runs):
    result = call("whatif", runs / "one_arm", "--set", "trial.max_arms=2")
    assert result.exit_code == 0
    assert "base:" not in result.stderr
    assert "value 0.3787 -> 0.4101: +0.0315" in result.stdout


def test_the_question_of_a_run(call, runs, tmp_path):
    assert read_question(str(runs / "one_arm")).trial.max_arms == 1
    assert read_question(str(runs / "one_arm" / "solution.json")).name == "tiny_duo"
    assert read_question("tiny_duo").trial.max_arms == 2
    shutil.copytree(runs / "one_arm", tmp_path / "run")
    settings = tmp_path / "run" / "instance" / "trial.toml"
    settings.write_text(settings.read_text().replace("max_arms = 1", "max_arms = 3"))
    with pytest.raises(SolutionFileError, match="not the question that the run answered, it was changed since"):
        read_question("run")
    settings.write_text("max_arms")
    with pytest.raises(SolutionFileError, match=r"(?s)cannot be read; give the instance itself.*not TOML"):
        read_question("run")
    shutil.rmtree(settings.parent)
    with pytest.raises(SolutionFileError, match="what the run answered is not known; give the instance itself"):
        read_question("run")


def test_a_folder_that_is_neither_run_nor_instance(call, tmp_path):
    (tmp_path / "empty").mkdir()
    for arguments in (("whatif", "empty", "--exclude", "imid"), ("compare", "empty", "tiny_duo")):
        result = call(*arguments)
        assert result.exit_code == 2
        assert result.stderr == (
            "empty: neither a run, which has solution.json, nor an instance, which has trial.toml\n"
        )


def test_a_later_run_replaces_the_question_but_nobodys_own_folder(call, tmp_path):
    assert call("solve", "tiny_duo", "--out", "run", "--quiet").exit_code == 0
    (tmp_path / "run" / "instance" / "more.csv").write_text("left over")
    for arguments, why in (((), "more.csv is there, and no run wrote it"), (("--max-arms", "1"), "another question")):
        refused = call("solve", "tiny_duo", "--out", "run", *arguments, "--quiet")
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert why in refused.stderr
        assert "--force replaces it" in refused.stderr
    assert call("solve", "tiny_duo", "--out", "run", "--max-arms", "1", "--quiet", "--force").exit_code == 0
    assert read(tmp_path / "run" / "instance").trial.max_arms == 1
    assert not (tmp_path / "run" / "instance" / "more.csv").exists()
    assert [path.name for path in (tmp_path / "run").iterdir() if path.name.startswith(".")] == []
    call("new", "tiny_duo", "mine/instance")
    before = sorted(path.name for path in (tmp_path / "mine" / "instance").iterdir())
    result = call("solve", "tiny_duo", "--out", "mine", "--quiet")
    assert result.exit_code == 2
    assert "no run wrote it; give another folder to --out" in result.stderr
    assert sorted(path.name for path in (tmp_path / "mine" / "instance").iterdir()) == before
    assert not (tmp_path / "mine" / "solution.json").exists()


def test_ctrl_c_in_one_run_ends_the_next_at_once(call, monkeypatch):
    """Whether or not the run in which it was pressed still finished."""
    import trialopt.decision.solving

    solve, begun = trialopt.decision.solving.solve, []

    def pressed(instance, *, method, monitor):
        begun.append(monitor.interrupted)
        solution = solve(instance, method=method)
        monitor.interrupted = True
        return solution

    monkeypatch.setattr(trialopt.decision.solving, "solve", pressed)
    assert call("whatif", "tiny_duo", "--set", "trial.max_arms=1", "--quiet").exit_code == 0
    assert begun == [False, True]
    result = call("compare", "tiny_duo", "tiny_duo", "tiny_duo", "--quiet")
    assert len(begun) == 3
    assert "stopped: there are not yet two to compare" in result.stderr
