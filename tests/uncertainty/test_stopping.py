"""A search for the worst truths that is stopped never says that it finished without a design or a proof."""

from __future__ import annotations

import math

import trialopt
from tests.engine.test_stopping import Impatient
from trialopt import engine
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply

WORST = Overrides(settings=("uncertainty.draws=20", "uncertainty.objective=cvar", "uncertainty.tail=0.2"))


def test_whenever_it_is_stopped() -> None:
    instance = build(apply(load(trialopt.find("tiny_duo")), WORST))
    endings = []
    for calls in [*range(12), 10_000]:
        outcome = engine.search(instance, Impatient(calls))
        endings.append(outcome.stopped)
        assert outcome.bound > -math.inf
        assert outcome.design is not None or outcome.stopped != "finished"
    assert set(endings[:3]) == {"interrupted"}
    assert endings[-1] == "finished"
