"""Every command explains itself, is in the documentation, and answers at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from trialopt.cli.app import app

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
EXPECTED = {"instances", "new", "validate", "solve", "check", "show", "compare", "export", "formulation", "generate"}
HEAVY = ("pyomo", "pandas", "numpy", "scipy", "highspy", "rich.console")


def test_the_commands_are_there():
    assert set(COMMANDS) >= EXPECTED


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_has_help(command):
    described = typer.main.get_command(app).commands[command]
    assert described.help
    for parameter in described.params:
        assert getattr(parameter, "help", None), f"{command} {parameter.name} has no help"
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command):
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert any(f"trialopt {command}" in page.read_text(encoding="utf-8") for page in pages)


def test_short_help_is_not_cut():
    lines = CliRunner().invoke(app, ["--help"]).stdout.splitlines()
    short = {line.split()[0]: line for line in lines if line.startswith("  ") and line.split()}
    assert not [name for name in EXPECTED if short[name].endswith("...")]


def test_help_imports_nothing_heavy():
    code = f"import sys, trialopt.cli.app; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_takes_less_than_0_2_seconds_of_cpu():
    def seconds() -> float:
        before = os.times()
        subprocess.run([sys.executable, "-m", "trialopt", "--help"], capture_output=True, check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert min(seconds() for _ in range(4)) < 0.2


def test_version(call):
    from trialopt import __version__

    assert call("--version").stdout.strip() == f"trialopt {__version__}"
