"""The compact model as text: the rows of every family on a tiny instance, and a hash for each shipped instance.

`UPDATE_GOLDEN=1 pytest -m "slow or not slow" tests/model/test_golden.py` writes them anew. Numbers are kept to nine
digits, so that the last bits of an exponential, which differ between processors, do not count.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from tests.model.small import small
from trialopt.core.catalog import find, instances
from trialopt.model import build as build_model
from trialopt.model import objective, write_lp
from trialopt.model.formulation import families
from trialopt.reading import build, read
from trialopt.reading.document import Document

GOLDEN = Path(__file__).parent / "golden"
SHIPPED = GOLDEN / "shipped.txt"
FAMILIES = [family.name for family in families()]
NAMES = [instance.name for instance in instances()]
SLOW = {"biomarker_umbrella", "rrmm_early_relapse", "rrmm_early_relapse_sized", "rrmm_early_relapse_pfs"}
"""Shipped instances whose model takes seconds to write."""

COARSE = 0.1
"""Tangents of the tiny instances: few, so that the files can be read."""

TOXIC: dict[str, Any] = {
    "categories": [{"category": "e", "limit": 0.4, "cumulative_limit": 0.6}],
    "toxicity": [{"agent": d, "category": "e", "probability": p} for d, p in (("a", 0.3), ("b", 0.2), ("c", 0))],
}
RESISTANT: dict[str, Any] = {
    "mechanisms": [{"mechanism": "m", "min_coverage": 0.15, "min_active": 1}],
    "prevalence": [{"subgroup": "g", "mechanism": "m", "prevalence": 0.2}],
    "retained": [{"mechanism": "m", "key": "a", "retained": 0}],
}
TWO_GROUPS = [{"subgroup": "g", "share": 0.9}, {"subgroup": "h", "share": 0.1}]


def asking(uncertainty: dict[str, Any], **parts: Any) -> Document:
    """A small document that asks something under drawn truths."""
    made = small(**parts)
    return replace(made, settings={**made.settings, "uncertainty": uncertainty})


TINY: dict[str, Document] = {
    "choice": small(levels=[{"agent": "a", "level": v, "activity_factor": f} for v, f in (("full", 1), ("half", 0.5))]),
    "arms": small(subgroups=TWO_GROUPS),
    "counts": small(epoch={"min_agents": 1}),
    "together": small(rules={"not_together": [["x", "b"], ["b", "c"]]}),
    "requires": small(rules={"requires": {"a": ["y", "z"]}}),
    "once": small(epochs=2, rules={"once": ["a"]}),
    "not_after": small(epochs=2, rules={"not_after": [{"item": "a", "after": "b"}]}),
    "contents": small(trial={"include": ["z"], "exclude": ["b"]}),
    "pairs": small(max_agents=3, interactions=[{"a": "a", "b": "b", "activity": -1}]),
    "toxicity": small(epochs=2, **TOXIC),
    "emergence": small(epochs=2, **RESISTANT, emergence=[{"mechanism": "m", "key": "a", "multiplier": 3}]),
    "exponent": small(epochs=2, trial={"carry": 0.5}, interactions=[{"a": "a", "b": "b", "activity": -1}]),
    "required": small(**RESISTANT),
    "residual": small(),
    "harm": small(trial={"no_harm": True}, control={"s1": ["b"]}),
    "regimens": asking({"draws": 3, "confidence": 0.9}, **RESISTANT),
    "drawn": asking({"draws": 2, "objective": "mean"}),
    "confidence": asking(
        {"draws": 2, "confidence": 0.5}, epochs=2, trial={"no_harm": True}, control={"s1": ["b"]}, **TOXIC
    ),
    "objective": small(epochs=2, trial={"toxicity_weight": 0.1}, **TOXIC),
    "cutoffs": small(subgroups=TWO_GROUPS),
}
"""For each family an instance that has rows of it."""


def test_no_family_lacks_a_golden_model() -> None:
    assert list(TINY) == FAMILIES
    assert {path.stem for path in GOLDEN.glob("*.lp")} == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_rows_of_a_family_are_as_written(family: str, tmp_path: Path) -> None:
    model = build_model(build(TINY[family]), COARSE)
    if family == "cutoffs":
        chosen = np.zeros((2, 1, 3))
        chosen[:, 0, 0] = 1
        objective.cut_subgroup(model, model.space, chosen, 0)
        objective.cut_arm(model, model.space, chosen, [0, 1])
        objective.cut_design(model, model.space, chosen, [[0, 1]])
    for row in model.component_data_objects(pyo.Constraint):
        if row.parent_block().name != family:
            row.deactivate()
    assert family == "objective" or any(model.component_data_objects(pyo.Constraint, active=True))
    held(GOLDEN / f"{family}.lp", lp_text(model, tmp_path))


def test_no_shipped_instance_lacks_a_hash() -> None:
    if not os.environ.get("UPDATE_GOLDEN"):
        assert list(hashes()) == sorted(NAMES)


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in NAMES])
def test_the_model_of_a_shipped_instance_is_as_hashed(name: str, tmp_path: Path) -> None:
    text = lp_text(build_model(read(find(name))), tmp_path)
    found = f"{text.count(chr(10))} lines {sha256(text.encode()).hexdigest()}"
    if os.environ.get("UPDATE_GOLDEN"):
        lines = {**{n: line for n, line in hashes().items() if n in NAMES}, name: found}
        SHIPPED.write_text("".join(f"{n}: {line}\n" for n, line in sorted(lines.items())), encoding="utf-8")
    assert hashes().get(name) == found


def hashes() -> dict[str, str]:
    """What is kept of each shipped instance's model: how long its text is, and its hash."""
    if not SHIPPED.exists():
        return {}
    return dict(line.split(": ") for line in SHIPPED.read_text(encoding="utf-8").splitlines())


def held(path: Path, text: str) -> None:
    """The file says the same as the text, or is written anew."""
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


NUMBER = re.compile(r"(?<![\w.(])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.()])")


def lp_text(model: pyo.ConcreteModel, folder: Path) -> str:
    """The model as LP text, its numbers to nine digits."""
    text = write_lp(model, folder / "model.lp").read_text(encoding="utf-8")
    return NUMBER.sub(lambda found: f"{float(found.group()):+.9g}", text)
