"""A few mutated inputs of each kind; many by hand with `python -m tests.fuzz`."""

from __future__ import annotations

import pytest

from tests.fuzz.calls import _wrong
from tests.fuzz.run import run


@pytest.mark.parametrize(("kind", "cases"), [("folders", 12), ("records", 12), ("commands", 6)])
def test_mutated_input_ends_in_an_answer_or_in_words(kind, cases):
    found = run(kind, cases)
    assert found.faults == []
    assert found.cases == cases


@pytest.mark.parametrize(
    ("code", "stderr"),
    [
        (1, "it failed"),
        (2, ""),
        (2, "KeyError: 'x'"),
        (2, "could not convert string to float"),
        (0, "Traceback"),
        (137, "x"),
    ],
)
def test_what_counts_as_a_fault(code, stderr):
    assert _wrong(code, "", stderr)


def test_what_counts_as_right():
    assert _wrong(0, "a table", "") == ""
    assert _wrong(2, "", "agents.csv:2 orr: is 2, must be at most 1") == ""


@pytest.mark.many
@pytest.mark.parametrize("kind", ["folders", "records", "commands"])
def test_many_mutated_inputs(kind):
    found = run(kind, 5000, seed=2)
    assert found.faults == []
