"""Every result that a public function returns shows itself in a line, and in a notebook as HTML."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any, get_type_hints

import pytest

import trialopt
from tests.made import made
from trialopt.core.shown import LONGEST
from trialopt.decision.verdict import Verdict
from trialopt.stability import Stability

PUBLIC = [getattr(trialopt, name) for name in trialopt.__all__ if name != "__version__"]


def result_of(function: Any) -> type | None:
    found = get_type_hints(function, vars(inspect.getmodule(function))).get("return")
    return found if inspect.isclass(found) and found.__module__.startswith("trialopt.") else None


RETURNED = {found for one in PUBLIC if inspect.isfunction(one) and (found := result_of(one))}
CLASSES = {one for one in PUBLIC if inspect.isclass(one) and not issubclass(one, Exception)}
RESULTS = sorted(RETURNED | CLASSES | {Stability, Verdict}, key=lambda cls: cls.__name__)


def test_the_results_are_those_meant():
    assert {
        "Alternatives", "Comparison", "Design", "Evaluation", "Explanation", "Frontier", "Instance", "Learning",
        "Robustness", "Simulation", "Solution", "Stability", "Sweep", "Verdict", "WhatIf",
    } <= {cls.__name__ for cls in RESULTS}  # fmt: skip


@pytest.mark.parametrize("cls", [cls for cls in RESULTS if cls is not trialopt.Dose], ids=lambda cls: cls.__name__)
def test_it_shows_itself_in_words_of_its_own(cls):
    assert cls.__repr__ is not object.__repr__
    assert not hasattr(cls.__repr__, "__wrapped__"), "every field is printed"  # what dataclasses make is wrapped
    assert cls is trialopt.Arm or callable(getattr(cls, "_repr_html_", None))


@pytest.fixture(scope="module")
def results() -> list[Any]:
    instance = trialopt.read(trialopt.find("tiny_duo"))
    solution = trialopt.solve(instance)
    whatif = trialopt.whatif("tiny_duo", exclude=["daratumumab"], base=solution)
    return [
        instance, solution, solution.design, solution.tables, trialopt.evaluate(instance, solution.design),
        trialopt.compare(solution, solution), trialopt.alternatives(instance, k=3), whatif,
        trialopt.frontier(instance, "burden"), trialopt.explain(instance, solution, parts=["limits"]),
    ]  # fmt: skip


def test_a_result_is_a_line_and_a_piece_of_html(results):
    for result in results:
        line = repr(result)
        assert line.startswith("<"), line
        assert line.endswith(">"), line
        assert len(line) <= LONGEST
        assert "\n" not in line
        assert result._repr_html_().startswith("<")
    assert repr(results[7]) == "<WhatIf of tiny_duo: 1 change, value 0.4101 before, 0.3740 after>"


def test_long_names_do_not_make_it_long():
    run = made(groups=tuple(f"{'g' * 90}{k}" for k in range(9)), arms=(tuple(f"{'g' * 90}{k}" for k in range(9)),))
    run = replace(run, question=replace(run.question, name="n" * 5000))
    assert run.design is not None
    for result in (run, run.design, run.design.arms[0]):
        assert len(repr(result)) <= LONGEST
        assert repr(result).endswith(">")
