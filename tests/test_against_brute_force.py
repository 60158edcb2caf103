"""The package against brute force, on small random instances with every rule.

What each test proves: `evaluate` says the same of any design as the oracle, and the compact model and the engine
find a design as good as the best of all designs, or prove that there is none. Without a family anywhere in the
package, many of these instances have another value (`test_random_documents.py` holds the generator to that).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trialopt
from tests.oracle import Best, Oracle, judge
from tests.plain_designs import as_design, as_plain, random_arms
from tests.random_documents import documents, random_document
from tests.random_draft import Draft
from tests.random_features import control, levels, limits, weights
from tests.random_rules import RULES
from trialopt.reading import build
from trialopt.reading.document import Document, document

GAP = 1e-7
DEFAULT, COMPACT, ENGINE = 30, 300, 500
SMALL = 1000
"""First seed of the documents with one kind of rule each."""
SLOW = 180
"""Seeds of the slow run end here; the rest, up to `COMPACT` and `ENGINE`, are full counts."""


@cache
def brute_force(seed: int) -> tuple[Document, Best | None]:
    document = random_document(seed)
    return document, Oracle(document).best()


def seeds(last: int) -> list[object]:
    """The default run's seeds, then those of the slow run, then the full counts."""
    slow = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(DEFAULT, SLOW)]
    many = [pytest.param(seed, marks=pytest.mark.many) for seed in range(SLOW, last)]
    return [*range(DEFAULT), *slow, *many]


@settings(max_examples=200)
@given(documents(), st.integers(0, 10**6), st.booleans())
def test_evaluate_says_what_the_oracle_says(document: Document, seed: int, careless: bool) -> None:
    oracle = Oracle(document)
    arms = random_arms(oracle, Random(seed), careless)
    found = trialopt.evaluate(build(document), as_design(oracle.facts.epochs, arms))
    assert found.value == pytest.approx(oracle.value(arms), abs=1e-9)
    assert found.feasible == (not oracle.broken(arms)), (found.violations, oracle.broken(arms))


@pytest.mark.parametrize("seed", range(DEFAULT))
def test_evaluate_accepts_the_best_design_or_none(seed: int) -> None:
    """The best design keeps every rule; where the oracle says that none does, twenty random ones break some."""
    document, best = brute_force(seed)
    oracle, instance = Oracle(document), build(document)
    if best is not None:
        found = trialopt.evaluate(instance, as_design(oracle.facts.epochs, best.arms))
        assert found.violations == ()
        assert found.value == pytest.approx(best.value, abs=1e-9)
        return
    for number in range(20):
        arms = random_arms(oracle, Random(number), careless=False)
        assert trialopt.evaluate(instance, as_design(oracle.facts.epochs, arms)).violations


def assert_agrees(document: Document, best: Best | None, method: str) -> None:
    """One run of one method against brute force: value, bound, the design's own worth, or no design at all."""
    solution = trialopt.solve(build(document), method=method, gap=GAP)
    if best is None:
        assert solution.ending == "infeasible"
        assert solution.value is None
        assert solution.design is None
        return
    assert solution.ending == "optimal"
    assert solution.value == pytest.approx(best.value, abs=1e-6)
    assert solution.bound >= solution.value - 1e-9
    assert solution.bound >= best.value - 1e-6
    arms = as_plain([epoch["id"] for epoch in document.settings["epoch"]], solution.design)
    value, feasible = judge(document, arms)
    assert feasible
    assert value == pytest.approx(solution.value, abs=1e-9)


@pytest.mark.parametrize("seed", seeds(COMPACT))
def test_compact_model_finds_the_best_design(seed: int) -> None:
    assert_agrees(*brute_force(seed), "compact")


@pytest.mark.parametrize("seed", seeds(ENGINE))
def test_engine_finds_the_best_design(seed: int) -> None:
    assert_agrees(*brute_force(seed), "decompose")


@pytest.mark.parametrize("method", ["compact", "decompose"])
@pytest.mark.parametrize("seed", range(12))
def test_max_classes_is_kept_as_by_brute_force(seed: int, method: str) -> None:
    document = random_document(seed)
    epochs = [{**epoch, "max_classes": 1 + k % 2} for k, epoch in enumerate(document.settings["epoch"])]
    document = replace(document, settings={**document.settings, "epoch": epochs})
    assert_agrees(document, Oracle(document).best(), method)


def plain_draft(seed: int) -> Draft:
    """A draft with levels, weights, limits and a control regimen, and no rule."""
    draft = Draft(seed)
    for write in (levels, weights, limits, control):
        write(draft, Random(f"{seed}/{write.__name__}"))
    draft.trial["no_harm"] = False
    return draft


@pytest.mark.parametrize("method", ["compact", "decompose"])
@pytest.mark.parametrize("rule", RULES)
def test_each_rule_of_levels_epochs_sets_cycles_and_control_is_kept_as_by_brute_force(rule: str, method: str) -> None:
    """The rule written into small documents without the other rules of its kind; feasible ones and others."""
    verdicts = set()
    for seed in range(SMALL, SMALL + 3):
        draft = plain_draft(seed)
        RULES[rule][1](draft, Random(f"{seed}/{rule}"))
        draft.fit()
        written = document(f"{rule}_{seed}", draft.settings, draft.tables)
        best = Oracle(written).best()
        verdicts.add(best is not None)
        assert_agrees(written, best, method)
    assert True in verdicts


@settings(max_examples=20)
@given(documents(), st.sampled_from(["compact", "decompose"]))
def test_any_document_is_solved_as_by_brute_force(document: Document, method: str) -> None:
    """Features and sizes drawn by hypothesis, so that a failure shrinks to few features and small sizes."""
    assert_agrees(document, Oracle(document).best(), method)
