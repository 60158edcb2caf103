"""A sweep asks what `--set` would, point by point, and says what is wrong before it solves anything."""

from __future__ import annotations

import json

import pytest

import trialopt
from trialopt.core.run import Limits, Monitor
from trialopt.decision.solving import solve
from trialopt.decision.sweep import sweep
from trialopt.decision.sweep_grid import read_grid
from trialopt.reading import InputErrors, build, load
from trialopt.reading.overrides import Overrides, apply

GRID = """
base = "tiny_duo"
[set]
"trial.carry" = 0.2
[grid]
exclude = [[], ["daratumumab"], ["lenalidomide", "daratumumab", "bortezomib"]]
[[point]]
"categories.neutropenia.limit" = 0.5
[[point]]
trial.max_arms = 1
trial.toxicity_weight = 0.1
"""


@pytest.fixture
def file(tmp_path):
    def write(text: str):
        path = tmp_path / "grid.toml"
        path.write_text(text)
        return path

    return write


def test_each_point_is_the_question_that_set_asks(file):
    found = sweep(file(GRID))
    assert len(found.points) == found.asked == 6
    assert found.names == ("categories.neutropenia.limit", "exclude", "trial.max_arms", "trial.toxicity_weight")
    base = load(trialopt.find("tiny_duo"))
    for point in found.points:
        settings = [f"{name}={value}" for name, value in point.settings.items() if name != "exclude"]
        question = build(apply(base, Overrides((), tuple(point.settings["exclude"]), tuple(settings))))
        assert question.sha256 == point.sha256
        alone = solve(question)
        assert (point.ending, point.value, point.bound) == (alone.ending, alone.value, alone.bound)
        assert point.said == alone.conflict
        assert (point.design is None) is (point.ending == "infeasible")
    assert found.complete
    assert found.sentence.startswith("6 of 6 points: 2 infeasible, 4 optimal. Highest value 0.4")


def test_the_table_and_the_record_say_the_same(file):
    found = sweep(file(GRID))
    record = json.loads(found.to_json())
    assert [p["value"] for p in record["points"]] == [None if v != v else v for v in found.frame["value"]]
    assert found.frame["arms"].sum() == len(found.arms) == sum(len(p["arms"]) for p in record["points"])
    assert "daratumumab" in found.frame["differs"][1]


def test_settings_that_do_not_go_together_are_a_row(file):
    axes = '"epoch.induction.min_agents" = [1, 2]\n"epoch.induction.max_agents" = [1, 2]'
    found = sweep(file(f'base = "tiny_duo"\n[grid]\n{axes}'))
    assert [p.ending for p in found.points] == ["optimal", "optimal", "wrong_input", "optimal"]
    assert "min_agents" in found.points[2].said[0]
    assert found.complete


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('bse = "tiny_duo"', "grid.toml:1 bse: it is no part of a grid file; did you mean 'base'?"),
        ("[grid]\na = [1]", "grid.toml base: the base is missing; write base"),
        ('base = "tiny_duo"', "grid.toml grid: no setting is varied"),
        ('base = "tiny_duo"\n[grid]\n"trial.max_arms" = 2', "the values of trial.max_arms are no list; give a list"),
        (
            'base = "tiny_duo"\n[grid]\n"trial.max_arm" = [2]',
            "grid.toml:3 trial.max_arm: with trial.max_arm = 2: 'max_arm' is not a key of [trial]; did you mean",
        ),
        (
            'base = "tiny_duo"\n[grid]\n"trial.max_arms" = [1, 0]',
            "grid.toml:3 trial.max_arms: with trial.max_arms = 0: ",
        ),
        ('base = "tiny_duo"\n[grid', "grid.toml:2: the file is not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(file, text, said):
    with pytest.raises(InputErrors) as error:
        read_grid(file(text))
    assert said in str(error.value)


def test_stopped_it_says_so_and_goes_on_later(file, tmp_path):
    monitor = Monitor(Limits(), lambda seconds, value, bound, doing: setattr(monitor, "interrupted", doing[0] == "3"))
    path, store = file(GRID), tmp_path / "s"
    part = sweep(path, store=store, monitor=monitor)
    assert (len(part.points), part.complete) == (3, False)
    assert part.sentence.startswith("NOT COMPLETE (stopped by Ctrl-C): 3 of 6 points")
    whole = sweep(path, store=store)
    assert (whole.complete, whole.kept) == (True, 3 + len(whole.points) - len({p.sha256 for p in whole.points}))
    assert [p.value for p in whole.points] == [p.value for p in sweep(path).points]


def test_a_shorter_time_limit_takes_what_a_longer_one_left_open(file, tmp_path):
    path = file('base = "tiny_duo"\n[grid]\n"trial.max_arms" = [1, 2]')
    cut = sweep(path, store=tmp_path / "s", time_limit=0.0)
    assert not cut.complete
    assert sweep(path, store=tmp_path / "s", time_limit=0.0).kept == 2
    assert sweep(path, store=tmp_path / "s").complete
