"""The designs of random instances in order, against brute force over every design; sized and unsized."""

from __future__ import annotations

from itertools import islice, product
from math import prod

import pytest

from tests.oracle import Oracle, PlainArm, Sequence, partitions
from tests.plain_designs import as_plain
from tests.random_documents import random_document
from tests.sized_oracle import SizedOracle
from tests.test_sized_against_brute_force import oracle_of, with_limits, without_limits
from trialopt.core.run import Limits, Monitor
from trialopt.engine.ranking import Ranked, Ranking
from trialopt.reading import build
from trialopt.reading.document import Document

K = 12
CASES = 150_000
"""Most designs of one split of the subgroups that the brute force looks at when sizes matter."""

Identity = frozenset[tuple[tuple[str, ...], Sequence]]


def identity(arms: list[PlainArm], sized: bool) -> Identity:
    """The sequence each subgroup gets; of sized designs also who shares an arm."""
    plain = [(groups, tuple(tuple(sorted(r)) for r in sequence)) for groups, sequence in arms]
    if sized:
        return frozenset((tuple(sorted(groups)), sequence) for groups, sequence in plain)
    return frozenset(((g,), sequence) for groups, sequence in plain for g in groups)


def ranked_by_brute_force(oracle: Oracle, count: int) -> list[float] | None:
    """Values of the best `count` designs, equal designs once; `None` where there are too many to look at."""
    f, served = oracle.facts, oracle.served()
    sized = isinstance(oracle, SizedOracle)
    values: dict[Identity, float] = {}
    for partition in partitions(f.subgroups):
        if len(partition) > f.max_arms or oracle.sets_break(partition):
            continue
        lists = []
        for part in partition:
            worth = [(sum(w[g] for g in part), q) for q, w in served.items() if all(g in w for g in part)]
            worth.sort(key=lambda pair: -pair[0])
            # With a better sequence in the place of the (count + arms)th there are at least `count` better designs.
            lists.append(worth if sized else worth[: count + len(partition)])
        if prod(len(found) for found in lists) > CASES:
            return None
        for chosen in product(*lists):
            arms = [(part, sequence) for part, (_, sequence) in zip(partition, chosen, strict=True)]
            if not sized or not oracle.broken(arms):
                values[identity(arms, sized)] = sum(value for value, _ in chosen)
    return sorted(values.values(), reverse=True)[:count]


def first(document: Document, count: int) -> tuple[Ranking, list[Ranked]]:
    ranking = Ranking(build(document), Monitor(Limits()))
    return ranking, list(islice(ranking, count))


def assert_ranked(document: Document, oracle: Oracle) -> bool:
    """The first K designs against brute force; whether it could be done."""
    best = ranked_by_brute_force(oracle, K)
    if best is None:
        return False
    ranking, found = first(document, K)
    assert [r.value for r in found] == pytest.approx(best, abs=1e-7)
    assert ranking.complete == (len(found) < K)
    epochs = [epoch["id"] for epoch in document.settings["epoch"]]
    arms = [as_plain(epochs, r.design) for r in found]
    sized = isinstance(oracle, SizedOracle)
    assert len({identity(a, sized) for a in arms}) == len(found)
    for plain, r in zip(arms, found, strict=True):
        assert oracle.broken(plain) == []
        assert oracle.value(plain) == pytest.approx(r.value, abs=1e-9)
    return True


APART = 115
"""Two subgroups that no arm may share, whose second best design gives both the same."""

SEEDS = [
    *range(20),
    APART,
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(20, 70)),
    *(pytest.param(seed, marks=pytest.mark.many) for seed in range(70, 200) if seed != APART),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_designs_in_order(seed: int) -> None:
    document = random_document(seed)
    assert assert_ranked(document, Oracle(document))


def sized_cases(seeds: range) -> int:
    """How many sized documents, with and without limits, were small enough to be ranked by brute force."""
    done = 0
    for seed in seeds:
        document = without_limits(seed)[0]
        done += assert_ranked(document, oracle_of(document))
        if (tighter := with_limits(seed)) is not None:
            done += assert_ranked(tighter[0], oracle_of(tighter[0]))
    return done


@pytest.mark.parametrize(("first", "last"), [(0, 4), pytest.param(4, 8, marks=pytest.mark.slow)])
def test_the_best_sized_designs_in_order(first: int, last: int) -> None:
    assert sized_cases(range(first, last)) >= last - first


@pytest.mark.many
def test_the_best_of_more_sized_designs_in_order() -> None:
    assert sized_cases(range(8, 60)) > 50


def test_a_run_that_is_stopped_says_so() -> None:
    monitor = Monitor(Limits())
    ranking = Ranking(build(random_document(1)), monitor)
    found = []
    for design in ranking:
        found.append(design)
        if len(found) == 2:
            monitor.interrupted = True
    assert len(found) == 2
    assert not ranking.complete
