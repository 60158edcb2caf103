"""The library as cells of an instance's tables."""

from __future__ import annotations

import pandas as pd
import pytest

from trialopt.evidence import facts, facts_joint, facts_of_events, facts_of_patients, library
from trialopt.evidence.arms import fitted_fact, named


@pytest.mark.parametrize(
    ("low", "high", "recalled", "expected"),
    [
        (0.1, 0.9, 0.0, ("read", "")),
        (0.1, 0.9, 0.2, ("read", "orr")),
        (0.1, 0.9, 0.5, ("recalled", "")),
        (0.1, 1.1, 0.0, ("assumption", "")),
        (-0.1, 0.3, 0.0, ("assumption", "")),
    ],
)
def test_confidence_of_a_fitted_number(low, high, recalled, expected):
    row = pd.Series({"low": low, "high": high, "recalled_share": recalled})
    fact = fitted_fact("orr", 0.123456, row, "a model", ["ONE", "TWO"], "note")
    assert (fact["confidence"], fact["recalled_fields"]) == expected
    assert fact["source"] == "fitted: a model (ONE; TWO)"
    assert fact["orr"] == 0.1235


def test_trials_are_named_and_the_rest_counted():
    assert named(["a", "b", "a"]) == "a; b"
    assert named("abcdefg") == "a; b; c; d; e and 2 more"


def test_subgroup_effects_name_what_the_library_has():
    frame = library.table("subgroup_effects")
    items = set(library.class_of()) | set(library.class_of().values())
    known = {
        "contraindicated": items,
        "sensitivity": items,
        "prevalence": set(facts.fitted_mechanisms()),
        "susceptibility": set(facts_of_patients.event_categories()),
    }
    assert set(frame["subgroup"]) <= set(facts_of_patients.subgroup_ids())
    for kind, rows in frame.groupby("kind"):
        assert set(rows["key"]) <= known[kind], kind
        assert (rows["value"].isna() == (kind == "contraindicated")).all()
    assert not frame.duplicated(["subgroup", "kind", "key"]).any()


@pytest.mark.parametrize("population", facts.populations())
def test_every_subgroup_has_a_share_and_every_category_a_background(population):
    for name in facts_of_patients.subgroup_ids():
        assert 0 < float(str(facts.share_fact(name, population)["share"])) <= 1
    for category in facts_of_patients.event_categories():
        assert 0 <= float(str(facts_of_events.background_fact(category, population)["background"])) < 1
        assert 0 < float(str(facts_of_patients.limit_fact(category, population)["limit"])) <= 1


def test_every_agent_has_a_rate_in_every_category():
    for agent in library.class_of():
        for category in facts_of_patients.event_categories():
            fact = facts_of_events.rate_fact(agent, category)
            assert 0 <= float(str(fact["probability"])) < 1
            assert fact["source"]
    assert facts_of_events.rate_fact("nobody", "rash") is None
    assert facts_of_events.rate_fact("bortezomib", "nothing") is None


def test_regimens_leave_out_the_halted_and_keep_the_most_recent_trial():
    rows = facts_of_patients.regimen_facts(["pembrolizumab", "daratumumab", "bortezomib", "venetoclax"])
    given = [frozenset(row["agents"].split(";")) for row in rows]
    assert len(given) == len(set(given))
    assert not [r for r in given if {"pembrolizumab", "pomalidomide"} <= r or {"venetoclax", "bortezomib"} <= r]
    assert frozenset(("bortezomib", "daratumumab", "dexamethasone")) in given


def test_only_pair_terms_that_speak_are_handed_on():
    spoken = library.table("fitted_pairs").query("speaks == 'y'")
    found = {(row["a"], row["b"]) for row in facts.interaction_facts("early_relapse")}
    assert found == set(zip(spoken["class_a"], spoken["class_b"], strict=True))


def test_car_t_has_no_hazard_ratio_of_an_addition():
    assert facts.hazard_fact("ciltacabtagene_autoleucel") is None
    assert facts.maintenance_fact("venetoclax") is None


BISPECIFICS = ("teclistamab", "elranatamab", "talquetamab")


@pytest.mark.parametrize("joint", [False, True])
def test_zeros_that_are_no_zeros_are_none(joint):
    for agent in BISPECIFICS:
        for category in ("thrombocytopenia", "anaemia", "neutropenia", "infection"):
            fact = facts_of_events.rate_fact(agent, category, "triple_class_exposed", joint=joint)
            assert float(str(fact["probability"])) > 0.02, (agent, category)
    ground = facts_of_events.background_fact("infection", "triple_class_exposed", joint=joint)
    own = facts_of_events.rate_fact("talquetamab", "infection", "triple_class_exposed", joint=joint)
    total = 1 - (1 - float(str(ground["background"]))) * (1 - float(str(own["probability"])))
    # 18 to 26 % in the three schedules of MonumenTAL-1; the component model borrows its background from other patients
    assert 0.17 < total < (0.28 if joint else 0.30)


def test_an_agent_no_arm_tells_of_is_imputed_from_its_class_and_says_so():
    fact = facts_of_events.rate_fact("cevostamab", "infection", "late_relapse")
    assert str(fact["source"]).startswith("imputed from the class fcrh5_bispecific")
    assert fact["confidence"] == "assumption"
    thin = facts_of_events.rate_fact("isatuximab", "hyponatraemia")
    assert str(thin["source"]).startswith("imputed from ")
    assert 0.0 < float(str(thin["probability"])) < 0.3
    assert facts_of_events.rate_fact("bortezomib", "crs")["probability"] == 0.0


def test_t_cell_therapies_and_celmods_have_a_predicted_hazard_ratio():
    for agent in ("ciltacabtagene_autoleucel", "teclistamab", "talquetamab", "iberdomide", "mezigdomide"):
        fact = facts_joint.predicted_hazard(agent, "early_relapse")
        assert 0.02 < float(str(fact["hazard_ratio"])) < 1.0
        assert str(fact["source"]).startswith("predicted: trial-level surrogacy")
        assert fact["confidence"] == "assumption"


@pytest.mark.parametrize("outcome", ["response", "complete", "mrd"])
def test_activities_of_an_outcome_name_the_model_and_its_trials(outcome):
    found = facts_joint.activity_facts(("daratumumab", "mezigdomide", "cevostamab"), "early_relapse", outcome)
    assert facts_joint.WORDS[outcome] in str(found["daratumumab"]["source"])
    assert str(found["daratumumab"]["source"]).startswith("fitted: joint model of ")
    assert str(found["cevostamab"]["source"]).startswith("imputed from the class")
    rows = facts_joint.pair_facts(("daratumumab", "lenalidomide"), "early_relapse", outcome)
    assert [(row["a"], row["b"]) for row in rows] in ([("daratumumab", "lenalidomide")], [])
