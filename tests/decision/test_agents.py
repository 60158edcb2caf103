"""Values lost when an agent is forced in or left out: against brute force over all designs."""

from __future__ import annotations

from functools import cache

import pytest

import trialopt
from tests.oracle import Oracle, agents_of
from tests.random_documents import random_document
from tests.random_sized import sized_document
from trialopt.core.run import Limits, Monitor
from trialopt.decision import agent_reasons
from trialopt.decision.agent_reasons import with_agent, with_nobody
from trialopt.decision.agents import EVERY, SOME, WITHOUT, AgentLoss, InSomeArm, agent_losses
from trialopt.decision.solving import best
from trialopt.evaluation import evaluate
from trialopt.limits.conflict import Conflict
from trialopt.reading import build

SEEDS = [
    *range(10),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(10, 20)),
    *(pytest.param(seed, marks=pytest.mark.many) for seed in range(20, 70)),
]


@cache
def oracle_of(seed: int) -> Oracle:
    return Oracle(random_document(seed, most=3))


def gives(sequence, agent: str) -> bool:
    return any(agent in agents_of(regimen) for regimen in sequence)


def best_where(oracle: Oracle, allowed, wanted) -> float | None:
    """Best value of designs whose arms all meet `allowed`, at least one of them `wanted`."""
    served = {sequence: worth for sequence, worth in oracle.served().items() if allowed(sequence)}
    top: float | None = None
    for partition in oracle.splits():
        if len(partition) > oracle.facts.max_arms:
            continue
        any_arm = [_best_arm(served, part, lambda sequence: True) for part in partition]
        for k, part in enumerate(partition):
            total = sum(any_arm[:k]) + _best_arm(served, part, wanted) + sum(any_arm[k + 1 :])
            if total > float("-inf") and (top is None or total > top):
                top = total
    return top


def _best_arm(served, part, wanted) -> float:
    values = [
        sum(worth[g] for g in part)
        for sequence, worth in served.items()
        if all(g in worth for g in part) and wanted(sequence)
    ]
    return max(values, default=float("-inf"))


def expected_of(oracle: Oracle, row: AgentLoss) -> float | None:
    def has(sequence) -> bool:
        return gives(sequence, row.agent)

    def anything(sequence) -> bool:
        return True

    if row.question == SOME:
        return best_where(oracle, anything, has)
    if row.question == EVERY:
        return best_where(oracle, has, anything)
    return best_where(oracle, lambda sequence: not has(sequence), anything)


@pytest.mark.parametrize("seed", SEEDS)
def test_losses_equal_brute_force(seed: int) -> None:
    oracle, instance = oracle_of(seed), build(random_document(seed, most=3))
    answer = best(instance, Monitor(Limits()))
    if answer.design is None:
        pytest.skip("no design")
    found = agent_losses(instance, answer.design, Monitor(Limits()))
    assert found.complete
    asked = {(row.agent, row.question) for row in found.rows}
    assert asked == {(d, WITHOUT) for d in found.given} | {
        (d, question) for d in instance.agents if d not in found.given for question in (SOME, EVERY)
    }
    for row in found.rows:
        expected = expected_of(oracle, row)
        assert row.value == (None if expected is None else pytest.approx(expected, abs=2e-6)), row
        assert row.possible == (expected is not None)
        if expected is not None:
            assert row.lost == pytest.approx(answer.value - expected, abs=3e-6)


SIZED = [
    *range(5),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(5, 10)),
    *(pytest.param(seed, marks=pytest.mark.many) for seed in range(10, 40)),
]


@pytest.mark.parametrize("seed", SIZED)
def test_a_subgroup_of_nobody_asks_the_same_as_every_subgroup_in_turn(seed: int) -> None:
    """Sized: one search with the added subgroup finds what the subgroups one by one do, and real designs only."""
    instance = build(sized_document(seed))
    if with_nobody(instance) is None:
        pytest.skip("not told apart from real subgroups")
    searcher = InSomeArm(instance, instance.agents, Monitor(Limits()))
    for agent in instance.agents:
        once, in_turn = searcher.some_arm(agent), searcher.by_subgroup(agent)
        assert once.nothing == in_turn.nothing
        if in_turn.value is not None:
            assert once.value == pytest.approx(in_turn.value, abs=3e-6)
            assert evaluate(instance, once.design).feasible
            assert agent in {d for arm in once.design.arms for s in arm.sequence.values() for d in (x.agent for x in s)}


@pytest.mark.parametrize("told_apart", [True, False])
def test_reasons_that_were_not_found_in_time_are_missing(monkeypatch, told_apart: bool) -> None:
    """An agent every arm must contain cannot be left out; a search for reasons that is cut short says so."""
    duo = trialopt.read(trialopt.find("tiny_duo"))
    bound = with_agent(duo, "daratumumab")
    design = best(bound, Monitor(Limits())).design
    if not told_apart:
        monkeypatch.setattr(agent_reasons, "find_conflict", lambda *_: Conflict((), (), False, False))
    found = agent_losses(bound, design, Monitor(Limits()))
    (row,) = [row for row in found.rows if row.agent == "daratumumab"]
    assert row.possible is False
    assert bool(row.because) == told_apart
    assert found.complete == told_apart
    assert found.missing == (() if told_apart else ("why daratumumab cannot be left out",))
