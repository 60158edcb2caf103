"""Tables a designer leaves out, filled from the evidence library; a designer's own row always wins."""

from __future__ import annotations

import math

import pytest

from trialopt.evidence import library
from trialopt.reading import InputErrors, build, document, load, read, write
from trialopt.reading.fill import filled, without_library

SETTINGS = {
    "evidence": {"library": "myeloma", "population": "late_relapse"},
    "trial": {"max_arms": 1},
    "epoch": [
        {"id": "induction", "cycles": 6, "max_agents": 3},
        {"id": "maintenance", "cycles": 24, "max_agents": 2, "min_agents": 0},
    ],
}
AGENTS = ("bortezomib", "lenalidomide", "dexamethasone", "daratumumab", "venetoclax", "teclistamab")


def made(settings=None, agents=AGENTS, **tables):
    rows = {
        "agents": [agent if isinstance(agent, dict) else {"agent": agent} for agent in agents],
        "subgroups": [{"subgroup": "all_patients", "share": 1}],
        "categories": [{"category": "neutropenia", "limit": 0.7}, {"category": "crs"}],
    }
    return document("filled", {**SETTINGS, **(settings or {})}, rows | tables)


def cells(document, table, **key):
    found = [r.cells for r in document.tables[table] if all(r.cells.get(c) == v for c, v in key.items())]
    assert len(found) == 1, found
    return found[0]


def fitted(name, **key):
    frame = library.table(name)
    for column, value in key.items():
        frame = frame[frame[column] == value]
    (row,) = frame.to_dict("records")
    return row


def test_without_evidence_nothing_is_touched():
    plain = document("plain", {}, {"agents": [{"agent": "bortezomib"}]})
    assert filled(plain) is plain


def test_ids_alone_make_an_instance():
    instance = build(made())
    d = instance.agents.index("bortezomib")
    beta = (
        fitted("fitted_activity", agent="bortezomib")["activity"]
        * fitted("fitted_factors", factor="late_relapse")["value"]
    )
    assert instance.beta[d, 0] == pytest.approx(beta, abs=1e-4)
    assert instance.classes[instance.agent_class[d]] == "proteasome_inhibitor"
    assert instance.hazard_ratio[d] == fitted("fitted_hazard", agent="bortezomib", context="treatment")["hazard_ratio"]
    rate = fitted("fitted_toxicity", agent="bortezomib", category="neutropenia")["probability"]
    assert instance.event_rate[d, 0, 0] == rate
    ground = fitted("fitted_toxicity", agent="background:late_relapse", category="neutropenia")["probability"]
    assert instance.background[0] == ground
    assert instance.limit[0, 0, 0] == 0.7


def test_maintenance_is_the_hazard_removed_and_without_a_trial_nothing():
    instance = build(made())
    lenalidomide, venetoclax = (instance.agents.index(a) for a in ("lenalidomide", "venetoclax"))
    ratio = fitted("fitted_hazard", agent="lenalidomide", context="maintenance")["hazard_ratio"]
    assert instance.beta[lenalidomide, 1] == pytest.approx(-math.log(ratio), abs=1e-4)
    assert instance.beta[venetoclax, 1] == 0
    assert any("venetoclax" in w and "maintenance" in w for w in instance.warnings)


def test_resistance_the_activity_assumes_comes_with_it():
    instance = build(made())
    assert set(instance.mechanisms) == {"none", "ras_mapk", "crbn", "t11_14"}
    m, d = instance.mechanisms.index("crbn"), instance.agents.index("lenalidomide")
    assert instance.retained[d, m] == 0
    assert instance.prevalence[0, m] == 0.2
    alone = sum(
        instance.prevalence[0, k] * math.exp(-instance.beta[d, 0] * instance.retained[d, k])
        for k in range(len(instance.mechanisms))
    )
    published = fitted("fitted_activity", agent="lenalidomide")["orr_late_pct"] / 100
    assert 1 - alone == pytest.approx(published, abs=0.005)


