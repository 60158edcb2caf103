"""The list of the best designs: its words, files and distances; the order itself is held in tests/engine."""

from __future__ import annotations

import json
from itertools import combinations

import pytest
from typer.testing import CliRunner

import trialopt
from tests.random_documents import random_document
from trialopt.cli.app import app
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.run import Limits, Monitor
from trialopt.decision.alternatives import Alternatives, alternatives
from trialopt.decision.differences import ListError, distance
from trialopt.engine.ranking import Ranking
from trialopt.reading import build


def arm(name: str, groups: str, **epochs: str) -> Arm:
    return Arm(name, tuple(groups.split()), {s: tuple(Dose(d) for d in given.split()) for s, given in epochs.items()})


def test_distance_by_hand():
    base = Design((arm("A1", "x y", first="a b", later="c"), arm("A2", "z", first="a", later="d")))
    renamed = Design((arm("A1", "z", first="a", later="d"), arm("A2", "x y", first="a b", later="c")))
    assert distance(base, base) == distance(base, renamed) == 0
    one_for_one = Design((base.arms[0], arm("A2", "z", first="a", later="e")))
    assert distance(base, one_for_one) == 2
    dropped = Design((arm("A1", "x y z", first="a b", later="c"),))
    assert distance(base, dropped) == distance(dropped, base) == 2
    level = Design(
        (
            arm("A1", "x y", first="a b", later="c"),
            Arm("A2", ("z",), {"first": (Dose("a", "low"),), "later": (Dose("d"),)}),
        )
    )
    assert distance(base, level) == 0


def unnamed(design: Design) -> set[object]:
    """Arms of a design, whatever they are called."""
    return {(arm.subgroups, tuple(arm.sequence.items())) for arm in design.arms}


@pytest.mark.parametrize("least", [1, 2, 3])
@pytest.mark.parametrize("seed", [1, 4, 6])
def test_a_diverse_list_takes_the_best_design_far_enough_from_those_before(seed: int, least: int):
    instance = build(random_document(seed))
    found = alternatives(instance, 5, diverse=least)
    chosen: list[Design] = []
    for ranked in Ranking(instance, Monitor(Limits())):
        if all(distance(ranked.design, other) >= least for other in chosen):
            chosen.append(ranked.design)
        if len(chosen) == 5:
            break
    assert [unnamed(item.design) for item in found.items] == [unnamed(design) for design in chosen]
    assert all(distance(a.design, b.design) >= least for a, b in combinations(found.items, 2))
    assert found.complete
    assert found.exhausted == (len(chosen) < 5)


def test_the_first_is_what_solve_finds_and_losses_are_against_it():
    instance = trialopt.read(trialopt.find("tiny_duo"))
    best = trialopt.solve(instance, gap=1e-6)
    found = alternatives(instance, 4)
    assert found.items[0].value == pytest.approx(best.value, abs=1e-9)
    assert [i.loss for i in found.items] == pytest.approx([best.value - i.value for i in found.items])
    assert found.items[0].differs == ()
    assert all(item.differs for item in found.items[1:])
    assert found.frame["loss_percent"].tolist() == pytest.approx([100 * i.loss / best.value for i in found.items])
    assert set(found.arms["rank"]) == {1, 2, 3, 4}


def test_there_are_only_so_many():
    found = alternatives(trialopt.read(trialopt.find("tiny_duo")), 10_000)
    assert found.complete
    assert found.exhausted
    assert len(found.items) == 90


def test_a_list_that_is_cut_short_says_why():
    monitor = Monitor(Limits())
    monitor.interrupted = True
    found = alternatives(trialopt.read(trialopt.find("tiny_duo")), 3, monitor=monitor)
    assert not found.complete
    assert found.ended == "stopped by Ctrl-C"


def test_files_come_back(tmp_path):
    found = alternatives(trialopt.read(trialopt.find("tiny_duo")), 3)
    (tmp_path / "alternatives.json").write_text(found.to_json(), encoding="utf-8")
    assert Alternatives.load(tmp_path) == found
    (tmp_path / "alternatives.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ListError, match=r"alternatives\.json"):
        Alternatives.load(tmp_path)


def test_the_command(tmp_path):
    run = CliRunner().invoke(app, ["alternatives", "tiny_duo", "-k", "3", "--out", str(tmp_path), "--quiet"])
    assert run.exit_code == 0, run.output
    assert "The 3 best designs, in their proven order" in run.output
    assert {p.name for p in tmp_path.iterdir()} == {
        "alternatives.json",
        "alternatives.csv",
        "alternatives_arms.csv",
        "run_files.json",
    }
    record = json.loads((tmp_path / "alternatives.json").read_text(encoding="utf-8"))
    assert record["complete"]
    assert [d["rank"] for d in record["designs"]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["tiny_duo", "-k", "0"], 2, "--k"),
        (["tiny_duo", "--time-limit", "0"], 5, "None: stopped at the time limit"),
        (["frail_infection_ceiling"], 3, "There is no design"),
        (["tiny_duo", "--set", "trial.max_arm=1"], 2, "max_arms"),
    ],
)
def test_exit_codes(words: list[str], code: int, text: str):
    run = CliRunner().invoke(app, ["alternatives", *words])
    assert run.exit_code == code, run.output
    assert text in run.output
