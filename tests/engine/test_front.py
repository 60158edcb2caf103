"""Fronts of random instances against brute force over every design; each axis, sized and unsized."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from math import fsum, prod

import pytest

from tests.oracle import Oracle, PlainArm, Sequence
from tests.plain_designs import as_plain
from tests.random_documents import random_document
from tests.sized_oracle import SizedOracle
from tests.test_sized_against_brute_force import oracle_of, with_limits, without_limits
from trialopt.core.run import Limits, Monitor
from trialopt.engine.front import Front, Point
from trialopt.reading import build
from trialopt.reading.document import Document

CASES = 20_000
"""Most designs of one instance that the brute force looks at."""

SAME = 1e-6
"""Values this close are the same."""

CLOSE = {"patients": 0.5, "arms": 0.5, "burden": 1e-7, "budget": 1e-5}
"""Prices this close are the same."""


class Prices:
    """Value and price of every design, from the oracle's numbers of single arms."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle, self.served = oracle, oracle.served()
        self.sized = isinstance(oracle, SizedOracle)
        self._burden: dict[tuple[str, Sequence], float] = {}

    def burden(self, g: str, sequence: Sequence) -> float:
        if (g, sequence) not in self._burden:
            f = self.oracle.facts
            self._burden[g, sequence] = f.share[g] * fsum(
                f.weight[epoch] * f.reach[g, epoch] * fsum(self.oracle.events(g, s, sequence[s]))
                for s, epoch in enumerate(f.epochs)
            )
        return self._burden[g, sequence]

    def count(self) -> int:
        f, total = self.oracle.facts, 0
        for partition in self.oracle.splits():
            if len(partition) <= f.max_arms:
                total += prod(sum(all(g in w for g in part) for w in self.served.values()) for part in partition)
        return total

    def designs(self) -> Iterator[tuple[list[PlainArm], float]]:
        f = self.oracle.facts
        for partition in self.oracle.splits():
            if len(partition) > f.max_arms:
                continue
            lists = [[q for q, w in self.served.items() if all(g in w for g in part)] for part in partition]
            for chosen in product(*lists):
                arms = list(zip(partition, chosen, strict=True))
                yield arms, fsum(self.served[q][g] for part, q in arms for g in part)

    def price(self, arms: list[PlainArm], against: str) -> float | None:
        """`None` for a design that breaks a limit."""
        if self.sized:
            assert isinstance(self.oracle, SizedOracle)
            if self.oracle.broken(arms):
                return None
            sizes = [size for size in self.oracle.sizes(arms) if size is not None]
        match against:
            case "patients":
                return float(sum(size.patients for size in sizes))
            case "budget":
                return fsum(size.cost for size in sizes)
            case "arms":
                return float(len(arms) if self.sized else len({sequence for _, sequence in arms}))
            case _:
                return fsum(self.burden(g, sequence) for part, sequence in arms for g in part)


@cache
def priced(kind: str, seed: int) -> tuple[Document, Prices] | None:
    """A document small enough for the brute force."""
    if kind == "unsized":
        document = random_document(seed)
        prices = Prices(Oracle(document))
    else:
        case = without_limits(seed) if kind == "sized" else with_limits(seed)
        if case is None:
            return None
        document = case[0]
        prices = Prices(oracle_of(document))
    return (document, prices) if 0 < prices.count() <= CASES else None


def by_brute_force(prices: Prices, against: str) -> list[tuple[float, float]]:
    """Non-dominated (value, price), from the most valuable on."""
    every = [(value, price) for arms, value in prices.designs() if (price := prices.price(arms, against)) is not None]
    kept: list[tuple[float, float]] = []
    for value, price in sorted(every, key=lambda pair: (pair[1], -pair[0])):
        if kept and price - kept[-1][1] <= CLOSE[against] * max(1.0, price if against == "budget" else 1.0) * 0.999:
            if value > kept[-1][0] + SAME:
                kept[-1] = (value, price)
            continue
        if not kept or value > kept[-1][0] + SAME:
            kept.append((value, price))
    return kept[::-1]


def assert_front(kind: str, seed: int, against: str) -> int:
    """The front of one document against brute force; how many points it has."""
    case = priced(kind, seed)
    if case is None:
        return 0
    document, prices = case
    expected = by_brute_force(prices, against)
    front = Front(build(document), against, Monitor(Limits()))
    points: list[Point] = list(front)
    assert front.complete
    assert [p.value for p in points] == pytest.approx([value for value, _ in expected], abs=2e-6)
    assert [p.price for p in points] == pytest.approx([price for _, price in expected], rel=1e-7, abs=2e-7)
    epochs = [epoch["id"] for epoch in document.settings["epoch"]]
    for point in points:
        plain = as_plain(epochs, point.design)
        assert prices.oracle.broken(plain) == []
        assert prices.oracle.value(plain) == pytest.approx(point.value, abs=1e-9)
        assert prices.price(plain, against) == pytest.approx(point.price, rel=1e-9, abs=1e-9)
    return len(points)


def check(kind: str, seeds: range, against: str) -> tuple[int, int]:
    """How many documents were small enough, and how many had a front of more than one point."""
    sizes = [assert_front(kind, seed, against) for seed in seeds if priced(kind, seed) is not None]
    return len(sizes), sum(size > 1 for size in sizes)


@pytest.mark.parametrize("against", ["arms", "burden"])
def test_fronts(against: str) -> None:
    done, real = check("unsized", range(9), against)
    assert done >= 5
    assert real >= 1


@pytest.mark.parametrize("against", ["patients", "arms", "burden", "budget"])
def test_fronts_of_sized_trials(against: str) -> None:
    for kind in ("sized", "limited"):
        done, _ = check(kind, range(2), against)
        assert done >= 1


SEVERAL = [pytest.param(9, 25, marks=pytest.mark.slow), pytest.param(25, 300, marks=pytest.mark.many)]
SEVERAL_SIZED = [pytest.param(3, 9, marks=pytest.mark.slow), pytest.param(9, 150, marks=pytest.mark.many)]


@pytest.mark.parametrize(("first", "last"), SEVERAL)
@pytest.mark.parametrize("against", ["arms", "burden"])
def test_many_fronts(against: str, first: int, last: int) -> None:
    done, real = check("unsized", range(first, last), against)
    assert done >= (last - first) / 3
    assert real >= (last - first) / 10


@pytest.mark.parametrize(("first", "last"), SEVERAL_SIZED)
@pytest.mark.parametrize("against", ["patients", "arms", "burden", "budget"])
def test_many_fronts_of_sized_trials(against: str, first: int, last: int) -> None:
    done = sum(check(kind, range(first, last), against)[0] for kind in ("sized", "limited"))
    assert done >= (last - first) / 4


def test_an_axis_the_instance_does_not_have() -> None:
    instance = build(random_document(0))
    with pytest.raises(ValueError, match=r"trial\.power"):
        Front(instance, "patients", Monitor(Limits()))
    with pytest.raises(ValueError, match="patients, arms, burden, budget"):
        Front(instance, "size", Monitor(Limits()))


def test_a_front_that_is_stopped_says_so() -> None:
    monitor = Monitor(Limits())
    monitor.interrupted = True
    front = Front(build(random_document(1)), "arms", monitor)
    assert list(front) == []
    assert not front.complete
