"""`docs/outputs.md` names what is there, and its commands run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from trialopt.cli.app import app
from trialopt.output import figures
from trialopt.output.figures.plot import NAMES

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
LARGEST = 300_000


def test_its_pictures_are_there_small_and_all_used():
    named = set(re.findall(r"\]\((outputs/[\w.]+)\)", TEXT))
    there = {f"outputs/{path.name}" for path in (ROOT / "docs" / "outputs").iterdir()}
    assert named == there
    for path in (ROOT / "docs" / "outputs").iterdir():
        assert path.stat().st_size < LARGEST, path.name


def test_it_names_every_figure():
    assert set(re.findall(r"`plot\.(\w+)\(\)`", TEXT)) == set(NAMES)
    for function in re.findall(r"\| `(\w+)\(ax,", TEXT):
        assert hasattr(figures, function)


def test_its_commands_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    block = re.search(r"^```sh\n(.*?)^```$", TEXT, flags=re.M | re.S)
    assert block
    for line in block[1].splitlines():
        words = shlex.split(line, comments=True)
        result = CliRunner().invoke(app, words[1:])
        assert result.exit_code == 0, result.output
    assert {"sized", "report.html", "design.docx", "design.xlsx"} <= {path.name for path in tmp_path.iterdir()}
