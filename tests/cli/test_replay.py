"""`trialopt replay`: files, exit codes, width of the page, the report's section."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FEW = ("--others", 3, "--patients", 60, "--trials", 10)


@pytest.fixture
def run(call):
    call("solve", "tiny_duo", "--out", "run", "--quiet")
    return "run"


def test_it_writes_into_the_run_and_the_report_shows_it(call, run):
    result = call("replay", run, *FEW, "--out", run, "--json", "--quiet")
    assert result.exit_code == 0
    assert Path("run/replay.json").read_text(encoding="utf-8") == result.stdout
    record = json.loads(result.stdout)
    assert record["kind"] == "replay"
    assert record["designs"][0]["kind"] == "recommended"
    assert {f"replay_{t}.csv" for t in ("ranks", "designs", "promised", "beats", "trials")} <= {
        p.name for p in Path("run").iterdir()
    }
    call("report", run, "-o", "report.html")
    assert "played on virtual patients" in Path("report.html").read_text(encoding="utf-8")
    again = json.loads(call("replay", run, *FEW, "--json", "--quiet").stdout)
    assert {**again, "seconds": 0} == {**record, "seconds": 0}


def test_the_page_is_no_wider_than_asked(call, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    shown = call("replay", run, *FEW, "--quiet").stdout
    assert max(map(len, shown.splitlines())) <= 100
    assert "Rank correlation" in shown


def test_an_unknown_population_and_a_run_that_is_none_are_refused(call, run):
    wrong = call("replay", run, "--population", "children", "--quiet")
    assert wrong.exit_code == 2
    assert "newly_diagnosed" in wrong.stderr
    assert call("replay", "nowhere", "--quiet").exit_code == 2
