"""Every kind of limit and rule has one record, and what is done with limits is driven by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import trialopt
from trialopt.core.catalog import find
from trialopt.core.design import Contraindication, Rules, TrialSettings
from trialopt.core.instance import Instance
from trialopt.core.limit_families import FAMILIES, POWER
from trialopt.evaluation import evaluate
from trialopt.limits.named import NamedLimit, named_limits, power_limit, trial_limits
from trialopt.limits.relaxing import relaxations, relaxed, set_words
from trialopt.limits.repairs import Change, change_words
from trialopt.limits.taken import TAKEN

NUMBERS = [family.id for family in FAMILIES.values() if family.is_number]


@cache
def duo() -> Instance:
    """`tiny_duo` with every limit and rule there is, but for the targets of the other endpoint."""
    i = trialopt.read(find("tiny_duo"))
    mechanisms, categories = len(i.mechanisms), len(i.categories)
    agents = i.agents
    rules = Rules(
        one_per_class=(i.classes[0],),
        not_together=((agents[0], agents[1]),),
        requires=((agents[0], (agents[1], agents[2])),),
        precedent=True,
        alone=(agents[0],),
        once=(agents[1],),
        not_after=((agents[0], agents[1]),),
        include=(agents[0],),
        exclude=(agents[1],),
        contraindicated=(
            Contraindication("frail", agents[0]),
            Contraindication("fit", agents[0], agents[1]),
            Contraindication("fit", f"{agents[2]}@{i.option_level[-1]}", epochs=(i.epochs[0],)),
        ),
        requires_in=((agents[0], (agents[1], agents[2]), i.epochs[0]),),
        include_in=((agents[0], i.epochs[0]),),
        exclude_in=((agents[1], i.epochs[0]),),
        same_arm=(i.subgroups,),
        apart=(i.subgroups,),
    )
    trial = replace(
        i.trial,
        max_arms=1,
        no_harm=True,
        power=0.9,
        endpoint="response",
        target_difference=0.1,
        target_hazard_ratio=0.7,
        max_patients=500,
        max_accrual_months=24.0,
        max_study_months=30.0,
        budget=1e6,
    )
    return replace(
        i,
        trial=trial,
        rules=rules,
        min_coverage=np.where(np.arange(mechanisms) > 0, 0.2, np.nan),
        min_active=(np.arange(mechanisms) > 0).astype(int),
        cumulative_limit=np.full(categories, 0.8),
        limit=np.full_like(i.limit, 0.5),
        not_worse_than_control=np.full(categories, 0.1),
        cycle_days=21 + 7 * (np.arange(len(i.option_agent)) % 2),
        max_classes=np.ones(len(i.epochs), dtype=np.int64),
    )


def everything() -> Iterator[tuple[Instance, NamedLimit]]:
    """Limits of both endpoints."""
    response = duo()
    for instance in (response, replace(response, trial=replace(response.trial, endpoint="pfs"))):
        yield from ((instance, limit) for limit in (*named_limits(instance), power_limit(instance)))


@pytest.mark.parametrize("family", [*FAMILIES, POWER.id])
def test_each_family_is_named_dropped_and_said(family: str) -> None:
    found = [(instance, limit) for instance, limit in everything() if limit.family == family]
    assert found
    for instance, limit in found:
        for words in (limit.words, limit.name, change_words(Change(limit, None, trialopt.Design(()), True))):
            assert words
            assert not re.search(r"[{}]|\bnan\b|None", words)
        rest = {other.key for other in named_limits(limit.drop(instance))}
        assert limit.key not in rest
        assert family == POWER.id or rest >= {x.key for x in named_limits(instance)} - {limit.key}


@pytest.mark.parametrize("family", NUMBERS)
def test_each_number_is_loosened_by_its_step_or_as_far_as_it_goes(family: str) -> None:
    found = [(instance, limit) for instance, limit in everything() if limit.family == family]
    for instance, limit in found:
        loosened = [leaf for group in relaxations(instance) for leaf in group.leaves if leaf.limit.key == limit.key]
        (one,) = loosened
        assert limit.scale is not None
        assert one.to is not None
        assert limit.of.looser * (one.to - limit.scale.value) > 0
        after = {x.key: x.scale for x in named_limits(relaxed(instance, loosened))}.get(limit.key)
        assert after is None or after.value == pytest.approx(one.to)
        assert change_words(Change(limit, one.to, trialopt.Design(()), True)) != limit.name


@pytest.mark.parametrize("family", FAMILIES)
def test_several_of_a_family_have_words(family: str) -> None:
    for group in relaxations(duo()):
        if group.leaves[0].limit.family == family and len(group.leaves) > 1:
            assert set_words(group.leaves)
    assert FAMILIES[family].several or not FAMILIES[family].in_groups or not FAMILIES[family].scope


def test_the_trial_has_its_own() -> None:
    assert {limit.family for limit in trial_limits(duo())} == {
        family.id for family in FAMILIES.values() if family.of_trial and family.endpoints != ("pfs",)
    }


def test_what_a_design_takes_is_known_of_every_number_that_is_not_tried_value_by_value() -> None:
    assert set(TAKEN) <= set(NUMBERS)
    counted = {family.id for family in FAMILIES.values() if family.unit in ("arms", "agents", "classes")}
    assert set(NUMBERS) - set(TAKEN) == counted


def test_a_design_takes_what_its_numbers_say() -> None:
    instance = trialopt.read(find("tiny_duo"))
    design = trialopt.solve(instance).design
    assert design is not None
    found = evaluate(instance, design)
    for limit in named_limits(instance):
        if limit.family == "limit" and limit.scale is not None and limit.scale.takes is not None:
            subgroup, category, epoch = limit.about
            arm = next(arm for arm in found.arms if subgroup in arm.arm.subgroups)
            at = (arm.arm.subgroups.index(subgroup), instance.epochs.index(epoch), instance.categories.index(category))
            assert limit.scale.takes(found) == arm.risk[at]


# -- none without a record ----------------------------------------------------------------------------------

NO_LIMITS = {"precedents"}
"""Fields of `Rules` that only say what another means."""


def test_every_rule_has_a_record() -> None:
    assert {field.name for field in fields(Rules)} - NO_LIMITS <= set(FAMILIES)


def test_every_record_is_of_a_field() -> None:
    places = (Rules, TrialSettings, Instance)
    for family in (*FAMILIES.values(), POWER):
        assert sum(family.id in {field.name for field in fields(place)} for place in places) == 1, family.id


def test_every_limit_in_an_array_or_of_the_trial_has_a_record() -> None:
    """Limits and minima are called so by their names."""
    names = {f.name for place in (TrialSettings, Instance) for f in fields(place) if f.name != "prevalence_floor"}
    limits = {name for name in names if re.match(r"(min|max|target)_|budget|no_harm|(cumulative_)?limit$", name)}
    assert limits <= set(FAMILIES)


def test_what_a_design_can_break_is_what_can_be_named() -> None:
    """Rules that the judge names are families, but for what a design is, and assurance, which is asked beside them."""
    folder = Path(trialopt.__file__).parent / "evaluation"
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    judged = set(re.findall(r'Violation\(\s*"(\w+)"', text))
    assert judged
    assert judged - set(FAMILIES) <= {"assignment", "size", "target", "usable", "shape", "min_assurance"}
