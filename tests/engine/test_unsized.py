"""The whole decomposition with more subgroups than the brute force takes: against every sequence and every partition.

The subgroups differ so much that the master's relaxation is fractional for some of these instances.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import numpy as np
import pytest

import trialopt
from tests.engine.test_set_bounds import best_of_sets
from tests.engine.test_stopping import Impatient
from tests.oracle import partitions
from trialopt import engine
from trialopt.core.coefficients import coefficients
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.engine.pool import sequence_values
from trialopt.engine.tables import build_tables
from trialopt.generate import Size, generate
from trialopt.reading import build

SIZE = Size(agents=9, subgroups=6, arms=2, epochs=2, mechanisms=6)
FRACTIONAL = (29, 30, 57, 77, 107)
SEEDS = (*FRACTIONAL, 1, 2, 3)
PARTITIONS = [[sum(1 << int(g) for g in part) for part in split] for split in partitions(list("012345"))]


@dataclass(frozen=True)
class Known:
    instance: Instance
    best: np.ndarray
    """(2**G,) value of the best sequence of every set."""

    def value(self, arms: int) -> float:
        return float(max(self.best[split].sum() for split in PARTITIONS if len(split) <= arms))


@cache
def known(seed: int, carry: float = 0.0) -> Known:
    i = build(generate(replace(SIZE, carry=carry), seed))
    rng = np.random.default_rng(seed)
    i = replace(i, prevalence=rng.dirichlet(np.full(len(i.mechanisms), 0.25), size=len(i.subgroups)))
    tables = build_tables(i, coefficients(i))
    paths = product(*(range(len(table)) for table in tables.epochs))
    return Known(i, best_of_sets(sequence_values(tables, np.array(list(paths)))))


@pytest.mark.parametrize("arms", [1, 2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_partition(seed: int, arms: int) -> None:
    i = known(seed).instance
    i = replace(i, trial=replace(i.trial, max_arms=arms))
    outcome = engine.search(i, Monitor(Limits(gap=1e-7)))
    assert outcome.design is not None
    value = trialopt.evaluate(i, outcome.design).value
    assert value == pytest.approx(known(seed).value(arms), abs=1e-6)
    assert known(seed).value(arms) - 1e-9 <= outcome.bound <= value + 1e-6


@pytest.mark.parametrize("seed", SEEDS[3:])
def test_with_carry(seed: int) -> None:
    found = engine.search(known(seed, 1.0).instance, Monitor(Limits(gap=1e-7)))
    assert found.bound == pytest.approx(known(seed, 1.0).value(2), abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_on_the_way(seed: int) -> None:
    """Whatever is reported, and whenever it is stopped, no bound is below the best design."""
    best = known(seed).value(2)
    seen: list[float] = []
    engine.search(known(seed).instance, Monitor(Limits(gap=1e-7), lambda _s, _v, bound, _d: seen.append(bound)))
    assert min(seen) >= best - 1e-9
    for calls in range(0, 90, 4):
        outcome = engine.search(known(seed).instance, Impatient(calls))
        assert outcome.bound >= best - 1e-9
        if outcome.design is not None:
            assert trialopt.evaluate(known(seed).instance, outcome.design).feasible


@pytest.mark.parametrize("gap", [0.05, 0.003])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_wide_gap_is_an_honest_one(seed: int, gap: float) -> None:
    i = known(seed).instance
    outcome = engine.search(i, Monitor(Limits(gap=gap)))
    assert outcome.design is not None
    value = trialopt.evaluate(i, outcome.design).value
    assert value <= known(seed).value(2) + 1e-9 <= outcome.bound + 2e-9
    assert outcome.bound - value <= gap * value + 1e-12


def test_some_masters_are_fractional() -> None:
    masters = [engine.search(known(seed).instance, Monitor(Limits(1e-7))).details["masters"] for seed in FRACTIONAL]
    assert max(int(str(count)) for count in masters) > 0
