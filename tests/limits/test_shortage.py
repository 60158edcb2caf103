"""Why no sized design fits, against brute force: what is named is needed, and the patients said to be needed are."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

import trialopt
from tests.random_sized import limited
from tests.test_sized_against_brute_force import oracle_of, with_limits, without_limits
from trialopt.core.catalog import find
from trialopt.core.run import Limits, Monitor
from trialopt.limits.conflict import CUT_SHORT, conflict_of
from trialopt.limits.named import trial_limits
from trialopt.reading import build
from trialopt.reading.document import Document, document

INFEASIBLE = [0, 6, 7, 8, 9, 20, 21, 22, 28, 30]
"""Documents, of the first 31, whose own limits leave no design, though without them there is one."""


@cache
def told_of(seed: int) -> tuple[str, ...]:
    case = with_limits(seed)
    assert case is not None
    return conflict_of(build(case[0]), Monitor(Limits()))


def without(base: Document, key: str) -> Document:
    trial = {k: v for k, v in base.settings["trial"].items() if k != key}
    if key == "max_arms":
        trial[key] = len(base.tables["subgroups"])
    tables = {name: [row.cells for row in rows] for name, rows in base.tables.items()}
    return document(base.name, {**base.settings, "trial": trial}, tables)


@pytest.mark.slow
def test_no_document_is_missing_in_the_list() -> None:
    assert [s for s in range(31) if (case := with_limits(s)) is not None and case[1] is None] == INFEASIBLE


@pytest.mark.parametrize(
    "seed", [*INFEASIBLE[::2], *(pytest.param(seed, marks=pytest.mark.slow) for seed in INFEASIBLE[1::2])]
)
def test_each_limit_named_is_needed_and_together_they_do_it(seed: int) -> None:
    case = with_limits(seed)
    assert case is not None
    assert case[1] is None
    tighter = case[0]
    instance = build(tighter)
    told = told_of(seed)
    assert CUT_SHORT not in told
    named = {x.family for x in trial_limits(instance) if any(words.startswith(x.words) for words in told)}
    assert len(named) == len(told)
    alone = tighter
    for limit in trial_limits(instance):
        if limit.family not in named:
            alone = without(alone, limit.family)
    assert oracle_of(alone).best_sized() is None
    for key in named:
        assert oracle_of(without(alone, key)).best_sized() is not None, key


def test_patients_said_to_be_needed_are() -> None:
    checked = 0
    for seed in INFEASIBLE:
        case = with_limits(seed)
        assert case is not None
        few = case[0].settings["trial"].get("max_patients")
        if few is None:
            continue
        for words in told_of(seed):
            if (found := re.search(r"max_patients .*: at least ([\d,]+) are needed", words)) is None:
                continue
            served, least = without_limits(seed)[1], int(found[1].replace(",", ""))
            assert oracle_of(limited(case[0], {"max_patients": least})).best_sized(served) is not None
            assert oracle_of(limited(case[0], {"max_patients": least - 1})).best_sized(served) is None
            checked += 1
    assert checked >= 3


@pytest.mark.slow
def test_the_real_instance_says_how_many_patients_and_months_it_takes() -> None:
    instance = trialopt.read(find("rrmm_early_relapse_sized"))
    few = replace(instance, trial=replace(instance.trial, max_patients=250))
    told = conflict_of(few, Monitor(Limits()))
    assert any(re.match(r"max_patients 250 .*: (at least )?684 ", words) for words in told), told


@pytest.mark.slow
def test_an_effect_out_of_reach_is_told_with_what_is_in_reach() -> None:
    instance = trialopt.read(find("rrmm_early_relapse_sized"))
    bold = replace(instance, trial=replace(instance.trial, target_hazard_ratio=0.1, max_arms=1))
    solution = trialopt.solve(bold)
    assert solution.ending == "infeasible"
    assert any("target_hazard_ratio 0.1" in words for words in solution.conflict)


def test_rules_on_regimens_that_leave_nothing_are_told_as_without_sizes() -> None:
    checked = 0
    for seed in range(40):
        base, _, free = without_limits(seed)
        if free is not None or oracle_of(without(without(base, "no_harm"), "max_arms")).best() is not None:
            continue
        sized, checked = build(base), checked + 1
        unsized = replace(sized, trial=replace(sized.trial, power=None))
        assert conflict_of(sized, Monitor(Limits())) == conflict_of(unsized, Monitor(Limits()))
    assert checked >= 2


def test_no_effect_to_be_sized_for_is_told() -> None:
    """The control can hardly be beaten, though the rules leave designs."""
    told = []
    for seed in range(60):
        base, _, free = without_limits(seed)
        if free is None and base.settings["trial"].get("target_difference") is None and oracle_of(base).best():
            told += conflict_of(build(base), Monitor(Limits()))
    assert any("in no design" in words for words in told), told
