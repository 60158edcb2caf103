"""Looks of a replayed trial: when they are taken, what they see, and that they end trials as often as they should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trialopt.replay.looks import Plan, ended
from trialopt.replay.trial import Stratum, entered, z_of_rates
from trialopt.sizing.group_sequential import group_sequential_design

TRIALS = 4000
LOOKS = group_sequential_design(1, "obrien_fleming", 0.025, 0.8, futility="obrien_fleming")


def test_a_trial_by_hand_ends_at_the_look_that_its_events_decide():
    """Two a side; under the first nobody has an event, under the second both: at month 3, and at month 9."""
    no, yes = np.zeros((1, 2), bool), np.ones((1, 2), bool)
    one = Stratum(yes, np.full((1, 2), 50.0), no, np.zeros((1, 2)))
    two = Stratum(no, np.array([[3.0, 8.0]]), yes, np.array([[0.0, 1.0]]))
    both = ended([one], [two], Plan((0.5, 1.0), (9.0, 0.5), events=(1, 2)))
    assert (both.won[0], both.look[0], both.months[0]) == (True, 1, pytest.approx(9.0))
    early = ended([one], [two], Plan((0.5, 1.0), (0.5, 0.5), events=(1, 2)))
    assert (early.won[0], early.look[0], early.months[0]) == (True, 0, pytest.approx(3.0))
    futile = ended([two], [one], Plan((0.5, 1.0), (9.0, 0.5), (0.0, 0.0), events=(1, 2)))
    assert (futile.won[0], futile.look[0]) == (False, 0)
    late = ended([one], [two], Plan((0.5, 1.0), (9.0, 0.5), events=(1, 2), latest=5.0))
    assert late.months[0] == pytest.approx(5.0)


def sides(p1: float, p0: float, n: int) -> list[Stratum]:
    rng = np.random.default_rng(4)
    shape = (TRIALS, n)
    made = []
    for p in (p1, p0):
        nothing = np.zeros(shape)
        made.append(Stratum(rng.random(shape) < p, nothing, nothing > 0, rng.random(shape) * 12))
    return made


@pytest.mark.parametrize(("p1", "share"), [(0.35, 0.0), (0.55, 1.0)])
def test_trials_of_rates_end_at_looks_as_often_as_boundaries_say(p1, share):
    n = 130
    spread = (p1 * (1 - p1) + 0.35 * 0.65) ** 0.5
    drift = (p1 - 0.35) / spread * n**0.5
    plan = Plan(LOOKS.timing, tuple(LOOKS.efficacy_z), tuple(LOOKS.futility_z))
    first, second = sides(p1, 0.35, n)
    found = ended([first], [second], plan)
    rng = np.random.default_rng(5)
    early = rng.standard_normal(400_000) + drift * 0.5**0.5
    final = (early + rng.standard_normal(400_000) + drift * 0.5**0.5) / 2**0.5
    stops = (early >= LOOKS.efficacy_z[0]) | (early <= LOOKS.futility_z[0])
    wins = np.where(stops, early >= LOOKS.efficacy_z[0], final >= LOOKS.efficacy_z[1])
    assert (found.look == 0).mean() == pytest.approx(stops.mean(), abs=0.03)
    assert found.won.mean() == pytest.approx(wins.mean(), abs=0.02 + 0.005 * share)
    assert found.months[found.look == 0].mean() == pytest.approx(6, abs=0.2)


def test_who_is_not_there_does_not_count():
    first, second = sides(0.5, 0.4, 40)
    half = np.zeros(first.response.shape, bool)
    half[:, :20] = True
    cut = [Stratum(s.response[:, :20], s.ended[:, :20], s.event[:, :20]) for s in (first, second)]
    there = [replace(s, there=half) for s in (first, second)]
    for pooled in (False, True):
        assert z_of_rates([there[0]], [there[1]], pooled) == pytest.approx(z_of_rates([cut[0]], [cut[1]], pooled))
    strata = Plan((1.0,), (1.96,), together=True)
    assert ended([cut[0]], [cut[1]], strata).won.mean() == ended([there[0]], [there[1]], strata).won.mean()


def test_dropping_out_ends_what_is_seen():
    ended_, event, entry = entered(np.full((50, 40), 10.0), np.ones((50, 40), bool), 12.0, 0.05, ("x",))
    assert event.mean() == pytest.approx(np.exp(-0.5), abs=0.04)
    assert (ended_[~event] < 10).all()
    assert 0 <= entry.min() < entry.max() <= 12