def test_an_agents_own_response_rate_wins():
    own = {"agent": "bortezomib", "orr": 0.5, "source": "my trial", "confidence": "read"}
    whole = filled(made(agents=[own, "dexamethasone"]))
    assert not [r for r in whole.tables["activity"] if r.cells["agent"] == "bortezomib"]
    row = cells(whole, "agents", agent="bortezomib")
    assert row["class"] == "proteasome_inhibitor"
    assert row["source"].startswith("my trial; name, class: ")
    assert build(made(agents=[own, "dexamethasone"])).beta[0, 0] == pytest.approx(math.log(2))


def test_own_rows_win_in_every_table():
    doc = made(
        activity=[{"agent": "bortezomib", "epoch": "induction", "activity": 9}],
        toxicity=[{"agent": "bortezomib", "category": "neutropenia", "probability": 0.9}],
        retained=[{"mechanism": "ras_mapk", "key": "proteasome_inhibitor", "retained": 0.7}],
        prevalence=[{"subgroup": "all_patients", "mechanism": "crbn", "prevalence": 0.01}],
        interactions=[{"a": "bortezomib", "b": "dexamethasone", "activity": 0.5}],
        precedents=[{"a": "dexamethasone", "b": "bortezomib", "source": "mine"}],
        mechanisms=[{"mechanism": "crbn", "seed": 0.05}],
    )
    instance = build(doc)
    d = instance.agents.index("bortezomib")
    assert instance.beta[d, 0] == 9
    assert instance.event_rate[d, 0, 0] == 0.9
    assert instance.retained[d, instance.mechanisms.index("ras_mapk")] == 0.7
    assert instance.prevalence[0, instance.mechanisms.index("crbn")] == 0.01
    assert instance.seed[instance.mechanisms.index("crbn")] == 0.05
    (pair,) = [k for k, (a, b) in enumerate(instance.pair_agents.tolist()) if {a, b} == {d, 2}]
    assert instance.pair_activity[pair] == 0.5
    assert [
        r.source for r in instance.sources if r.table == "precedents" and set(r.key) == {"bortezomib", "dexamethasone"}
    ] == ["mine"]


def test_an_own_class_keeps_what_the_library_says_of_the_agent():
    instance = build(made(agents=[{"agent": "lenalidomide", "class": "my_class"}, "dexamethasone"]))
    assert instance.retained[0, instance.mechanisms.index("crbn")] == 0


def test_filled_rows_say_where_they_come_from():
    whole = filled(made())
    for name, rows in whole.tables.items():
        for row in rows:
            if row.place:
                assert row.cells.get("source"), (name, row)
                assert row.cells.get("confidence") in ("read", "recalled", "assumption"), (name, row)
    row = cells(whole, "activity", agent="daratumumab", epoch="induction")
    assert row["source"].startswith("fitted: ")
    assert "MAIA" in row["source"] or "CASTOR" in row["source"] or "POLLUX" in row["source"]


def test_every_agent_has_a_rate_in_every_category_so_that_none_looks_safest():
    every = build(
        made(
            agents=tuple(library.class_of()),
            categories=[{"category": c, "limit": 0.9} for c in ("neutropenia", "crs", "rash")],
        )
    )
    assert not [w for w in every.warnings if "toxicity.csv has no row" in w]
    imputed, mate = (every.event_rate[every.agents.index(a), 0, 0] for a in ("sonrotoclax", "venetoclax"))
    assert 0.5 * mate < imputed < 2.0 * mate
    assert (every.event_rate[:, [0, 2], 0] > 0.0).all()
    assert any("imputed from the class" in text for text in every.warnings)
    assert every.event_rate[every.agents.index("dexamethasone"), 1, 0] == 0


def test_subgroups_of_the_library_bring_what_they_mean():
    doc = made(subgroups=[{"subgroup": "t11_14"}, {"subgroup": "len_refractory"}, {"subgroup": "mine", "share": 0.5}])
    instance = build(doc)
    m = instance.mechanisms.index("t11_14")
    assert instance.prevalence[0, m] == 1
    assert instance.prevalence[0].sum() == pytest.approx(1)
    bars = {(c.subgroup, c.key, c.partner) for c in instance.rules.contraindicated}
    assert ("len_refractory", "lenalidomide", None) in bars
    assert ("mine", "venetoclax", "bortezomib") in bars
    assert ("t11_14", "venetoclax", "bortezomib") not in bars  # the bar is lifted by t(11;14)


