"""Regimens' own factors under many truths: what is held of them is bounded, and what comes out is the same."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from trialopt.core import truths as core_truths
from trialopt.core.catalog import find
from trialopt.core.coefficients import coefficients
from trialopt.core.instance import Instance
from trialopt.engine import truths
from trialopt.engine.regimens import enumerate_regimens
from trialopt.engine.truth_limits import TruthLimits, without_limits
from trialopt.engine.truths import TruthNumbers
from trialopt.reading import build, load
from trialopt.reading.document import document


@pytest.fixture(scope="module")
def instance() -> Instance:
    """One with required coverage and factors of its regimens, under 30 truths."""
    base = load(find("tiny_duo"))
    tables = {name: [dict(row.cells) for row in rows] for name, rows in base.tables.items()}
    tables["mechanisms"] = [{**row, "min_coverage": "0.4"} for row in tables["mechanisms"]]
    return build(document("pieces", {**base.settings, "uncertainty": {"draws": 30, "confidence": 0.5}}, tables))


def test_in_pieces_as_at_once(instance, monkeypatch):
    c, at = coefficients(instance), (np.array([0, 1]), np.array([0, 0]))
    assert instance.truths is not None
    regimens = enumerate_regimens(instance, without_limits(c), 0)
    assert len(regimens) > 4

    def found() -> tuple[list[float], list[int]]:
        assert instance.truths is not None
        numbers = TruthNumbers(instance, instance.truths)
        mean = numbers.averaged(regimens, 0, *at, [np.full(30, 1 / 30)])[0]
        return mean.ravel().tolist(), TruthLimits(numbers, c).covering(0, regimens).tolist()

    whole = found()
    monkeypatch.setattr(truths, "FACTORS", 60)
    assert TruthNumbers(instance, instance.truths).piece == 2
    pieces = found()
    assert pieces[0] == pytest.approx(whole[0], abs=1e-15)
    assert pieces[1] == whole[1]
    assert len(set(whole[1])) > 1


def test_few_factors_are_remembered_and_none_is_sent(instance, monkeypatch):
    assert instance.truths is not None
    fresh = pickle.loads(pickle.dumps(instance.truths))
    assert fresh._factors == {}
    monkeypatch.setattr(core_truths, "HELD", 2 * 30)
    sets = (["bortezomib"], ["daratumumab"], ["lenalidomide"], ["bortezomib", "daratumumab"])
    for agents in sets:
        assert fresh.factor(agents).tolist() == instance.truths.factor(agents).tolist()
    assert len(fresh._factors) == 2
    assert len({instance.truths.factor(agents)[0] for agents in sets}) == 4
