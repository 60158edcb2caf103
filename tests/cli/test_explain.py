"""`trialopt explain` as a user runs it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from trialopt.cli.app import app

RUN = CliRunner()


def run(*arguments: str, width: int = 100):
    return RUN.invoke(app, ["explain", *arguments, "--quiet"], env={"COLUMNS": str(width)})


@pytest.mark.parametrize("width", [100, 200])
def test_it_fits_the_page_and_ends_complete(width) -> None:
    result = run("tiny_duo", "--processes", "1", width=width)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= width
    assert "bind: with one of them a unit looser" in " ".join(lines)
    assert lines[-1].startswith("complete: every question answered")


def test_json_and_files(tmp_path) -> None:
    result = run("tiny_duo", "--part", "agents", "--json", "--out", str(tmp_path / "why"))
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert record["limits"] is None
    assert {row["agent"] for row in record["agents"]["rows"]} == {"bortezomib", "lenalidomide", "daratumumab"}
    names = sorted(path.name for path in (tmp_path / "why").iterdir())
    assert names == ["agents.csv", "explanation.json", "run_files.json"]


def test_overrides_are_part_of_the_question() -> None:
    result = run("tiny_duo", "--set", "trial.max_arms=1", "--part", "limits", "--json")
    rows = json.loads(result.stdout)["limits"]["rows"]
    assert any(row["words"] == "max_arms" and (row["now"], row["to"]) == (1, 2) for row in rows)


def test_wrong_parts_are_told() -> None:
    result = run("tiny_duo", "--part", "toxicity")
    assert result.exit_code == 2
    assert "'toxicity' is not one of limits, agents, contribution" in result.output


def test_without_time_it_says_what_is_open() -> None:
    result = run("tiny_duo", "--time-limit", "0", "--json")
    record = json.loads(result.stdout)
    assert result.exit_code in (4, 5)
    assert record["complete"] is False
    assert record["missing"]
