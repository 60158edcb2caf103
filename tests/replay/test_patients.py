"""The exam on patients: seeds, cells, mutation, clones by hand, events by their rates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trialopt.replay.calibrate import disease
from trialopt.replay.course import follow, joined
from trialopt.replay.given import given, hazard
from trialopt.replay.harm import harm
from trialopt.replay.patients import draw
from trialopt.replay.table import constants, populations

RELAPSE = populations()["early_relapse"]
IDLE = ((), ())
ONE = replace(
    constants(), growth_spread=0.0, shared_spread=0.0, own_spread=0.0, protein_spread=0.0, marrow_spread=0.0,
    frailty=0.0, assay_relative=0.0, assay_floor=0.0, other_stop=0.0,
)  # fmt: skip
"""Patients all alike, read without error."""
IMMORTAL = replace(RELAPSE, deaths_per_month=0.0, sensitivity=1.0)


def options(*epochs: str):
    instance = disease("early_relapse")
    return tuple(tuple(instance.option(a, "standard") for a in text.split()) for text in epochs)


def patients(n, c=None, whom=RELAPSE, minor=True, **changes):
    instance = replace(disease("early_relapse"), **changes)
    return draw(instance, 0, n, c or constants(), whom, seed=3, minor=minor)


def play(lot, taken, months=24.0, **kwargs):
    return follow(lot, given(lot.instance, 0, taken, lot.constants), months, **kwargs)


def test_the_same_seed_plays_the_same_patients():
    taken = options("bortezomib dexamethasone", "bortezomib")
    one, two = (play(patients(500), taken) for _ in range(2))
    assert np.array_equal(one.ended, two.ended)
    assert np.array_equal(one.severe, two.severe)
    other = draw(disease("early_relapse"), 0, 500, constants(), RELAPSE, seed=4)
    assert not np.array_equal(play(other, taken).ended, one.ended)


def test_patients_are_the_same_whatever_is_given_and_however_many_are_followed_at_a_time(monkeypatch):
    lot = patients(300)
    whole = play(lot, options("bortezomib", ""))
    monkeypatch.setattr("trialopt.replay.course.BLOCK", 64)
    assert np.array_equal(play(patients(300), options("bortezomib", "")).ended, whole.ended)
    assert len(joined([whole, whole])) == 600


def test_shares_of_clones_add_up_to_one():
    lot = patients(2000)
    assert lot.clones.sum(axis=1) == pytest.approx(np.ones(2000), abs=1e-5)
    assert (lot.clones >= 0).all()
    escape = lot.clones[:, -1]
    assert np.median(escape) == pytest.approx(constants().escape_share, rel=0.1)


def test_drivers_come_by_prevalence():
    lot = patients(20_000)
    found = np.bincount(lot.driver, minlength=3) / 20_000
    assert found == pytest.approx(lot.instance.prevalence[0], abs=0.01)
    small = patients(2000, minor=False)
    assert (small.clones[:, -1] == 0).all()


def test_without_mechanisms_and_escape_there_is_one_clone_and_no_resistance():
    """No mutation: what is killed faster than it grows is never seen again."""
    share = np.array([[1.0, 0.0, 0.0]])
    lot = patients(200, replace(ONE, kill=5.0), IMMORTAL, minor=False, prevalence=share)
    assert (lot.clones[:, 0] == 1).all()
    played = play(lot, options("bortezomib dexamethasone", "bortezomib dexamethasone"), 72.0, doses=False)
    assert (played.how == 0).all()
    assert np.isfinite(played.negative).all()
    with_escape = play(
        patients(200, replace(ONE, kill=5.0, escape_retained=0.0), IMMORTAL), options("bortezomib", ""), 72.0
    )
    assert (with_escape.how == 1).any()


def test_cells_are_conserved_where_nothing_grows_and_nothing_is_killed():
    lot = patients(50, replace(ONE, growth=1e-12), IMMORTAL)
    played = play(lot, IDLE, 60.0)
    assert np.isinf(played.response).all()
    assert (played.how == 0).all()


def test_untreated_disease_progresses_when_it_has_risen_by_a_quarter():
    """By hand: M-protein 2.5 g/dl at growth g is 25 % and 0.5 g/dl higher after ln(1.25) / g days, at a visit."""
    lot = patients(20, replace(ONE, growth=0.01), IMMORTAL)
    ended = play(lot, IDLE, 60.0).ended
    day = np.log(1.25) / 0.01
    assert ended == pytest.approx(np.full(20, np.ceil(day / 28) * 28 / 30.4375), abs=0.02)


def test_half_the_protein_is_a_response_with_the_lag_of_its_half_life():
    """By hand: P' = c (b - P), b falling at 0.03 a day; at the fourth visit P is below half, at the first it is not."""
    c = replace(ONE, growth=1e-9, kill=1.0, contrast=1.0)
    share = np.array([[1.0, 0.0, 0.0]])
    lot = patients(5, c, IMMORTAL, minor=False, prevalence=share)
    course = given(lot.instance, 0, options("bortezomib", ""), c)
    rate, clear = float(course.epochs[0].gifts[0].kill[0]), np.log(2) / c.half_life
    days = np.arange(1, 30) * 28
    protein = (clear * np.exp(-rate * days) - rate * np.exp(-clear * days)) / (clear - rate)
    first = days[np.flatnonzero(protein <= 0.5)[0]] / 30.4375
    assert play(lot, options("bortezomib", ""), doses=False).response == pytest.approx(np.full(5, first), abs=0.02)


