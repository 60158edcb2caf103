"""What sets two designs apart, in words."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from trialopt.core.design import Arm, Design, Dose
from trialopt.decision.differences import differences, named_as, records_of, regimen_change, written


def doses(text: str) -> tuple[Dose, ...]:
    return tuple(Dose(*word.split("@")) for word in text.split())


def arm(name: str, groups: str, **epochs: str) -> Arm:
    return Arm(name, tuple(groups.split()), {epoch: doses(given) for epoch, given in epochs.items()})


BASE = Design((arm("A1", "fit young", first="a b", later="c"), arm("A2", "frail", first="a", later="d")))


def test_names_of_arms_are_no_difference():
    swapped = Design((arm("A1", "frail", first="a", later="d"), arm("A2", "fit young", first="a b", later="c")))
    assert differences(BASE, swapped) == []


def test_one_agent_for_another():
    other = Design((BASE.arms[0], arm("A2", "frail", first="a", later="e")))
    assert differences(BASE, other) == ["A2 later: e for d"]


def test_the_same_change_in_two_epochs_is_said_once():
    other = Design((BASE.arms[0], arm("A2", "frail", first="a e", later="d e")))
    assert differences(BASE, other) == ["A2 first and later: e added"]


def test_a_subgroup_moves():
    other = Design((arm("A1", "fit", first="a b", later="c"), arm("A2", "young frail", first="a", later="d")))
    assert differences(BASE, other) == ["young moves from A1 to A2"]


def test_an_arm_more_and_an_arm_less():
    more = Design((arm("A1", "fit", first="a b", later="c"), arm("A3", "young", first="x", later=""), BASE.arms[1]))
    assert differences(BASE, more) == [
        "young moves from A1 to an arm of its own",
        "a further arm for young: first x; later nothing",
    ]
    pooled = Design((arm("A1", "fit young frail", first="a b", later="c"),))
    assert differences(BASE, pooled) == ["frail moves from A2 to A1", "arm A2 is dropped"]


def test_arms_are_named_as_those_they_are_like():
    frail, fit = arm("A1", "frail", first="a", later="e"), arm("A2", "fit young", first="a b", later="c")
    named = named_as(BASE, Design((frail, fit)))
    assert [(a.name, a.subgroups) for a in named.arms] == [("A1", ("fit", "young")), ("A2", ("frail",))]
    assert [a.sequence for a in named.arms] == [fit.sequence, frail.sequence]
    assert differences(BASE, named) == differences(BASE, Design((frail, fit))) == ["A2 later: e for d"]


def test_a_further_arm_gets_a_free_name_and_a_dropped_one_leaves_its_own():
    old = arm("A1", "old", first="x", later="")
    more = named_as(BASE, Design((old, BASE.arms[1], BASE.arms[0])))
    assert [(a.name, a.subgroups) for a in more.arms] == [
        ("A1", ("fit", "young")),
        ("A2", ("frail",)),
        ("A3", ("old",)),
    ]
    assert [a.name for a in named_as(BASE, Design((arm("A1", "frail", first="a", later="d"),))).arms] == ["A2"]


def test_regimens():
    assert regimen_change(doses("a b"), doses("b a")) == ""
    assert regimen_change(doses("a@low b"), doses("a@high b")) == "a at high for low"
    assert regimen_change(doses("a b"), doses("b")) == "a left out"
    assert regimen_change(doses(""), doses("b")) == "b added"
    assert regimen_change(doses("a b"), doses("c@low b@low")) == "c@low for a, b at low for standard"


def test_rows_of_a_frame_are_ready_for_json():
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "number": [np.inf, np.nan],
            "text": ["x", None],
            "several": [["x"], None],
            "one": pd.Series([np.float64(0.5), np.int64(2)], dtype=object),
        }
    )
    assert json.loads(written({"rows": records_of(frame)}))["rows"] == [
        {"whole": 1, "number": None, "text": "x", "several": ["x"], "one": 0.5},
        {"whole": None, "number": None, "text": None, "several": None, "one": 2},
    ]
