"""Stopped at any moment, the engine claims no more than it knows: the bound holds and the design is feasible."""

from __future__ import annotations

import math

import pytest

from tests.engine.small import oracle, question
from tests.oracle import judge
from tests.plain_designs import as_plain
from trialopt import engine
from trialopt.core.run import Limits, Monitor

SEEDS = range(200, 230)


class Impatient(Monitor):
    """Says stop once it was asked so many times."""

    def __init__(self, calls: int, reason: str = "interrupted") -> None:
        super().__init__(Limits(gap=1e-7))
        self.calls, self.reason = calls, reason

    def stop(self) -> str | None:
        self.calls -= 1
        return self.reason if self.calls < 0 else None


@pytest.mark.parametrize("seed", SEEDS)
def test_whenever_it_is_stopped(seed: int) -> None:
    best = oracle(seed).best()
    epochs = list(question(seed).instance.epochs)
    endings = set()
    for calls in [*range(8), 10, 13, 17, 25, 40, 80, 1000]:
        outcome = engine.search(question(seed).instance, Impatient(calls, ("interrupted", "time_limit")[calls % 2]))
        endings.add(outcome.stopped)
        if best is None:
            assert outcome.design is None
            continue
        assert outcome.bound >= best.value - 1e-9
        assert outcome.bound > -math.inf
        if outcome.design is None:
            assert outcome.stopped != "finished"
            continue
        value, feasible = judge(question(seed).document, as_plain(epochs, outcome.design))
        assert feasible
        assert value <= best.value + 1e-9
        assert outcome.bound >= value - 1e-12
        if outcome.stopped == "finished":
            assert value == pytest.approx(best.value, abs=2e-7)
    assert "finished" in endings


def test_most_of_these_runs_are_stopped_before_the_end() -> None:
    stopped = [engine.search(question(seed).instance, Impatient(1)).stopped for seed in SEEDS]
    assert stopped.count("interrupted") > len(SEEDS) / 2


def test_a_user_who_presses_ctrl_c_before_anything_is_known() -> None:
    seed = next(seed for seed in SEEDS if oracle(seed).best() is not None)
    monitor = Monitor(Limits())
    monitor.interrupted = True
    outcome = engine.search(question(seed).instance, monitor)
    best = oracle(seed).best()
    assert best is not None
    assert outcome.stopped == "interrupted"
    assert outcome.bound >= best.value
