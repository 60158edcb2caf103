"""The log-rank test's own power: against trials simulated here, and where it must be that of the formula."""

from __future__ import annotations

from math import log, sqrt
from statistics import NormalDist

import numpy as np
import pytest

from tests.evaluation.test_accrual import LATE, RAMP, changing
from tests.evaluation.test_calendar import BOTH, pfs
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.evaluation import evaluate
from trialopt.evaluation.intake import intake_of
from trialopt.evaluation.logrank import logrank_power
from trialopt.record.size_basis import sentence_of

Z = NormalDist().inv_cdf(0.975)


def own(instance: Instance, design: Design = BOTH) -> tuple[float, float]:
    (numbers,) = evaluate(instance, design).arms
    assert numbers.size is not None
    return numbers.size.power, logrank_power(instance, numbers)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 3.0])
def test_near_one_the_formula_is_right(ratio: float) -> None:
    formula, test = own(pfs(target_hazard_ratio=0.97, allocation_ratio=ratio))
    assert test == pytest.approx(formula, abs=0.004)


def statistic(time: np.ndarray, event: np.ndarray, treated: np.ndarray) -> tuple[float, float]:
    """Sum of what is observed less expected in the control, and its variance."""
    order = np.argsort(time)
    event, treated = event[order], treated[order]
    p = np.cumsum(treated[::-1])[::-1] / np.arange(len(time), 0, -1)
    return float((event * (p - treated)).sum()), float((event * p * (1 - p)).sum())


def played(instance: Instance, trials: int, seed: int) -> float:
    """Share of trials won: two strata, entries from the definition of the accrual, a stratified log-rank test."""
    (numbers,) = evaluate(instance, BOTH).arms
    size, rng, won = numbers.size, np.random.default_rng(seed), 0
    assert size is not None
    assert size.accrual_months is not None
    months, intake = sum(size.experimental.values()) + sum(size.control.values()), intake_of(instance, [0, 1])
    full, end = months / 14, size.accrual_months + instance.trial.follow_up_months
    for _ in range(trials):
        score = variance = 0.0
        for k, g in enumerate(("fit", "frail")):
            treated = np.repeat([1, 0], [size.experimental[g], size.control[g]])
            share = rng.random(len(treated)) * full
            entry = share if intake is None else intake.inflows[k].months_of(share)
            hazard = log(2) / instance.control_medians[k] * np.where(treated == 1, size.sized_for, 1.0)
            fails = rng.exponential(1 / hazard)
            leaves = np.minimum(rng.exponential(100, len(treated)), end - entry)
            found = statistic(np.minimum(fails, leaves), fails <= leaves, treated)
            score, variance = score + found[0], variance + found[1]
        won += score / sqrt(variance) > Z
    return won / trials


@pytest.mark.parametrize(
    ("ratio", "steps", "ramp", "trials"),
    [
        (3.0, {}, {}, 1500),
        (2.0, LATE, RAMP, 1500),
        *(pytest.param(r, {}, {}, 10_000, marks=pytest.mark.many) for r in (1.0, 2.0, 3.0)),
        *(pytest.param(r, LATE, RAMP, 10_000, marks=pytest.mark.many) for r in (1.0, 2.0, 3.0)),
    ],
)
def test_it_is_what_trials_attain(ratio: float, steps: dict, ramp: dict, trials: int) -> None:
    instance = changing(pfs(target_hazard_ratio=0.7, allocation_ratio=ratio, dropout_per_month=0.01), steps, ramp)
    _, test = own(instance)
    attained = played(instance, trials, 11)
    error = sqrt(attained * (1 - attained) / trials)
    assert test == pytest.approx(attained, abs=0.007 + 3 * error)


def test_a_size_that_is_conservative_says_so() -> None:
    for ratio, words in ((3.0, "At 3 to 1 the formula is conservative"), (0.4, "promises too much"), (1.0, "")):
        instance = pfs(target_hazard_ratio=0.6, allocation_ratio=ratio)
        (numbers,) = evaluate(instance, BOTH).arms
        assert numbers.size is not None
        sentence = sentence_of(instance, numbers, numbers.size)
        assert words in sentence
        assert ("own mean and variance" in sentence) == (ratio != 1)


def test_only_a_size_for_pfs_has_one() -> None:
    (numbers,) = evaluate(pfs(power=None), BOTH).arms
    with pytest.raises(ValueError, match="no size for pfs"):
        logrank_power(pfs(power=None), numbers)
