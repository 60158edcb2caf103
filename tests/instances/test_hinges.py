"""The tables of hinges in the READMEs, recomputed."""

from __future__ import annotations

import re
from functools import cache

import pytest

import trialopt
from tests.instances.switched import best, changed, switched
from trialopt.core.catalog import find
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.evaluation import evaluate

NAMES = [
    "ndmm_transplant_eligible",
    "ndmm_frail",
    "rrmm_early_relapse_sized",
    "rrmm_triple_class",
    "biomarker_umbrella",
]
ROW = re.compile(r"^\| (\w+) `(\w+)` \| (none|[\d.]+) \| .+ \|$", re.MULTILINE)
INERT = re.compile(r"^\* (\w+): (.+)$", re.MULTILINE)


def told(name: str) -> tuple[dict[tuple[str, str], str], set[tuple[str, str]]]:
    """What the README says: value by (kind, name) of what the arms hinge on, and what is inert."""
    path = find(name)
    page = path / "README.md" if path.is_dir() else path.with_suffix(".md")
    text = page.read_text(encoding="utf-8").split("## What the arms hinge on")[1]
    inert = {
        (kind.removesuffix("s"), item) for kind, items in INERT.findall(text) for item in re.findall(r"`(\w+)`", items)
    }
    return {(kind, item): value for kind, item, value in ROW.findall(text)}, inert


@cache
def first(name: str) -> tuple[Instance, Design]:
    instance = trialopt.read(find(name))
    design = best(instance)
    assert design is not None
    return instance, design


def held(name: str, kind: str, item: str, without: Instance) -> None:
    hinges, inert = told(name)
    design, after = first(name)[1], best(without)
    if (kind, item) in hinges:
        value = hinges[kind, item]
        if value == "none":
            assert after is None
            return
        assert after is not None
        assert changed(without, design, after)
        assert evaluate(without, after).value == pytest.approx(float(value), abs=2e-4)
    else:
        assert (kind, item) in inert
        assert after is not None
        assert not changed(without, design, after)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_speaks_of_everything_once(name: str) -> None:
    hinges, inert = told(name)
    assert hinges
    assert inert
    assert set(hinges) & inert == set()
    assert set(hinges) | inert == {(kind, item) for kind, item, _ in switched(first(name)[0])}


@pytest.mark.parametrize(("name", "kind", "item"), [
    ("ndmm_transplant_eligible", "agent", "iberdomide"), ("ndmm_transplant_eligible", "agent", "high_dose_melphalan"),
    ("ndmm_frail", "limit", "hyperglycaemia"), ("rrmm_early_relapse_sized", "agent", "pomalidomide"),
    ("rrmm_triple_class", "agent", "talquetamab"),
    ("biomarker_umbrella", "mechanism", "t11_14"),
])  # fmt: skip
def test_a_few_entries(name: str, kind: str, item: str) -> None:
    (without,) = (w for k, i, w in switched(first(name)[0]) if (k, i) == (kind, item))
    held(name, kind, item, without)


@pytest.mark.many
@pytest.mark.parametrize("name", NAMES)
def test_every_entry(name: str) -> None:
    for kind, item, without in switched(first(name)[0]):
        held(name, kind, item, without)
