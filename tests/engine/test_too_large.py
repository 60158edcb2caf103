"""Outside the engine's memory `decompose` says so and `auto` falls back, with a start where there is one."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import trialopt
from tests.engine.small import question
from tests.oracle import best_design
from trialopt import engine, model
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor, Outcome
from trialopt.engine import regimen_numbers, regimens
from trialopt.reading import build
from trialopt.reading.document import Document, document

AGENTS = 6


def plain(epochs: int = 2, most: int = 3) -> Document:
    """Six agents, two subgroups that each resist other agents; nothing else limits the regimens."""
    settings = {
        "format": 1,
        "title": "too large when memory is small",
        "trial": {"max_arms": 2, "toxicity_weight": 0.05},
        "epoch": [{"id": f"ep{s}", "cycles": 1, "max_agents": most} for s in range(epochs)],
    }
    agents = [f"ag{n}" for n in range(AGENTS)]
    return document(
        "plain",
        settings,
        {
            "agents": [{"agent": d, "class": f"cl{n}", "orr": 0.2 + 0.05 * n} for n, d in enumerate(agents)],
            "categories": [{"category": "rash", "limit": 0.6}],
            "toxicity": [
                {"agent": d, "category": "rash", "probability": 0.05 + 0.02 * n} for n, d in enumerate(agents)
            ],
            "mechanisms": [{"mechanism": "m1", "kind": "genetic"}, {"mechanism": "m2", "kind": "immune"}],
            "retained": [
                {"mechanism": "m1", "key": "ag5", "retained": 0},
                {"mechanism": "m2", "key": "ag4", "retained": 0},
            ],
            "subgroups": [{"subgroup": "g1", "share": 1}, {"subgroup": "g2", "share": 1}],
            "prevalence": [
                {"subgroup": "g1", "mechanism": "m1", "prevalence": 0.6},
                {"subgroup": "g2", "mechanism": "m2", "prevalence": 0.6},
            ],
        },
    )


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for the regimens of two of six agents, and not of three."""
    monkeypatch.setattr(regimens, "MOST", 1 + AGENTS + AGENTS * (AGENTS - 1) // 2)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Design | None]:
    """The starts that the compact model is called with."""
    starts: list[Design | None] = []
    original = model.search

    def spy(instance: Instance, monitor: Monitor, start: Design | None = None) -> Outcome:
        starts.append(start)
        return original(instance, monitor, start=start)

    monkeypatch.setattr(model, "search", spy)
    return starts


@pytest.mark.usefixtures("little_memory")
def test_decompose_says_what_is_too_large() -> None:
    with pytest.raises(ValueError, match=r"outside.*ep0 has more than 22 regimens.*compact"):
        trialopt.solve(build(plain()), method="decompose")


@pytest.mark.usefixtures("little_memory")
def test_auto_falls_back_with_a_start(seen: list[Design | None]) -> None:
    instance, best = build(plain()), best_design(plain())
    said: list[str] = []
    solution = trialopt.solve(instance, gap=1e-7, progress=lambda _s, _v, _b, doing: said.append(doing))
    assert best is not None
    assert solution.ending == "optimal"
    assert solution.value == pytest.approx(best.value, abs=1e-6)
    assert solution.provenance["method"] == "compact"
    assert any("compact model, because of" in doing for doing in said)
    assert len(seen) == 1
    start = seen[0]
    assert start is not None
    assert trialopt.evaluate(instance, start).feasible
    assert max(len(doses) for arm in start.arms for doses in arm.sequence.values()) == 2


def test_auto_falls_back_without_a_start(monkeypatch: pytest.MonkeyPatch, seen: list[Design | None]) -> None:
    monkeypatch.setattr(regimens, "MOST", 0)
    best = best_design(plain(epochs=1))
    solution = trialopt.solve(build(plain(epochs=1)), gap=1e-7)
    assert best is not None
    assert solution.value == pytest.approx(best.value, abs=1e-6)
    assert seen == [None]


def test_within_memory_nothing_falls_back(seen: list[Design | None]) -> None:
    solution = trialopt.solve(build(plain()), gap=1e-7)
    best = best_design(plain())
    assert best is not None
    assert solution.value == pytest.approx(best.value, abs=1e-6)
    assert seen == []


def changed(**fields: Any) -> Instance:
    return replace(question(0).instance, **fields)


def test_wide_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regimen_numbers, "CELLS", 10)
    with pytest.raises(engine.TooLarge, match="columns"):
        engine.search(build(plain()), Monitor(Limits()))


def test_more_items_of_a_rule_than_bits() -> None:
    rules = question(0).instance.rules
    many = tuple(f"item_{n}" for n in range(63))
    with pytest.raises(engine.TooLarge, match="62 items"):
        engine.search(changed(rules=replace(rules, include=many)), Monitor(Limits()))


def test_more_kinds_of_exposure_than_bits() -> None:
    """Sixty-three emergence rows, each for other agents."""
    agents = len(question(0).instance.agents)
    rows = np.array([[bool(n >> d & 1) for d in range(agents)] for n in range(1, 1 << agents)])
    many = changed(
        emergence_mechanism=np.ones(len(rows), dtype=np.int64),
        emergence_multiplier=np.full(len(rows), 1.1),
        emergence_agents=rows,
    )
    if len(rows) <= 62:
        assert engine.search(many, Monitor(Limits())).stopped == "finished"
    else:
        with pytest.raises(engine.TooLarge, match=r"emergence.csv has \d+ distinct keys"):
            engine.search(many, Monitor(Limits()))


def test_more_subgroups_than_the_master_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["trialopt.engine.search"], "MOST_SUBGROUPS", 1)
    with pytest.raises(engine.TooLarge, match="2 subgroups, the engine takes 1"):
        engine.search(build(plain()), Monitor(Limits()))


def test_what_is_too_large_for_both_is_declined_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialopt.model.rounds.MOST_CHOICES", 2 * 2 * AGENTS - 1)
    monkeypatch.setattr("trialopt.model.rounds.build", lambda *_, **__: pytest.fail("it was built"))
    said = r"^too large to be solved: 2 subgroups x 2 epochs x 6 doses are 24 choices, and 23 are the most$"
    with pytest.raises(ValueError, match=said):
        trialopt.solve(build(plain()), method="compact")


def test_a_run_that_has_to_stop_while_the_program_is_built_keeps_its_start() -> None:
    instance = build(plain())
    start = trialopt.solve(instance).design
    outcome = model.search(instance, Monitor(Limits(time=0.0)), start=start)
    assert (outcome.design, outcome.stopped) == (start, "time_limit")
    assert 0 < outcome.bound <= 1
    assert trialopt.solve(instance, method="compact", time_limit=0.0).ending == "time_limit"
