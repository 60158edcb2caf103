"""Bounds of sets stay above what real sequences reach, and say impossible only of what is."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.small import members
from trialopt.engine.relaxation import SetBounds


def best_of_sets(values: np.ndarray) -> np.ndarray:
    """(2**G,) value of the best sequence for every set, from values (sequences, G)."""
    groups = values.shape[1]
    best = np.zeros(1 << groups)
    for mask in range(1, 1 << groups):
        best[mask] = values[:, members(mask)].sum(axis=1).max()
    return best


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 6), st.floats(0, 0.5))
def test_no_set_is_worth_more_than_its_bound(seed: int, groups: int, sequences: int, forbidden: float) -> None:
    rng = np.random.default_rng(seed)
    constant = rng.uniform(0.1, 1, size=groups)
    values = constant - rng.exponential(0.5, size=(sequences, groups))
    values[rng.random(values.shape) < forbidden] = -np.inf
    truth = best_of_sets(values)
    bounds = SetBounds(constant)
    for _ in range(3):
        for mask in rng.integers(1, 1 << groups, size=3).tolist():
            slack = 0.0 if np.isneginf(truth[mask]) else float(rng.choice([0.0, 0.1]))
            bounds.settle(mask, float(truth[mask]) + slack)
        bounds.propagate()
        assert (bounds.upper[1:] >= truth[1:] - 1e-9).all()
        assert np.isneginf(truth[1:][np.isneginf(bounds.upper[1:])]).all()
        assert bounds.exact[np.isneginf(bounds.upper)].all()


def test_by_hand() -> None:
    """Singles worth 3, 2, 1, pairs 4, 3, 2: three together at most (4 + 3 + 2) / 2 = 4.5, less than 4 + 1 or 3 + 2."""
    bounds = SetBounds(np.array([5.0, 5.0, 5.0]))
    for mask, upper in {1: 3.0, 2: 2.0, 4: 1.0, 3: 4.0, 5: 3.0, 6: 2.0}.items():
        bounds.settle(mask, upper)
    bounds.propagate()
    assert bounds.upper[7] == 4.5
    assert not bounds.exact[7]


def test_a_set_with_an_impossible_part_is_impossible() -> None:
    bounds = SetBounds(np.array([1.0, 1.0, 1.0]))
    bounds.settle(0b011, -np.inf)
    bounds.propagate()
    assert np.isneginf(bounds.upper[[0b011, 0b111]]).all()
    assert np.isfinite(bounds.upper[[1, 2, 4, 0b101, 0b110]]).all()


def test_settling_never_raises_a_bound() -> None:
    bounds = SetBounds(np.array([1.0]))
    bounds.settle(1, 0.5)
    bounds.settle(1, 0.7)
    assert bounds.upper[1] == 0.5
