"""The bound holds whatever the tangents: coarse or fine, the model never says less than the best design is worth."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from pyomo.contrib.solver.solvers.highs import Highs

from tests.oracle import best_design
from tests.random_documents import random_document
from trialopt.core.instance import Instance
from trialopt.evaluation import evaluate
from trialopt.model import build as build_model
from trialopt.model.activity import exponents
from trialopt.model.incumbents import design_of
from trialopt.model.residual import exponent_ranges, first_bound, first_points
from trialopt.model.space import Space
from trialopt.reading import build

COARSE, FINE = 10.0, 1e-3


def relaxed(instance: Instance, error: float) -> float | None:
    """Optimum of the model with first tangents only, or `None`."""
    solver = Highs(load_solutions=False, raise_exception_on_nonoptimal_result=False)
    solver.config.rel_gap = 0.0
    bound = solver.solve(build_model(instance, error)).objective_bound
    return bound if bound is not None and np.isfinite(bound) else None


@pytest.mark.parametrize("seed", range(1000, 1012))
def test_coarse_tangents_leave_the_bound_valid(seed: int) -> None:
    question = random_document(seed)
    best, instance = best_design(question), build(question)
    coarse, fine = relaxed(instance, COARSE), relaxed(instance, FINE)
    if best is None:
        return
    assert coarse is not None
    assert fine is not None
    assert coarse >= fine - 1e-6
    assert fine >= best.value - 1e-6


def test_coarse_tangents_are_coarse() -> None:
    """Otherwise the test above says nothing: on most instances the coarse bound is well above the value."""
    distances = []
    for seed in range(1000, 1012):
        best = best_design(random_document(seed))
        coarse = relaxed(build(random_document(seed)), COARSE)
        if best is not None and coarse is not None:
            distances.append(coarse - best.value)
    assert np.median(distances) > 1e-2


@pytest.mark.parametrize("error", [1e-1, 1e-2, 1e-4])
def test_first_points_level_the_error(error: float) -> None:
    low, high = -6.0, -0.2
    points = np.array(first_points(low, high, error))
    at = np.linspace(low, high, 4001)
    tangents = np.exp(points) * (1 + at[:, None] - points)
    below = np.exp(at) - tangents.max(axis=1)
    assert below.min() >= -1e-12
    assert below.max() <= error * 1.2
    assert len(points) == 2 or below.max() > error / 4


def random_choices(space: Space, random: Random) -> np.ndarray:
    """Choices (G, S, O) that respect the number of agents and levels, the same for all subgroups."""
    i = space.instance
    chosen = np.zeros((len(space.groups), len(space.epochs), len(space.options)))
    for s in space.epochs:
        count = random.randint(0, min(int(i.max_agents[s]), len(space.used[s])))
        for d in random.sample(space.used[s], count):
            chosen[:, s, random.choice(space.levels[d])] = 1
    return chosen


@pytest.mark.parametrize("seed", range(2000, 2015))
def test_exponents_agree_with_the_evaluation_and_stay_in_range(seed: int) -> None:
    random = Random(seed)
    space = Space(build(random_document(seed)))
    low, high = exponent_ranges(space)
    for _ in range(10):
        chosen = random_choices(space, random)
        found = exponents(space, chosen)
        design = design_of(space, chosen, [[int(g) for g in space.groups]])
        coverage = evaluate(space.instance, design).arms[0].coverage
        np.testing.assert_allclose(1 - np.exp(found).sum(axis=1), coverage, atol=1e-12)
        present = np.isfinite(found)
        assert (found[present] >= low[present] - 1e-9).all()
        assert (found[present] <= high[present] + 1e-9).all()


@pytest.mark.parametrize("seed", range(2000, 2015))
def test_the_bound_from_the_data_alone_is_valid(seed: int) -> None:
    question = random_document(seed)
    best = best_design(question)
    assert best is None or first_bound(Space(build(question))) >= best.value - 1e-9
