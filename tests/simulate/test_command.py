"""`trialopt simulate`: what it writes, prints and refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import trialopt
from tests.pages import DOCS, held, names_of_python
from trialopt.cli.app import app
from trialopt.simulate import Simulation


@pytest.fixture(autouse=True)
def beside(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(played, tmp_path / "played")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


def call(*arguments: object):
    return CliRunner().invoke(app, ["simulate", *map(str, arguments), "--workers", "1", "--quiet"])


def test_it_writes_record_tables_and_figure_into_the_run():
    result = call("played", "--trials", 300, "--accrual", "x0.5", "--out", "played", "--json")
    assert result.exit_code == 0, result.output
    text = Path("played/simulation.json").read_text(encoding="utf-8")
    assert text == result.stdout
    found = Simulation.load("played")
    assert found.to_json() == text
    assert repr(found) == "<Simulation of tiny_duo: 5 scenarios, 300 trials each>"
    frame = pd.read_csv("played/simulation.csv", encoding="utf-8-sig", keep_default_na=False)
    assert len(frame) == len(found.frame)
    assert set(frame["scenario"]) == set(found.scenarios)
    assert Path("played/simulation.svg").is_file()
    assert trialopt.Solution.load("played").arms
    assert max(len(line) for line in call("played", "--trials", 300).stdout.splitlines()) <= 100


@pytest.mark.slow
def test_a_longer_run_begins_with_a_shorter_one_wherever_it_is_played(tmp_path):
    """Batches are keyed by what they are: workers, the order and the number of trials change nothing."""
    short = json.loads(call("played", "--trials", 400, "--json").stdout)
    call("played", "--trials", 1000, "--out", "kept")
    again = call("played", "--trials", 1000, "--out", "kept", "--json", "--seed", 1)
    two = CliRunner().invoke(app, ["simulate", "played", "--trials", "1000", "--workers", "2", "--quiet", "--json"])
    assert two.stdout == again.stdout
    assert json.loads(again.stdout) != short
    other = call("played", "--trials", 400, "--seed", 2, "--json")
    assert json.loads(other.stdout)["designs"] != short["designs"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--delay", "3"), "are for progression-free survival"),
        (("--hazard-ratio", "1:0.5"), "in order from month 0"),
        (("--hazard-ratio", "0:1,6:0.6"), "are for progression-free survival"),
        (("--without", "fot"), "did you mean fit?"),
        (("--control", "+0.6"), "must be between 0 and 1"),
        (("--control", "1.2"), "give x1.2 for a factor"),
        (("--accrual", "0"), "give a factor above 0"),
        (("--dropout", "x-1"), "give a factor of at least 0"),
        (("--accrual", "x2", "--accrual", "x2"), "two scenarios are called"),
        (("--test", "logrank"), "it has to be one of mantel_haenszel"),
        (("--test", "boschloo"), "without interim looks"),
        (("--alternatives", "2"), "alternatives.json"),
        (("--trials", "0"), "Invalid value for '--trials'"),
    ],
)
def test_wrong_input_is_one_clear_error(more, said):
    result = call("played", *more)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split()), result.stderr


def test_a_run_without_sizes_is_refused():
    assert CliRunner().invoke(app, ["solve", "tiny_duo", "--quiet", "--out", "plain"]).exit_code == 0
    result = call("plain")
    assert result.exit_code == 2
    assert "has no patients and no `sizing` to simulate; the trial has no power" in result.stderr


def test_a_record_that_is_none_is_refused():
    Path("played/simulation.json").write_text('{"format": 1}', encoding="utf-8")
    with pytest.raises(trialopt.core.WrongInput, match="it is not what `trialopt simulate` writes"):
        Simulation.load("played")


def test_outputs_on_the_page_are_what_is_printed():
    page = (DOCS / "simulate.md").read_text(encoding="utf-8")
    Path("combination.toml").write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")

    def printed(arguments: list[str]) -> str:
        return CliRunner().invoke(app, [*arguments, "--quiet", "--workers", "1"]).stdout

    assert held("simulate.md", printed) == 3


@pytest.mark.slow
def test_python_on_the_page_runs():
    names = names_of_python("simulate.md")
    found = names["found"]
    assert isinstance(found, Simulation)
    assert len(found.power) == len(found.scenarios)
    assert "any arm" in found._repr_html_()


@pytest.mark.slow
def test_report_word_and_markdown_show_what_was_simulated():
    assert call("played", "--trials", 250, "--out", "played").exit_code == 0
    made = (("report", "played", "-o", "run.html"), ("export", "played", "-o", "run.md", "-o", "run.docx"))
    for arguments in made:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == 0, result.output
    html = Path("run.html").read_text(encoding="utf-8")
    section = html.split('<section id="simulation">')[1].split("</section>")[0]
    assert "250 simulated trials of each scenario" in section
    assert section.count("<svg") == 1
    assert "Claimed and attained" in section
    assert "## Chance of success, %" in Path("run.md").read_text(encoding="utf-8")
    docx = pytest.importorskip("docx")
    headings = [p.text for p in docx.Document("run.docx").paragraphs if p.style.name.startswith("Heading")]
    assert "Operating Characteristics by Simulation" in headings


def test_a_simulation_of_another_question_is_refused():
    assert call("played", "--trials", 250, "--out", "played").exit_code == 0
    record = Path("played/simulation.json")
    record.write_text(record.read_text(encoding="utf-8").replace('"sha256": "', '"sha256": "0', 1), encoding="utf-8")
    result = CliRunner().invoke(app, ["report", "played", "-o", "run.html"])
    assert result.exit_code == 2
    assert "plays another question than the run beside it" in result.stderr
