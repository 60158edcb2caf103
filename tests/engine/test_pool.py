"""Sequences' values against the brute force, and designs made of known sequences."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tests.engine.small import every_path, every_value, members, oracle, question, small_seeds
from tests.oracle import partitions
from trialopt.engine.pool import Pool

SEEDS = small_seeds(12)


@pytest.mark.parametrize("carry", [None, 0.0, 0.5, 1.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_value_and_feasibility_of_sequences(seed: int, carry: float | None) -> None:
    q, judge = question(seed, carry), oracle(seed, carry)
    paths, values = every_path(seed, carry), every_value(seed, carry)
    some = np.random.default_rng(seed).permutation(len(paths))[:40].tolist()
    for n in some:
        sequence = q.sequence(paths[n])
        for g, name in enumerate(judge.facts.subgroups):
            broken = judge.sequence_breaks(sequence) + judge.sequence_subgroup_breaks(name, sequence)
            for s, regimen in enumerate(sequence):
                broken += judge.subgroup_breaks(name, s, regimen)
            if broken:
                assert np.isneginf(values[n, g]), broken
            else:
                assert values[n, g] == pytest.approx(judge.facts.share[name] * judge.worth(name, sequence), abs=1e-10)


def filled(seed: int, count: int = 8) -> Pool:
    """A pool of some sequences that may serve somebody."""
    pool = Pool(question(seed).tables)
    useful = np.flatnonzero(np.isfinite(every_value(seed)).any(axis=1))
    for n in np.random.default_rng(seed).permutation(useful)[:count].tolist():
        pool.add(every_path(seed)[n])
    return pool


def best_by_hand(pool: Pool, arms: int) -> float:
    """Best total when each subgroup takes the best of at most so many known sequences."""
    best = -np.inf
    allowed = pool._tables.allowed
    if not allowed.all():
        for parts in partitions(list(range(pool.values.shape[1]))):
            masks = [sum(1 << g for g in part) for part in parts]
            if len(parts) <= arms and allowed[masks].all():
                found = [pool.best(mask) for mask in masks]
                best = max(best, sum(-np.inf if one is None else one[0] for one in found))
        return best
    for count in range(1, arms + 1):
        for chosen in combinations(range(len(pool.paths)), count):
            best = max(best, float(pool.values[list(chosen)].max(axis=0).sum()))
    return best


@pytest.mark.parametrize("arms", [1, 2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_design_of_known_sequences(seed: int, arms: int) -> None:
    """Feasible, worth what it says, as good as any for one arm, and there whenever one sequence can serve all."""
    pool = filled(seed)
    design, best = pool.best_design(arms), best_by_hand(pool, arms)
    if design is None:
        assert np.isneginf(best_by_hand(pool, 1 if pool._tables.allowed.all() else arms))
        return
    served = [g for mask, _ in design for g in members(mask)]
    assert sorted(served) == list(range(question(seed).groups))
    assert len(design) <= arms
    total = sum(pool.value(mask, sequence) for mask, sequence in design)
    assert np.isfinite(total)
    assert total <= best + 1e-12
    if arms == 1:
        assert total == pytest.approx(best, abs=1e-12)


def test_swaps_find_the_best_design_most_of_the_time() -> None:
    """A heuristic: nothing rests on it but how early designs are good."""
    found = []
    for seed in SEEDS:
        pool = filled(seed)
        if (design := pool.best_design(2)) is not None:
            total = sum(pool.value(mask, sequence) for mask, sequence in design)
            found.append(total >= best_by_hand(pool, 2) - 1e-9)
    assert len(found) > 5
    assert np.mean(found) > 0.7


def test_barring() -> None:
    seed = next(s for s in SEEDS if question(s).groups > 1 and np.isfinite(every_value(s)).all(axis=1).any())
    pool = Pool(question(seed).tables)
    path = every_path(seed)[int(np.flatnonzero(np.isfinite(every_value(seed)).all(axis=1))[0])]
    pool.add(path)
    pool.add(path)
    assert pool.paths == [path]
    assert pool.best(0b10) is not None
    pool.bar(path, 0b01)
    assert pool.barred(0b01) == pool.barred(0b11) == {path}
    assert pool.barred(0b10) == frozenset()
    assert pool.best(0b01) is None
    assert pool.best(0b11) is None
    assert pool.best(0b10) is not None
    with pytest.raises(KeyError):
        pool.best_sequence(0b11)
    assert pool.best_design(2) is None


def test_nothing_known() -> None:
    pool = Pool(question(SEEDS[0]).tables)
    assert pool.best(1) is None
    assert pool.best_design(1) is None
