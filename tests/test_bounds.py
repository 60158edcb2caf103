"""Bounds are valid whenever they are reported, not only at the end: no design is better than any bound ever given.

Each test compares with the best of all designs by brute force. A bound taken from an unfinished program, from a
coarse approximation or from a heuristic, would fall below it.
"""

from __future__ import annotations

import math
from functools import cache

import pytest

import trialopt
from tests.oracle import Best, best_design
from tests.random_documents import random_document
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.reading import build

METHODS = ("compact", "decompose")
SEEDS = range(100, 106)
MORE = [*SEEDS, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(106, 112))]
SOLVER = 1e-6
"""What the bound may be off by: the tolerance of the solver."""


@cache
def question(seed: int) -> tuple[Instance, Best | None]:
    document = random_document(seed)
    return build(document), best_design(document)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", MORE)
def test_every_value_and_bound_on_the_way_is_valid(seed: int, method: str) -> None:
    instance, best = question(seed)
    seen: list[tuple[float | None, float]] = []
    trialopt.solve(instance, method=method, gap=1e-6, progress=lambda _s, value, bound, _d: seen.append((value, bound)))
    assert seen
    for value, bound in seen:
        if best is None:
            assert value is None
        else:
            assert bound >= best.value - SOLVER
            assert value is None or value <= best.value + 1e-9
            assert value is None or bound >= value - SOLVER


@pytest.mark.parametrize("gap", [0.3, 0.01])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", MORE)
def test_a_wide_gap_is_kept_and_is_honest(seed: int, method: str, gap: float) -> None:
    instance, best = question(seed)
    solution = trialopt.solve(instance, method=method, gap=gap)
    if best is None:
        assert solution.ending == "infeasible"
        return
    assert solution.ending == "optimal"
    assert solution.gap <= gap
    assert solution.value <= best.value + 1e-9
    assert solution.bound >= best.value - SOLVER
    assert solution.gap == pytest.approx((solution.bound - solution.value) / max(abs(solution.value), 1e-9), abs=1e-9)


@pytest.mark.parametrize("limits", [{"node_limit": 1}, {"time_limit": 0.0}, {"time_limit": 0.05}])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", MORE)
def test_a_run_stopped_early_claims_no_more_than_it_knows(seed: int, method: str, limits: dict[str, float]) -> None:
    instance, best = question(seed)
    solution = trialopt.solve(instance, method=method, gap=1e-6, **limits)
    if best is None:
        assert solution.value is None
        assert solution.ending in ("infeasible", "time_limit", "node_limit")
        return
    assert solution.ending in ("optimal", "time_limit", "node_limit")
    assert solution.bound is None or solution.bound >= best.value - SOLVER
    if solution.value is not None:
        assert solution.value <= best.value + 1e-9
    if solution.ending == "optimal":
        assert solution.value == pytest.approx(best.value, abs=2e-6)


@pytest.mark.parametrize("tangent_error", [1e-2, 0.3, 10.0])
@pytest.mark.parametrize("seed", MORE)
def test_coarse_tangents_only_loosen_the_first_bound(seed: int, tangent_error: float) -> None:
    """One program with the first tangents only: coarser tangents give a higher bound, never an invalid one."""
    from trialopt import model

    instance, best = question(seed)
    first: list[float] = []

    def once(_seconds: float, _value: float | None, bound: float, doing: str) -> None:
        if doing == "round 1 done":
            first.append(bound)

    monitor = Monitor(Limits(gap=1e-6), once)
    outcome = model.solve(model.build(instance, tangent_error), monitor)
    if best is None:
        assert outcome.design is None
        assert outcome.bound == -math.inf
        return
    assert first[0] >= best.value - SOLVER
    assert outcome.bound >= best.value - SOLVER
    assert outcome.bound <= best.value + 1e-5


def test_coarse_tangents_do_loosen_it() -> None:
    """So the test above can fail: over its seeds, the coarsest first bound is above the optimum somewhere."""
    from trialopt import model

    looser = 0
    for seed in SEEDS:
        instance, best = question(seed)
        if best is not None:
            bounds: list[float] = []
            monitor = Monitor(Limits(gap=1e-6), lambda _s, _v, b, doing, kept=bounds: kept.append(b))
            model.solve(model.build(instance, 10.0), monitor)
            looser += max(b for b in bounds if b < math.inf) > best.value + 1e-3
    assert looser > 0
