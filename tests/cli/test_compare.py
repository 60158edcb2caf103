"""`trialopt compare`: runs and instances, in the terminal and as CSV."""

from __future__ import annotations

import pandas as pd
import pytest

from trialopt.record.solution import Solution


def test_instances_are_solved_first(call, runs):
    result = call("compare", runs / "one_arm", "tiny_duo")
    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["one_arm", "optimal", "0.3787"] in [words[:3] for words in rows]
    assert ["tiny_duo", "optimal", "0.4101"] in [words[:3] for words in rows]
    assert "tiny_duo:" in result.stderr
    assert "incumbent" in result.stderr
    assert call("compare", "tiny_duo", "tiny_duo", "--quiet").stderr == ""


def test_an_infeasible_instance_says_why_and_sets_the_exit_code(call, tmp_path):
    (tmp_path / "none.toml").write_text(INFEASIBLE.format(base=base()))
    result = call("compare", "tiny_duo", "none.toml", "--quiet")
    assert result.exit_code == 3
    assert "none: no design is possible, these cannot hold together:" in result.stdout
    assert "neutropenia" in result.stdout.split("hold together:")[1].split("Arms")[0]


def test_risks_and_patients_are_shown(call, runs):
    text = call("compare", runs / "one_arm", runs / "two_arms").stdout
    nearest = text.split("Risk nearest to its limit")[1].split("Risks that differ most")
    assert "23.1 of 50.0" in nearest[0]
    assert "43.1 of 50.0 *" in nearest[0]
    assert "whole treatment" in nearest[1]
    assert "Patients" not in text


def test_csv_in_a_folder_and_in_a_file(call, runs, tmp_path):
    both = (runs / "one_arm", runs / "two_arms")
    result = call("compare", *both, "--csv", "held")
    assert result.exit_code == 0
    assert sorted(p.stem for p in (tmp_path / "held").iterdir()) == sorted(result.stderr.split("held/")[k].split(".")[0]
                                                                          for k in range(1, 7))  # fmt: skip
    summary = pd.read_csv(tmp_path / "held" / "summary.csv")
    assert summary["run"].tolist() == ["one_arm", "two_arms"]
    assert summary["value"].tolist() == [Solution.load(run).value for run in both]
    assert call("compare", *both, "--csv", "one.csv").exit_code == 0
    assert pd.read_csv(tmp_path / "one.csv").equals(summary)
    assert call("compare", *both, "--csv", "risk.csv", "--table", "risk").exit_code == 0
    assert (tmp_path / "risk.csv").read_bytes() == (tmp_path / "held" / "risk.csv").read_bytes()
    assert call("compare", *both, "--csv", "alone", "--table", "arms").exit_code == 0
    assert [p.name for p in (tmp_path / "alone").iterdir()] == ["arms.csv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--csv", "there.csv"), "there.csv is there already; --force replaces it\n"),
        (("--csv", "x.xlsx"), "x.xlsx: give a file that ends in .csv, or a folder\n"),
        (("--csv", "x", "--table", "risks"), "no table 'risks'; there are summary, arms, changes, allocation, "
                                             "coverage, risk\n"),
        (("--table", "risk"), "--table goes with --output\n"),
    ],
)  # fmt: skip
def test_wrong_files_are_refused(call, runs, tmp_path, arguments, message):
    (tmp_path / "there.csv").write_text("mine")
    result = call("compare", runs / "one_arm", runs / "two_arms", *arguments)
    assert (result.exit_code, result.stderr) == (2, message)
    assert (tmp_path / "there.csv").read_text() == "mine"


def test_force_replaces(call, runs, tmp_path):
    (tmp_path / "there.csv").write_text("mine")
    both = (runs / "one_arm", runs / "two_arms")
    assert call("compare", *both, "--csv", "there.csv", "--force").exit_code == 0
    assert "two_arms" in (tmp_path / "there.csv").read_text()


def base() -> str:
    from trialopt.core.catalog import find

    return find("tiny_duo").as_posix()


INFEASIBLE = """\
base = "{base}"
[[table.categories]]
category = "neutropenia"
background = 0.05
limit = 0.06
"""
