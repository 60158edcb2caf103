"""The tables' numbers against the brute force, and that nothing is dropped but what another regimen replaces."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.small import oracle, question
from tests.oracle import agents_of
from tests.plain_facts import Regimen
from trialopt.engine import regimen_numbers
from trialopt.engine.regimens import TooLarge, enumerate_regimens
from trialopt.engine.tables import build_tables

SEEDS = range(25)


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_of_every_regimen(seed: int) -> None:
    q, judge = question(seed), oracle(seed)
    f = judge.facts
    mechanism = np.nonzero((q.c.start > 0).any(axis=1))[1]
    for s, table in enumerate(q.tables.epochs):
        for row, options in enumerate(table.regimens.options):
            regimen = q.regimen(options)
            for j, (g, m) in enumerate(zip(q.tables.subgroup.tolist(), mechanism.tolist(), strict=True)):
                expected = judge.activity(f.subgroups[g], s, regimen)[m]
                assert -np.log(table.survive[row, j]) == pytest.approx(expected, abs=1e-10)
            for g, name in enumerate(f.subgroups):
                scale = f.share[name] * f.weight[f.epochs[s]] * f.reach[name, f.epochs[s]] * f.toxicity_weight
                expected = scale * sum(judge.events(name, s, regimen))
                assert table.burden[row, g] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_dropped_has_a_substitute(seed: int) -> None:
    """The substitute is allowed wherever the dropped one is and no worse in anything, whatever surrounds it."""
    q, judge = question(seed), oracle(seed)
    f = judge.facts
    dropped = 0
    for s, table in enumerate(q.tables.epochs):
        kept = {q.regimen(row) for row in table.regimens.options}
        every = enumerate_regimens(q.instance, q.c, s)
        rows = [(q.regimen(row), int(mask)) for row, mask in zip(every.options, every.mask, strict=True)]
        allowed = dict(rows)
        for regimen, mask in rows:
            if regimen in kept:
                continue
            dropped += 1
            groups = [g for n, g in enumerate(f.subgroups) if mask >> n & 1]
            assert any(
                allowed[other] & mask == mask
                and fits_as_well(seed, s, other, regimen)
                and all(no_worse(seed, g, s, other, regimen) for g in groups)
                for other in kept
            ), regimen
    assert q.tables.enumerated == tuple(
        len(enumerate_regimens(q.instance, q.c, s)) for s in range(len(q.instance.epochs))
    )
    assert dropped == sum(q.tables.enumerated) - sum(len(t) for t in q.tables.epochs)


def no_worse(seed: int, g: str, s: int, other: Regimen, regimen: Regimen) -> bool:
    judge = oracle(seed)
    present = [judge.facts.starting(g, m, judge.facts.epochs[s]) > 0 for m in judge.facts.all_mechanisms]
    covered = zip(judge.activity(g, s, other), judge.activity(g, s, regimen), present, strict=True)
    toxic = zip(judge.events(g, s, other), judge.events(g, s, regimen), judge.facts.categories, strict=True)
    return all(mine >= theirs - 1e-9 for mine, theirs, counts in covered if counts) and all(
        mine <= theirs + 1e-9 or e not in limited(seed) for mine, theirs, e in toxic
    )


def fits_as_well(seed: int, s: int, other: Regimen, regimen: Regimen) -> bool:
    """Whether the other one breaks no rule across epochs, and selects for nothing, that the regimen does not."""
    f = oracle(seed).facts
    mine, theirs = agents_of(other), agents_of(regimen)

    def items(agents: frozenset[str], listed: list[str]) -> set[str]:
        return {item for item in listed if any(f.matches(d, item) for d in agents)}

    def barred(agents: frozenset[str], *, later: bool) -> set[str]:
        """Agents that may not come later than these, or not before them."""
        pairs = [(x, d) if later else (d, x) for x in f.agents for d in agents if x != d]
        return {
            late if later else early
            for late, early in pairs
            for item, after in f.not_after
            if f.matches(late, item) and f.matches(early, after)
        }

    def selects(agents: frozenset[str]) -> set[int]:
        return {n for n, (_, given, _) in enumerate(f.emergence) if given & agents}

    fits = items(mine, f.once) <= items(theirs, f.once) and items(mine, f.include) >= items(theirs, f.include)
    if s > 0:
        fits &= barred(mine, later=False) <= barred(theirs, later=False)
    if s < len(f.epochs) - 1:
        fits &= barred(mine, later=True) <= barred(theirs, later=True) and selects(mine) <= selects(theirs)
    return fits


def limited(seed: int) -> set[str]:
    """Categories with a limit over all epochs."""
    limit = oracle(seed).facts.cumulative_limit
    return {e for e in oracle(seed).facts.categories if limit[e] < 1}


def test_some_regimens_are_dropped() -> None:
    counts = [sum(question(s).tables.enumerated) - sum(len(t) for t in question(s).tables.epochs) for s in SEEDS]
    assert sum(count > 0 for count in counts) > len(SEEDS) / 2


def test_more_numbers_than_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    q = next(question(seed) for seed in SEEDS if question(seed).tables.enumerated[0] > 5)
    monkeypatch.setattr(regimen_numbers, "CELLS", 4)
    with pytest.raises(TooLarge, match="columns"):
        build_tables(q.instance, q.c)
