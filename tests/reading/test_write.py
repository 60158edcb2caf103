"""A document written as a folder reads back as the same question."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.random_documents import random_document
from tests.reading.base import Folder
from trialopt.reading import build, document, load, read, write
from trialopt.reading.toml_values import toml_text


@pytest.mark.parametrize("seed", range(12))
def test_random_documents_come_back(tmp_path: Path, seed: int) -> None:
    original = random_document(seed)
    assert read(write(original, tmp_path / "again")).sha256 == build(original).sha256


def test_scenario_becomes_a_folder(folder: Folder, tmp_path: Path) -> None:
    path = folder.scenario('[trial]\ncarry = 0.3\n[[table.reach]]\nsubgroup="fit"\nepoch="maintenance"\nreach=0.9')
    assert read(write(load(path), tmp_path / "new" / "folder")).sha256 == read(path).sha256


def test_text_survives(tmp_path: Path) -> None:
    nasty = 'a "quoted", line\nof ünïcode; =1+1'
    settings = {"title": nasty, "trial": {"max_arms": 1}, "epoch": [{"id": "one", "cycles": 1, "max_agents": 1}]}
    tables = {"agents": [{"agent": "a", "class": "b", "note": nasty}], "subgroups": [{"subgroup": "g", "share": 1}]}
    again = load(write(document("x", settings, tables), tmp_path / "x"))
    assert again.settings == settings
    assert again.tables["agents"][0].cells["note"] == nasty


def test_settings_come_back() -> None:
    settings = {
        "title": 'tab\t "q" \\ \x7f',
        "trial": {"no_harm": True, "budget": 4e7, "include": ["a"], "interim": {"looks": 2}},
        "epoch": [{"id": "one", "weight": 0.1}, {"id": "two"}],
        "rules": {"not_after": [{"item": "a", "after": "b"}], "requires": {"a b": ["c"]}, "not_together": [["a", "b"]]},
    }
    assert tomllib.loads(toml_text(settings)) == settings


def test_nothing_is_overwritten_and_nothing_left_behind(folder: Folder, tmp_path: Path) -> None:
    original = load(folder.path)
    with pytest.raises(FileExistsError, match="is there already"):
        write(original, folder.path)
    unwritable = document("x", {"when": object()}, {"agents": [{"agent": "a"}]})
    write(unwritable, tmp_path / "odd")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["duo", "odd"]
