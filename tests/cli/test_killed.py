"""Commands killed while they write; `python -m tests.killing` does it often."""

from __future__ import annotations

import pytest

from tests.killing import CASES, kill_often


@pytest.mark.parametrize("name", ["solve", "alternatives"])
def test_a_killed_write_leaves_one_run(name):
    assert kill_often(name, 2).total() == 2


@pytest.mark.many
@pytest.mark.parametrize("name", CASES)
def test_killed_many_times(name):
    assert kill_often(name, 200).total() == 200
