"""What a conflict names cannot hold together, and each of its members is needed; told by the compact model.

The engine looks for the conflict, so the compact model, which shares no search with it, says whether it is one.
"""

from __future__ import annotations

import pytest

import trialopt
from tests.oracle import best_design
from tests.random_documents import random_document
from trialopt import model
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.limits.conflict import conflict_of
from trialopt.limits.named import named_limits
from trialopt.reading import build


def infeasible_seeds(count: int) -> list[int]:
    """The first few random documents without any design."""
    found: list[int] = []
    seed = 0
    while len(found) < count:
        if best_design(random_document(seed)) is None:
            found.append(seed)
        seed += 1
    return found


def exists(instance: Instance, without: set[str]) -> bool:
    """Whether a design exists, by the compact model, once some named limits are dropped."""
    for limit in named_limits(instance):
        if limit.words in without:
            instance = limit.drop(instance)
    return model.search(instance, Monitor(Limits(gap=1e9))).design is not None


@pytest.mark.parametrize("seed", infeasible_seeds(3))
def test_a_conflict_is_one_and_has_no_member_too_many(seed: int) -> None:
    instance = build(random_document(seed))
    every = {limit.words for limit in named_limits(instance)}
    assert len(every) == len(named_limits(instance)), "two limits with the same words"
    conflict = set(conflict_of(instance, Monitor(Limits())))
    assert conflict
    assert conflict <= every
    assert not exists(instance, every - conflict)
    for words in conflict:
        assert exists(instance, every - conflict | {words}), words


def test_the_solution_names_it() -> None:
    instance = build(random_document(infeasible_seeds(1)[0]))
    solution = trialopt.solve(instance)
    assert solution.ending == "infeasible"
    assert solution.conflict == conflict_of(instance, Monitor(Limits()))


def test_every_limit_can_be_dropped() -> None:
    """Dropping all of a few documents' limits leaves none."""
    for seed in infeasible_seeds(4):
        instance = build(random_document(seed))
        for limit in named_limits(instance):
            instance = limit.drop(instance)
        assert named_limits(instance) == []


def test_a_run_out_of_time_names_all_limits_and_says_so() -> None:
    instance = build(random_document(infeasible_seeds(1)[0]))
    monitor = Monitor(Limits())
    monitor.interrupted = True
    conflict = conflict_of(instance, monitor)
    assert "stopped" in conflict[-1]
    assert conflict[:-1] == tuple(limit.words for limit in named_limits(instance))


def test_no_agent_at_all() -> None:
    """Nothing usable in an epoch that asks for an agent: dropping `min_agents` alone would leave an empty arm."""
    instance = build(random_document(infeasible_seeds(1)[0]))
    from dataclasses import replace

    import numpy as np

    nothing = replace(instance, usable=np.zeros_like(instance.usable), min_agents=np.ones_like(instance.min_agents))
    assert any(words.startswith("min_agents") for words in conflict_of(nothing, Monitor(Limits())))
