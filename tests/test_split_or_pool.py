"""Splitting or pooling on the real instance: fewer patients, months or arms never raise the value."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

import trialopt
from trialopt.core.catalog import find
from trialopt.record.solution import Solution

PATIENTS = (2000, 1500, 1250, 1000, 900, 700, 600, 500, 450, 308, 307)
MONTHS = (120.0, 85.0, 60.0, 48.0, 36.0, 24.0, 16.0, 10.0)


@cache
def solved(arms: int, patients: int | None = None, months: float | None = None) -> Solution:
    instance = trialopt.read(find("rrmm_early_relapse_sized"))
    trial = replace(instance.trial, max_arms=arms, max_patients=patients, max_accrual_months=months)
    return trialopt.solve(replace(instance, trial=trial))


def assert_never_rises(steps: list[Solution], free: Solution) -> None:
    assert free.value is not None
    values = [solution.value for solution in steps]
    for solution in steps:
        assert solution.ending == ("infeasible" if solution.value is None else "optimal")
    for looser, tighter in pairwise([free.value, *values]):
        assert tighter is None or (looser is not None and tighter <= looser * (1 + 1e-4))


def patients(solution: Solution) -> int:
    return sum(arm.size.patients + arm.size.control_patients for arm in solution.arms if arm.size)


@pytest.mark.many
def test_tightening_patients_step_by_step_never_raises_the_value() -> None:
    steps = [solved(6, most) for most in PATIENTS]
    assert_never_rises(steps, solved(6))
    assert all(patients(solution) <= most for solution, most in zip(steps, PATIENTS, strict=True))
    assert len({len(solution.arms) for solution in steps}) > 3, "the path goes from many arms to one"


@pytest.mark.slow
def test_tightening_months_step_by_step_never_raises_the_value() -> None:
    assert_never_rises([solved(6, None, most) for most in MONTHS], solved(6))


@pytest.mark.slow
def test_from_six_arms_to_one_value_and_patients_fall() -> None:
    steps = [solved(arms) for arms in range(6, 0, -1)]
    assert_never_rises(steps, solved(6))
    needed = [patients(solution) for solution in steps]
    assert needed == sorted(needed, reverse=True)
    assert needed[0] > 5 * needed[-1]
