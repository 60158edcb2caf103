"""`trialopt robust`: files, exit codes, width of the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ASKED = ("robust", "tiny_duo", "--draws", 20, "--workers", 1)


def test_it_writes_tables_a_figure_and_the_record(call):
    result = call(*ASKED, "--confidence", 0.5, "--confidence", 0.95, "--out", "out", "--json", "--quiet")
    assert result.exit_code == 0
    assert {p.name for p in Path("out").iterdir()} == {
        *("robust.json", "robust.csv", "robust_arms.csv", "robust.svg", "run_files.json", "solves.sqlite"),
    }
    assert Path("out/robust.json").read_text() == result.stdout
    record = json.loads(result.stdout)
    kinds = [(row["kind"], row["level"]) for row in record["rows"] if not row["highest"]]
    assert kinds == [("given", None), ("confidence", 0.5), ("confidence", 0.95)]
    assert "answers were kept from before" in call(*ASKED, "--confidence", 0.5, "--out", "out").stderr


def test_the_page_is_no_wider_than_asked(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    shown = call(*ASKED, "--confidence", 0.95, "--tail", 0.1, "--quiet").stdout
    assert max(map(len, shown.splitlines())) <= 100
    assert "infeasible" in shown
    assert "no design: " in shown
    assert "*" in shown


def test_wrong_shares_and_no_design_have_their_codes(call):
    wrong = call(*ASKED, "--confidence", 1.5)
    assert (wrong.exit_code, wrong.stderr) == (2, "--confidence 1.5: give a share above 0 and at most 1\n")
    none = call(*ASKED, "--confidence", 0.5, "--exclude", "daratumumab,lenalidomide,bortezomib", "--quiet")
    assert none.exit_code == 3


def test_the_page_shows_what_other_commands_put_beside_the_run(call):
    pytest.importorskip("jinja2")
    asked = ("tiny_duo", "--draws", 12, "--out", "run", "--quiet")
    assert call("solve", *asked).exit_code == 0
    assert call("report", "run", "-o", "alone.html").exit_code == 0
    assert call("robust", *asked, "--workers", 1, "--confidence", 0.5).exit_code == 0
    assert call("learn", *asked, "--workers", 1).exit_code == 0
    assert call("report", "run", "-o", "all.html").exit_code == 0
    alone, shown = (Path(name).read_text(encoding="utf-8") for name in ("alone.html", "all.html"))
    assert "Under many possible truths" in alone
    for title in ("The price of robustness", "What to learn first"):
        assert title not in alone
        assert title in shown
    first = json.loads(Path("run/robust.json").read_text(encoding="utf-8"))["rows"][0]
    assert f"{first['given']:.3f}" in shown


def test_too_many_subgroups_are_declined_with_what_helps(call, tmp_path):
    call("generate", str(tmp_path / "g"), "--agents", "12", "--subgroups", "20")
    result = call("robust", str(tmp_path / "g"), "--draws", "2", "--workers", "1", "--quiet")
    assert result.exit_code == 2
    assert result.stderr == (
        "the compact model holds at most 4,000 regimens of an epoch with truths side by side; use method decompose, "
        "or, for more than the 18 subgroups that it takes, fewer subgroups, agents (--exclude) or agents a regimen "
        "(max_agents)\n"
    )
