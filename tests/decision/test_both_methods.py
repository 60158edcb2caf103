"""`method="both"`: proven by the engine and by the compact program, with an error when they disagree."""

from __future__ import annotations

from dataclasses import replace

import pytest

import trialopt
from trialopt import model
from trialopt.core import catalog
from trialopt.decision.solving import solve


def test_two_proofs_of_one_answer():
    solution = solve(trialopt.read(catalog.find("tiny_duo")), method="both")
    assert solution.ending == "optimal"
    assert solution.provenance["method"] == "both"


def test_a_disagreement_is_an_error(monkeypatch):
    search = model.search
    monkeypatch.setattr(model, "search", lambda *a, **k: replace(search(*a, **k), bound=0.4))
    with pytest.raises(RuntimeError, match="disagree"):
        solve(trialopt.read(catalog.find("tiny_duo")), method="both")
