"""The figures of the documentation, pinned: they change only when the library or the model does."""

import pytest

from trialopt.evidence import backtest, rebuild
from trialopt.evidence.arms import is_before, known_before, response_arms


def headline(predictor="component"):
    frame = backtest.summary(rebuild.shipped("backtest_predictions"))
    return frame[(frame["trials_of"] == "predictable") & (frame["predictor"] == predictor)].iloc[0]


def test_nothing_of_the_trial_or_later_is_used():
    arms = response_arms()
    for _, target in backtest.targets().iterrows():
        past = known_before(arms, target["published"], without=target["patient_group"])
        assert all(is_before(date, target["published"]) for date in past["published"])
        assert target["trial_id"] not in set(past["trial_id"])


def test_a_dose_comparison_has_no_gain_to_predict():
    rows = backtest.targets().set_index("trial_id")
    assert rows.loc["arrow", "control_agents"] == ""
    assert rows.loc["castor", "control_agents"] == "bortezomib;dexamethasone"


def test_headline_figures():
    row = headline()
    assert int(row["trials"]) == PINNED["trials"]
    assert int(row["gain_trials"]) == PINNED["gain_trials"]
    for name in ("spearman", "gain_spearman"):
        assert row[name] == pytest.approx(PINNED[name], abs=0.006)
    for name in ("mae", "bias", "coverage"):
        assert row[name] == pytest.approx(PINNED[name], abs=0.06)


def test_the_model_beats_independence_and_the_control_arm_alone():
    row = headline()
    for other in ("independence", "control"):
        assert row["mae"] < headline(other)["mae"] - 5.0
    assert row["gain_spearman"] > headline("independence")["gain_spearman"]


def test_the_figures_are_what_a_true_model_would_show():
    """Rank correlation within what a model that is exactly right reaches on trials of these sizes."""
    top = rebuild.shipped("backtest_ceiling").set_index("figure")["value"]
    assert top["spearman"] - 0.1 < headline()["spearman"] <= 1.0
    assert headline()["mae"] < top["mae"]


def test_the_stored_summary_is_that_of_the_stored_predictions():
    new = backtest.summary(rebuild.shipped("backtest_predictions")).round(rebuild.DECIMALS)
    old = rebuild.shipped("backtest_summary")
    for column in ("trials", "gain_trials", "coverage"):
        assert new[column].tolist() == pytest.approx(old[column].tolist(), abs=0.01, nan_ok=True)
    assert new["mae"].tolist() == pytest.approx(old["mae"].tolist(), abs=0.06, nan_ok=True)


PINNED = {
    "trials": 40, "spearman": 0.900, "mae": 5.775, "bias": -1.455, "coverage": 95.0,
    "gain_trials": 25, "gain_spearman": 0.623,
}  # fmt: skip
