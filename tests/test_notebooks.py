"""Every notebook (percent script) runs from start to end, each in a folder and a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.py"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(notebook, tmp_path):
    done = subprocess.run([sys.executable, str(notebook)], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_a_percent_script_with_words(notebook):
    text = notebook.read_text(encoding="utf-8")
    assert text.startswith("# %% [markdown]\n# # ")
    assert text.count("# %% [markdown]") >= 3


def test_three_arms_are_worth_more_than_one():
    script = next(path for path in NOTEBOOKS if "compare_allocations" in path.stem)
    names: dict[str, object] = {}
    exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), names)
    summary = names["comparison"].summary.set_index("run")  # type: ignore[attr-defined]
    assert summary.loc["three arms", "value"] >= summary.loc["one arm", "value"]
    assert (summary["gap"] <= 1e-4).all()
    assert (summary["bound"] >= summary["value"]).all()
