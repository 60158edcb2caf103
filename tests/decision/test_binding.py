"""Gains of looser limits: against brute force over all designs, every limit by itself."""

from __future__ import annotations

from functools import cache

import pytest

from tests.oracle import Oracle
from tests.random_documents import random_document
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.decision.binding import BINDS, OPEN, TOGETHER, binding_limits
from trialopt.decision.solving import best
from trialopt.limits.relaxing import relaxations, relaxed
from trialopt.reading import build
from trialopt.reading.document import Document
from trialopt.reading.overrides import Overrides, apply

SEEDS = [
    *range(8),
    17,
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in (*range(8, 12), *range(18, 24))),
    *(pytest.param(seed, marks=pytest.mark.many) for seed in range(24, 36)),
]
"""17 has no toxicity limit."""
CLEAR = 1e-5
"""Gains this large have to be found: values are proven to 1e-6 only."""


@cache
def instance_of(seed: int) -> Instance:
    return build(random_document(seed, most=3))


def found_in(instance: Instance):
    design = best(instance, Monitor(Limits())).design
    return None if design is None else binding_limits(instance, design, Monitor(Limits()))


def value_of(instance: Instance) -> float | None:
    return best(instance, Monitor(Limits())).value


@pytest.mark.parametrize("seed", SEEDS)
def test_groups_hide_no_limit_that_binds(seed: int) -> None:
    """Every limit loosened by itself gains what is reported, and nothing where nothing is reported."""
    instance = instance_of(seed)
    found = found_in(instance)
    if found is None:
        pytest.skip("no design")
    assert found.complete
    base = value_of(instance)
    single = {row.words: row.gained for row in found.rows if row.limits == 1}
    for row in found.rows:
        if row.state == TOGETHER:
            family = [
                leaf for group in relaxations(instance) for leaf in group.leaves if leaf.limit.family == row.family
            ]
            assert 0 < row.gained <= value_of(relaxed(instance, family)) - base + CLEAR
            assert row.words not in single
    reported = {row.words: row.gained for row in found.rows if row.limits == 1 and row.state == BINDS}
    for group in relaxations(instance):
        for one in group.leaves:
            value = value_of(relaxed(instance, [one]))
            gained = 0.0 if value is None else value - base
            assert reported.get(one.words, 0.0) == pytest.approx(max(gained, 0.0), abs=CLEAR), one.words


def with_one_more(base: Document, setting: str, now: int) -> Document:
    return apply(base, Overrides(settings=(f"{setting}={now + 1}",)))


@pytest.mark.parametrize("seed", range(24))
def test_one_more_arm_and_one_more_agent_against_brute_force(seed: int) -> None:
    base = random_document(seed, most=3)
    oracle = Oracle(base).best()
    if oracle is None:
        pytest.skip("no design")
    found = found_in(build(base))
    rows = {row.words: row for row in found.rows if row.limits == 1}

    if "max_arms" in rows:
        more = Oracle(with_one_more(base, "trial.max_arms", base.settings["trial"]["max_arms"])).best()
        assert rows["max_arms"].gained == pytest.approx(more.value - oracle.value, abs=2e-6)
    for epoch in base.settings["epoch"]:
        words = f"max_agents in {epoch['id']}"
        if words in rows and "max_agents" in epoch:
            more = Oracle(with_one_more(base, f"epoch.{epoch['id']}.max_agents", epoch["max_agents"])).best()
            assert rows[words].gained == pytest.approx(more.value - oracle.value, abs=2e-6)


def test_a_run_that_has_to_stop_says_what_it_did_not_look_into() -> None:
    instance = instance_of(0)
    design = best(instance, Monitor(Limits())).design
    monitor = Monitor(Limits())
    monitor.interrupted = True
    found = binding_limits(instance, design, monitor)
    assert not found.complete
    assert {row.state for row in found.rows} == {OPEN}
    assert len(found.missing) == found.examined == sum(len(group.leaves) for group in relaxations(instance))
