"""Risks and limits by hand. Chances of escaping an event multiply."""

from dataclasses import replace

import numpy as np
import pytest

from tests.evaluation.small import (
    BOR,
    DEX,
    FIT,
    FRAIL,
    INDUCTION,
    LEN,
    MAINTENANCE,
    NEUROPATHY,
    NEUTROPENIA,
    broken,
    one,
    pair,
    put,
    small,
)
from trialopt.evaluation import evaluate

RATE = put(
    np.zeros((5, 2, 2)),
    ((BOR, NEUTROPENIA), 0.1),
    ((LEN, NEUTROPENIA), 0.3),
    ((BOR, NEUROPATHY), 0.2),
)


def numbers(instance, induction, maintenance=""):
    return evaluate(instance, one(induction, maintenance)).arms[0]


def test_chances_of_escaping_multiply():
    got = numbers(small(event_rate=RATE), "bor len")
    assert got.risk[FIT, INDUCTION] == pytest.approx([1 - 0.9 * 0.7, 0.2])
    assert got.burden[FIT, INDUCTION] == pytest.approx(-np.log(0.9 * 0.7) - np.log(0.8))
    assert got.risk[FIT, MAINTENANCE] == pytest.approx([0, 0])


def test_level_and_susceptibility_scale_the_probability():
    """0.3 x 0.4 = 0.12 for fit, doubled to 0.24 for frail patients; log scale doubled would be 0.2256."""
    instance = small(event_rate=RATE, susceptibility=put(np.ones((2, 2)), ((FRAIL, NEUTROPENIA), 2)))
    assert numbers(instance, "len@half").risk[:, INDUCTION, NEUTROPENIA] == pytest.approx([0.12, 0.24])


def test_probabilities_stop_at_0_95():
    """0.3 x 4 = 1.2 is no probability."""
    instance = small(event_rate=RATE, susceptibility=put(np.ones((2, 2)), ((FRAIL, NEUTROPENIA), 4)))
    assert numbers(instance, "len").risk[FRAIL, INDUCTION, NEUTROPENIA] == pytest.approx(0.95)


def test_an_epoch_may_have_its_own_rate_and_exposure():
    """Maintenance lasts twice as long: 1 - 0.8 ** 2; its own rate 0.05 then 1 - 0.95 ** 2."""
    rate = put(RATE, ((BOR, NEUTROPENIA, MAINTENANCE), 0.05))
    got = numbers(small(event_rate=rate, exposure=np.array([1.0, 2.0])), "bor", "bor")
    assert got.risk[FIT] == pytest.approx(np.array([[0.1, 0.2], [1 - 0.95**2, 1 - 0.8**2]]))


def test_background_adds_to_risk_and_not_to_burden():
    """Background 0.05, doubled in frail patients, met in both epochs whatever is given."""
    instance = small(
        event_rate=RATE,
        background=np.array([0.05, 0]),
        susceptibility=put(np.ones((2, 2)), ((FRAIL, NEUTROPENIA), 2)),
    )
    got = numbers(instance, "bor")
    assert got.risk[:, INDUCTION, NEUTROPENIA] == pytest.approx([1 - 0.95 * 0.9, 1 - 0.9 * 0.8])
    assert got.risk[:, MAINTENANCE, NEUTROPENIA] == pytest.approx([0.05, 0.1])
    assert got.cumulative_risk[FIT, NEUTROPENIA] == pytest.approx(1 - 0.95**2 * 0.9)
    longer = numbers(replace(instance, exposure=np.array([1.0, 2.0])), "bor")
    assert longer.risk[FIT, MAINTENANCE, NEUTROPENIA] == pytest.approx(1 - 0.95**2)
    assert got.burden[FIT] == pytest.approx([-np.log(0.9 * 0.8), 0])


def test_a_pair_adds_toxicity_unscaled():
    """0.05 on the log scale, whatever the exposure and susceptibility, only where both are given."""
    instance = small(
        event_rate=RATE,
        exposure=np.array([1.0, 3.0]),
        susceptibility=np.full((2, 2), 1.5),
        **pair(BOR, DEX, neutropenia=0.05),
    )
    together, apart = numbers(instance, "dex", "bor dex"), numbers(instance, "dex", "bor")
    escaped = (1 - 0.15) ** 3
    assert together.risk[FIT, MAINTENANCE, NEUTROPENIA] == pytest.approx(1 - escaped * np.exp(-0.05))
    assert apart.risk[FIT, MAINTENANCE, NEUTROPENIA] == pytest.approx(1 - escaped)
    assert (together.burden - apart.burden)[FIT] == pytest.approx([0, 0.05])


def test_a_limit_names_category_subgroup_epoch_and_arm():
    """Frail patients' own limit in induction is 0.35; bor+len come to 0.37 there, and may in maintenance."""
    limit = put(np.ones((2, 2, 2)), ((FRAIL, NEUTROPENIA, INDUCTION), 0.35))
    result = evaluate(small(event_rate=RATE, limit=limit), one("bor len", "bor len"))
    assert [v.sentence for v in result.violations] == [
        "neutropenia risk of frail in induction is 0.370, above the limit 0.350 (A1)"
    ]
    (violation,) = result.violations
    assert (violation.rule, violation.arm, violation.subgroup, violation.epoch) == (
        "limit",
        "A1",
        "frail",
        "induction",
    )


def test_a_limit_holds_when_missed_by_a_billionth():
    def met(limit):
        return broken(small(event_rate=RATE, limit=put(np.ones((2, 2, 2)), ((FIT, 0, 0), limit))), one("bor len"))

    assert met(0.37 - 0.9e-9) == []
    assert met(0.37 - 1.1e-9) == [
        "neutropenia risk of fit in induction is 0.370000000, above the limit 0.369999999 (A1)"
    ]


def test_the_cumulative_limit_sums_epochs():
    """bor in both epochs: 1 - 0.8 ** 2 = 0.36 although each epoch is 0.2."""
    limit = np.array([1, 0.35])
    assert broken(small(event_rate=RATE, cumulative_limit=limit), one("bor", "bor")) == [
        "neuropathy risk of fit over all epochs is 0.360, above the cumulative limit 0.350 (A1)",
        "neuropathy risk of frail over all epochs is 0.360, above the cumulative limit 0.350 (A1)",
    ]
    assert broken(small(event_rate=RATE, cumulative_limit=limit), one("bor", "len")) == []
    by_a_hair = np.array([1, 0.36 - 0.9e-9])
    assert broken(small(event_rate=RATE, cumulative_limit=by_a_hair), one("bor", "bor")) == []
    by_more = np.array([1, 0.36 - 1.1e-9])
    assert len(broken(small(event_rate=RATE, cumulative_limit=by_more), one("bor", "bor"))) == 2
