"""A command line to call in a folder of its own, and runs of tiny_duo to call it on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from trialopt.cli.app import app

Call = Callable[..., object]


class Result:
    """What a call left behind."""

    def __init__(self, exit_code: int, stdout: str, stderr: str) -> None:
        self.exit_code, self.stdout, self.stderr = exit_code, stdout, stderr


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(app, [str(a) for a in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Result(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs of tiny_duo: `two_arms` and `one_arm`."""
    folder = tmp_path_factory.mktemp("runs")
    for name, most in (("two_arms", "2"), ("one_arm", "1")):
        result = CliRunner().invoke(
            app, ["solve", "tiny_duo", "--max-arms", most, "--out", str(folder / name), "--quiet"]
        )
        assert result.exit_code == 0, result.output
    return folder
