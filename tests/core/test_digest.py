"""Equal questions have equal digests, and another question has another."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import trialopt
from tests.reading.base import FILES, Folder
from trialopt.core import catalog
from trialopt.core.design import Contraindication, Contribution, Interim, Rules, TrialSettings
from trialopt.core.digest import DISPLAY, FIRST, WRITTEN, digest, plain
from trialopt.core.instance import Instance

ORR_IN = ("agents.csv", "0.3,,,,,", "0.25,fit,,,,")


def _table(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


@pytest.mark.parametrize("seed", range(5))
def test_order_of_rows_and_columns_does_not_matter(folder: Folder, seed: int) -> None:
    random = Random(seed)
    folder.edit(*ORR_IN)
    folder.edit("subgroups.csv", "frail,Frail,80 years or older,0.25", "frail,,,0.1\nolder,,,0.2\nyoung,,,0.3")
    before = folder.read()
    for name in FILES:
        if name.endswith(".csv"):
            header, *rows = _table((folder.path / name).read_text())
            random.shuffle(rows)
            order = random.sample(range(len(header)), len(header))
            width = len(header)
            lines = [[(row + [""] * width)[i] for i in order] for row in [header, *rows]]
            folder.write(name, "\n".join(map(",".join, lines)))
    after = folder.read()
    assert set(after.agents) == set(before.agents)
    assert after.sha256 == before.sha256


def test_names_sources_titles_and_folders_do_not_matter(folder: Folder) -> None:
    before = folder.read()
    folder.edit("trial.toml", "Two epochs, by hand", "Another title")
    folder.edit("subgroups.csv", "80 years or older", "75 years or older")
    folder.edit("agents.csv", "bortezomib,Bortezomib", "bortezomib,Velcade")
    folder.edit("toxicity.csv", "another trial", "a third trial")
    folder.path = folder.path.rename(folder.path.parent / "renamed")
    after = folder.read()
    assert after.name == "renamed"
    assert after.sha256 == before.sha256


CHANGES = {
    "a setting": ("trial.toml", "max_arms = 2", "max_arms = 3"),
    "an epoch": ("trial.toml", "cycles = 12", "cycles = 13"),
    "an id": ("levels.csv", "carfilzomib,low", "carfilzomib,lower"),
    "an activity": ("agents.csv", "0.3,,,,,", "0.31,,,,,"),
    "a rate": ("toxicity.csv", "30,100", "31,100"),
    "a limit": ("limits.csv", "0.45", "0.46"),
    "a multiplier": ("emergence.csv", "imid,3", "imid,4"),
    "a pair": ("interactions.csv", "0.05,0.02", "0.05,0.03"),
    "a precedent": ("precedents.csv", "bortezomib,lenalidomide", "carfilzomib,lenalidomide"),
    "a rule": ("contraindicated.csv", "carfilzomib,lenalidomide", "carfilzomib,"),
    "a control": ("trial.toml", "$", '[control]\ninduction = ["bortezomib"]\n'),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_question_has_another_digest(folder: Folder, change: tuple[str, str, str]) -> None:
    before = folder.read()
    folder.edit(*change)
    assert folder.read().sha256 != before.sha256


def test_epochs_keep_their_order(folder: Folder) -> None:
    folder.write("limits.csv", "category,subgroup,epoch,limit\n")
    before = folder.read()
    top, first, second = FILES["trial.toml"].split("[[epoch]]")
    folder.write("trial.toml", f"{top}[[epoch]]{second}\n[[epoch]]{first}")
    assert folder.read().sha256 != before.sha256


RECORDED_FILE = Path(__file__).with_name("digests.json")
"""Digests of the shipped instances; `UPDATE_GOLDEN=1` writes them anew when instances are rebuilt on purpose."""


def recorded() -> dict[str, str]:
    if os.environ.get("UPDATE_GOLDEN"):
        found = {shipped.name: trialopt.read(shipped.path).sha256 for shipped in catalog.instances()}
        RECORDED_FILE.write_text(json.dumps(dict(sorted(found.items())), indent=1) + "\n", encoding="utf-8")
    written: dict[str, str] = json.loads(RECORDED_FILE.read_text(encoding="utf-8"))
    return written


RECORDED = recorded()


@pytest.mark.parametrize("name", RECORDED)
def test_digests_of_shipped_instances_stay(name: str) -> None:
    """Runs are bound to their question by its digest: a later field, at its default, changes none."""
    assert trialopt.read(catalog.find(name)).sha256 == RECORDED[name]


def test_every_shipped_instance_has_a_recorded_digest() -> None:
    assert set(RECORDED) == {shipped.name for shipped in catalog.instances()}


def _arrays() -> dict[str, str]:
    return {f.name: f.metadata["axes"] for f in fields(Instance) if "axes" in f.metadata}


def test_every_field_is_in_the_digest_or_kept_for_display() -> None:
    names = {f.name for f in fields(Instance)}
    assert set(_arrays()) | WRITTEN | DISPLAY == names, "a new field needs axes, words of its own, or to be for display"
    assert len(_arrays()) + len(WRITTEN) + len(DISPLAY) == len(names)


@pytest.mark.parametrize("name", _arrays())
def test_axes_are_those_of_the_array_and_its_numbers_count(name: str) -> None:
    instance = trialopt.read(catalog.find("rrmm_early_relapse_sized"))
    size = {
        "S": len(instance.epochs),
        "D": len(instance.agents),
        "O": len(instance.option_level),
        "G": len(instance.subgroups),
        "M": len(instance.mechanisms),
        "E": len(instance.categories),
    }
    array = getattr(instance, name)
    assert array.shape == tuple(size[axis] for axis in _arrays()[name])
    other = array.copy()
    other.flat[0] = not other.flat[0] if other.dtype == bool else 7
    assert digest(replace(instance, **{name: other})) != instance.sha256


OTHER: dict[type, dict[str, Any]] = {
    Interim: {"looks": 2, "spending": "pocock"},
    TrialSettings: {
        **{"max_arms": 9, "endpoint": "pfs", "multiplicity": "bonferroni", "method": "freedman"},
        **{"endpoint_epoch": 1, "no_harm": True, "interim": Interim(1, "obrien_fleming")},
        "contribution": Contribution("novel"),
    },
    Contraindication: {},
    Rules: {
        **{"not_together": (("a", "b"),), "requires": (("a", ("b",)),), "precedent": True, "not_after": (("a", "b"),)},
        **{"precedents": frozenset({frozenset("ab")}), "contraindicated": (Contraindication("g", "a"),)},
    },
}
"""A value other than the default, for fields of which 0.123 (trial) or a tuple of one id (rules) is none."""


@pytest.mark.parametrize(
    ("holder", "name"), [(holder, f.name) for holder in (TrialSettings, Rules) for f in fields(holder)]
)
def test_every_setting_and_rule_counts(holder: type, name: str) -> None:
    instance = trialopt.read(catalog.find("tiny_duo"))
    part = "trial" if holder is TrialSettings else "rules"
    value = OTHER[holder].get(name, 0.123 if holder is TrialSettings else ("an_item",))
    changed = replace(getattr(instance, part), **{name: value})
    assert digest(replace(instance, **{part: changed})) != digest(instance)


def test_parts_of_looks_and_contraindications_count() -> None:
    instance = trialopt.read(catalog.find("tiny_duo"))
    looks = [
        *(Interim(1, "pocock"), Interim(2, "pocock"), Interim(1, "obrien_fleming"), Interim(1, "pocock", (0.6,))),
        *(Interim(1, "pocock", None, "binding"), Interim(1, "pocock", None, "binding", "hsd:-2")),
    ]
    barred = [
        Contraindication("g", "a"),
        Contraindication("h", "a"),
        Contraindication("g", "b"),
        Contraindication("g", "a", "b"),
    ]
    digests = {digest(replace(instance, trial=replace(instance.trial, interim=look))) for look in looks}
    digests |= {digest(replace(instance, rules=replace(instance.rules, contraindicated=(row,)))) for row in barred}
    assert len(digests) == len(looks) + len(barred)


def test_display_does_not_count() -> None:
    instance = trialopt.read(catalog.find("tiny_duo"))
    shown = replace(
        instance,
        name="another",
        title="Another",
        sha256="",
        labels={"fit": "Fit"},
        tested=("a trial",),
        sources=(),
        definitions={"fit": "below 75"},
        warnings=("careful",),
    )
    assert digest(shown) == instance.sha256


@dataclass(frozen=True)
class _Later(Interim):
    binding: bool = False


def test_a_later_field_counts_only_when_it_is_not_at_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FIRST, _Later, FIRST[Interim])  # type: ignore[index]
    assert plain(_Later(1, "pocock")) == plain(Interim(1, "pocock"))
    assert plain(_Later(1, "pocock", binding=True)) == {**plain(Interim(1, "pocock")), "binding": True}


def test_a_later_array_counts_only_when_it_is_not_its_default_all_over(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = trialopt.read(catalog.find("tiny_duo"))
    reach = next(f for f in fields(Instance) if f.name == "reach")
    monkeypatch.setattr(reach, "metadata", {"axes": "GS", "default": 1.0})
    kept = {digest(replace(instance, reach=np.full(instance.reach.shape, value))) for value in (1.0, 0.5)}
    without = digest(replace(instance, reach=np.ones(instance.reach.shape)))
    assert without in kept
    assert len(kept) == 2
    assert without != instance.sha256
