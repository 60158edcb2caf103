import pandas as pd
import pytest
from typer.testing import CliRunner

from trialopt.cli.app import app
from trialopt.evidence import library


def run(*arguments):
    return CliRunner().invoke(app, ["evidence", *arguments])


def test_list_names_every_agent():
    result = run("list")
    assert result.exit_code == 0
    assert all(agent in result.stdout for agent in library.agents()["agent"])
    assert run("list", "--tables").exit_code == 0


@pytest.mark.parametrize("agent", ["daratumumab", "venetoclax", "sonrotoclax"])
def test_show_prints_what_is_known(agent):
    result = run("show", agent)
    assert result.exit_code == 0, result.output
    assert "Response, arm by arm" in result.stdout


def test_show_suggests_the_nearest_name():
    result = run("show", "daratumab")
    assert result.exit_code == 2
    assert "did you mean daratumumab?" in result.output


def test_sources_can_be_written(tmp_path):
    assert "Mulligan" in run("sources").stdout
    assert run("sources", "--recalled").exit_code == 0
    path = tmp_path / "sources.csv"
    assert run("sources", "--csv", str(path)).exit_code == 0
    assert len(pd.read_csv(path)) > 200
    assert [p.name for p in tmp_path.iterdir()] == ["sources.csv"]


def test_backtest_prints_figures_and_writes_the_plot(tmp_path):
    path = tmp_path / "calibration.png"
    result = run("backtest", "--trials", "--plot", str(path))
    assert result.exit_code == 0, result.output
    assert "castor" in result.stdout
    assert "anchored" in result.stdout
    assert path.stat().st_size > 5_000


@pytest.mark.parametrize("command", ["list", "show", "sources", "fit", "backtest"])
def test_every_command_says_what_it_does(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert len(result.stdout) > 200
