"""Beside every script of `notebooks/` stands the same as a notebook, without outputs. `UPDATE_GOLDEN=1` writes it."""

from __future__ import annotations

import os
from pathlib import Path

import jupytext
import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
SCRIPTS = sorted(FOLDER.glob("*.py"))
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def as_notebook(script: Path) -> str:
    """Text of the notebook of a script: a cell's id is its position, and nothing tells of the machine."""
    notebook = jupytext.reads(script.read_text(encoding="utf-8"), fmt="py:percent")
    notebook.metadata = nbformat.from_dict(KERNEL)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_notebook_is_what_the_script_gives(script: Path) -> None:
    there, now = script.with_suffix(".ipynb"), as_notebook(script)
    if os.environ.get("UPDATE_GOLDEN"):
        there.write_text(now, encoding="utf-8", newline="\n")
    assert there.read_text(encoding="utf-8") == now
    notebook = nbformat.reads(now, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_no_notebook_is_without_its_script() -> None:
    assert [path.stem for path in sorted(FOLDER.glob("*.ipynb"))] == [path.stem for path in SCRIPTS]
