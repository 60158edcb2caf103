"""What the component model must do, on arms small enough to solve by hand and on arms simulated from known truth."""

import numpy as np
import pandas as pd
import pytest

from trialopt.evidence.arms import is_before, latest_reports, response_arms
from trialopt.evidence.component import Arms, Prior, Structure, fit, prior_precision, rates
from trialopt.evidence.response import arms_for, fit_library, structure_for


def one_agent(events, n):
    structure = Structure(("a",), (0,), ("c",), (), (), (), ("here",), (0.0,), (0.001,), ("t",))
    arms = Arms(
        np.array([events]),
        np.array([n]),
        np.ones((1, 1)),
        np.ones((1, 1, 1)),
        np.ones((1, 1)),
        np.zeros(1, dtype=np.int64),
    )
    return structure, arms


def test_a_large_arm_alone_gives_minus_log_of_one_minus_its_rate():
    structure, arms = one_agent(40_000.0, 100_000.0)
    found = fit(arms, structure, Prior(class_sd=3.0, agent_sd=1.0, trial_sd=0.001, arm_sd=0.001))
    assert np.exp(found.mode[0]) == pytest.approx(-np.log(0.6), rel=2e-3)


def test_an_arm_without_responders_keeps_a_small_positive_activity():
    structure, arms = one_agent(0.0, 34.0)
    found = fit(arms, structure, Prior())
    assert 0.0 < np.exp(found.mode[0]) < 0.15


def test_the_score_is_zero_at_the_mode():
    found, _ = fit_library()
    precision, mean = prior_precision(found.structure, found.prior, len(found.arms.n))
    step = 1e-5

    def objective(theta):
        one = rates(theta[None], found.structure, len(found.arms.n), found.arms, effects(theta))[0]
        likelihood = found.arms.events * np.log(one) + (found.arms.n - found.arms.events) * np.log1p(-one)
        gap = theta - mean
        return likelihood.sum() - 0.5 * gap @ precision @ gap

    at = found.structure.offsets(len(found.arms.n))

    def effects(theta):
        return (theta[at["trial"]][found.arms.trial] + theta[at["arm"]])[None]

    spread = np.sqrt(np.diag(found.covariance))
    for i in range(0, at["trial"].stop, 7):
        nudge = np.zeros_like(found.mode)
        nudge[i] = step
        slope = (objective(found.mode + nudge) - objective(found.mode - nudge)) / (2 * step)
        # In units of the posterior: a slope this small moves the mode by under a hundredth of its spread.
        assert abs(slope) * spread[i] < 0.01


def test_resistance_is_not_counted_twice():
    """The same counts mean more activity where part of the disease cannot respond."""
    base = {"agents": "pomalidomide", "population": "late_relapse", "published": "2012", "n": 5000, "responders": 1000}
    frame = pd.DataFrame([{**base, "trial_id": "t", "mechanism_share": share} for share in ("crbn=0", "crbn=0.5")])
    activity = []
    for i in range(2):
        one = frame.iloc[[i]]
        structure = structure_for(one)
        found = fit(arms_for(one, structure), structure, Prior(trial_sd=0.01, arm_sd=0.01, agent_sd=2.0))
        activity.append(np.exp(found.mode[0]))
    assert activity[1] > 1.3 * activity[0]


@pytest.mark.parametrize("times", [pytest.param(10, marks=pytest.mark.many), pytest.param(25, marks=pytest.mark.many)])
def test_ninety_percent_intervals_cover_known_components(times):
    """Truth drawn from the prior, counts simulated on the real arms, many times: intervals cover 90 %, give or take.

    Give or take 5 points, or three standard errors of the count where that is more.
    """
    frame = latest_reports(response_arms()).reset_index(drop=True)
    prior = Prior(kind_sd=0.15)
    structure = structure_for(frame)
    arms = arms_for(frame, structure)
    precision, mean = prior_precision(structure, prior, len(frame))
    root = np.linalg.cholesky(np.linalg.inv(precision))
    at = structure.offsets(len(frame))
    rng = np.random.default_rng(7)
    inside = {"component": 0, "factor": 0, "pair": 0}
    total = dict.fromkeys(inside, 0)
    for _ in range(times):
        truth = mean + root @ rng.standard_normal(len(mean))
        effect = truth[at["trial"]][arms.trial] + truth[at["arm"]]
        chance = np.clip(rates(truth[None], structure, len(frame), arms, effect[None])[0], 0.0, 1.0)
        events = rng.binomial(arms.n.astype(int), chance).astype(float)
        found = fit(Arms(events, arms.n, arms.weight, arms.loading, arms.factor, arms.trial), structure, prior)
        spread = np.sqrt(np.diag(found.covariance))
        hit = np.abs(found.mode - truth) <= 1.645 * spread
        for name in inside:
            inside[name] += hit[at[name]].sum()
            total[name] += hit[at[name]].size
    cover = {name: inside[name] / total[name] for name in inside}
    off = {name: max(0.05, 3.0 * (0.09 / total[name]) ** 0.5) for name in cover}
    assert all(abs(value - 0.9) <= off[name] for name, value in cover.items()), cover


def test_a_refit_is_identical():
    first, _ = fit_library()
    second, _ = fit_library()
    assert np.array_equal(first.mode, second.mode)
    assert np.array_equal(first.draws(20, 3), second.draws(20, 3))


def test_publication_order_is_strict():
    assert is_before("2015-H2", "2016-H1")
    assert is_before("2016-H1", "2016-H2")
    assert not is_before("2016-H2", "2016-H1")
    assert not is_before("2016-H1", "2016-H1")
    assert not is_before("2016", "2016-H2")


def test_one_report_for_each_patient_group():
    frame = latest_reports(response_arms())
    groups = frame.loc[frame["patient_group"] != "", "patient_group"]
    assert groups.is_unique
    apex = frame[frame["patient_group"] == "apex_bortezomib"]
    assert apex["published"].tolist() == ["2007-H2"]
