"""Runs side by side: which arm is matched with which, and what is said to have changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.made import made
from trialopt.record.comparison import compare
from trialopt.record.matching import similarity

GROUPS = ("a", "b", "c", "d")


def run(*arms, **more):
    return made(groups=GROUPS, arms=arms, **more)


def test_a_run_is_like_itself():
    one = run(("a", "b"), ("c", "d"))
    comparison = compare(one, one)
    assert [match.similarity for match in comparison.matches] == [{"made (2)": 1.0}] * 2
    assert comparison.changes.empty
    assert comparison.summary["same_instance"].all()


def test_arms_are_matched_by_what_they_are_not_by_their_names():
    first, second = run(("a", "b"), ("c", "d")), run(("d",), ("c", "a", "b"))
    matched = [(m.arms["x"].name, m.arms["y"].name) for m in compare(first, second, names=["x", "y"]).matches]
    assert sorted(matched) == [("A1", "A2"), ("A2", "A1")] or sorted(matched) == [("A1", "A1"), ("A2", "A2")]
    shares = dict.fromkeys(GROUPS, 0.25)
    chosen = sum(similarity(first.arms[int(a[1]) - 1], second.arms[int(b[1]) - 1], shares) for a, b in matched)
    other = [("A1", "A1"), ("A2", "A2")] if ("A1", "A2") in matched else [("A1", "A2"), ("A2", "A1")]
    assert chosen >= sum(similarity(first.arms[int(a[1]) - 1], second.arms[int(b[1]) - 1], shares) for a, b in other)


def test_similarity_by_hand():
    """Half of the patients in common; 1 of 3 doses in induction, 1 of 1 in maintenance: 0.5 * 1/2 + 0.5 * 2/4."""
    first, second = run(("a",), ("b", "c", "d")), run(("c", "d"), ("a", "b"))
    score = similarity(first.arms[0], second.arms[1], dict.fromkeys(GROUPS, 0.25))
    assert score == pytest.approx(0.5 * 0.5 + 0.5 * 0.5)


def test_changes_name_what_was_added_and_removed():
    comparison = compare(run(("a", "b"), ("c", "d")), run(("a",), ("b", "c", "d")), names=["x", "y"])
    assert comparison.changes.to_dict("records") == [
        {"match": 1, "run": "y", "what": "subgroups", "added": "", "removed": "b"},
        {"match": 2, "run": "y", "what": "subgroups", "added": "b", "removed": ""},
    ]


def test_an_arm_without_a_like_stands_alone():
    comparison = compare(run(("a", "b", "c", "d")), run(("a", "b"), ("c", "d")), names=["x", "y"])
    assert [match.arms["x"] is None for match in comparison.matches] == [False, True]
    assert comparison.arms["arm"].isna().sum() == 1


def test_three_runs_and_an_infeasible_one():
    comparison = compare(run(("a", "b", "c", "d")), run(), run(("a", "b", "c", "d")), names=["x", "y", "z"])
    assert comparison.summary["arms"].tolist() == [1, 0, 1]
    assert comparison.matches[0].arms["y"] is None
    assert comparison.coverage["y"].isna().all()
    assert comparison.coverage["x"].equals(comparison.coverage["z"].rename("x"))


def test_the_change_in_value_is_from_the_first_run():
    summary = compare(run(GROUPS, value=0.5), run(GROUPS, value=0.625), names=["x", "y"]).summary
    assert summary["change"].tolist() == [0.0, 0.125]


def test_wrong_calls_are_told():
    with pytest.raises(ValueError, match="at least two runs"):
        compare(run(GROUPS))
    with pytest.raises(ValueError, match="a name of its own"):
        compare(run(GROUPS), run(GROUPS), names=["x", "x"])


def test_patients_and_cost_of_sized_runs():
    comparison = compare(run(("a", "b"), ("c", "d"), sized=True), run(GROUPS, sized=True), names=["x", "y"])
    assert comparison.summary["patients"].tolist() == [360, 360]
    assert comparison.summary["cost"].tolist() == [18.2e6, 9.1e6]
    assert comparison.summary["accrual_months"].tolist() == [20.5, 20.5]
    rows = comparison.allocation.to_dict("records")
    assert [(r["subgroup"], r["run"]) for r in rows] == [(g, n) for g in GROUPS for n in ("x", "y")]
    assert [r["arm"] for r in rows if r["run"] == "x"] == ["A1", "A1", "A2", "A2"]
    assert {(r["experimental"], r["control"], r["patients"]) for r in rows} == {(60, 30, 90)}
    numbers = {(r["run"], r["arm"]): r["match"] for r in rows}
    assert numbers["y", "A1"] in (numbers["x", "A1"], numbers["x", "A2"])


def test_an_unsized_run_beside_a_sized_one_has_no_patients():
    comparison = compare(run(GROUPS, sized=True), run(GROUPS), names=["x", "y"])
    assert comparison.summary["patients"].isna().tolist() == [False, True]
    assert comparison.summary["cost"].isna().tolist() == [False, True]
    assert comparison.allocation["patients"].isna().tolist() == [False, True] * 4


def test_risk_against_its_limit_in_every_run():
    """By hand: 0.36 of 0.4 is 90 %, 0.42 of 0.5 over the whole treatment 84 %."""
    first, other = run(("a", "b"), ("c", "d")), run(GROUPS)
    arm = replace(other.arms[0], risk={g: {"induction": {"neutropenia": 0.3, "rash": 0.2}} for g in GROUPS})
    risk = compare(first, replace(other, arms=(arm,)), names=["x", "y"]).risk
    a = risk[(risk["subgroup"] == "a") & (risk["category"] == "neutropenia")].to_dict("records")
    assert [(r["epoch"], r["run"]) for r in a if isinstance(r["epoch"], str)] == [
        ("induction", "x"),
        ("induction", "y"),
        ("maintenance", "x"),
    ]
    assert [r["used"] for r in a] == pytest.approx([0.9, 0.75, 0.25, 0.84, 0.84])
    assert [r["change"] for r in a] == pytest.approx([0, -0.06, 0, 0, 0])
    assert risk[risk["category"] == "rash"]["used"].isna().all()


def test_the_tightest_limit_of_each_subgroup():
    tightest = compare(run(("a", "b"), ("c", "d")), run(GROUPS), names=["x", "y"]).tightest
    assert len(tightest) == 8
    assert set(tightest["epoch"]) == {"induction"}
    assert tightest["used"].tolist() == pytest.approx([0.9] * 8)


def test_all_tables_by_name_also_without_any_design():
    for solutions in ((run(GROUPS), run()), (run(), run(GROUPS)), (run(), run())):
        tables = compare(*solutions).tables
        assert list(tables) == ["summary", "arms", "changes", "allocation", "coverage", "risk"]
        assert len(tables["summary"]) == 2
        assert tables["allocation"]["run"].nunique() == sum(bool(s.arms) for s in solutions)


def test_epochs_that_an_instance_has_not_are_missing():
    other = run(GROUPS)
    question = replace(other.question, epochs={"induction": 1.0})
    arm = replace(other.arms[0], arm=replace(other.arms[0].arm, sequence={"induction": ()}))
    arms = compare(run(GROUPS), replace(other, question=question, arms=(arm,)), names=["x", "y"]).arms
    assert arms["induction"].tolist() == ["carfilzomib + dexamethasone@mg20", "nothing"]
    assert arms["maintenance"].isna().tolist() == [False, True]


def test_few_arms_are_matched_as_by_the_assignment_of_scipy():
    """Every way is tried where that finds one best; sensitivity: with ties, SciPy's choice is kept."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    from trialopt.record.matching import _pairs

    draws = np.random.default_rng(3)
    for rows, columns in ((1, 1), (2, 3), (3, 2), (4, 4), (5, 3)):
        for scores in (draws.random((rows, columns)), draws.integers(0, 2, (rows, columns)) / 2):
            found, taken = linear_sum_assignment(-scores)
            assert _pairs(scores) == list(zip(found.tolist(), taken.tolist(), strict=True))
