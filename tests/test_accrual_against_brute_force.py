"""Accrual that changes with time, against brute force with its own arithmetic: sizes, months, limits, the best design.

Random sized documents get steps of accrual.csv (for all or by subgroup, late openings among them) and ramp-ups.
"""

from __future__ import annotations

from random import Random

import pytest

import trialopt
from tests.plain_designs import random_arms
from tests.random_sized import KINDS, Tables, between, limited, limits_for, sized_document
from tests.sized_best import GAP, assert_best
from tests.sized_oracle import SizedBest
from tests.test_sized_against_brute_force import assert_sized_alike, oracle_of
from trialopt.reading import build
from trialopt.reading.document import Document, document

DEFAULT, SLOW, MANY = 2, 6, 120


def changing(seed: int) -> Document | None:
    """The random sized document with accrual that changes; `None` for one without rates."""
    base, random = sized_document(seed), Random(f"{seed}/accrual")
    if any("accrual_per_month" not in row.cells for row in base.tables["subgroups"]):
        return None
    tables: Tables = {name: [dict(row.cells) for row in rows] for name, rows in base.tables.items()}
    trial = dict(base.settings["trial"])
    if random.random() < 0.5:
        trial["ramp_up_months"] = random.choice([0.5, 3, 12])
    rows: list[dict[str, object]] = []
    for g in [None, *(row["subgroup"] for row in tables["subgroups"])]:
        if g is not None and random.random() < 0.3:
            own = next(row for row in tables["subgroups"] if row["subgroup"] == g)
            own["ramp_up_months"] = random.choice([0, 2, 8])
        if random.random() < (0.6 if g is None else 0.25):
            months = sorted(random.sample([0, 1, 2.5, 6, 12, 20], random.randint(1, 3)))
            factors = [between(random, 0.2, 2.5) for _ in months]
            if months[0] == 0 and len(months) > 1 and random.random() < 0.4:
                factors[0] = 0
            named = {} if g is None else {"subgroup": g}
            rows += [{"from_month": m, "factor": factor, **named} for m, factor in zip(months, factors, strict=True)]
    tables["accrual"] = rows
    return document(f"accrual_{seed}", {**base.settings, "trial": trial}, tables)


def seeds() -> list[object]:
    slow = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(DEFAULT, SLOW)]
    return [*range(DEFAULT), *slow, *(pytest.param(seed, marks=pytest.mark.many) for seed in range(SLOW, MANY))]


@pytest.mark.parametrize("count", [6, pytest.param(80, marks=pytest.mark.many)])
def test_evaluate_sizes_any_design_as_the_oracle(count: int) -> None:
    sized = uneven = 0
    for seed in range(count):
        if (made := changing(seed)) is None:
            continue
        uneven += not build(made).accrues_evenly
        for number in range(3):
            sized += assert_sized_alike(made, random_arms(oracle_of(made), Random(1000 * seed + number), number > 1))
    assert sized > 1.2 * count
    assert uneven > count / 2


def best_of(made: Document) -> tuple[SizedBest | None, dict[tuple[object, ...], dict[str, float]]]:
    oracle = oracle_of(made)
    served = oracle.served()
    return oracle.best_sized(served), served


@pytest.mark.parametrize("seed", seeds())
def test_engine_finds_the_best_design(seed: int) -> None:
    if (free := changing(seed)) is None:
        return
    best, served = best_of(free)
    cases = [(free, best)]
    if best is not None:
        months = [size.months if size else None for size in oracle_of(free).sizes(best.arms)]
        for kind in (KINDS[seed % len(KINDS)], "max_study_months"):
            tighter = limited(free, limits_for(free, best, months, kind, Random(seed)))
            cases.append((tighter, oracle_of(tighter).best_sized(served)))
    for made, wanted in cases:
        assert_best(oracle_of(made), made, wanted)


@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.many) for seed in range(4, 40))])
def test_the_compact_model_finds_the_same(seed: int) -> None:
    if (made := changing(seed)) is None or len(build(made).subgroups) > 3:
        return
    best, _ = best_of(made)
    solution = trialopt.solve(build(made), method="compact", gap=GAP, time_limit=60)
    if best is None:
        assert solution.ending == "infeasible"
    elif solution.ending == "optimal":
        assert solution.value == pytest.approx(best.value, abs=1e-6)
