"""Shipped files are found by name, and names that are not there are met with the nearest that is."""

from __future__ import annotations

import pytest

import trialopt
from trialopt import catalog


def test_every_shipped_instance_reads():
    shipped = catalog.instances()
    assert {"tiny_duo", "rrmm_early_relapse"} <= {s.name for s in shipped}
    assert len({s.name for s in shipped}) == len(shipped)
    for one in shipped:
        assert one.title
        assert trialopt.read(catalog.find(one.name)).title


def test_a_path_wins_over_a_name(tmp_path, monkeypatch):
    (tmp_path / "tiny_duo").mkdir()
    monkeypatch.chdir(tmp_path)
    assert catalog.find("tiny_duo").resolve() == (tmp_path / "tiny_duo").resolve()


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
