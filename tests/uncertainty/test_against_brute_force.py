"""Value, bound and design under truths against brute force: mean and cvar, limits in a share of the truths.

Proves that `evaluate`, the engine and the compact model agree with a design-by-design, truth-by-truth search. With
cumulative limits, no_harm, carry, emergence and pairs among the documents; without a regimen's own deviation (factor 1)
or with every limit asked of the inputs as given, many of them have another value.
"""

from __future__ import annotations

from functools import cache
from random import Random

import pytest

import trialopt
from tests.plain_designs import as_design, as_plain, random_arms
from tests.truth_oracle import TooMany, TruthBest, TruthOracle
from tests.uncertainty.random_truths import truth_document
from trialopt.core.instance import Instance
from trialopt.reading import Document, build

GAP = 1e-7
DEFAULT, SLOW, MANY = 10, 24, 300
COMPACT_DEFAULT = 5


@cache
def brute_force(seed: int) -> tuple[Document, Instance, TruthOracle, TruthBest | None]:
    document = truth_document(seed)
    instance = build(document)
    oracle = TruthOracle(document, instance)
    try:
        return document, instance, oracle, oracle.best()
    except TooMany:
        pytest.skip("more designs than brute force is for")


def seeds(default: int) -> list[object]:
    slow = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(default, SLOW)]
    return [*range(default), *slow, *(pytest.param(seed, marks=pytest.mark.many) for seed in range(SLOW, MANY))]


def assert_agrees(seed: int, method: str) -> None:
    document, instance, oracle, best = brute_force(seed)
    solution = trialopt.solve(instance, method=method, gap=GAP)
    if best is None:
        assert solution.ending == "infeasible"
        return
    assert solution.ending == "optimal"
    assert solution.value == pytest.approx(best.value, abs=1e-6)
    assert solution.bound >= solution.value - 1e-9
    assert solution.bound >= best.value - 1e-6
    assert solution.design is not None
    arms = as_plain([epoch["id"] for epoch in document.settings["epoch"]], solution.design)
    assert oracle.broken(arms) == []
    assert oracle.value(arms) == pytest.approx(solution.value, abs=1e-9)


@pytest.mark.parametrize("seed", range(DEFAULT))
def test_evaluate_says_what_the_oracle_says(seed: int) -> None:
    _, instance, oracle, best = brute_force(seed)
    designs = [random_arms(oracle.given, Random(f"{seed}/{n}"), careless=n % 2 == 0) for n in range(4)]
    for arms in [*designs, *([] if best is None else [best.arms])]:
        found = trialopt.evaluate(instance, as_design(oracle.facts.epochs, arms))
        assert found.value == pytest.approx(oracle.value(arms), abs=1e-9)
        assert found.feasible == (not oracle.broken(arms)), (found.violations, oracle.broken(arms))


@pytest.mark.parametrize("seed", [52, *seeds(COMPACT_DEFAULT)])  # 52: beyond HiGHS 1.16.0 with all of presolve
def test_compact_model_finds_the_best_design(seed: int) -> None:
    assert_agrees(seed, "compact")


@pytest.mark.parametrize("seed", seeds(DEFAULT))
def test_engine_finds_the_best_design(seed: int) -> None:
    assert_agrees(seed, "decompose")
