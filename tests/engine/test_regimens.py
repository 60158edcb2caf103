"""Enumerated regimens against every combination of options, judged by the brute force."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.small import oracle, question
from trialopt.engine import regimens
from trialopt.engine.regimens import TooLarge, enumerate_regimens, regimen_sums

SEEDS = range(45)


def by_hand(seed: int, s: int) -> dict[frozenset[tuple[str, str]], int]:
    """Regimen -> subgroups that may be given it."""
    judge = oracle(seed)
    found = {}
    for regimen in judge.regimens(s):
        mask = sum(1 << n for n, g in enumerate(judge.facts.subgroups) if not judge.subgroup_breaks(g, s, regimen))
        if mask:
            found[frozenset(regimen)] = mask
    return found


def by_engine(seed: int, s: int) -> dict[frozenset[tuple[str, str]], int]:
    q = question(seed)
    every = enumerate_regimens(q.instance, q.c, s)
    found = {frozenset(q.regimen(row)): int(mask) for row, mask in zip(every.options, every.mask, strict=True)}
    assert len(found) == len(every), "a regimen twice"
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_regimens_for_the_same_subgroups(seed: int) -> None:
    for s in range(len(question(seed).instance.epochs)):
        assert by_engine(seed, s) == by_hand(seed, s)


def test_small_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [by_engine(seed, 0) for seed in range(8)]
    monkeypatch.setattr(regimens, "BLOCK", 3)
    assert [by_engine(seed, 0) for seed in range(8)] == whole


def test_rules_bite_in_these_documents() -> None:
    """So the comparison can fail: in most of these documents far fewer regimens are left than there are."""
    fewer = 0
    for seed in SEEDS:
        i = question(seed).instance
        fewer += len(by_hand(seed, 0)) < sum(1 for _ in oracle(seed).regimens(0)) or len(i.option_agent) < 4
    assert fewer > len(SEEDS) / 3


def test_too_many_regimens(monkeypatch: pytest.MonkeyPatch) -> None:
    q = question(0)
    count = len(enumerate_regimens(q.instance, q.c, 0))
    monkeypatch.setattr(regimens, "MOST", max(0, count - 1))
    with pytest.raises(TooLarge, match=q.instance.epochs[0]):
        enumerate_regimens(q.instance, q.c, 0)


def test_sums_over_options_and_pairs() -> None:
    """By hand: options 0 and 2 of two agents that interact, and an unused place."""
    q = next(q for q in map(question, range(100)) if len(q.instance.pair_agents) and len(q.instance.option_agent) > 2)
    i = q.instance
    a, b = i.pair_agents[0].tolist()
    first, second = (int(np.flatnonzero(i.option_agent == d)[0]) for d in (a, b))
    options = np.array([[first, second, -1], [first, -1, -1]], dtype=np.int16)
    single = np.arange(len(i.option_agent), dtype=float)[:, None] * [1.0, 10.0]
    pair = np.zeros((len(i.pair_agents), 2))
    pair[0] = 100.0, 0.0
    total = regimen_sums(i, options, single, pair)
    assert total.tolist() == [[first + second + 100.0, 10.0 * (first + second)], [first, 10.0 * first]]
