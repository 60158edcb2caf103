"""Coverage by hand. Agents given together multiply the shares of disease they leave."""

import numpy as np
import pytest

from tests.evaluation.small import (
    BOR,
    CAR,
    CRBN,
    DEX,
    FIT,
    FRAIL,
    INDUCTION,
    LEN,
    MAINTENANCE,
    arm,
    emergence,
    one,
    pair,
    put,
    small,
)
from trialopt.evaluation import arm_numbers, control_coverage, evaluate


def numbers(instance, induction, maintenance=""):
    return evaluate(instance, one(induction, maintenance)).arms[0]


def test_shares_left_multiply_and_a_resistant_mechanism_is_left_whole():
    """Without resistance bor+len would cover 1 - 0.5 x 0.64 = 0.68 everywhere."""
    got = numbers(small(), "bor len")
    assert got.coverage[FIT, INDUCTION] == pytest.approx(1 - (0.9 * 0.5 * 0.64 + 0.1 * 0.5))  # 0.662
    assert got.coverage[FRAIL, INDUCTION] == pytest.approx(1 - (0.8 * 0.32 + 0.2 * 0.5))
    assert got.mechanism_coverage[FIT, INDUCTION] == pytest.approx([0.68, 0.5])


def test_an_empty_epoch_covers_nothing():
    got = numbers(small(), "bor")
    assert got.coverage[:, MAINTENANCE] == pytest.approx([0, 0])
    assert got.mechanism_coverage[:, MAINTENANCE] == pytest.approx(np.zeros((2, 2)))


def test_a_level_scales_log_activity():
    """Half of lenalidomide's log-activity leaves 0.64 ** 0.5 = 0.8; half of its coverage would leave 0.82."""
    got = numbers(small(), "len@half")
    assert got.mechanism_coverage[FIT, INDUCTION] == pytest.approx([0.2, 0])


def test_sensitivity_belongs_to_the_subgroup():
    """Frail patients keep half of bortezomib's log-activity: 0.5 ** 0.5 is left, not 0.5."""
    instance = small(sensitivity=put(np.ones((2, 5)), ((FRAIL, BOR), 0.5)))
    got = numbers(instance, "bor")
    assert got.coverage[:, INDUCTION] == pytest.approx([0.5, 1 - 0.5**0.5])


def test_activity_may_differ_by_epoch_and_be_negative():
    """A hazard ratio of 1.25 in maintenance leaves more than there was: coverage -0.25."""
    beta = small().beta.copy()
    beta[BOR, MAINTENANCE] = -np.log(1.25)
    got = numbers(small(beta=beta), "bor", "bor")
    assert got.coverage[FIT] == pytest.approx([0.5, -0.25])
    assert got.mechanism_coverage[FIT, MAINTENANCE] == pytest.approx([-0.25, -0.25])


def test_a_pair_gains_on_disease_where_both_keep_their_activity():
    """delta = ln 2 halves what bor+len leave, at any level; on crbn, where len keeps 0, it does nothing."""
    instance = small(**pair(BOR, LEN, activity=np.log(2)))
    full = numbers(instance, "bor len").mechanism_coverage[FIT, INDUCTION]
    half = numbers(instance, "bor len@half").mechanism_coverage[FIT, INDUCTION]
    assert full == pytest.approx([1 - 0.32 / 2, 0.5])
    assert half == pytest.approx([1 - 0.5 * 0.8 / 2, 0.5])
    assert numbers(instance, "bor", "len").mechanism_coverage[FIT, INDUCTION, 0] == pytest.approx(0.5)


def test_a_pair_scales_with_both_sensitivities():
    """0.5 of each agent leaves a quarter of delta: a factor 2 ** -0.25."""
    sensitivity = put(np.ones((2, 5)), ((FIT, BOR), 0.5), ((FIT, DEX), 0.5))
    got = numbers(small(sensitivity=sensitivity, **pair(BOR, DEX, activity=np.log(2))), "bor dex")
    assert got.mechanism_coverage[FIT, INDUCTION, 0] == pytest.approx(1 - (0.5 * 0.9) ** 0.5 * 2**-0.25)


