import re

import pandas as pd
import pytest

from trialopt.evidence import library
from trialopt.evidence.facts_of_events import background_fact, rate_fact

SOURCED = [name for name in library.TABLES if "source" in library.table(name).columns]
FROM_PACK = [name for name in library.TABLES if "pack_row" in library.table(name).columns]


@pytest.mark.parametrize("name", SOURCED)
def test_every_row_has_a_source_or_says_assumption(name):
    frame = library.table(name)
    if name == "backtest_inputs":
        assert (frame["source"] != "").all()
        return
    assert (frame["source"] != "").all(), frame[frame["source"] == ""]
    if "confidence" in frame.columns:
        assert set(frame["confidence"]) <= {"read", "recalled", "assumption"}


def test_every_row_of_the_pack_is_in_the_library_or_in_the_log():
    manifest = pd.read_csv(library.DATA / "pack_manifest.csv")
    log = pd.read_csv(library.DATA / "cleaning_log.csv", dtype=str)
    dropped = set(log.loc[log["action"] == "dropped", "pack_row"])
    kept = {row for name in FROM_PACK for row in library.table(name)["pack_row"]}
    assert set(manifest["pack_row"]) == kept | dropped
    assert len(manifest) == 756
    assert manifest.groupby(manifest["pack_row"].str.split(":").str[0]).size().to_dict() == {
        "drugs": 35, "single_agent_efficacy": 74, "adverse_events": 341, "regimens": 80, "mechanisms": 102,
        "subgroups": 40, "contraindications": 34, "backtest": 31, "backtest_inputs": 19,
    }  # fmt: skip


def test_every_log_entry_points_to_a_row_and_gives_a_reason():
    log = pd.read_csv(library.DATA / "cleaning_log.csv", dtype=str, keep_default_na=False)
    manifest = set(pd.read_csv(library.DATA / "pack_manifest.csv")["pack_row"])
    files = {row.split(":")[0] for row in manifest}
    assert all(row in manifest or (row.endswith(":*") and row[:-2] in files) for row in log["pack_row"])
    assert (log["reason"] != "").all()


def test_no_cell_names_a_machine_or_a_bare_address():
    for path in library.DATA.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://\d", text), path.name
        assert not re.search(r"/(work|tmp|opt)/", text), path.name


HOSTS = (
    "ashpublications.org", "pmc.ncbi.nlm.nih.gov", "pubmed.ncbi.nlm.nih.gov", "doi.org", "nature.com",
    "biomedcentral.com", "aacrjournals.org", "onlinelibrary.wiley.com", "bloodjournal.org", "clinicaltrials.gov",
    "repub.eur.nl", "pure.eur.nl", "digitalcommons.library.tmc.edu", "jnjmedicalconnect.com", "kyprolis-hcp.com",
    "carvyktihcp.com",
)  # fmt: skip
"""Publishers, registries, university repositories, and companies on their own drug."""
NO_SOURCE = re.compile(r"mirror|preview|wiki|staging|vercel|platformsh|news report|\bHub\b|reuters", re.I)


def test_addresses_are_those_of_publishers_registries_and_labels():
    for path in library.DATA.glob("*.csv"):
        for host in re.findall(r"(?:https?://|www\.)([^\s/;,\")]+)", path.read_text(encoding="utf-8")):
            assert any(host == known or host.endswith(f".{known}") for known in HOSTS), (path.name, host)


@pytest.mark.parametrize("name", SOURCED)
def test_sources_name_a_publication_a_registry_or_a_label(name):
    named = library.table(name)["source"]
    wrong = [text for text in named if NO_SOURCE.search(text) or "://" in text]
    assert not wrong, wrong


T_CELL_ARMS = [(agent, category) for agent in ("talquetamab", "teclistamab", "elranatamab", "ciltacabtagene_autoleucel")
               for category in ("infection", "thrombocytopenia", "anaemia")]  # fmt: skip


@pytest.mark.parametrize(("agent", "category"), T_CELL_ARMS)
def test_t_cell_therapies_are_as_toxic_as_the_lowest_of_their_schedules(agent, category):
    """Alone, background and agent together, but for a fifth that pooling takes: a zero that is none is a mistake."""
    added, ground = (
        rate_fact(agent, category, "triple_class_exposed"),
        background_fact(category, "triple_class_exposed"),
    )
    predicted = 1 - (1 - added["probability"]) * (1 - ground["background"])
    arms = library.table("event_arms")
    mine = arms[(arms["agents"] == agent) & (arms["category"] == category)]
    assert added["probability"] > 0.01
    assert predicted >= (0.8 * (mine["events"] / mine["n"]).min() if len(mine) else 0.1)


def test_cilta_cel_counts_all_who_were_enrolled():
    arms = library.table("outcome_arms").set_index("arm")
    for arm, enrolled in (("cartitude_1", 113), ("cartitude_4", 208), ("us_soc_cilta_cel", 255)):
        assert arms.loc[f"{arm}:ciltacabtagene_autoleucel", "n"] == enrolled


def test_ids_are_lower_snake_and_agree_between_tables():
    agents = set(library.agents()["agent"])
    classes = set(library.agents()["class"])
    assert not agents & classes
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in agents | classes)
    used = {a for text in library.regimens()["arm_agents"] for a in library.agent_ids(text)}
    used |= {a for text in library.regimens()["control_agents"] for a in library.agent_ids(text)}
    used |= {a for text in library.single_agent_arms()["agents"] for a in library.agent_ids(text)}
    assert used - agents == {"standard_regimens", "imid"}
    assert set(library.table("retained")["key"]) <= agents | classes
    mechanisms = set(library.mechanism_effects()["mechanism"])
    assert set(library.table("population_mechanisms")["mechanism"]) <= mechanisms
    assert set(library.table("groups")["class"]) <= classes


def test_percentages_and_counts_agree():
    singles = library.single_agent_arms()
    both = singles[singles["responders"].notna() & singles["n"].notna()]
    assert ((100 * both["responders"] / both["n"] - both["orr_pct"]).abs() <= 0.6).all()
    events = library.adverse_events()
    both = events[events["events"].notna() & events["n"].notna()]
    assert ((100 * both["events"] / both["n"] - both["pct"]).abs() <= 1.0).all()
    for frame, column in [(singles, "orr_pct"), (events, "pct"), (library.mechanism_prevalence(), "prevalence_pct")]:
        given = frame[column].dropna()
        assert given.between(0, 100).all()


def test_confidence_limits_enclose_hazard_ratios():
    rows = library.regimens()
    rows = rows[rows["pfs_hr_lo"].notna()]
    assert ((rows["pfs_hr_lo"] < rows["pfs_hr"]) & (rows["pfs_hr"] < rows["pfs_hr_hi"])).all()
    assert rows["ci_level"].between(50, 99.9).all()


def test_an_unknown_table_is_named():
    with pytest.raises(ValueError, match="no evidence table 'drug'"):
        library.table("drug")


def test_population_shares_leave_room_for_disease_without_mechanism():
    shares = library.table("population_mechanisms").groupby("population")["share"].sum()
    assert (shares < 1).all()
