"""Coverage requirements of mechanisms: where they bind, and what they ask."""

import numpy as np

from tests.evaluation.small import (
    BOR,
    CAR,
    CRBN,
    FIT,
    FRAIL,
    INDUCTION,
    MAINTENANCE,
    broken,
    one,
    put,
    small,
)

HALF = {"min_coverage": np.array([np.nan, 0.5])}
TWO = {"min_active": np.array([0, 2])}


def only(epoch):
    epochs = np.zeros((2, 2), dtype=bool)
    epochs[CRBN, epoch] = True
    return epochs


def test_min_coverage():
    """dex leaves 0.9 of crbn, len all of it; bor leaves 0.5, exactly the minimum."""
    assert broken(small(**HALF, require_epochs=only(INDUCTION)), one("len dex")) == [
        "coverage of crbn in fit in induction is 0.100, below the minimum 0.500 (A1)",
        "coverage of crbn in frail in induction is 0.100, below the minimum 0.500 (A1)",
    ]
    assert broken(small(**HALF, require_epochs=only(INDUCTION)), one("bor")) == []


def test_min_coverage_holds_when_missed_by_a_billionth():
    def met(least):
        return broken(small(min_coverage=np.array([np.nan, least]), require_epochs=only(INDUCTION)), one("bor"))

    assert met(0.5 + 0.9e-9) == []
    assert len(met(0.5 + 1.1e-9)) == 2


def test_requirements_bind_in_every_epoch_unless_listed():
    assert broken(small(**HALF), one("bor", "")) == [
        "coverage of crbn in fit in maintenance is 0.000, below the minimum 0.500 (A1)",
        "coverage of crbn in frail in maintenance is 0.000, below the minimum 0.500 (A1)",
    ]


def test_requirements_bind_from_the_floor_on():
    """Floor 0.2: frail has exactly 0.2, fit 0.1."""
    instance = small(**HALF, require_epochs=only(INDUCTION), prevalence_floor=np.array([0, 0.2]))
    assert broken(instance, one("dex")) == [
        "coverage of crbn in frail in induction is 0.100, below the minimum 0.500 (A1)"
    ]


def test_requirements_never_bind_where_there_is_none():
    """Fit patients have no crbn at all: without `p > 0` a floor of 0 would bind there."""
    instance = small(**HALF, require_epochs=only(INDUCTION), prevalence=np.array([[1.0, 0.0], [0.8, 0.2]]))
    assert broken(instance, one("dex")) == [
        "coverage of crbn in frail in induction is 0.100, below the minimum 0.500 (A1)"
    ]


def test_the_seed_counts_from_the_second_epoch_on():
    instance = small(**HALF, prevalence=np.array([[1.0, 0.0], [1.0, 0.0]]), seed=np.array([0, 0.01]))
    assert broken(instance, one("dex", "dex")) == [
        "coverage of crbn in fit in maintenance is 0.100, below the minimum 0.500 (A1)",
        "coverage of crbn in frail in maintenance is 0.100, below the minimum 0.500 (A1)",
    ]


def test_min_active_does_not_count_agents_the_mechanism_defeats():
    """bor and len are two agents; on crbn only bor is active."""
    instance = small(**TWO, require_epochs=only(INDUCTION))
    assert broken(instance, one("bor len")) == [
        "1 agent active on crbn in fit in induction, fewer than the 2 required (A1)",
        "1 agent active on crbn in frail in induction, fewer than the 2 required (A1)",
    ]
    assert broken(instance, one("bor dex")) == []


def test_min_active_counts_agents_that_keep_half_in_the_subgroup():
    """sensitivity x retained of car: 0.5 for fit, just enough; 0.49 for frail."""
    sensitivity = put(np.ones((2, 5)), ((FIT, CAR), 0.5), ((FRAIL, CAR), 0.49))
    assert broken(small(**TWO, require_epochs=only(INDUCTION), sensitivity=sensitivity), one("bor car")) == [
        "1 agent active on crbn in frail in induction, fewer than the 2 required (A1)"
    ]


def test_min_active_needs_activity_in_the_epoch_and_counts_agents_not_levels():
    beta = small().beta.copy()
    beta[BOR, MAINTENANCE] = 0
    instance = small(**TWO, require_epochs=only(MAINTENANCE), beta=beta)
    assert broken(instance, one("bor dex", "bor dex"))[0] == (
        "1 agent active on crbn in fit in maintenance, fewer than the 2 required (A1)"
    )
    kept = small(**TWO, retained=np.ones((5, 2)))
    assert "1 agent active on crbn in fit in induction, fewer than the 2 required (A1)" in broken(
        kept, one("len@full len@half", "bor dex")
    )
