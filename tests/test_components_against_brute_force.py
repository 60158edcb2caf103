"""Component arms against brute force: the sizes of any design, and the best design, by both methods."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

import pytest

import trialopt
from tests.component_oracle import ComponentOracle
from tests.oracle import PlainArm
from tests.plain_designs import as_design, random_arms
from tests.random_sized import limited, limits_for, sized_document
from tests.sized_best import assert_best, inflation_of
from tests.sized_oracle import SizedBest
from trialopt.reading import build
from trialopt.reading.document import Document, document

FEW, SLOW, MANY = (1, 2, 3, 5, 7, 8, 9, 11, 12, 13), range(14, 20), 110
"""Seeds of the default run, whose brute force is quick, of the slow run, and how many there are in all."""

KINDS = ("max_patients", "budget", "max_accrual_months", "all", "too_few_patients")


def asking(seed: int) -> Document:
    """A sized document whose arms have to show what their agents add; few pairs have a precedent."""
    random, base = Random(f"{seed}/components"), sized_document(seed)
    tables = {name: [dict(row.cells) for row in rows] for name, rows in base.tables.items()}
    asked: dict[str, Any] = {"require": random.choice(["novel", "novel", "all"]), "power": random.choice([0.7, 0.8])}
    if random.random() < 0.5:
        asked["alpha"] = random.choice([0.05, 0.1, 0.2])
    if random.random() < 0.25:
        pfs = base.settings["trial"]["endpoint"] == "pfs"
        asked["target"] = random.choice([0.9, 0.97]) if pfs else random.choice([0.02, 0.05])
    trial = {**base.settings["trial"], "contribution": asked}
    if random.random() < 0.15:
        trial["include"] = [tables["agents"][0]["agent"]]
    if not base.settings.get("rules", {}).get("precedent"):
        agents = [str(row["agent"]) for row in tables["agents"]]
        known = [pair for pair in combinations(agents, 2) if random.random() < 0.4]
        tables["precedents"] = [{"a": a, "b": b} for a, b in known]
    settings = {**base.settings, "trial": trial}
    if random.random() < 0.6:
        steroid = str(tables["agents"][-1]["class"])
        settings, tables = _renamed(settings, steroid), _renamed(tables, steroid)
    return document(base.name, settings, tables)


def _renamed(part: Any, name: str) -> Any:
    """The same with a class called corticosteroid."""
    if isinstance(part, dict):
        return {_renamed(key, name): _renamed(value, name) for key, value in part.items()}
    if isinstance(part, list):
        return [_renamed(entry, name) for entry in part]
    if isinstance(part, str):
        return ";".join("corticosteroid" if word == name else word for word in part.split(";"))
    return part


def oracle_of(asked: Document) -> ComponentOracle:
    trial, factor = asked.settings["trial"], inflation_of(asked)
    want = trial["contribution"]
    own = factor(want.get("alpha", trial["alpha"]), want.get("power", 0.8))
    return ComponentOracle(asked, lambda alpha: factor(alpha, trial["power"]), own)


@cache
def cases(seed: int) -> list[tuple[Document, SizedBest | None]]:
    """The document without limits on the trial, and with some that bind or that nothing meets."""
    free = asking(seed)
    oracle = oracle_of(free)
    served = oracle.served()
    best = oracle.best_sized(served)
    if best is None:
        return [(free, None)]
    months = [size.months if size else None for size in oracle.sizes(best.arms)]
    tighter = limited(free, limits_for(free, best, months, KINDS[seed % len(KINDS)], Random(seed)))
    return [(free, best), (tighter, oracle_of(tighter).best_sized(served))]


def assert_sized_alike(asked: Document, arms: list[PlainArm]) -> int:
    """Evaluation and oracle on one design; how many component arms it has."""
    oracle = oracle_of(asked)
    found = trialopt.evaluate(build(asked), as_design(oracle.facts.epochs, arms))
    assert found.feasible == (not oracle.broken(arms)), (found.violations, oracle.broken(arms))
    brought = 0
    for numbers, plain in zip(found.arms, oracle.sizes(arms), strict=True):
        assert (numbers.size is None) == (plain is None)
        if plain is None or numbers.size is None:
            continue
        size = numbers.size
        assert (size.own_patients, size.control_patients) == (plain.experimental, plain.control)
        assert size.patients + size.control_patients == plain.patients
        assert size.cost == pytest.approx(plain.cost, rel=1e-12)
        assert (size.accrual_months is None) == (plain.months is None)
        if plain.months is not None:
            assert size.accrual_months == pytest.approx(plain.months, rel=1e-12)
        for part in size.components:
            assert part.needed <= size.own_patients
            if part.arm is not None:
                brought += 1
                assert part.patients == size.own_patients
                assert part.power >= asked.settings["trial"]["contribution"]["power"] - 1e-9
    return brought


def test_evaluate_sizes_component_arms_as_the_oracle() -> None:
    brought = 0
    for seed in FEW:
        asked = asking(seed)
        for number in range(4):
            arms = random_arms(oracle_of(asked), Random(1000 * seed + number), number > 2)
            brought += assert_sized_alike(asked, arms)
        brought += sum(assert_sized_alike(tight, best.arms) for tight, best in cases(seed) if best is not None)
    assert brought > 8


def seeds() -> list[object]:
    rest = [seed for seed in range(MANY) if seed not in FEW and seed not in SLOW]
    slow = [pytest.param(seed, marks=pytest.mark.slow) for seed in SLOW]
    return [*FEW, *slow, *(pytest.param(seed, marks=pytest.mark.many) for seed in rest)]


@pytest.mark.parametrize("seed", seeds())
def test_engine_finds_the_best_design_with_component_arms(seed: int) -> None:
    for asked, best in cases(seed):
        assert_best(oracle_of(asked), asked, best)


@pytest.mark.many
def test_the_documents_bind_and_bring_component_arms() -> None:
    """What is asked changes the best design somewhere, and takes every design away elsewhere."""
    seen: Counter[str] = Counter()
    for seed in range(MANY):
        for asked, best in cases(seed):
            plain = oracle_of(limited(asked, {"contribution": {"require": "none"}})).best_sized()
            endpoint = asked.settings["trial"]["endpoint"]
            if best is None:
                seen[f"{endpoint}: {'taken away' if plain is not None else 'none anyway'}"] += 1
                continue
            brings = any(size is not None and size.components for size in oracle_of(asked).sizes(best.arms))
            seen[f"{endpoint}: {'with' if brings else 'without'} component arms"] += 1
            assert plain is not None
            if best.value < plain.value - 1e-6:
                seen[f"{endpoint}: worth less"] += 1
    for endpoint in ("response", "pfs"):
        assert min(seen[f"{endpoint}: {what}"] for what in ("with component arms", "worth less")) >= 10
    assert seen["pfs: taken away"] + seen["response: taken away"] >= 2