def test_halted_combinations_are_barred_and_no_precedent():
    instance = build(made(agents=("pembrolizumab", "pomalidomide", "dexamethasone")))
    assert frozenset(("pembrolizumab", "pomalidomide")) not in instance.rules.precedents
    assert not [t for t in instance.tested if {"pembrolizumab", "pomalidomide"} <= set(t.agents)]
    assert ("pembrolizumab", "pomalidomide") in {(c.key, c.partner) for c in instance.rules.contraindicated}


def test_fill_names_the_tables_to_fill():
    only = made(
        {"evidence": {"library": "myeloma", "fill": ["precedents", "regimens"]}},
        agents=[
            {"agent": "bortezomib", "class": "x", "orr": 0.3},
            {"agent": "dexamethasone", "class": "y", "orr": 0.2},
        ],
    )
    whole = filled(only)
    assert set(whole.tables) == {"agents", "subgroups", "categories", "precedents", "regimens"}
    assert build(only).rules.precedents == {frozenset(("bortezomib", "dexamethasone"))}


GOOD = {"library": "myeloma", "population": "late_relapse"}
WRONG = {
    "library": ({"library": "myelom"}, "[evidence] library: 'myelom' is not a library; did you mean 'myeloma'?"),
    "population": (
        {"population": "late_relaps"},
        "'late_relaps' is not a population of the library; did you mean 'late_relapse'?",
    ),
    "no population": ({"population": None}, "the population is missing, and activity depends on it"),
    "no library": ({"library": None}, "'library' is missing"),
    "key": ({"fil": []}, "'fil' is not a key of [evidence]; did you mean 'fill'?"),
    "table": ({"fill": ["toxicities"]}, "'toxicities' is not a table the library fills; did you mean 'toxicity'?"),
    "activity alone": ({"fill": ["activity"]}, "add 'mechanisms', 'prevalence', 'retained'"),
    "epoch": ({"maintenance": ["maintenence"]}, "'maintenence' is not an epoch; did you mean 'maintenance'?"),
}


@pytest.mark.parametrize(("change", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_clear_error(change, expected):
    evidence = {key: value for key, value in (GOOD | change).items() if value is not None}
    with pytest.raises(InputErrors) as error:
        build(made({"evidence": evidence}))
    assert expected in str(error.value)
    assert len(error.value.problems) == 1, str(error.value)


def test_evidence_that_is_no_table_is_one_clear_error():
    with pytest.raises(InputErrors, match="'myeloma' is not a table") as error:
        build(made({"evidence": "myeloma"}))
    assert len(error.value.problems) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"epoch": 3},
        {"epoch": ["induction", {"cycles": 1}]},
        {"evidence": {**GOOD, "population": 3}},
        {"evidence": {**GOOD, "fill": [3]}},
        {"evidence": {**GOOD, "maintenance": "maintenance"}},
    ],
)
def test_settings_of_the_wrong_shape_are_input_errors(settings):
    with pytest.raises(InputErrors):
        build(made(settings))


def test_problems_of_own_rows_are_reported_once():
    tables = {
        "prevalence": [{"subgroup": "all_patients", "mechanism": "crbn", "prevalence": "a lot"}],
        "activity": [{"epoch": "induction", "activity": 1}],
        "retained": [{"mechanism": "crbn", "retained": 0.2}],
    }
    agents = [{"agent": "bortezomib", "epochs": "inductoin"}, "dexamethasone", {"agent": ""}]
    with pytest.raises(InputErrors) as error:
        build(made(agents=agents, **tables))
    files = [problem.file for problem in error.value.problems]
    assert sorted(files) == ["activity.csv", "agents.csv", "agents.csv", "agents.csv", "prevalence.csv", "retained.csv"]


