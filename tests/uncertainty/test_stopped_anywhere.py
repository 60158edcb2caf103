"""A search stopped at any moment says that it was stopped: it ends by itself only with a design or a proof."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trialopt import engine
from trialopt.core.catalog import find
from trialopt.core.run import Limits, Monitor
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
    base = load(find("tiny_duo"))
    tables = {name: [dict(row.cells) for row in rows] for name, rows in base.tables.items()}
    settings = {**base.settings} if drawn is None else {**base.settings, "uncertainty": drawn}
    instance = build(document("stopped", settings, tables))
    times, monitor = 0, After(0)
    while monitor.asked > monitor.times or times == 0:
        monitor = After(times)
        outcome = engine.search(instance, monitor)
        assert outcome.design is not None or np.isneginf(outcome.bound) or outcome.stopped == "time_limit", times
        times += 1 + times // 8
