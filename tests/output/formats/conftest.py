"""Runs that the tests of this folder export: shipped instances, and solutions made by hand."""

from __future__ import annotations

import pytest

import trialopt
from tests.made import made
from trialopt.core.catalog import find
from trialopt.core.design import Dose
from trialopt.record.solution import Solution

SHIPPED = ("tiny_duo", "rrmm_early_relapse")


def sized() -> Solution:
    """Two arms with controls: one of two subgroups, and a control regimen that both have."""
    from dataclasses import replace

    solution = made(sized=True, groups=("fit", "frail", "old"), arms=(("fit", "old"), ("frail",)))
    control = {"induction": (Dose("bortezomib"),), "maintenance": ()}
    question = replace(
        solution.question,
        control=control,
        cycles={"induction": 4.0, "maintenance": 2.0},
        definitions={"fit": "able to take full doses", "frail": "not able to"},
    )
    return replace(solution, question=question)


@pytest.fixture(scope="session")
def runs() -> dict[str, Solution]:
    """Name -> run. The large instance is solved to a rough gap: any design will do."""
    shipped = {name: trialopt.solve(trialopt.read(find(name)), gap=0.5, time_limit=30) for name in SHIPPED}
    return {**shipped, "sized": sized(), "made": made()}
