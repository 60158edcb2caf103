"""Sized trials against brute force: sizes of any design, the best design, and that none exists where none does.

Every random document is solved without limits on the trial and with some drawn around what its best design takes, so
that each limit binds somewhere and some documents have no design.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise
from random import Random

import pytest

import trialopt
from tests.oracle import PlainArm, Sequence
from tests.plain_designs import as_design, random_arms
from tests.random_sized import KINDS, limited, limits_for, sized_document
from tests.sized_best import GAP, assert_best, inflation_of
from tests.sized_oracle import SizedBest, SizedOracle
from trialopt.evaluation.result import ArmSize
from trialopt.reading import build
from trialopt.reading.document import Document

DEFAULT, SLOW, MANY = 24, 60, 300
LIMITS = {"max_patients", "budget", "max_accrual_months", "max_study_months"}

Worths = dict[Sequence, dict[str, float]]


def oracle_of(document: Document) -> SizedOracle:
    """The oracle of a document."""
    factor, power = inflation_of(document), document.settings["trial"]["power"]
    return SizedOracle(document, lambda alpha: factor(alpha, power))


@cache
def without_limits(seed: int) -> tuple[Document, Worths, SizedBest | None]:
    document = sized_document(seed)
    oracle = oracle_of(document)
    served = oracle.served()
    return document, served, oracle.best_sized(served)


@cache
def with_limits(seed: int) -> tuple[Document, SizedBest | None] | None:
    """The document with limits, `None` where it has no design even without."""
    document, served, free = without_limits(seed)
    if free is None:
        return None
    months = [size.months if size else None for size in oracle_of(document).sizes(free.arms)]
    limits = limits_for(document, free, months, KINDS[seed % len(KINDS)], Random(seed))
    tighter = limited(document, limits)
    return tighter, oracle_of(tighter).best_sized(served)


def seeds() -> list[object]:
    slow = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(DEFAULT, SLOW)]
    return [*range(DEFAULT), *slow, *(pytest.param(seed, marks=pytest.mark.many) for seed in range(SLOW, MANY))]


def patients(arms: list[ArmSize | None]) -> int:
    return sum(size.patients + size.control_patients for size in arms if size is not None)


# -- sizes of any design -----------------------------------------------------------------------------


def assert_sized_alike(document: Document, arms: list[PlainArm]) -> int:
    """Evaluation and oracle on one design; how many of its arms have a size."""
    oracle, instance = oracle_of(document), build(document)
    found = trialopt.evaluate(instance, as_design(oracle.facts.epochs, arms))
    assert found.value == pytest.approx(oracle.value(arms), abs=1e-9)
    assert found.feasible == (not oracle.broken(arms)), (found.violations, oracle.broken(arms))
    sized = 0
    for (groups, _), numbers, plain in zip(arms, found.arms, oracle.sizes(arms), strict=True):
        assert (numbers.size is None) == (plain is None)
        if plain is None or numbers.size is None:
            continue
        sized += 1
        size = numbers.size
        assert (size.patients, size.control_patients) == (plain.experimental, plain.control)
        assert size.sized_for == pytest.approx(plain.sized_for, abs=1e-9)
        assert size.power == pytest.approx(plain.power, abs=1e-9)
        assert size.cost == pytest.approx(plain.cost, rel=1e-12)
        if plain.events is not None:
            assert size.events == pytest.approx(plain.events, rel=1e-9)
        if plain.months is None:
            assert size.accrual_months is None
        else:
            assert size.accrual_months == pytest.approx(plain.months, rel=1e-12)
        split = {g: (size.experimental[g], size.control[g]) for g in groups}
        assert split == oracle.allocation(groups, plain)
    return sized


def test_evaluate_sizes_any_design_as_the_oracle() -> None:
    sized = 0
    for seed in range(60):
        document = sized_document(seed)
        oracle = oracle_of(document)
        for number in range(5):
            sized += assert_sized_alike(document, random_arms(oracle, Random(1000 * seed + number), number > 3))
    assert sized > 150


@pytest.mark.parametrize("seed", range(DEFAULT))
def test_evaluate_accepts_the_best_sized_design(seed: int) -> None:
    for document, best in cases(seed):
        if best is not None:
            assert_sized_alike(document, best.arms)
            assert oracle_of(document).broken(best.arms) == []


# -- the best design ---------------------------------------------------------------------------------


def cases(seed: int) -> list[tuple[Document, SizedBest | None]]:
    document, _, best = without_limits(seed)
    tighter = with_limits(seed)
    return [(document, best), *([tighter] if tighter is not None else [])]


@pytest.mark.parametrize("seed", seeds())
def test_engine_finds_the_best_sized_design(seed: int) -> None:
    for document, best in cases(seed):
        assert_best(oracle_of(document), document, best)


@pytest.mark.parametrize("count", [48, pytest.param(120, marks=pytest.mark.many)])
def test_the_documents_bind_every_limit_and_some_have_no_design(count: int) -> None:
    """Both endpoints and every limit bind somewhere: taken away, the best design is better, or there is one at all."""
    binds: Counter[str] = Counter()
    for seed in range(count):
        document, _, free = without_limits(seed)
        endpoint = document.settings["trial"]["endpoint"]
        binds[f"{endpoint} {'with' if free else 'without'} a design"] += 1
        tighter = with_limits(seed)
        if free is None or tighter is None:
            continue
        limits = set(tighter[0].settings["trial"]) & LIMITS
        if tighter[1] is None:
            binds["infeasible by limits"] += 1
            if limits == {"max_study_months"}:
                binds["max_study_months"] += 1
        elif tighter[1].value < free.value - 1e-6 and len(limits) == 1:
            binds[limits.pop()] += 1
    expected = {*LIMITS, "infeasible by limits"}
    expected |= {f"{endpoint} {how} a design" for endpoint in ("response", "pfs") for how in ("with", "without")}
    assert set(binds) == expected
    assert min(binds.values()) >= 1


# -- tighter is never better -------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["max_patients", "budget"])
@pytest.mark.parametrize(
    "seed",
    [
        7,
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in (10, 24)),
        *(pytest.param(seed, marks=pytest.mark.many) for seed in (4, 22, 27)),
    ],
)
def test_tightening_never_raises_the_value(seed: int, limit: str) -> None:
    document, _, free = without_limits(seed)
    assert free is not None
    before = free.value
    values = []
    for share in (1.0, 0.9, 0.8, 0.65, 0.5, 0.3):
        most = int(free.patients * share) if limit == "max_patients" else max(1.0, free.cost * share)
        value = trialopt.solve(build(limited(document, {limit: most})), gap=GAP).value
        values.append(float("-inf") if value is None else value)
    assert values[0] == pytest.approx(before, abs=1e-6)
    for looser, tighter in pairwise(values):
        assert tighter <= looser + 1e-6
