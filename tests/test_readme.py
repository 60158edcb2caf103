"""README says nothing that does not run, and stays under two screens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from trialopt.cli.app import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCREENS = 120


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.M | re.S)


def commands() -> list[list[str]]:
    lines = [line.strip() for block in blocks("sh") for line in block.splitlines() if line.strip()]
    return [shlex.split(line, comments=True) for line in lines]


def test_it_is_short():
    assert len(README.splitlines()) <= SCREENS


def test_every_trialopt_command_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ours = [words[1:] for words in commands() if words[0] == "trialopt"]
    assert len(ours) >= 10
    for words in ours:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, f"trialopt {' '.join(words)}: {result.output} {result.exception!r}"
        assert result.output.strip()


def test_every_python_block_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert blocks("python")
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})


def test_the_other_lines_are_the_two_that_ci_runs():
    others = [words for words in commands() if words[0] != "trialopt"]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    patterns = re.findall(r"line_with '([^']+)'", script)
    assert len(others) == len(patterns) == 2
    for pattern in patterns:
        assert len([line for line in README.splitlines() if pattern in line and line.startswith("python3")]) == 1


def test_files_and_folders_it_names_exist():
    for name in re.findall(r"`((?:trialopt|tests|notebooks|instances|solvers|benchmarks|docs)(?:/[\w./]*)?)`", README):
        assert (ROOT / name).exists(), name


def test_the_layout_has_one_row_for_each_room():
    rooms = {path.parent.name for path in (ROOT / "trialopt").glob("*/__init__.py")}
    assert sorted(re.findall(r"^\| `trialopt/(\w+)` \|", README, flags=re.M)) == sorted(rooms)
