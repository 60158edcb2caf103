"""The least change of one limit, by hand on `tiny_duo`, and what is said when a search is cut short."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import trialopt
from tests.instances.references import INFEASIBLE
from trialopt.core.catalog import find
from trialopt.core.design import Contraindication, Design
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.decision.infeasible import explain_infeasible
from trialopt.evaluation import evaluate
from trialopt.limits.conflict import find_conflict
from trialopt.limits.least_change import outwards, rounded
from trialopt.limits.named import Scale, named_limits, number
from trialopt.limits.questions import Questions
from trialopt.limits.repairs import repairs

LEAST_FRAIL_RISK = 1 - 0.9 * 0.8 * 0.8  # 0.424
"""Bortezomib with daratumumab in frail patients: the induction of two agents with the least neutropenia."""


@pytest.fixture(scope="module")
def duo() -> Instance:
    return trialopt.read(find("tiny_duo"))


def strict(duo: Instance, limit: float) -> Instance:
    """`tiny_duo` with another neutropenia limit of frail patients in induction."""
    limits = duo.limit.copy()
    limits[duo.subgroups.index("frail"), 0, duo.epochs.index("induction")] = limit
    return replace(duo, limit=limits)


def covering(duo: Instance, least: float) -> Instance:
    """`tiny_duo` with a required coverage of disease with cereblon loss."""
    wanted = duo.min_coverage.copy()
    wanted[duo.mechanisms.index("crbn_loss")] = least
    return replace(duo, min_coverage=wanted)


def test_a_toxicity_limit_is_raised_to_the_least_risk_there_is(duo: Instance) -> None:
    found = explain_infeasible(strict(duo, 0.4))
    assert [limit.words for limit in found.conflict] == [
        "min_agents 2 in induction",
        "neutropenia limit 40 % of frail in induction",
    ]
    assert [repair.words for repair in found.repairs] == [
        "raise the neutropenia limit of frail in induction from 40 % to 42.4 %",
        "min_agents in induction: 2 -> 1",
    ]
    assert found.complete
    assert found.repaired.together is None
    for repair in found.repairs:
        assert evaluate(repair.apply(found.instance), repair.design).feasible
        best = trialopt.solve(repair.apply(found.instance), gap=1e-6).value
        assert best is not None
        assert 0.99 * best <= repair.value <= best + 1e-6


def test_the_number_shown_is_rounded_outwards(duo: Instance) -> None:
    """One part in a million below the least risk: four digits of it are more, not less."""
    found = explain_infeasible(strict(duo, LEAST_FRAIL_RISK - 1e-6))
    assert found.repairs[0].changes[0].to == 0.424


def test_a_coverage_is_lowered_to_what_is_reached_everywhere_or_dropped_in_one_epoch(duo: Instance) -> None:
    """Bortezomib + daratumumab leave 0.6 x 0.7 in induction; daratumumab alone 0.7 in maintenance."""
    found = explain_infeasible(covering(duo, 0.5))
    assert [limit.words for limit in found.conflict] == ["min_coverage 50 % of crbn_loss"]
    assert [repair.words for repair in found.repairs] == [
        "lower min_coverage of crbn_loss from 50 % to 30 %",
        "drop min_coverage of crbn_loss in maintenance",
    ]
    more = explain_infeasible(covering(duo, 0.6))
    assert [repair.words for repair in more.repairs] == ["lower min_coverage of crbn_loss from 60 % to 30 %"]


def test_where_both_requirements_share_epochs_none_is_dropped_in_one(duo: Instance) -> None:
    active = np.array([0, 1, 0])
    both = replace(covering(duo, 0.5), min_active=active)
    assert all(not limit.parts for limit in named_limits(both))
    alone = replace(duo, min_active=active)
    parts = [part.name for limit in named_limits(alone) for part in limit.parts]
    assert parts == ["min_active of crbn_loss in induction", "min_active of crbn_loss in maintenance"]


def test_a_rule_is_dropped(duo: Instance) -> None:
    barred = [Contraindication("fit", agent) for agent in ("lenalidomide", "daratumumab")]
    found = explain_infeasible(replace(duo, rules=replace(duo.rules, contraindicated=tuple(barred))))
    assert {repair.words for repair in found.repairs} == {
        "drop the contraindication of lenalidomide in fit",
        "drop the contraindication of daratumumab in fit",
    }


def test_where_no_single_change_is_enough_some_are_together(duo: Instance) -> None:
    found = explain_infeasible(covering(strict(duo, 0.4), 0.5))
    assert found.repairs == ()
    assert found.complete
    together = found.repaired.together
    assert together is not None
    assert len(together.changes) == 2
    assert not together.changes[-1].limit.of.safety, "safety is kept where it can be"
    assert "No single change is enough." in found.lines
    for n, change in enumerate(together.changes):
        other = together.changes[1 - n]
        assert not exists(other.apply(found.instance)), f"{change.limit.name} is needed"


def exists(instance: Instance) -> bool:
    return Questions(Monitor(Limits())).ask(instance).design is not None


# -- tables and sentences -----------------------------------------------------------------------------------


def test_tables(duo: Instance) -> None:
    found = explain_infeasible(strict(duo, 0.4))
    assert found.conflict_table["value"].tolist() == [2, 0.4]
    table = found.repairs_table.set_index("name")
    row = table.loc["neutropenia limit of frail in induction"]
    assert (row["from"], row["to"], row["least"], row["family"]) == (0.4, 0.424, True, "limit")
    assert row["change_share"] == pytest.approx(0.06)
    assert table["repair"].tolist() == [1, 2]


def test_the_words(duo: Instance) -> None:
    assert explain_infeasible(covering(duo, 0.5)).words == (
        "This cannot hold:\n"
        "  - min_coverage 50 % of crbn_loss\n"
        "Dropping all other limits and rules would not help.\n"
        "\n"
        "Each of these changes alone is enough:\n"
        "  - lower min_coverage of crbn_loss from 50 % to 30 % (value 0.4016)\n"
        "  - drop min_coverage of crbn_loss in maintenance (value 0.3944)"
    )


def test_an_instance_with_a_design_is_refused(duo: Instance) -> None:
    with pytest.raises(ValueError, match="tiny_duo has a design"):
        explain_infeasible(duo)


def test_a_run_stopped_at_once_claims_nothing(duo: Instance) -> None:
    monitor = Monitor(Limits())
    monitor.interrupted = True
    found = explain_infeasible(strict(duo, 0.4), monitor)
    assert (found.conflict, found.repairs, found.proven, found.complete) == ((), (), False, False)
    assert "not known" in found.words


@pytest.mark.parametrize("moment", ["neutropenia", "min_agents"])
def test_a_run_stopped_midway_keeps_what_it_has_and_says_so(duo: Instance, moment: str) -> None:
    def stop(seconds: float, value: float | None, bound: float, doing: str) -> None:
        if doing.startswith("looking for the least change") and moment in doing:
            monitor.interrupted = True

    monitor = Monitor(Limits(), stop)
    found = explain_infeasible(strict(duo, 0.4), monitor)
    assert found.found.reduced
    assert not found.complete
    assert len(found.repairs) == (1 if moment == "neutropenia" else 0)
    assert "cut short" in found.lines[-1]


def test_a_conflict_not_reduced_still_gives_all_repairs(duo: Instance) -> None:
    """Limits that are not needed for a conflict are asked about in vain."""
    instance = strict(duo, 0.4)

    def best(j: Instance, monitor: Monitor) -> Design | None:
        return trialopt.solve(j, monitor=monitor).design

    whole = find_conflict(instance, Questions(Monitor(Limits())))
    every = replace(whole, members=tuple(named_limits(instance)))
    told = [{r.words for r in repairs(instance, c, Monitor(Limits()), best).alone} for c in (whole, every)]
    assert told[0] == told[1]


# -- numbers ------------------------------------------------------------------------------------------------


def scale(value: float, end: float, whole: bool = False) -> Scale:
    return Scale(value, end, lambda i, x: i, None, number, whole)


@pytest.mark.parametrize(
    ("value", "like", "way", "shown"),
    [
        (0.24101, 0.2, 1, 0.2411),
        (0.3, 0.2, 1, 0.3),
        (0.24109, 0.2, -1, 0.241),
        (0.58, 0.6, -1, 0.58),
        (41_234_567.0, 4e7, 1, 41_240_000.0),
        (0.123456, 0.0, 1, 0.1235),
        (0.000512345, 0.6, -1, 0.0005),
    ],
)
def test_rounded(value: float, like: float, way: int, shown: float) -> None:
    assert rounded(value, like, way) == shown


def test_outwards_is_never_beyond_the_end() -> None:
    assert outwards(0.99999, scale(0.9, 1.0)) == 1.0
    assert outwards(0.00001, scale(0.9, 0.0)) == 0.0
    assert outwards(323.2, scale(200, float("inf"), whole=True)) == 324


# -- shipped ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", INFEASIBLE)
def test_shipped_instances_name_their_cause_and_a_repair(name: str) -> None:
    found = explain_infeasible(trialopt.read(find(name)), proven=True)
    assert found.complete
    told = [repair.words for repair in found.repairs]
    if name == "t11_14_too_few_patients":
        assert told[0].startswith("target_difference 0.15 -> 0.18")
        assert told[1] == "max_patients 200 -> 324"
    else:
        assert told == ["raise the infection limit of very_frail in induction from 18 % to 22.01 %"]
