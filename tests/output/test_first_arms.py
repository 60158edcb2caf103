"""Arms on the first screen: a regimen that adds to the one before says so; no screen is too long."""

from __future__ import annotations

from dataclasses import replace

from tests.made import made
from trialopt.core.design import Dose
from trialopt.output.terminal.first import LINES, first_parts
from trialopt.output.terminal.first_arms import LAYOUTS, arm_lines
from trialopt.record.solution import Solution


def given(**sequence: tuple[str, ...]) -> Solution:
    """A run with one arm, and what it is given in its two epochs."""
    run = made(arms=(("fit", "frail"),))
    doses = {epoch: tuple(map(Dose, agents)) for epoch, agents in sequence.items()}
    return replace(run, arms=tuple(replace(one, arm=replace(one.arm, sequence=doses)) for one in run.arms))


def told(run: Solution) -> str:
    return " ".join(" ".join(arm_lines(run, run.arms[0], 100, LAYOUTS[1])).split())


def test_what_a_regimen_adds_is_named_and_the_rest_is_the_same():
    more = ("ixazomib", "lenalidomide", "venetoclax")
    assert "maintenance the same and venetoclax" in told(given(induction=more[:2], maintenance=more)).lower()
    other = told(given(induction=more[:2], maintenance=("lenalidomide", "venetoclax"))).lower()
    assert "the same" not in other
    assert "maintenance lenalidomide, venetoclax" in other


def test_no_screen_is_longer_than_it_may_be():
    many = tuple(f"agent_{k}" for k in range(12))
    for n in range(1, 13):
        lines = [line.plain for line in first_parts(given(induction=many[:n], maintenance=many), 100)]
        assert len(lines) <= LINES
