"""The exam on trials: their power is what the formulas of `trialopt size` say where effects are what those assume."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from trialopt import sizing
from trialopt.replay.calibrate import disease
from trialopt.replay.course import follow
from trialopt.replay.given import given
from trialopt.replay.patients import draw
from trialopt.replay.table import constants, populations
from trialopt.replay.trial import Stratum, entered, z_of_logrank, z_of_rates

TRIALS = 1500
IDLE = ("", "")


def side(n, taken, deaths=None, growth=None, block=0):
    """Patients of many trials of n a side, followed for five years."""
    instance = disease("early_relapse")
    c = constants() if growth is None else replace(constants(), growth=growth, growth_spread=0.0, frailty=0.0)
    whom = populations()["early_relapse"]
    whom = whom if deaths is None else replace(whom, deaths_per_month=deaths)
    options = tuple(tuple(instance.option(a, "standard") for a in text.split()) for text in taken)
    lot = draw(instance, 0, n * TRIALS, c, whom, seed="power", block=block)
    played = follow(lot, given(instance, 0, options, c), 8.0 if deaths is None else 60.0)
    ended, event = played.ended.reshape(TRIALS, n).astype(float), (played.how > 0).reshape(TRIALS, n)
    return Stratum(np.isfinite(played.response).reshape(TRIALS, n), ended, event)


def share_significant(z, alpha):
    """Share of trials won at a one-sided level, and its standard error."""
    won = float((z > NormalDist().inv_cdf(1 - alpha)).mean())
    return won, (won * (1 - won) / len(z)) ** 0.5


def test_power_of_response_is_that_of_two_proportions():
    n = 60
    one = side(n, ("daratumumab bortezomib dexamethasone", ""), block=1)
    two = side(n, ("bortezomib dexamethasone", ""), block=2)
    p1, p0 = float(one.response.mean()), float(two.response.mean())
    won, error = share_significant(z_of_rates([one], [two]), 0.025)
    assert won == pytest.approx(float(sizing.proportion_power(p0, p1, n, n, 0.025).power), abs=3 * error + 0.015)
    nothing, error = share_significant(z_of_rates([two], [replace(two, response=two.response[::-1])]), 0.025)
    assert nothing == pytest.approx(0.025, abs=3 * error + 0.008)


def test_power_of_survival_under_proportional_hazards_is_that_of_the_formula():
    """Disease that stands still, so that deaths alone end progression-free survival: hazards are proportional."""
    n, accrual, follow_up, median, ratio = 120, 12.0, 18.0, 10.0, 0.65
    sides = []
    for block, hazard in enumerate((np.log(2) / median * ratio, np.log(2) / median)):
        played = side(n, IDLE, deaths=float(hazard), growth=1e-12, block=block)
        ended, event, entry = entered(played.ended, played.event, accrual, 0.01, ("power", block))
        until = accrual + follow_up - entry
        ended, event = np.minimum(ended, until), event & (ended <= until)
        sides.append(Stratum(played.response, ended, event))
    won, error = share_significant(z_of_logrank([sides[0]], [sides[1]]), 0.025)
    events = float(sum(s.event.sum(axis=1).mean() for s in sides))
    assert won == pytest.approx(float(sizing.event_power(ratio, events, 0.025).power), abs=3 * error + 0.015)


def test_log_rank_of_a_trial_by_hand():
    """Four patients, events at weeks 1 to 4, first side first: expected 1/2 + 1/3 in the first two, 0 later."""
    week = np.arange(1, 5) * 12 / 365.25 * 7 + 0.001
    one = Stratum(np.ones((1, 2), bool), week[None, :2], np.ones((1, 2), bool))
    two = Stratum(np.ones((1, 2), bool), week[None, 2:], np.ones((1, 2), bool))
    expected = 1 / 2 + 1 / 3
    variance = 1 / 4 + 2 / 9
    assert z_of_logrank([one], [two])[0] == pytest.approx((expected - 2) / variance**0.5)


def test_strata_are_weighed_by_mantel_and_haenszel():
    one = [Stratum(np.array([[1, 1, 0, 0]], bool), None, None), Stratum(np.array([[1, 0]], bool), None, None)]
    two = [Stratum(np.array([[1, 0, 0, 0]], bool), None, None), Stratum(np.array([[0, 0, 0, 1]], bool), None, None)]
    w1, w2 = 2.0, 8 / 6
    difference = w1 * 0.25 + w2 * 0.25
    variance = w1**2 * (0.25 / 4 + 0.1875 / 4) + w2**2 * (0.25 / 2 + 0.1875 / 4)
    assert z_of_rates(one, two)[0] == pytest.approx(difference / variance**0.5)
