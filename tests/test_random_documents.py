"""The random documents are worth testing with: feasible and infeasible, and their features change the answer."""

from __future__ import annotations

from random import Random

import pytest

from tests.oracle import best_design
from tests.random_documents import ALL, random_document


def test_a_healthy_mix_is_feasible() -> None:
    """Of the seeds of the default run, more than half have a design and at least one in eight has none."""
    feasible = sum(best_design(random_document(seed)) is not None for seed in range(60))
    assert 30 < feasible < 53


def test_documents_are_the_same_every_time() -> None:
    assert random_document(7) == random_document(7)
    assert random_document(7) != random_document(8)


@pytest.mark.slow
@pytest.mark.parametrize("feature", ALL)
def test_each_feature_changes_the_best_value(feature: str) -> None:
    """Without the feature, the best value (or whether there is one) differs for at least three of 500 seeds."""
    changed = 0
    for seed in range(500):
        if Random(f"{seed}/{feature}").random() < ALL[feature][0]:
            with_it = best_design(random_document(seed))
            without = best_design(random_document(seed, frozenset([feature])))
            changed += (with_it and round(with_it.value, 9)) != (without and round(without.value, 9))
            if changed == 3:
                return
    pytest.fail(f"{feature} changed {changed} of 500 best values")
