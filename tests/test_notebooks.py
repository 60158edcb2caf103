"""Every notebook (percent script) runs from start to end in a folder and a process of its own, all within a minute."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.py"))


TOGETHER = 150.0
"""Seconds of work that all of them may take."""


Run = Callable[[Path], tuple[int, str, float]]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Exit code, errors and seconds of CPU of a notebook, run when first asked for."""

    @cache
    def run(notebook: Path) -> tuple[int, str, float]:
        before = os.times()
        result = subprocess.run(
            [sys.executable, str(notebook)],
            cwd=tmp_path_factory.mktemp(notebook.stem),
            env={**os.environ, "MPLBACKEND": "Agg"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        after = os.times()
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        return result.returncode, result.stderr, spent

    return run


def test_the_notebooks_are_there():
    assert [path.stem for path in NOTEBOOKS] == [
        "01_first_design",
        "02_compare_allocations",
        "03_your_own_instance",
        "04_alternatives_and_fronts",
        "05_many_possible_truths",
        "06_from_design_to_replay",
    ]


FIRST = [NOTEBOOKS[0], *(pytest.param(path, marks=pytest.mark.slow) for path in NOTEBOOKS[1:])]


@pytest.mark.parametrize("notebook", FIRST, ids=lambda path: path.stem)
def test_it_runs(notebook: Path, ran: Run):
    code, errors, _ = ran(notebook)
    assert code == 0, errors
    assert "Traceback" not in errors


@pytest.mark.slow
def test_together_they_are_quick(ran: Run):
    assert sum(ran(notebook)[2] for notebook in NOTEBOOKS) < TOGETHER


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_a_percent_script_with_words(notebook):
    text = notebook.read_text(encoding="utf-8")
    assert text.startswith("# %% [markdown]\n# # ")
    assert text.count("# %% [markdown]") >= 3
