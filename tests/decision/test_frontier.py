"""Fronts as tables, files and pages; the points themselves are held in tests/engine."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from typer.testing import CliRunner

import trialopt
from tests.random_sized import sized_document
from trialopt.cli.app import app
from trialopt.core.run import Limits, Monitor
from trialopt.decision.differences import differences
from trialopt.decision.frontier import frontier
from trialopt.reading import build


@pytest.fixture(scope="module")
def sized():
    return build(sized_document(7))


@pytest.mark.parametrize("against", ["patients", "arms", "burden", "budget"])
def test_a_front_as_a_table(sized, against: str):
    found = frontier(sized, against)
    frame = found.frame
    assert found.complete
    assert len(frame) >= 1
    assert frame["complete"].all()
    assert frame[against].is_monotonic_decreasing
    assert frame["value"].is_monotonic_decreasing
    assert frame["saves"].iloc[1:].tolist() == pytest.approx((-frame[against].diff().iloc[1:]).tolist())
    assert frame["loses"].iloc[1:].tolist() == pytest.approx((-frame["value"].diff().iloc[1:]).tolist())
    assert found.arms[against].dtype == frame[against].dtype
    for point in found.points:
        evaluation = trialopt.evaluate(sized, point.design)
        assert evaluation.feasible
        assert evaluation.value == point.value
    for before, point in pairwise(found.points):
        assert differences(before.design, point.design) == list(point.differs)  # arms keep their names down the front
    record = json.loads(found.to_json())
    assert [p["price"] for p in record["points"]] == [p.price for p in found.points]
    assert record["complete"] is True


def test_a_front_cut_short_says_so_in_every_form(sized):
    monitor = Monitor(Limits(time=0.0))
    found = frontier(sized, "patients", monitor=monitor)
    assert not found.complete
    assert json.loads(found.to_json())["complete"] is False
    assert "not complete" in found._repr_html_()


def test_the_sentence_of_an_incomplete_front_counts_its_points():
    found = frontier(trialopt.read(trialopt.find("tiny_duo")), "arms")
    two, one = (replace(found, complete=False, ended="why", points=found.points[:n]) for n in (2, 1))
    assert two.sentence.startswith("NOT COMPLETE (why): these 2 designs are the most valuable")
    assert one.sentence.startswith("NOT COMPLETE (why): this is the best design;")


def test_the_command(tmp_path):
    run = CliRunner().invoke(app, ["frontier", "tiny_duo", "--against", "burden", "--out", str(tmp_path), "--quiet"])
    assert run.exit_code == 0, run.output
    assert "Complete:" in run.output
    names = {p.name for p in tmp_path.iterdir()}
    assert names == {"frontier.json", "frontier.csv", "frontier_arms.csv", "frontier.svg", "run_files.json"}


def test_a_long_front_is_thinned_on_the_page(monkeypatch):
    monkeypatch.setattr("trialopt.output.terminal.listed.ALL", 6)
    points = frontier(trialopt.read(trialopt.find("tiny_duo")), "burden").points
    run = CliRunner().invoke(app, ["frontier", "tiny_duo", "--against", "burden", "--quiet"])
    assert f"Only some of the {len(points)} designs are shown" in run.output
    rows = [line.split() for line in run.output.splitlines() if line.lstrip()[:2] == "0."]
    drawn = [points[0], points[3], points[6]]
    assert [row[0] for row in rows] == [f"{point.price:.4f}" for point in drawn]
    assert rows[1][2:] == [f"{drawn[0].price - drawn[1].price:.4f}", f"{drawn[0].value - drawn[1].value:.4f}"]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["tiny_duo", "--against", "size"], 2, "patients, arms, burden, budget"),
        (["tiny_duo", "--against", "patients"], 2, "trial.power"),
        (["tiny_duo", "--against", "arms", "--time-limit", "0"], 5, "None: stopped at the time limit"),
        (["frail_infection_ceiling", "--against", "arms"], 3, "There is no design"),
    ],
)
def test_exit_codes(words: list[str], code: int, text: str):
    run = CliRunner().invoke(app, ["frontier", *words])
    assert run.exit_code == code, run.output
    assert text in run.output