@pytest.mark.parametrize("frailty", [0.0, 0.6])
def test_one_agent_alone_has_the_rate_of_its_table_whatever_the_frailty(frailty):
    c = replace(constants(), frailty=frailty)
    lot = patients(40_000, c)
    found = harm(lot, given(lot.instance, 0, options("bortezomib", ""), c), np.arange(40_000), doses=False)
    rates = np.isfinite(found.first[:, 0]).mean(axis=0)
    assert rates == pytest.approx(np.full(3, 0.15), abs=0.006)


def test_frailty_lets_events_come_to_the_same_patients():
    some = {}
    for frailty in (0.0, 1.5):
        c = replace(constants(), frailty=frailty)
        lot = patients(20_000, c)
        found = harm(lot, given(lot.instance, 0, options("bortezomib", ""), c), np.arange(20_000), doses=False)
        some[frailty] = np.isfinite(found.first[:, 0]).any(axis=1).mean()
    assert some[0.0] == pytest.approx(1 - 0.85**3, abs=0.01)
    assert some[1.5] < some[0.0] - 0.05


def test_hazards_grow_with_exposure():
    assert hazard(np.array([0.3]), 2.0, 0.0) == pytest.approx(-2 * np.log(0.7))


def test_doses_are_lowered_and_agents_stopped_and_that_costs_responses():
    lot = patients(4000, event_rate=np.full((8, 3, 2), 0.6))
    taken = options("bortezomib dexamethasone", "")
    found = harm(lot, given(lot.instance, 0, taken, lot.constants), np.arange(4000))
    for agent, lowered in found.lowered.items():
        assert (lowered <= found.stopped[agent]).all()
        assert np.isfinite(found.stopped[agent]).mean() > 0.3
    kept, free = play(lot, taken), play(lot, taken, doses=False)
    assert np.isfinite(kept.response).mean() < np.isfinite(free.response).mean() - 0.02


def test_refractory_patients_are_a_mixture():
    """A sensitivity of 0.57 is half of the patients at 0.14 and half at 1."""
    factor = patients(20_000, ONE, sensitivity=np.full((1, 8), 0.57)).own(0)
    assert sorted(np.unique(factor.round(4))) == pytest.approx([0.14, 1.0])
    assert (factor < 0.5).mean() == pytest.approx(0.5, abs=0.02)
