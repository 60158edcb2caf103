"""Designs of equal value: the order of rows decides nothing, the model text does, and how many there are is said."""

from __future__ import annotations

from dataclasses import fields
from itertools import product
from random import Random

import numpy as np
import pytest

import trialopt
from tests.oracle import Oracle, Sequence, partitions
from tests.random_documents import random_document
from tests.random_sized import sized_document
from tests.transformed import permuted
from trialopt.core.canonical import BY_ID, LEFT, REORDERED, canonical, in_table_order
from trialopt.core.catalog import find
from trialopt.core.digest import digest
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.engine import begun
from trialopt.engine.ties import order_of, settled
from trialopt.evaluation import evaluate
from trialopt.output.terminal.first_words import sure_in_words
from trialopt.reading import build, load
from trialopt.reading.document import Document, document
from trialopt.record.comparison import compare
from trialopt.record.solution import Solution
from trialopt.record.words import ties

TWINNED = ("agents", "toxicity", "emergence", "interactions", "precedents")


def with_twin(reverse: bool = False) -> Document:
    """`tiny_duo` with zeta, which does all that daratumumab does."""
    base = load(find("tiny_duo"))
    tables = {name: [dict(row.cells) for row in rows] for name, rows in base.tables.items()}
    for name in TWINNED:
        more = []
        for cells in tables[name]:
            more.append(cells)
            if "daratumumab" in cells.values():
                more.append({k: "zeta" if v == "daratumumab" else v for k, v in cells.items()})
        tables[name] = more
    if reverse:
        tables["agents"] = tables["agents"][::-1]
    return document("tie", base.settings, tables)


def given(solution: Solution) -> dict[str, list[list[str]]]:
    """What each subgroup gets."""
    assert solution.design is not None
    return {
        g: [sorted(map(str, doses)) for doses in arm.sequence.values()]
        for arm in solution.design.arms
        for g in arm.subgroups
    }


@pytest.mark.parametrize("method", ["decompose", "compact"])
def test_of_two_equal_agents_the_first_in_the_alphabet_is_given(method: str) -> None:
    one, other = (trialopt.solve(build(with_twin(reverse)), method=method) for reverse in (False, True))
    assert one.question.sha256 == other.question.sha256
    assert given(one) == given(other)
    assert not any("zeta" in dose for doses in given(one).values() for regimen in doses for dose in regimen)
    assert ties(one) == ties(other)
    assert ties(one).endswith("designs of this value; see alternatives")
    assert int(ties(one).split()[2]) >= 2
    assert compare(one, other).changes.empty


def test_one_best_design_is_not_counted_aloud() -> None:
    solution = trialopt.solve(trialopt.read(find("tiny_duo")))
    assert solution.provenance["details"]["designs_of_this_value"] == 1
    assert ties(solution) == ""
    assert sure_in_words(solution)


@pytest.mark.parametrize("method", ["decompose", "compact"])
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 10))])
def test_the_order_of_rows_chooses_nothing(seed: int, method: str) -> None:
    base = random_document(seed)
    one, other = (
        trialopt.solve(build(x), method=method, gap=1e-7) for x in (base, permuted(base, Random(f"{seed}/order")))
    )
    assert one.question.sha256 == other.question.sha256
    assert one.ending == other.ending
    if one.design is not None:
        assert given(one) == given(other)
        assert one.value == other.value


def said(option: tuple[str, str]) -> str:
    return option[0] if option[1] == "standard" else "@".join(option)


def equal_designs(oracle: Oracle) -> dict[tuple[tuple[str, Sequence], ...], tuple[int, list[list[list[str]]]]]:
    """Every best design by what each subgroup gets, with the agents it takes and how it is written out."""
    f, served = oracle.facts, oracle.served()
    best = oracle.best()
    assert best is not None
    found: dict[tuple[tuple[str, Sequence], ...], tuple[int, list[list[list[str]]]]] = {}
    for parts in partitions(f.subgroups):
        if len(parts) > f.max_arms or oracle.sets_break(parts):
            continue
        lists = []
        for part in parts:
            worth = [(sum(w[g] for g in part), q) for q, w in served.items() if all(g in w for g in part)]
            most = max((value for value, _ in worth), default=-np.inf)
            lists.append([(value, q) for value, q in worth if value >= most - 2e-9])
        for chosen in product(*lists):
            if sum(value for value, _ in chosen) < best.value - 1e-9:
                continue
            gets = {g: q for part, (_, q) in zip(parts, chosen, strict=True) for g in part}
            agents = sum(len(regimen) for _, q in chosen for regimen in q)
            key = tuple(sorted(gets.items()))
            written = [[sorted(map(said, regimen)) for regimen in q] for _, q in sorted(gets.items())]
            if key not in found or agents < found[key][0]:
                found[key] = agents, written
    return found


