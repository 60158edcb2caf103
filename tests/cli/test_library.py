"""`new --from-library`, `evidence regimens`, and the sources and precedents of a run."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest

from trialopt.reading import read
from trialopt.record.solution import Solution

AGENTS = "bortezomib,lenalidomide,dexamethasone,daratumumab,teclistamab,venetoclax"


@pytest.fixture
def started(call):
    result = call("new", "--from-library", "--agents", AGENTS, "--subgroups", "t11_14,len_refractory", "mine")
    assert result.exit_code == 0, result.stderr
    return Path("mine")


def test_every_row_written_has_a_source_and_can_be_edited(call, started):
    files = sorted(started.glob("*.csv"))
    assert {"agents.csv", "activity.csv", "toxicity.csv", "retained.csv", "prevalence.csv", "regimens.csv"} <= {
        file.name for file in files
    }
    for file in files:
        for row in csv.DictReader(file.open(encoding="utf-8")):
            assert row["source"], (file.name, row)
            assert row["confidence"] in ("read", "recalled", "assumption"), (file.name, row)
    assert "evidence" not in tomllib.loads((started / "trial.toml").read_text(encoding="utf-8"))


def test_it_validates_and_solves(call, started):
    assert "mine is valid" in call("validate", started).stdout
    assert call("solve", started, "--quiet", "--out", "run").exit_code == 0
    solution = Solution.load("run")
    shown = call("show", "run", "--full", "--sources").stdout
    for arm in solution.arms:
        assert f"What {arm.name} rests on" in shown
        assert f"{arm.name}: {len(arm.rests_on)} rows, " in shown
        for found in arm.precedent.values():
            assert found.trial in shown
            for pair in found.novel:
                assert " + ".join(map(str.capitalize, pair)) in shown
    assert "fitted: component model of response" in shown
    assert call("solve", started, "--quiet", "--sources").stdout.count("What A1 rests on") == 1
    several = call("solve", started, "tiny_duo", "--quiet", "--sources").stdout
    assert several.count("What A1 rests on") == 2


@pytest.mark.parametrize("population", ["newly_diagnosed", "early_relapse", "late_relapse", "triple_class_exposed"])
def test_every_population_solves(call, population):
    options = ("--agents", "carfilzomib,dexamethasone,ciltacabtagene_autoleucel", "--subgroups", "high_risk_any")
    assert call("new", "--from-library", *options, "--population", population, "mine").exit_code == 0
    assert [warning for warning in read("mine").warnings if "neither 1 nor 100 %" not in warning] == []
    assert call("solve", "mine", "--quiet").exit_code == 0


def test_unknown_ids_are_told_at_once_with_the_nearest(call):
    options = ("--agents", "bortezomb,sonrotoclax", "--subgroups", "frial", "--population", "late_relaps")
    result = call("new", "--from-library", *options, "mine")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "no agent 'bortezomb' in the library; did you mean bortezomib?",
        "no subgroup 'frial' in the library; did you mean frail?",
        "no population 'late_relaps' in the library; did you mean late_relapse?",
        "no arm of the library tells the response of sonrotoclax; leave it out",
    ]
    assert not Path("mine").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("tiny_duo",),
        ("--from-library", "--agents", "bortezomib", "--subgroups", "fit", "tiny_duo", "mine"),
        ("tiny_duo", "mine", "--agents", "bortezomib"),
        ("--from-library", "mine"),
    ],
)
def test_a_command_line_that_asks_for_neither_is_refused(call, arguments):
    assert call("new", *arguments).exit_code == 2
    assert not Path("mine").exists()


def test_a_folder_that_is_there_stays(call, started):
    options = ("--agents", "bortezomib", "--subgroups", "fit")
    result = call("new", "--from-library", *options, "mine")
    assert result.exit_code == 2
    assert "is there already" in result.stderr


def test_regimens_for_an_instance(call, started):
    assert "CASTOR" in call("evidence", "regimens", "bortezomib", "daratumumab").stdout
    assert call("evidence", "regimens", *AGENTS.split(","), "--csv", started / "regimens.csv", "--force").exit_code == 0
    assert read(started).tested
    assert "did you mean bortezomib?" in call("evidence", "regimens", "bortezomb").stderr


def test_an_instance_without_precedents_is_looked_up_in_the_library(call, started):
    for name in ("regimens.csv", "precedents.csv"):
        (started / name).unlink()
    assert "nearest precedent" in call("solve", started, "--quiet", "--full").stdout


def test_brands_and_abbreviations_are_understood(call):
    spelt = ("--agents", "bortezomib,lenalidomide,dexamethasone,daratumumab", "--subgroups", "standard_risk")
    short = ("--agents", "VRd,Darzalex,dexamethasone", "--subgroups", "standard_risk")
    assert call("new", "--from-library", *spelt, "spelt").exit_code == 0
    assert call("new", "--from-library", *short, "short").exit_code == 0
    assert read("short").sha256 == read("spelt").sha256


@pytest.mark.parametrize(
    "words", [("VRd",), ("bor+Rd",), ("Velcade", "Revlimid", "dex"), ("bor", "len", "dexamethasone")]
)
def test_regimens_by_usual_names(call, words):
    ids = ("bortezomib", "lenalidomide", "dexamethasone")
    found = call("evidence", "regimens", *words)
    assert found.stdout == call("evidence", "regimens", *ids).stdout
    assert found.stderr == "read as bortezomib, lenalidomide, dexamethasone\n"


def test_one_agent_by_its_usual_name(call):
    assert call("evidence", "show", "cilta-cel").stdout == call(
        "evidence", "show", "ciltacabtagene_autoleucel"
    ).stdout  # fmt: skip
