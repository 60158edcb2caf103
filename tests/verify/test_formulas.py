"""Formulas of the checker against other programs' and against plain sums."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy

from tests.uncertainty.random_truths import truth_document
from trialopt.reading import build
from trialopt.sizing.exact_size import exact_size
from trialopt.verify.boschloo import exact_patients
from trialopt.verify.draws import Again, beta_below
from trialopt.verify.formulas import Asked
from trialopt.verify.intake import _inflow


def test_the_beta_distribution_is_scipys() -> None:
    x = np.array([0.0, 1e-9, 0.003, 0.2, 0.5, 0.77, 0.999, 1.0])
    for a, b in ((0.5, 30.5), (3.2, 1.7), (200.0, 44.0), (0.01, 0.02), (1e4, 3e4)):
        assert beta_below(a, b, x) == pytest.approx(scipy.special.betainc(a, b, x), abs=1e-12)


@pytest.mark.parametrize(
    ("p0", "p1", "alpha", "power", "ratio"),
    [
        (0.2, 0.6, 0.025, 0.8, 1.0),
        (0.3, 0.65, 0.05, 0.9, 2.0),
        pytest.param(0.1, 0.3, 0.025, 0.8, 1.5, marks=pytest.mark.many),
        pytest.param(0.45, 0.7, 0.1, 0.8, 0.5, marks=pytest.mark.many),
        pytest.param(0.05, 0.3, 0.025, 0.9, 1.0, marks=pytest.mark.many),
    ],
)
def test_the_exact_size_is_that_of_the_package(p0: float, p1: float, alpha: float, power: float, ratio: float) -> None:
    size = exact_size(p0, p1, alpha, power, ratio)
    n1, n0, reached = exact_patients(p0, p1, Asked(alpha, power, ratio, 1.0, 1.0))
    assert (n1, n0) == (size.n1, size.n0)
    assert reached == pytest.approx(size.power, abs=1e-10)


def test_an_inflow_is_the_sum_of_its_days() -> None:
    inflow = _inflow(((0.0, 0.0), (2.0, 0.5), (9.0, 1.5)), 6.0)
    step = 1e-4
    month = np.arange(step / 2, 30, step)
    rate = np.where(month < 2, 0, np.where(month < 9, 0.5, 1.5)) * np.clip((month - 2) / 6, 0, 1)
    for until in (2.5, 8.0, 8.5, 9.5, 30.0):
        area = float(rate[month < until].sum() * step)
        assert inflow.month(np.array([area]))[0] == pytest.approx(until, abs=2e-3)
        for leaving in (1e-7, 0.03, 2.0):
            there = (rate * np.exp(-leaving * (40 - month)))[month < until].sum() * step
            found = inflow.waiting(np.array([leaving]), np.array([until]), np.array([40.0]))[0]
            assert found == pytest.approx(there, rel=1e-3)


def test_a_draw_that_is_off_by_1e_4_is_seen() -> None:
    instance = build(truth_document(1))
    assert instance.truths is not None
    assert Again(instance).wrong == []
    beta = instance.truths.beta.copy()
    beta[3, 0, 0] += 1e-4
    other = replace(instance, truths=replace(instance.truths, beta=beta))
    assert Again(other).wrong == ["the draws of beta are not those of the recipe"]
