"""Predictions of any regimen, the tables behind them, and what their tests showed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from trialopt.cli.evidence import evidence
from trialopt.evidence import events, forecast, forward, library, outcomes, predict, rebuild, surrogate


@pytest.mark.parametrize(
    ("text", "agents"),
    [
        ("VRd", "bortezomib;lenalidomide;dexamethasone"),
        ("dara+VRD", "daratumumab;bortezomib;lenalidomide;dexamethasone"),
        ("KdD", "carfilzomib;dexamethasone;daratumumab"),
        ("D-VMP", "daratumumab;bortezomib;melphalan;prednisone"),
        ("IsaKd", "isatuximab;carfilzomib;dexamethasone"),
        ("Tec-DR", "teclistamab;daratumumab;lenalidomide"),
        ("cilta-cel", "ciltacabtagene_autoleucel"),
        ("pom, dex", "pomalidomide;dexamethasone"),
    ],
)
def test_regimens_are_read_as_people_write_them(text, agents):
    assert library.agents_named(text) == tuple(agents.split(";"))


def test_predicting_names_what_it_does_not_know():
    with pytest.raises(ValueError, match="no agent 'daratumxb'"):
        predict("daratumxb", "early_relapse")
    with pytest.raises(ValueError, match="no population 'relapse'"):
        predict("daratumumab", "relapse")
    with pytest.raises(ValueError, match="at least one agent"):
        predict("+", "early_relapse")


def test_an_added_active_agent_raises_every_outcome():
    less, more = (predict(text, "early_relapse").set_index("outcome")["median"] for text in ("Rd", "DRd"))
    assert (more[["response", "complete", "mrd"]] > less[["response", "complete", "mrd"]] + 5.0).all()
    assert more["hazard_ratio"] < 0.7
    assert more["neutropenia"] > less["neutropenia"]


def test_intervals_nest_and_sampling_widens_them():
    wide = predict("Isa-Kd", "early_relapse", patients=40)
    frame = predict("Isa-Kd", "early_relapse")
    ordered = frame[["low_90", "low_50", "median", "high_50", "high_90"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0.0).all()
    width = [(table["high_90"] - table["low_90"]).iloc[0] for table in (frame, wide)]
    assert width[0] < width[1]


def test_refractory_patients_respond_less_and_longer_treatment_harms_more():
    naive, refractory = (predict("Rd", "early_relapse", refractory=text)["median"] for text in ("", "lenalidomide=1"))
    assert refractory[0] < naive[0] - 10.0
    short, long = (predict("DRd", "early_relapse", months=m).set_index("outcome")["median"] for m in (6, 24))
    assert long["infection"] > short["infection"] + 3.0


def test_an_agent_without_arms_is_imputed_and_said_so():
    frame = predict("cevostamab", "triple_class_exposed").set_index("outcome")
    assert frame.loc["response", "note"] == "imputed from the class: cevostamab"
    assert "crs" in frame.index
    assert not {"crs", "icans"} & set(predict("VRd", "newly_diagnosed")["outcome"])


def test_agents_of_a_class_move_together():
    arms = forecast.arms_wanted(
        ["teclistamab", "elranatamab", "lenalidomide"], "late_relapse", forecast.SETTINGS["late_relapse"], 0.0, 2024
    )
    drawn, key = forecast.outcome_rates(arms)
    response = drawn[:, (key["outcome"] == "response").to_numpy()]
    same, other = (np.corrcoef(response[:, 0], response[:, i])[0, 1] for i in (1, 2))
    assert same > other


def test_the_command_prints_a_table_and_json():
    result = CliRunner().invoke(evidence, ["predict", "DVRd", "--population", "newly_diagnosed"])
    assert result.exit_code == 0, result.output
    assert "hazard ratio of progression against VRd" in result.stdout
    assert "within 18 months on treatment" in result.stdout
    result = CliRunner().invoke(evidence, ["predict", "DVRd", "--population", "newly_diagnosed", "--json"])
    rows = json.loads(result.stdout)
    assert {"outcome", "median", "low_50", "high_50", "low_90", "high_90"} <= set(rows[0])
    result = CliRunner().invoke(evidence, ["predict", "nothing", "--population", "newly_diagnosed"])
    assert result.exit_code == 2


def test_the_shipped_draws_are_small_and_those_of_the_library(tmp_path):
    assert forecast.FILE.stat().st_size < 2_000_000
    path = tmp_path / "draws.npz"
    forecast.save(forecast.fit_all(), path)
    with np.load(path) as new, np.load(forecast.FILE) as old:
        assert new.files == old.files
        for name in old.files:
            if name.endswith(":draws"):
                assert np.abs(new[name].astype(float) - old[name].astype(float)).max() < 0.02, name
    again = tmp_path / "again.npz"
    with np.load(path) as arrays:
        forecast.save({name: arrays[name] for name in arrays.files}, again)
    assert again.read_bytes() == path.read_bytes()


def test_every_arm_is_described_by_known_words():
    frame = library.table("outcome_arms")
    known = library.all_classes()
    for column in ("agents", "versus"):
        named = {agent.split("@")[0] for text in frame[column] for agent in outcomes.given(text)}
        assert named <= set(known)
    shares = [share for text in frame["refractory"] for share in outcomes.numbers(text).values()]
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert set(frame["design"]) <= {"1/2", "2", "3", "observational"}
    assert set(frame["population"]) <= set(forecast.SETTINGS)
    given = frame[["response", "complete", "mrd"]].to_numpy()
    assert np.nanmin(given) >= 0.0
    assert np.nanmax(given) <= 100.0
    assert not frame["source"].str.contains(r"https?://|www\.").any()
    assert frame["arm"].is_unique


def test_months_on_treatment_say_where_they_come_from():
    frame = events.event_arms()
    assert frame["months"].notna().all()
    assert set(frame["months_confidence"]) <= {"read", "recalled", "assumption"}
    assert (frame["events"] <= frame["n"]).all()
    assert {"infection", "neutropenia"} <= set(events.categories())


def test_contrasts_of_t_cell_therapies_have_a_control():
    arms, controls = surrogate.contrasts(outcomes.outcome_arms())
    assert {"majestec_3", "cartitude_4", "karmma_3"} <= set(arms["trial_id"])
    assert (arms["agents"] != controls["agents"]).sum() == len(arms) - 1  # A.R.R.O.W.: two doses of the same agents
    assert (surrogate.standard_errors(arms) > 0.0).all()


def test_nothing_of_the_date_or_later_enters_a_prediction():
    arms = outcomes.outcome_arms()
    group = arms[arms["trial_id"] == "pollux"].reset_index(drop=True)
    past = forward._past(arms, "2016-H2", group, "")
    assert (past["published"].str[:4] <= "2016").all()
    assert not {"castor", "pollux"} & set(past["trial_id"])


def test_the_summary_is_that_of_the_stored_predictions():
    tables = [rebuild.shipped(name) for name in forward.TABLES]
    new = forward.summary(*tables[:4])
    for column in ("count", "mae", "bias", "cover_90"):
        assert np.allclose(new[column].astype(float), tables[-1][column].astype(float), atol=0.02, equal_nan=True), (
            column
        )


def test_errors_are_near_those_of_a_model_that_is_exactly_right():
    """And not below them, as they would be if the test had seen its targets."""
    floor = pd.DataFrame(rebuild.shipped("forward_floor")).set_index(["outcome", "of", "floor"])
    right = floor.loc[("response", "arms", "sampling, trials and arms")]
    frame = pd.DataFrame(rebuild.shipped("forward_summary")).set_index(["of", "set"])
    arms = frame.loc[("response: arms", "since 2015")]
    assert right["mae"] < arms["mae"] < right["mae"] + 1.0
    assert right["spearman"] - 0.06 < arms["spearman"] < right["spearman_high"]
    assert floor.loc[("response", "arms", "sampling"), "mae"] < right["mae"]


def test_figures_of_the_joint_model_hold():
    frame = pd.DataFrame(rebuild.shipped("forward_summary")).set_index(["of", "set"])
    arms = frame.loc[("response: arms", "since 2015")]
    assert arms["count"] >= 90
    assert arms["mae"] < 6.7
    assert 85.0 <= arms["cover_90"] <= 95.0
    gains = frame.loc[("response: gains over control", "since 2015")]
    assert gains["mae"] < 6.5
    assert 80.0 <= gains["cover_90"] <= 97.0
    assert 40.0 <= gains["cover_50"] <= 60.0
    assert frame.loc[("log hazard ratio", "one trial left out"), "mae"] < 0.205
    for category in ("neutropenia", "infection"):
        assert frame.loc[(f"{category}: arms", "one trial left out"), "mae"] < 8.0
        assert abs(frame.loc[(f"{category}: arms", "one trial left out"), "bias"]) < 3.0


def test_the_readme_says_the_figures_of_the_summary():
    frame = pd.DataFrame(rebuild.shipped("forward_summary")).set_index(["of", "set"])
    arms = frame.loc[("response: arms", "since 2015")]
    gains = frame.loc[("response: gains over control", "since 2015")]
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())
    assert f"the {arms['count']:.0f} arms published since 2015" in readme
    assert f"rank correlation {arms['spearman']:.2f}, errs by {arms['mae']:.1f} points" in readme
    assert f"{-arms['bias']:.1f} points low" in readme
    assert f"control ({gains['count']:.0f}) the rank correlation is {gains['spearman']:.2f}" in readme


def test_cytopenias_of_several_agents_add_up_to_less():
    """One marrow: the number of agents has a negative power there, and no other category knows it."""
    assert events.together("daratumumab;lenalidomide;dexamethasone") == 1
    assert events.together("bortezomib;lenalidomide;dexamethasone") == 2
    for category in events.categories():
        terms, theta, _ = forecast.loaded(f"events:{category}", events.new_terms())
        known = "several" in terms.index
        assert known == (category in events.OF_THE_MARROW), category
        if known:
            assert theta[:, terms.index["several"]].mean() < -0.2
            assert (theta[:, terms.index["several"]] < 0).mean() > 0.95


def test_newly_diagnosed_who_are_unfit_for_a_transplant_have_more_cytopenia():
    """Both are the middle of the two; after a relapse the question has no meaning, and a typing error is not taken."""
    unfit, both, fit = (
        np.median(forecast.event_rates("lenalidomide;dexamethasone", "newly_diagnosed", 12.0, "neutropenia", flag))
        for flag in ("n", "", "y")
    )
    assert unfit > both + 0.02 > fit + 0.04
    with pytest.raises(ValueError, match="eligible or ineligible"):
        predict("Rd", "early_relapse", transplant="eligible")
    with pytest.raises(ValueError, match="eligible or ineligible"):
        predict("Rd", "newly_diagnosed", transplant="yes")
    arms = events.event_arms()
    assert set(arms.loc[arms["transplant"] != "", "population"]) == {"newly_diagnosed"}


def test_watching_longer_adds_no_cytopenia_of_a_cell_therapy():
    """The chemotherapy before it acts in the first weeks; of a drug taken on, infections come with time."""
    for category in events.OF_THE_MARROW:
        terms, theta, _ = forecast.loaded(f"events:{category}", events.new_terms())
        assert abs(theta[:, terms.index["pace:cell"]].mean()) < 0.1, category
    once, long = (np.median(forecast.event_rates("ciltacabtagene_autoleucel", "late_relapse", m, "neutropenia"))
                  for m in (3.0, 24.0))  # fmt: skip
    assert abs(once - long) < 0.03


def test_one_trial_counts_its_cytopenias_in_one_way():
    """Laboratory values or reports, for all arms and the cytopenias of a trial alike."""
    arms = events.event_arms()
    arms = arms[arms["category"].isin(events.OF_THE_MARROW)]
    assert not set(arms.loc[arms["laboratory"] == "y", "trial_id"]) & set(
        arms.loc[arms["laboratory"] == "n", "trial_id"]
    )
    flagged = set(arms.loc[arms["laboratory"] == "y", "trial_id"])
    assert flagged == {"icaria_mm", "ikema", "eloquent_2", "panorama_1", "pvd_mayo"}