def test_exposure_selects_from_the_next_epoch_on():
    """After len crbn triples to 0.3. Without emergence maintenance bor would cover 0.5; now 1 - 1.2 x 0.5."""
    got = numbers(small(**emergence((CRBN, 3.0, (LEN,)))), "len", "bor")
    assert got.prevalence[FIT] == pytest.approx(np.array([[0.9, 0.1], [0.9, 0.3]]))
    assert got.coverage[FIT, MAINTENANCE] == pytest.approx(0.4)
    kept = numbers(small(**emergence((CRBN, 3.0, (LEN,)))), "bor", "len")
    assert kept.prevalence[FIT, MAINTENANCE] == pytest.approx([0.9, 0.1])


def test_a_row_counts_once_and_rows_multiply():
    """One row for both proteasome inhibitors counts once (x2, not x4); another for len multiplies (x6)."""
    instance = small(**emergence((CRBN, 2.0, (BOR, CAR)), (CRBN, 3.0, (LEN,))))
    assert numbers(instance, "bor car").prevalence[FIT, MAINTENANCE, CRBN] == pytest.approx(0.2)
    assert numbers(instance, "bor car len").prevalence[FIT, MAINTENANCE, CRBN] == pytest.approx(0.6)


def test_a_seed_stands_in_from_the_second_epoch_on():
    """Seed 0.15 is above fit's 0.1 and below frail's 0.2; without it nothing could emerge from 0."""
    instance = small(seed=np.array([0, 0.15]), **emergence((CRBN, 2.0, (LEN,))))
    got = numbers(instance, "len")
    assert got.prevalence[:, :, CRBN] == pytest.approx(np.array([[0.1, 0.3], [0.2, 0.4]]))


def test_carry_leaves_later_epochs_what_earlier_ones_left():
    """carry 0.5: bor leaves 0.5 ** 0.5 for maintenance, where dex leaves 0.9 of it; at carry 0 simply 0.9."""
    got = numbers(small(trial={"carry": 0.5}), "bor", "dex")
    assert got.coverage[FIT] == pytest.approx([0.5, 1 - 0.5**0.5 * 0.9])
    assert got.mechanism_coverage[FIT, MAINTENANCE] == pytest.approx([0.1, 0.1])  # the epoch's own
    assert numbers(small(), "bor", "dex").coverage[FIT, MAINTENANCE] == pytest.approx(0.1)


def test_carry_acts_on_each_mechanism_by_itself():
    """len leaves all of crbn, so maintenance meets 0.1 whole and 0.64 of the rest."""
    got = numbers(small(trial={"carry": 1.0}), "len", "bor")
    assert got.coverage[FIT, MAINTENANCE] == pytest.approx(1 - (0.9 * 0.64 + 0.1) * 0.5)


def test_prevalences_above_one_are_warned_of_and_not_clamped():
    """Frail 0.2 x 6 = 1.2 of all patients; fit 0.6 is no more than all."""
    result = evaluate(small(**emergence((CRBN, 6.0, (LEN,)))), one("len", "bor"))
    assert result.warnings == (
        "emerged prevalences of frail in maintenance add up to 1.200, more than 1.000 (A1): "
        "coverage there may be too low",
    )
    assert result.arms[0].coverage[FRAIL, MAINTENANCE] == pytest.approx(1 - (0.8 + 1.2) * 0.5)


def test_coverage_far_below_0_is_warned_of():
    """Prevalence 0.2 x 30 = 6 of all patients, of which bor leaves half: 1 - (0.8 + 6) / 2 = -2.4; fit 1 - 3.9 / 2."""
    result = evaluate(small(**emergence((CRBN, 30.0, (LEN,)))), one("len", "bor"))
    said = [text for text in result.warnings if text.startswith("coverage of")]
    assert len(said) == 1
    assert said[0].startswith("coverage of frail in maintenance is -2.4 (A1), below -1: ")


def test_the_control_is_covered_by_the_same_arithmetic():
    """Options 2 (len full) then none: coverage of len alone in both subgroups, and 0 in the empty epoch."""
    got = control_coverage(small(control=((2,), ())))
    assert got == pytest.approx(np.array([[0.9 * 0.36, 0], [0.8 * 0.36, 0]]))


def test_no_control_is_said():
    with pytest.raises(ValueError, match=r"small has no \[control\] regimen"):
        control_coverage(small())


def test_one_arm_in_one_subgroup_is_a_row_of_the_whole():
    whole = numbers(small(), "bor len", "dex")
    alone = arm_numbers(small(), arm("frail", "bor len", "dex"))
    assert np.array_equal(alone.coverage[0], whole.coverage[FRAIL])
    assert np.array_equal(alone.risk[0], whole.risk[FRAIL])
