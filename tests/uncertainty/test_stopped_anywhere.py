"""A search stopped at any moment says that it was stopped: it ends by itself only with a design or a proof."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trialopt import engine
from trialopt.core.catalog import find
from trialopt.core.coefficients import coefficients
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.engine import regimens, skyline, truth_limits, truths
from trialopt.engine.regimens import Stopped
from trialopt.engine.tables import build_tables
from trialopt.reading import build, load
from trialopt.reading.document import document

DRAWN: dict[str, Any] = {"draws": 20, "objective": "cvar", "tail": 0.2}


class After(Monitor):
    """Says stop from the n-th time it is asked on."""

    def __init__(self, times: int) -> None:
        super().__init__(Limits())
        self.times, self.asked = times, 0

    def stop(self) -> str | None:
        self.asked += 1
        return "time_limit" if self.asked > self.times else None


@pytest.mark.parametrize("drawn", [None, DRAWN, DRAWN | {"objective": "mean"}, DRAWN | {"confidence": 0.6}])
def test_a_search_ends_by_itself_only_with_an_answer(drawn: dict[str, Any] | None) -> None:
    instance = _drawn(drawn)
    times, monitor = 0, After(0)
    while monitor.asked > monitor.times or times == 0:
        monitor = After(times)
        outcome = engine.search(instance, monitor)
        assert outcome.design is not None or np.isneginf(outcome.bound) or outcome.stopped == "time_limit", times
        times += 1 + times // 8


def _drawn(drawn: dict[str, Any] | None) -> Instance:
    base = load(find("tiny_duo"))
    tables = {name: [dict(row.cells) for row in rows] for name, rows in base.tables.items()}
    settings = {**base.settings} if drawn is None else {**base.settings, "uncertainty": drawn}
    return build(document("stopped", settings, tables))


@pytest.mark.parametrize("drawn", [None, {"draws": 20, "objective": "mean", "confidence": 0.6}])
def test_every_step_of_a_large_enumeration_heeds_the_wish_to_stop(
    drawn: dict[str, Any] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With pieces of a few regimens each, tabulating asks so often that it can be stopped in any of them."""
    instance = _drawn(drawn)
    c, asked, within = coefficients(instance), [0], [0]

    def never() -> bool:
        asked[0] += 1
        return False

    build_tables(instance, c, never)
    whole = asked[0]
    monkeypatch.setattr(regimens, "PIECE", 3)
    monkeypatch.setattr(skyline, "CHUNK", 1)
    monkeypatch.setattr(skyline, "ASKED", 1)
    monkeypatch.setattr(truths, "AT_ONCE", 4)
    monkeypatch.setattr(truth_limits, "AT_ONCE", 4)
    asked[0] = 0
    build_tables(instance, c, never)
    often = asked[0]
    assert often > whole + 5
    for times in range(0, often, 1 + often // 25):
        within[0] = 0

        def after(times: int = times) -> bool:
            within[0] += 1
            return within[0] > times

        with pytest.raises(Stopped):
            build_tables(instance, c, after)
        assert within[0] == times + 1  # the first yes ends it


def test_pieces_of_a_large_table_have_the_numbers_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = _drawn({"draws": 20, "objective": "mean", "confidence": 0.6, "default": {"arm_deviation": 0.1}})
    c = coefficients(instance)
    asked = [0]

    def never() -> bool:
        asked[0] += 1
        return False

    whole, before = build_tables(instance, c, never), asked[0]
    monkeypatch.setattr(regimens, "PIECE", 3)
    monkeypatch.setattr(truths, "PIECE", 3)
    monkeypatch.setattr(truths, "ASKED", 1)
    parts = build_tables(instance, c, never)
    assert asked[0] > 3 * before
    for one, other in zip(whole.epochs, parts.epochs, strict=True):
        assert np.array_equal(one.regimens.options, other.regimens.options)
        assert np.allclose(one.alone, other.alone, rtol=0, atol=1e-14)
        assert np.allclose(one.survive, other.survive, rtol=0, atol=1e-14)
