"""The printed formulation is the model: every family, in the order it is built, and no row without one."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pyomo.environ as pyo
import pytest

from tests.random_documents import random_document
from trialopt.core.catalog import find
from trialopt.model import assemble, write_lp
from trialopt.model import build as build_model
from trialopt.model.formulation import FAMILIES, families, formulation
from trialopt.reading import build, read


def test_families_are_those_of_build_in_order() -> None:
    calls = [
        node.func.value.id
        for node in ast.walk(ast.parse(inspect.getsource(assemble.build)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add"
    ]
    assert [name for name in calls if name != "rows"] == list(FAMILIES)


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_each_family_states_its_mathematics_and_source(family: object) -> None:
    assert family.title.endswith(".")
    assert "\n    " in f"\n{family.text}"
    assert "Source: model" in family.text


def test_the_text_holds_every_family() -> None:
    text = formulation()
    for number, family in enumerate(families(), start=1):
        assert f"{number}. {family.title}\n" in text


def test_no_solver_is_imported_to_print_it() -> None:
    code = "import sys, trialopt.model.formulation as f; f.formulation(); assert 'pyomo' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_names_of_rows_carry_the_family(seed: int) -> None:
    model = build_model(build(random_document(seed)))
    for row in model.component_data_objects(pyo.Constraint):
        assert row.parent_block().name in FAMILIES


def test_the_written_model_is_readable(tmp_path: Path) -> None:
    text = write_lp(read(find("tiny_duo")), tmp_path / "tiny.lp").read_text()
    assert "toxicity_epoch(frail_neutropenia_induction)" in text
    assert "choice_given(fit_lenalidomide_mg25_induction)" in text
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.lp"]
