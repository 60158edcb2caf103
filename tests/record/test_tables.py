"""Tables against numbers worked out by hand in the README of tiny_duo."""

from __future__ import annotations

import pytest

import trialopt
from tests.made import made
from trialopt.core.catalog import find
from trialopt.record.rows import NAMES


@pytest.fixture(scope="module")
def tables():
    return trialopt.solve(trialopt.read(find("tiny_duo"))).tables


def test_arms(tables):
    first, second = tables.arms.to_dict("records")
    assert (first["arm"], first["subgroups"], first["share"]) == ("A1", "fit", pytest.approx(0.6))
    assert first["induction"] == "lenalidomide@mg25 + daratumumab"
    assert first["coverage_induction"] == pytest.approx(0.685447, abs=1e-6)
    assert second["coverage_maintenance"] == pytest.approx(0.2, abs=1e-6)


def test_coverage_of_a_pooled_arm_is_weighted_by_share():
    numbers = made(groups=("fit", "frail"), arms=(("fit", "frail"),)).tables.arms.iloc[0]
    assert numbers["coverage_induction"] == pytest.approx(0.76)
    assert numbers["share"] == pytest.approx(1.0)


def test_coverage(tables):
    row = tables.coverage.set_index(["subgroup", "epoch"]).loc[("frail", "induction")]
    assert row["coverage"] == pytest.approx(0.508, abs=1e-6)
    assert row["burden"] == pytest.approx(0.497580, abs=1e-6)


def test_weakest_is_a_listed_mechanism_that_is_present(tables):
    weak = tables.mechanism_coverage.query("weakest").set_index(["subgroup", "epoch"])["mechanism"]
    assert weak.to_dict() == {
        ("fit", "induction"): "crbn_loss",
        ("fit", "maintenance"): "crbn_loss",
        ("frail", "induction"): "crbn_loss",
        ("frail", "maintenance"): "cd38_loss",
    }


def test_binding_means_nine_tenths_of_the_limit(tables):
    risk = tables.risk.set_index(["subgroup", "epoch"])
    assert risk.loc[("frail", "induction"), "risk"] == pytest.approx(0.4528, abs=1e-6)
    assert risk["binding"].to_dict() == {
        ("fit", "induction"): False,
        ("fit", "maintenance"): False,
        ("frail", "induction"): True,
        ("frail", "maintenance"): False,
    }
    assert tables.cumulative_risk["limit"].isna().all()
    assert not tables.cumulative_risk["binding"].any()


def test_allocation_adds_up():
    frame = made(sized=True, arms=(("fit", "frail"),)).tables.allocation
    assert frame["experimental"].tolist() == [60, 60]
    assert frame["share"].sum() == pytest.approx(1.0)


def test_an_empty_run_has_the_same_tables():
    full, empty = made(sized=True).tables, made(sized=True, arms=()).tables
    for name in NAMES:
        assert list(getattr(full, name).columns) == list(getattr(empty, name).columns)
        assert len(getattr(empty, name)) == 0
