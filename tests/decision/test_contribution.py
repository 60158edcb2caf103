"""Contribution of components: against `evaluate` by hand on the duo."""

from __future__ import annotations

import math

import pytest

import trialopt
from trialopt.core.catalog import find
from trialopt.core.design import Arm, Design, Dose
from trialopt.decision.contribution import ALL, contributions
from trialopt.evaluation import evaluate

BORTEZOMIB, DARATUMUMAB = Dose("bortezomib"), Dose("daratumumab")
LENALIDOMIDE = Dose("lenalidomide", "mg25")


@pytest.fixture(scope="module")
def duo():
    return trialopt.read(find("tiny_duo"))


@pytest.fixture(scope="module")
def design() -> Design:
    sequence = {"induction": (BORTEZOMIB, DARATUMUMAB), "maintenance": (DARATUMUMAB,)}
    return Design((Arm("A1", ("fit",), sequence), Arm("A2", ("frail",), sequence)))


@pytest.fixture(scope="module")
def found(duo, design):
    return contributions(duo, design)


def row_of(found, arm: str, agent: str, epoch: str = ALL):
    return next(row for row in found.rows if (row.arm, row.agent, row.epoch) == (arm, agent, epoch))


def test_each_agent_of_each_arm_once_and_by_epoch_where_it_is_given_in_several(found) -> None:
    assert [(row.arm, row.agent, row.epoch) for row in found.rows] == [
        (arm, agent, epoch)
        for arm in ("A1", "A2")
        for agent, epoch in (
            ("bortezomib", ALL),
            ("daratumumab", ALL),
            ("daratumumab", "induction"),
            ("daratumumab", "maintenance"),
        )
    ]


def test_coverage_by_hand(found) -> None:
    """Bortezomib answers in 40 %, daratumumab in 30 %, independently: 1 - 0.6 * 0.7; without one the other is left."""
    row = row_of(found, "A1", "daratumumab", "induction")
    assert row.coverage["induction"].with_it == pytest.approx(1 - 0.6 * 0.7)
    assert row.coverage["induction"].without == pytest.approx(0.4)
    row = row_of(found, "A1", "bortezomib")
    assert row.coverage["induction"].without == pytest.approx(0.3)


def test_emergence_that_an_agent_causes_counts_against_it(found) -> None:
    """Daratumumab in induction triples the seed of CD38 loss: without it maintenance covers more."""
    row = row_of(found, "A1", "daratumumab", "induction")
    assert row.coverage["maintenance"].difference < 0


def test_risk_by_hand(found) -> None:
    """Background 5 %, bortezomib 10 %, daratumumab 10 % in induction: 1 - 0.95 * 0.9 * 0.9."""
    risk = row_of(found, "A1", "bortezomib").risk
    assert (risk.category, risk.subgroup, risk.epoch, risk.limit) == ("neutropenia", "fit", "induction", 0.5)
    assert risk.risk.with_it == pytest.approx(1 - 0.95 * 0.9 * 0.9)
    assert risk.risk.without == pytest.approx(1 - 0.95 * 0.9)


def test_burden_by_hand(found) -> None:
    burden = row_of(found, "A1", "bortezomib").burden
    assert burden.difference == pytest.approx(0.6 * -math.log(0.9))


def test_the_mechanism_covered_most(found) -> None:
    covers = row_of(found, "A2", "daratumumab", "maintenance").covers
    assert covers.mechanism == "none"
    assert covers.coverage.with_it == pytest.approx(0.3)
    assert covers.coverage.without == pytest.approx(0.0)


def test_value_is_that_of_the_whole_design(duo, design, found) -> None:
    whole = evaluate(duo, design).value
    less = Arm("A1", ("fit",), {"induction": (DARATUMUMAB,), "maintenance": (DARATUMUMAB,)})
    row = row_of(found, "A1", "bortezomib")
    assert row.value.with_it == whole
    assert row.value.without == evaluate(duo, Design((less, design.arms[1]))).value


def test_tables_have_a_row_each(duo, found) -> None:
    assert len(found.table) == len(found.rows)
    assert len(found.coverage) == len(found.rows) * len(duo.epochs)
    induction = found.risk.query("arm == 'A2' and agent == 'daratumumab' and left_out_in == 'induction'")
    assert induction[["subgroup", "epoch", "category"]].to_numpy().tolist() == [["frail", "induction", "neutropenia"]]


def test_an_arm_that_misses_its_target_without_an_agent_is_said_to(duo) -> None:
    sized = trialopt.read(find("biomarker_umbrella"))
    solution = trialopt.solve(sized)
    rows = contributions(sized, solution.design).rows
    assert all(row.effect.note == "" and row.effect.difference >= 0.18 - 1e-9 for row in rows)
    for row in rows:
        misses = row.effect_without.difference is None or row.effect_without.difference < 0.18 - 1e-9
        assert bool(row.effect_without.note) == misses
    assert any(row.effect_without.note for row in rows)
