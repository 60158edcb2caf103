"""The master's relaxation and integer form against every partition of the subgroups."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.test_set_bounds import best_of_sets
from tests.oracle import partitions
from trialopt.engine.master import PATIENTS, Columns, SharedLimits, choose, unlimited
from trialopt.engine.relaxation import SetBounds, relax

Ints = np.ndarray


def random_bounds(seed: int, groups: int, forbidden: float) -> SetBounds:
    """Every set settled at what the best of a few random sequences is worth in it."""
    rng = np.random.default_rng(seed)
    constant = rng.uniform(0.1, 1, size=groups)
    values = constant - rng.exponential(0.4, size=(5, groups))
    values[rng.random(values.shape) < forbidden] = -np.inf
    bounds = SetBounds(constant)
    for mask, value in enumerate(best_of_sets(values).tolist()):
        if mask:
            bounds.settle(mask, value)
    return bounds


def best_partition(bounds: SetBounds, most_arms: int) -> tuple[float, set[int]]:
    """Value and sets of the best partition into at most so many sets."""
    best: tuple[float, set[int]] = (-np.inf, set())
    for parts in partitions([str(g) for g in range(bounds.groups)]):
        masks = {sum(1 << int(g) for g in part) for part in parts}
        value = float(bounds.upper[list(masks)].sum())
        if len(masks) <= most_arms and value > best[0]:
            best = value, masks
    return best


questions = st.tuples(st.integers(0, 10**6), st.integers(1, 5), st.sampled_from([0.0, 0.2, 0.6]))


@settings(max_examples=60)
@given(questions, st.integers(1, 5))
def test_the_relaxation_is_above_and_prices_out_nothing_that_is_needed(
    question: tuple[int, int, float], most_arms: int
) -> None:
    bounds = random_bounds(*question)
    value, masks = best_partition(bounds, most_arms)
    relaxed = relax(bounds, most_arms, np.empty(0, dtype=np.int64))
    assert relaxed.value >= value - 1e-9
    for mask in masks:
        assert relaxed.reduced[mask] >= value - relaxed.value - 1e-9
    if np.isneginf(relaxed.value):
        assert np.isneginf(value)
    else:
        assert np.isfinite(bounds.upper[relaxed.support]).all()


@settings(max_examples=40)
@given(questions, st.integers(1, 5))
def test_the_integer_form_is_the_best_partition(question: tuple[int, int, float], most_arms: int) -> None:
    bounds = random_bounds(*question)
    value, _ = best_partition(bounds, most_arms)
    masks = np.flatnonzero(np.isfinite(bounds.upper) & (np.arange(len(bounds.upper)) > 0))
    found = choose(unlimited(masks, bounds.upper[masks]), bounds.groups, SharedLimits(most_arms))
    if np.isneginf(value):
        assert found is None
        return
    assert found is not None
    bound, chosen = found
    assert bound >= value - 1e-7
    assert bounds.upper[masks[chosen]].sum() == pytest.approx(value, abs=1e-7)
    assert sum(masks[chosen]) == (1 << bounds.groups) - 1
    assert len(chosen) <= most_arms


def test_a_relaxation_can_be_stronger_than_no_sets_at_all_and_weaker_than_whole_ones() -> None:
    """Three subgroups, two arms; each pair is worth 2, each alone 0.5, all three 2: half of each pair gives 3."""
    bounds = SetBounds(np.full(3, 2.0))
    for mask in range(1, 8):
        bounds.settle(mask, 0.5 if mask in (1, 2, 4) else 2.0)
    relaxed = relax(bounds, 2, np.empty(0, dtype=np.int64))
    assert relaxed.value == pytest.approx(3.0, abs=1e-6)
    found = choose(unlimited(np.arange(1, 8), bounds.upper[1:]), 3, SharedLimits(2))
    assert found is not None
    assert found[0] == pytest.approx(2.5)


# -- patients and money ---------------------------------------------------------------------------------------


def random_columns(seed: int, groups: int, count: int) -> Columns:
    """Several columns a set may have, with sizes and prices in whole units, as real ones have."""
    rng = np.random.default_rng(seed)
    masks = np.append(rng.integers(1, 1 << groups, size=count), 1 << np.arange(groups))
    size = len(masks)
    return Columns(
        masks.astype(np.int64),
        rng.uniform(0, 1, size),
        np.column_stack([rng.integers(10, 200, size), rng.integers(100, 900, size), rng.integers(0, 9, size) / 64]),
    )


def allowed(columns: Columns, groups: int, within: SharedLimits) -> Iterator[tuple[int, ...]]:
    """Every choice of columns that serves each subgroup once, within the resources."""
    for count in range(1, within.arms + 1):
        if within.exactly and count < within.arms:
            continue
        for chosen in combinations(range(len(columns)), count):
            rows = list(chosen)
            masks = columns.masks[rows]
            if np.bitwise_or.reduce(masks) != (1 << groups) - 1 or masks.sum() != (1 << groups) - 1:
                continue
            if (columns.takes[rows].sum(axis=0) <= within.most).all():
                yield chosen


@settings(max_examples=60)
@given(
    st.integers(0, 10**6),
    st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from([np.inf, 150.0, 300.0]),
    st.sampled_from([np.inf, 800.0, 1500.0]),
    st.sampled_from([np.inf, 0.0, 0.125, 0.25]),
)
def test_resources(
    seed: int, groups: int, arms: int, exactly: bool, patients: float, money: float, burden: float
) -> None:
    columns, within = random_columns(seed, groups, 7), SharedLimits(arms, exactly, np.array([patients, money, burden]))
    every = list(allowed(columns, groups, within))
    found = choose(columns, groups, within)
    if not every:
        assert found is None
        return
    assert found is not None
    best = max(columns.values[list(chosen)].sum() for chosen in every)
    assert found[0] == pytest.approx(best, abs=1e-7)
    assert tuple(sorted(found[1].tolist())) in every
    assert columns.values[found[1]].sum() == pytest.approx(best, abs=1e-7)
    fewest = choose(columns, groups, within, fewest_patients_at=best - 0.2)
    assert fewest is not None
    least = min(
        columns.takes[list(chosen), PATIENTS].sum()
        for chosen in every
        if columns.values[list(chosen)].sum() >= best - 0.2
    )
    assert columns.takes[fewest[1], PATIENTS].sum() == pytest.approx(least)
    second = choose(columns, groups, within, forbidden=[found[1].tolist()])
    others = [chosen for chosen in every if not set(found[1].tolist()) <= set(chosen)]
    assert (second is None) == (not others)
    if second is not None:
        best = max(columns.values[list(chosen)].sum() for chosen in others)
        assert second[0] == pytest.approx(best, abs=1e-7)


def test_a_subgroup_that_no_column_serves() -> None:
    columns = unlimited(np.array([1, 2]), np.array([1.0, 1.0]))
    assert choose(columns, 3, SharedLimits(3)) is None
