"""Runs to be simulated, solved once."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from trialopt.cli.app import app

PLAYED = (
    *("solve", "tiny_duo", "--quiet", "--set", "trial.power=0.8", "--set", "trial.control_rate=0.35"),
    *("--set", "trial.interim.looks=1", "--set", "trial.interim.spending=obrien_fleming"),
    *("--set", "trial.interim.futility=nonbinding", "--set", "subgroups.fit.accrual_per_month=6"),
    *("--set", "subgroups.frail.accrual_per_month=4"),
)


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of docs/simulate.md."""
    folder = tmp_path_factory.mktemp("simulated") / "played"
    result = CliRunner().invoke(app, [*PLAYED, "--out", str(folder)])
    assert result.exit_code == 0, result.output
    return folder
