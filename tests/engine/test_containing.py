"""Arms of one subgroup that must contain an agent: against brute force over all designs."""

from __future__ import annotations

from functools import cache

import pytest

from tests.oracle import Oracle, agents_of, partitions
from tests.random_documents import random_document
from trialopt import engine
from trialopt.core.run import Limits, Monitor
from trialopt.reading import build

SEEDS = [
    *range(25),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(25, 40)),
    *(pytest.param(seed, marks=pytest.mark.many) for seed in range(40, 150)),
]


@cache
def oracle_of(seed: int) -> Oracle:
    return Oracle(random_document(seed))


def best_with(oracle: Oracle, subgroup: str, agent: str) -> float | None:
    """The best value when the arm of `subgroup` gives `agent` in some epoch."""
    served, best = oracle.served(), None
    for partition in partitions(oracle.facts.subgroups):
        if len(partition) > oracle.facts.max_arms or oracle.sets_break(partition):
            continue
        total = 0.0
        for part in partition:
            values = [
                sum(worth[g] for g in part)
                for sequence, worth in served.items()
                if all(g in worth for g in part)
                and (subgroup not in part or any(agent in agents_of(regimen) for regimen in sequence))
            ]
            total += max(values, default=float("-inf"))
        if total > float("-inf") and (best is None or total > best):
            best = total
    return best


@pytest.mark.parametrize("seed", SEEDS)
def test_the_arm_of_one_subgroup_contains_the_agent(seed: int) -> None:
    oracle, instance = oracle_of(seed), build(random_document(seed))
    for subgroup in instance.subgroups[:2]:
        for agent in instance.agents:
            found = engine.search(instance, Monitor(Limits(gap=1e-7)), {subgroup: (agent,)})
            best = best_with(oracle, subgroup, agent)
            if best is None:
                assert found.design is None
                assert found.bound == float("-inf")
                continue
            assert found.bound == pytest.approx(best, abs=1e-6)
            assert found.design is not None
            given = found.design.arm_of(subgroup).sequence.values()
            assert agent in {dose.agent for doses in given for dose in doses}
