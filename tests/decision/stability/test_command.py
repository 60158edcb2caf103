"""`trialopt stability`, and its page. `UPDATE_GOLDEN=1` writes the page's output anew."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.cli.conftest import call  # noqa: F401
from tests.pages import held, names_of_python
from trialopt.core.run import Monitor

pytest.importorskip("trialopt.decision.alternatives")


def test_the_output_of_the_page_is_what_the_command_prints(call, monkeypatch):  # noqa: F811
    monkeypatch.setenv("COLUMNS", "110")

    def printed(arguments: list[str]) -> str:
        result = call(*arguments, "--quiet")
        assert result.exit_code == 0
        return result.stdout

    assert held("stability.md", printed) == 1


def test_the_python_of_the_page_runs():
    assert names_of_python("stability.md")["run"].count == 200  # type: ignore[attr-defined]


def test_json_and_tables_say_the_same(call, tmp_path):  # noqa: F811
    result = call("stability", "tiny_duo", "--draws", "60", "--top", "6", "--verify", "0", "--json", "--out", "there")
    record = json.loads(result.stdout)
    assert result.exit_code == 0
    assert record == json.loads((tmp_path / "there" / "stability.json").read_text(encoding="utf-8"))
    assert (record["draws"], record["list"], record["complete"]) == (60, "complete", True)
    frame = pd.read_csv(tmp_path / "there" / "designs.csv", encoding="utf-8-sig")
    assert frame["value"].tolist() == pytest.approx([row["value"] for row in record["designs"]])
    assert len(frame) == 6
    assert frame["value"][0] == pytest.approx(0.410148, abs=1e-6)
    assert frame["best"].sum() == pytest.approx(1)
    assert "written to there" in result.stderr


def test_overrides_are_the_question(call):  # noqa: F811
    result = call(
        "stability", "tiny_duo", "--exclude", "daratumumab", "--draws", "20", "--top", "3", "--json", "--quiet"
    )
    assert "daratumumab" not in {row["agent"] for row in json.loads(result.stdout)["agents"]}


def test_infeasible_exits_3(call):  # noqa: F811
    result = call("stability", "tiny_duo", "--set", "categories.neutropenia.limit=0.06", "--quiet")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no design meets every rule and limit" in result.stderr


def test_ctrl_c_keeps_what_is_done(call, monkeypatch):  # noqa: F811
    report = Monitor.report

    def interrupted(self, value=None, bound=None, doing=""):
        self.interrupted = self.interrupted or doing.startswith("draw")
        report(self, value, bound, doing)

    monkeypatch.setattr(Monitor, "report", interrupted)
    result = call("stability", "tiny_duo", "--top", "5", "--quiet")
    assert result.exit_code == 4
    assert "Stopped early: 200 of 1000 draws" in result.stdout


def test_wrong_input_exits_2(call, tmp_path):  # noqa: F811
    (tmp_path / "file").write_text("")
    assert call("stability", "tiny_du").exit_code == 2
    assert call("stability", "tiny_duo", "--out", "file").exit_code == 2
    assert call("stability", "tiny_duo", "--draws", "0").exit_code == 2
