"""The printed formulation is the model: every family, in the order it is built, and no row without one."""

from __future__ import annotations

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
from trialopt.model.formulation import families, formulation
from trialopt.reading import build, read


def test_families_are_those_of_build_in_order() -> None:
    assert [f"add_{family.name}" for family in families()] == [add.__name__ for add in assemble.FAMILIES]


def test_no_family_is_left_out() -> None:
    modules = {inspect.getmodule(add) for add in assemble.FAMILIES}
    there = {name for module in modules for name in vars(module) if name.startswith("add_")}
    parts = {"add_rows", "add_tangent", "add_tangents", "add_drawn_tangents"}
    assert there - parts == {add.__name__ for add in assemble.FAMILIES}


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
        assert row.parent_block().name in {family.name for family in families()}


def test_the_written_model_is_readable(tmp_path: Path) -> None:
    text = write_lp(read(find("tiny_duo")), tmp_path / "tiny.lp").read_text()
    assert "toxicity_epoch(frail_neutropenia_induction)" in text
    assert "choice_given(fit_lenalidomide_mg25_induction)" in text
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.lp"]
