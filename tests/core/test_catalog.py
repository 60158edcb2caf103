"""Shipped files are found by name, and names that are not there are met with the nearest that is."""

from __future__ import annotations

import shutil

import pytest

import trialopt
from trialopt.core import catalog


def test_every_shipped_instance_reads():
    shipped = catalog.instances()
    assert {"tiny_duo", "rrmm_early_relapse"} <= {s.name for s in shipped}
    assert len({s.name for s in shipped}) == len(shipped)
    for one in shipped:
        assert one.title
        assert trialopt.read(catalog.find(one.name)).title


def test_the_path_of_an_instance_wins_over_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(catalog.find("tiny_duo"), tmp_path / "tiny_duo")
    assert catalog.find("tiny_duo").resolve() == (tmp_path / "tiny_duo").resolve()


def test_a_run_folder_does_not_hide_the_shipped_instance_of_its_name(tmp_path, monkeypatch):
    shipped = catalog.find("tiny_duo")
    (tmp_path / "tiny_duo").mkdir()
    (tmp_path / "tiny_duo" / "solution.json").write_text("{}")
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert catalog.find("tiny_duo") == shipped
    assert catalog.find("./tiny_duo").resolve() == (tmp_path / "tiny_duo").resolve()
    assert catalog.find("mine").resolve() == (tmp_path / "mine").resolve()


def test_an_unknown_name_is_met_with_the_nearest():
    with pytest.raises(FileNotFoundError, match="did you mean rrmm_early_relapse"):
        catalog.find("rrmm_early_relaps")
    with pytest.raises(FileNotFoundError, match=r"shipped are .*rrmm_early_relapse, "):
        catalog.find("zzz")


def test_solver_files():
    for name in ("quick.opt", "default.opt", "proof.opt"):
        assert catalog.solver_file("highs", name).is_file()
    with pytest.raises(FileNotFoundError, match=r"no solver file highs/quik\.opt; there are: .*quick\.opt"):
        catalog.solver_file("highs", "quik.opt")
