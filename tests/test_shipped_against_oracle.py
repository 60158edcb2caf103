"""Shipped instances, too large to enumerate: what can still be held to the oracle and to common sense."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest

import trialopt
from tests.instances.references import INFEASIBLE
from tests.oracle import Oracle
from tests.plain_designs import as_plain
from tests.transformed import loosened, permuted
from trialopt.core.catalog import find, instances
from trialopt.reading import build, load
from trialopt.reading.document import Document
from trialopt.record.solution import Solution

LARGE = "rrmm_early_relapse"


def solved(document: Document) -> Solution:
    return trialopt.solve(build(document), method="decompose", gap=1e-6)


@cache
def first() -> Solution:
    return solved(load(find(LARGE)))


@pytest.mark.parametrize("name", [shipped.name for shipped in instances() if shipped.name not in INFEASIBLE])
def test_the_oracle_judges_the_recommended_design_alike(name: str) -> None:
    """Sections 1 to 6 and 8 only: the oracle knows nothing of sizes."""
    document = load(find(name))
    oracle, solution = Oracle(document), solved(document)
    assert solution.design is not None
    arms = as_plain(oracle.facts.epochs, solution.design)
    assert oracle.broken(arms) == []
    assert oracle.value(arms) == pytest.approx(solution.value, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_order_in_the_files_changes_nothing(seed: int) -> None:
    assert solved(permuted(load(find(LARGE)), Random(seed))).value == pytest.approx(first().value, abs=1e-6)


@pytest.mark.many
def test_loosening_one_thing_never_lowers_the_value() -> None:
    better = set()
    for name, looser in loosened(load(find(LARGE))):
        after = solved(looser)
        assert after.value >= first().value - 1e-6, name
        if after.value > first().value + 1e-6:
            better.add(name)
    assert better