def test_an_unknown_agent_is_named_with_the_nearest():
    expected = "'bortezomb' is not in the library and has no class; did you mean 'bortezomib'?"
    with pytest.raises(InputErrors) as error:
        build(made(agents=("bortezomb", "dexamethasone")))
    assert str(error.value) == f"agents.csv:2 agent: {expected}"


def test_an_agent_with_a_class_is_the_designers_own_and_a_misspelt_one_is_told():
    own = {"agent": "bortezomb", "class": "proteasome_inhibitor", "orr": 0.4}
    instance = build(made(agents=[own, "dexamethasone"]))
    assert "bortezomb is not in the library, which has bortezomib: nothing is filled for it." in instance.warnings


def test_an_unknown_subgroup_without_a_share_is_named():
    with pytest.raises(
        InputErrors, match="'frial' is not a subgroup of the library and has no share; did you mean 'frail'"
    ):
        build(made(subgroups=[{"subgroup": "frial"}]))


def test_written_out_it_is_the_same_question(tmp_path):
    doc = made()
    write(without_library(doc), tmp_path / "whole")
    again = load(tmp_path / "whole")
    assert "evidence" not in again.settings
    assert read(tmp_path / "whole").sha256 == build(doc).sha256
    assert filled(filled(doc)).tables == filled(doc).tables


def test_a_scenario_changes_the_population(tmp_path):
    write(made(), tmp_path / "base")
    (tmp_path / "early.toml").write_text('base = "base"\n[evidence]\npopulation = "early_relapse"\n')
    late, early = read(tmp_path / "base"), read(tmp_path / "early.toml")
    assert early.beta[0, 0] > late.beta[0, 0]


def test_coverage_means_the_outcome_asked_for():
    """`[evidence] outcome` changes activities, pairs and events; an endpoint that says otherwise is warned of."""
    base = {"agents": AGENT_ROWS, "subgroups": [{"subgroup": "frail"}], "categories": [{"category": "infection"}]}
    settings = {
        "evidence": {"library": "myeloma", "population": "newly_diagnosed"},
        "trial": {"max_arms": 1},
        "epoch": [{"id": "induction", "cycles": 4, "max_agents": 3}],
    }
    asked = {word: {**settings, "evidence": {**settings["evidence"], "outcome": word}} for word in ("response", "mrd")}
    response, mrd = (build(document("x", asked[word], base)) for word in ("response", "mrd"))
    assert (mrd.beta < response.beta).all()
    assert len(mrd.pair_agents) > 0
    assert any("MRD negativity" in row.source for row in mrd.sources)
    assert any("coverage means MRD negativity" in text for text in mrd.warnings)
    fitting = {**asked["mrd"], "trial": {"max_arms": 1, "endpoint": "mrd"}}
    assert not any("coverage" in text for text in build(document("x", fitting, base)).warnings)
    other = {**settings, "trial": {"max_arms": 1, "endpoint": "mrd"}}
    assert any('write outcome = "mrd"' in text for text in build(document("x", other, base)).warnings)


def test_an_unknown_outcome_is_named():
    settings = {"evidence": {"library": "myeloma", "population": "newly_diagnosed", "outcome": "mdr"}}
    with pytest.raises(InputErrors, match=r"'mdr' is not an outcome.*did you mean 'mrd'"):
        build(document("x", settings, {}))


def test_a_hazard_ratio_is_predicted_where_no_trial_tells_it():
    rows = [{"agent": "teclistamab"}, {"agent": "daratumumab"}]
    settings = {
        "evidence": {"library": "myeloma", "population": "early_relapse"},
        "trial": {"max_arms": 1},
        "epoch": [{"id": "induction", "cycles": 4, "max_agents": 2}],
    }
    found = build(document("x", settings, {"agents": rows, "subgroups": [{"subgroup": "frail"}]}))
    assert (found.hazard_ratio < 1.0).all()
    sources = {row.key[0]: row for row in found.sources if row.table == "agents"}
    assert "predicted: trial-level surrogacy" in sources["teclistamab"].source
    assert "predicted" not in sources["daratumumab"].source


AGENT_ROWS = [{"agent": a} for a in ("daratumumab", "lenalidomide", "dexamethasone")]
