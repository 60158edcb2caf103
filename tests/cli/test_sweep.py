"""`trialopt sweep`: files, exit codes, resumed after a kill."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pages import held

GRID = 'base = "tiny_duo"\n[grid]\n"trial.max_arms" = [1, 2]\n"trial.carry" = [0.0, 0.5]\n'


def test_it_writes_tables_and_keeps_solves(call, tmp_path):
    Path("grid.toml").write_text(GRID)
    first = call("sweep", "grid.toml", "--workers", 1, "--out", "out", "--json", "--quiet")
    assert first.exit_code == 0
    assert sorted(p.name for p in Path("out").iterdir()) == [
        *("run_files.json", "solves.sqlite", "sweep.csv", "sweep.json", "sweep_arms.csv"),
    ]
    assert Path("out/sweep.json").read_text() == first.stdout
    again = call("sweep", "grid.toml", "--workers", 1, "--out", "out", "--json")
    assert "4 of 4 answers were kept from before" in again.stderr
    assert json.loads(again.stdout)["points"] == json.loads(first.stdout)["points"]


def test_wrong_input_ends_with_2(call):
    assert "no such file; give a grid file" in call("sweep", "none.toml").stderr
    Path("grid.toml").write_text(GRID)
    Path("text").write_text("no database at all, only some text that is long enough to be read as a header" * 5)
    for more in (("--store", "text"), ("--scheduler", "none.json"), ("--set", "trial.max_armz=2")):
        result = call("sweep", "grid.toml", "--workers", 1, *more)
        assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1), more


def test_outputs_on_the_page_are_what_is_printed(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "110")
    page = (Path(__file__).parents[2] / "docs" / "sweep.md").read_text(encoding="utf-8")
    Path("grid.toml").write_text(page.split("```toml\n")[1].split("```")[0])

    def printed(arguments: list[str]) -> str:
        return call(*arguments, "--quiet", "--workers", 1).stdout

    assert held("sweep.md", printed) == 1


@pytest.mark.slow
def test_killed_it_goes_on_and_solves_nothing_twice(tmp_path):
    (tmp_path / "grid.toml").write_text(GRID.replace("[0.0, 0.5]", "[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]"))
    command = [sys.executable, "-m", "trialopt", "sweep", "grid.toml", "--workers", "2", "--out", "out", "--json"]
    run = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while run.poll() is None and len(solved(tmp_path)) < 3:
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    before = solved(tmp_path)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"{len(before)} of 14 answers were kept from before" in done.stderr
    after = solved(tmp_path)
    assert len(after) == 14
    assert {key: after[key] for key in before} == before
    record = json.loads(done.stdout)
    assert record["complete"]


def solved(folder: Path) -> dict[str, str]:
    try:
        with sqlite3.connect(folder / "out" / "solves.sqlite") as file:
            return dict(file.execute("SELECT key, seconds || answer FROM solved"))
    except sqlite3.Error:
        return {}
