"""Conflicts and repairs of random instances without a design, told by what shares no search with them.

Unsized: the compact model. Sized: brute force on the documents, written over as a designer would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from tests.random_documents import random_document
from tests.repaired import changed
from tests.test_sized_against_brute_force import oracle_of, with_limits
from trialopt import model
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.decision.infeasible import Infeasible, explain_infeasible
from trialopt.evaluation import evaluate
from trialopt.limits.least_change import Change
from trialopt.limits.named import named_limits, trial_limits
from trialopt.limits.questions import any_design
from trialopt.limits.repairs import Repair
from trialopt.reading import build
from trialopt.reading.document import Document

QUICK = (5, 9, 13, 23, 29, 34, 46, 53, 55, 65, 68, 79, 81, 86, 103, 108, 126, 130, 131, 135)
"""Random documents without any design that are checked in half a second each."""

SLOW = range(534)
"""Random documents of which 200 have no design."""

PARTS = 4


def nothing_fits(seed: int) -> bool:
    return any_design(build(random_document(seed)), Monitor(Limits(gap=1e12))).nothing


@cache
def explained(seed: int) -> Infeasible:
    return explain_infeasible(build(random_document(seed)))


def exists(instance: Instance) -> bool:
    """Whether a design exists, by the compact model."""
    outcome = model.search(instance, Monitor(Limits(gap=1e9)))
    assert outcome.design is not None or outcome.bound == float("-inf")
    return outcome.design is not None


def a_little_less(change: Change) -> float | None:
    """The value one percent (one, for whole numbers) short of the change; `None` where it goes back to the limit's."""
    scale = change.limit.scale
    if scale is None or change.to is None:
        return None
    step = 1.0 if scale.whole else 0.01 * (abs(scale.value) or abs(change.to - scale.value))
    way = 1 if change.to > scale.value else -1
    x = change.to - way * step
    return x if way * (x - scale.value) > 0 else None


def assert_is_a_conflict(found: Infeasible) -> None:
    """Infeasible as stated, and feasible with any one member removed."""
    assert found.found.reduced
    stated = found.found.as_stated(found.instance)
    assert {x.key for x in named_limits(stated)} == {x.key for x in found.conflict}, "nothing else is asked"
    assert not exists(stated)
    for limit in found.conflict:
        assert exists(limit.drop(stated)), limit.words


def assert_repairs(instance: Instance, repair: Repair) -> None:
    """Feasible as shown, by the judge of its design; not one percent less, by the compact model."""
    assert evaluate(repair.apply(instance), repair.design).violations == ()
    assert repair.least
    for n, change in enumerate(repair.changes):
        less = a_little_less(change)
        if less is None or change.limit.scale is None:
            continue
        other = instance
        for x in (*repair.changes[:n], *repair.changes[n + 1 :]):
            other = x.apply(other)
        assert not exists(change.limit.scale.set(other, less)), (repair.words, less)


# -- unsized ------------------------------------------------------------------------------------------------


def check(seed: int) -> None:
    found = explained(seed)
    assert found.complete
    assert_is_a_conflict(found)
    for repair in (*found.repairs, *([found.repaired.together] if found.repaired.together else [])):
        assert_repairs(found.instance, repair)
    assert bool(found.repairs) != bool(found.repaired.together)
    sizes = [repair.size for repair in found.repairs]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("seed", QUICK)
def test_conflict_and_repairs_of_a_random_instance(seed: int) -> None:
    check(seed)


@pytest.mark.many
@pytest.mark.parametrize("part", range(PARTS))
def test_conflicts_and_repairs_of_200_random_instances(part: int) -> None:
    """The parts together."""
    told: Counter[str] = Counter()
    for seed in SLOW[part::PARTS]:
        if not nothing_fits(seed):
            continue
        check(seed)
        changes = [change for repair in explained(seed).repairs for change in repair.changes]
        told.update({"instances": 1, "less": sum(a_little_less(change) is not None for change in changes)})
        told.update(change.limit.family for change in changes)
    assert told["instances"] >= 45
    assert told["less"] >= 10
    assert {"limit", "min_coverage", "min_active", "min_agents", "no_harm"} <= set(told)


@pytest.mark.parametrize("seed", QUICK[:4])
def test_no_other_limit_is_enough_alone(seed: int) -> None:
    found = explained(seed)
    enough = {x.key[:2] for x in named_limits(found.instance) if exists(x.drop(found.instance))}
    told = {change.limit.key[:2] for repair in found.repairs for change in repair.changes}
    assert {key[:2] for key in told} == enough


# -- sized --------------------------------------------------------------------------------------------------


def sized(seed: int) -> Document | None:
    """A sized document without any design though there is one without its limits; `None` where the seed gives none."""
    case = with_limits(seed)
    return None if case is None or case[1] is not None else case[0]


def check_sized(base: Document) -> Infeasible:
    """The conflict and every repair by brute force on the documents."""

    def fits(tried: Document) -> bool:
        return oracle_of(tried).best_sized() is not None

    instance = build(base)
    found = explain_infeasible(instance)
    assert found.complete
    assert found.found.of_trial
    stated = base
    for limit in trial_limits(instance):
        if limit.key not in {x.key for x in found.conflict}:
            stated = changed(stated, limit.key, None)
    assert not fits(stated)
    for limit in found.conflict:
        assert fits(changed(stated, limit.key, None)), limit.words
    assert bool(found.repairs) != bool(found.repaired.together)
    for repair in (*found.repairs, *([found.repaired.together] if found.repaired.together else [])):
        assert evaluate(repair.apply(instance), repair.design).violations == ()
        assert fits(after(base, repair.changes)), repair.words
        for change in repair.changes:
            less = a_little_less(change)
            if less is not None:
                assert not fits(after(base, [replace(x, to=less) if x is change else x for x in repair.changes])), less
    return found


def test_what_bars_the_control_regimen_is_the_first_cause() -> None:
    base = random_document(QUICK[0], frozenset({"no_harm"}))
    agent = base.tables["agents"][0].cells["agent"]
    level = next((row.cells["level"] for row in base.tables.get("levels", ()) if row.cells["agent"] == agent), None)
    control = {base.settings["epoch"][0]["id"]: [f"{agent}@{level}" if level else agent]}
    trial = {**base.settings["trial"], "exclude": [agent], "include": [], "max_arms": 1}
    instance = build(replace(base, settings={**base.settings, "trial": trial, "control": control}))
    lines = explain_infeasible(instance).lines
    assert lines[0].startswith("First of all, limits and rules bar the control regimen itself")
    assert any("is excluded from every arm" in line for line in lines[1 : lines.index("")])


def after(base: Document, changes: Sequence[Change]) -> Document:
    """The document with the changes made."""
    for change in changes:
        base = changed(base, change.limit.key, change.to)
    return base


@pytest.mark.parametrize("seed", [6, pytest.param(9, marks=pytest.mark.slow)])
def test_conflict_and_repairs_of_a_random_sized_instance(seed: int) -> None:
    base = sized(seed)
    assert base is not None
    check_sized(base)


@pytest.mark.many
def test_conflicts_and_repairs_of_random_sized_instances() -> None:
    told: Counter[str] = Counter()
    for seed in (0, 4, 9, 20, 21, 22, 28, 31, 38, 39):
        base = sized(seed)
        if base is not None:
            told.update(change.limit.family for repair in check_sized(base).repairs for change in repair.changes)
    assert {"max_patients", "max_accrual_months", "budget"} <= set(told)
