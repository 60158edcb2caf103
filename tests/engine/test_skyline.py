"""The rows that no other matches or beats, against a comparison of every row with every other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialopt.engine import skyline as module
from trialopt.engine.skyline import skyline


def naive(values: np.ndarray, tie: np.ndarray) -> set[int]:
    """Indices of the rows to keep; of equal rows the one with the least tie, then the first."""
    keep = set()
    for i, mine in enumerate(values):
        beaten = False
        for j, other in enumerate(values):
            if i == j or not (other >= mine).all():
                continue
            beaten |= bool((other > mine).any()) or (tie[j], j) < (tie[i], i)
        if not beaten:
            keep.add(i)
    return keep


def grids(most_rows: int, most_columns: int) -> st.SearchStrategy[np.ndarray]:
    cell = st.sampled_from([0.0, 1.0, 2.0, 3.0, -1.5, -np.inf])
    return st.integers(1, most_columns).flatmap(
        lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=most_rows).map(
            np.array
        )
    )


@given(grids(25, 4), st.data())
def test_against_every_pair(values: np.ndarray, data: st.DataObject) -> None:
    tie = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values))))
    groups = np.array(data.draw(st.lists(st.integers(0, 2), min_size=values.shape[1], max_size=values.shape[1])))
    expected = naive(values, tie)
    assert set(skyline(values, tie).tolist()) == expected
    assert set(skyline(values, tie, groups).tolist()) == expected


@pytest.mark.parametrize("chunk", [7, 256])
def test_more_rows_than_a_block(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(module, "CHUNK", chunk)
    values = np.random.default_rng(3).integers(0, 6, size=(400, 3)).astype(float)
    tie = np.zeros(len(values), dtype=np.int64)
    assert set(skyline(values, tie, np.array([0, 0, 1])).tolist()) == naive(values, tie)


def test_the_order_is_that_of_the_sum() -> None:
    values = np.array([[0.0, 1.0], [3.0, 0.0], [2.0, 2.0], [0.0, 0.0]])
    assert skyline(values, np.zeros(4, dtype=np.int64)).tolist() == [2, 1]