SEEDS = [seed for seed in range(40) if Random(f"{seed}/twin").random() < 0.2]
"""Documents in which two agents are mostly alike."""


@pytest.mark.parametrize("seed", [*SEEDS[:3], *(pytest.param(n, marks=pytest.mark.slow) for n in SEEDS[3:])])
def test_which_of_equal_designs_is_given_is_as_by_brute_force(seed: int) -> None:
    base = random_document(seed)
    oracle = Oracle(base)
    if oracle.best() is None:
        assert trialopt.solve(build(base)).design is None
        return
    equal = equal_designs(oracle)
    solution = trialopt.solve(build(base), gap=1e-7)
    assert solution.provenance["details"]["designs_of_this_value"] == min(len(equal), 50)
    agents, written = min(equal.values())
    assert solution.design is not None
    assert sum(arm.agents() for arm in solution.design.arms) == agents
    assert [regimens for _, regimens in sorted(given(solution).items())] == written


def test_a_canonical_instance_asks_the_same() -> None:
    for seed in range(4):
        instance = build(random_document(seed))
        put = canonical(instance)
        assert digest(put) == digest(instance)
        assert list(put.agents) == sorted(put.agents)
        design = trialopt.solve(instance).design
        if design is not None:
            assert evaluate(put, design).value == pytest.approx(evaluate(instance, design).value, abs=1e-12)
            assert in_table_order(instance, design) == design


def test_two_orders_have_one_canonical_instance() -> None:
    for seed in range(8):
        base = random_document(seed)
        one, other = (canonical(build(x)) for x in (base, permuted(base, Random(f"{seed}/order"))))
        for f in fields(Instance):
            if "axes" in f.metadata or f.name in REORDERED:
                mine, theirs = getattr(one, f.name), getattr(other, f.name)
                if isinstance(mine, np.ndarray):
                    np.testing.assert_array_equal(mine, theirs)
                else:
                    assert mine == theirs, f.name


def test_every_field_has_its_place() -> None:
    """A new field by index has to be put into order too."""
    by_axes = {f.name for f in fields(Instance) if "axes" in f.metadata}
    assert by_axes | BY_ID | REORDERED | LEFT == {f.name for f in fields(Instance)}


def test_fewer_patients_then_fewer_agents_then_the_alphabet() -> None:
    instance = build(with_twin())
    solution = trialopt.solve(instance)
    assert solution.design is not None
    arms = solution.design.arms
    swapped = type(solution.design)(
        tuple(
            type(arm)(
                arm.name,
                arm.subgroups,
                {
                    s: tuple(type(d)("zeta") if d.agent == "daratumumab" else d for d in doses)
                    for s, doses in arm.sequence.items()
                },
            )
            for arm in arms
        )
    )
    assert order_of(instance, solution.design) < order_of(instance, swapped)
    assert evaluate(instance, swapped).value == pytest.approx(solution.value, abs=1e-9)


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(n, marks=pytest.mark.many) for n in range(4, 200))])
def test_going_on_from_the_search_finds_the_equal_designs_of_a_search_anew(seed: int) -> None:
    instance = canonical(build(sized_document(seed)))
    outcome, work = begun(instance, Monitor(Limits()))
    if outcome.design is None:
        return
    value, regimens = evaluate(instance, outcome.design).value, outcome.details["regimens"]
    assert isinstance(regimens, list)
    anew = settled(instance, value, sum(regimens), Monitor(Limits()))
    assert work is not None
    assert settled(instance, value, sum(regimens), Monitor(Limits()), work) == anew
