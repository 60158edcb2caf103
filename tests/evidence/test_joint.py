"""Agents' numbers from the joint model: joint draws, and activities that add up to what the model predicts."""

from __future__ import annotations

import numpy as np
import pytest

from trialopt.evidence import joint, shared

AGENTS = ("lenalidomide", "pomalidomide", "daratumumab", "dexamethasone", "teclistamab", "iberdomide")


@pytest.fixture(scope="module")
def draws() -> joint.Drawn:
    return joint.drawn(AGENTS, "early_relapse", "response", 700, 3)


def test_draws_have_the_shapes_promised_and_are_reproducible(draws):
    assert draws.activity.shape == draws.hazard_ratio.shape == (700, len(AGENTS))
    assert all(array.shape == (700, len(AGENTS)) for array in draws.toxicity.values())
    assert all(array.shape == (700,) for array in draws.background.values())
    again = joint.drawn(AGENTS[::-1], "early_relapse", "response", 700, 3)
    assert np.allclose(again.activity[:, ::-1], draws.activity, atol=1e-12)
    assert np.allclose(again.hazard_ratio[:, ::-1], draws.hazard_ratio, atol=1e-12)
    assert np.allclose(again.toxicity["infection"][:, ::-1], draws.toxicity["infection"], atol=1e-12)
    other = joint.drawn(AGENTS, "early_relapse", "response", 700, 4)
    assert not np.array_equal(other.activity, draws.activity)


def test_agents_of_a_class_move_together(draws):
    same, other = (np.corrcoef(draws.activity[:, 0], draws.activity[:, d])[0, 1] for d in (1, 3))
    assert same > other > 0.2


def test_events_are_those_an_agent_can_cause(draws):
    assert (draws.toxicity["crs"][:, [0, 1, 2, 3, 5]] == 0.0).all()
    assert (draws.background["crs"] == 0.0).all()
    for category in ("infection", "neutropenia"):
        assert ((draws.toxicity[category] > 0.0) & (draws.toxicity[category] < 1.0)).all()


@pytest.mark.parametrize("outcome", ["response", "complete", "mrd"])
@pytest.mark.parametrize("population", ["newly_diagnosed", "early_relapse"])
def test_activities_and_pair_terms_add_up_to_the_joint_model(population, outcome):
    found = joint.additive((*AGENTS, "bortezomib", "carfilzomib"), population, outcome)
    assert found.checked >= 8
    assert found.error < 2.0
    pair = joint.regimen_rates([("lenalidomide", "dexamethasone")], population, outcome, None)[0, 0]
    shares, kept = joint._mechanisms(("lenalidomide", "dexamethasone"), population)
    total = found.activity["lenalidomide"] * kept[0] + found.activity["dexamethasone"] * kept[1]
    total = total + found.pairs["dexamethasone", "lenalidomide"] * kept[0] * kept[1]
    assert 1.0 - np.exp(-total) @ shares == pytest.approx(pair, abs=0.04)
    only = joint.additive(("lenalidomide", "dexamethasone"), population, outcome)
    total = total + (only.pairs["dexamethasone", "lenalidomide"] - found.pairs["dexamethasone", "lenalidomide"]) * (
        kept[0] * kept[1]
    )
    assert 1.0 - np.exp(-total) @ shares == pytest.approx(pair, abs=1e-9)


def test_depth_needs_more_than_one_agent():
    response, complete = (joint.additive(AGENTS, "newly_diagnosed", o) for o in ("response", "complete"))
    assert complete.activity["daratumumab"] < 0.5 * response.activity["daratumumab"]
    assert complete.pairs["daratumumab", "lenalidomide"] > 0.1


def test_t_cell_therapies_and_celmods_have_a_hazard_ratio(draws):
    median = dict(zip(AGENTS, np.median(draws.hazard_ratio, axis=0), strict=True))
    assert median["teclistamab"] < median["daratumumab"] < 1.0
    assert 0.3 < median["iberdomide"] < 1.0


def test_a_regimens_own_deviation_is_that_among_arms():
    assert 0.05 < shared.arm_deviation() < 0.25
    assert shared.arm_deviation("mrd") >= shared.arm_deviation()


def test_wrong_words_are_refused():
    wrong = ((("x",), "early_relapse", "mrd"), (AGENTS, "relapse", "mrd"), (AGENTS, "early_relapse", "cr"))
    for agents, population, outcome in wrong:
        with pytest.raises(ValueError, match=r"no (agent|population|outcome)"):
            joint.drawn(agents, population, outcome)
