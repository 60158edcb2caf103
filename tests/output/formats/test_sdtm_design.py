"""What the trial design datasets say of a design: arms, elements, branches, visits, criteria, summary."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.made import made
from tests.output.formats.conftest import sized
from trialopt.output.sdtm.domains import Study, records_of
from trialopt.output.sdtm.study import trial_design
from trialopt.output.sdtm.terms import epoch_terms


@pytest.fixture(scope="module")
def study() -> Study:
    return trial_design(sized())


def column(study: Study, domain: str, name: str) -> list:
    return [record[name] for record in records_of(study, domain)]


def summary(study: Study) -> dict[str, list]:
    values: dict[str, list] = {}
    for record in records_of(study, "TS"):
        values.setdefault(record["TSPARMCD"], []).append(record["TSVAL"] or record["TSVALNF"])
    return values


def test_each_subgroup_and_sequence_is_an_arm_with_its_control(study):
    arms = list(dict.fromkeys(zip(column(study, "TA", "ARMCD"), column(study, "TA", "ARM"), strict=True)))
    assert arms == [
        ("A1-FIT", "A1 experimental, Fit"),
        ("A1C-FIT", "A1 control, Fit"),
        ("A1-OLD", "A1 experimental, Old"),
        ("A1C-OLD", "A1 control, Old"),
        ("A2-FRAIL", "A2 experimental, Frail"),
        ("A2C-FRAIL", "A2 control, Frail"),
    ]


def test_an_arm_is_its_ordered_elements(study):
    arm = [record for record in records_of(study, "TA") if record["ARMCD"] == "A1-FIT"]
    assert [record["TAETORD"] for record in arm] == [1, 2, 3, 4]
    assert [record["EPOCH"] for record in arm] == [
        "SCREENING",
        "INDUCTION TREATMENT",
        "CONTINUATION TREATMENT",
        "FOLLOW-UP",
    ]
    assert [record["TABRANCH"] for record in arm] == ["Randomized to A1 experimental, Fit", "", "", ""]
    assert [record["TATRANS"] for record in arm] == [
        "",
        "If disease progression or unacceptable toxicity, go to Follow-up",
        "",
        "",
    ]


def test_a_regimen_in_an_epoch_is_one_element(study):
    elements = dict(zip(column(study, "TE", "ETCD"), column(study, "TE", "ELEMENT"), strict=True))
    assert elements == {
        "SCREEN": "Screening",
        "INDUC1": "An agent + Dexamethasone mg20, Induction",
        "INDUC2": "Bortezomib, Induction",
        "INDUC3": "An agent + Daratumumab, Induction",
        "MAINT1": "An agent, Maintenance",
        "MAINT2": "No study treatment, Maintenance",
        "FU": "Follow-up",
    }
    ends = dict(zip(column(study, "TE", "ETCD"), column(study, "TE", "TEENRL"), strict=True))
    assert ends["INDUC1"] == "End of 4 cycles after the start of the Element"


def test_arms_that_part_at_screening_may_share_what_follows():
    solution = sized()
    first, second = solution.arms
    shared = {**second.sequence, "induction": first.sequence["induction"]}
    arms = (first, replace(second, arm=replace(second.arm, sequence=shared)))
    codes = [r["ETCD"] for r in records_of(trial_design(replace(solution, arms=arms)), "TA") if r["TAETORD"] == 2]
    assert codes == ["INDUC1", "INDUC2", "INDUC1", "INDUC2", "INDUC1", "INDUC2"]


def test_visits_are_the_first_days_of_cycles(study):
    assert column(study, "TV", "VISIT") == [
        "SCREENING",
        *(f"INDUCTION CYCLE {k} DAY 1" for k in (1, 2, 3, 4)),
        *(f"MAINTENANCE CYCLE {k} DAY 1" for k in (1, 2)),
        "FOLLOW-UP",
    ]
    assert column(study, "TV", "VISITNUM") == list(range(1, 9))


def test_criteria_are_the_definitions_of_the_subgroups(study):
    assert column(study, "TI", "IETEST") == [
        "Subgroup Fit: able to take full doses",
        "Subgroup Old: belongs to the subgroup",
        "Subgroup Frail: not able to",
    ]
    assert column(study, "TI", "IESCAT") == ["SUBGROUP FIT", "SUBGROUP OLD", "SUBGROUP FRAIL"]


def test_the_summary_of_a_sized_design(study):
    values = summary(study)
    assert values["NARMS"] == ["6"]
    assert values["NCOHORT"] == ["3"]
    assert values["PLANSUB"] == ["270"]
    assert values["RANDOM"] == ["Y"]
    assert values["RANDQT"] == ["0.666667"]
    assert values["TCNTRL"] == ["ACTIVE"]
    assert values["COMPTRT"] == ["BORTEZOMIB"]
    assert values["TRT"] == ["AN AGENT", "DEXAMETHASONE", "DARATUMUMAB"]
    assert values["ACTSUB"] == ["NA"]
    assert values["AGEMAX"] == ["UNK"]
    assert "SSTDTC" not in values


def test_the_summary_of_a_design_without_sizes():
    values = summary(trial_design(made()))
    assert values["NARMS"] == ["2"]
    assert values["PLANSUB"] == ["UNK"]
    assert values["RANDOM"] == ["N"]
    assert values["TCNTRL"] == ["NONE"]
    assert "RANDQT" not in values


def test_a_control_without_a_regimen_is_an_arm_all_the_same():
    solution = sized()
    study = trial_design(replace(solution, question=replace(solution.question, control=None)))
    assert "Control treatment, regimen not specified, Induction" in column(study, "TE", "ELEMENT")
    assert summary(study)["TCNTRL"] == ["UNK"]


@pytest.mark.parametrize(
    ("epochs", "terms"),
    [
        (("induction", "maintenance"), ("INDUCTION TREATMENT", "CONTINUATION TREATMENT")),
        (("first", "second", "third"), ("TREATMENT 1", "TREATMENT 2", "TREATMENT 3")),
        (("induction", "consolidation"), ("INDUCTION TREATMENT", "TREATMENT")),
        (("induction_a", "induction_b"), ("INDUCTION TREATMENT 1", "INDUCTION TREATMENT 2")),
    ],
)
def test_epochs_are_controlled_terms_and_repeats_numbered(epochs, terms):
    assert tuple(epoch_terms(dict.fromkeys(epochs, "")).values()) == terms


def test_codes_of_long_names_stay_short_and_distinct():
    groups = tuple(f"refractory_to_everything_{k}" for k in "abc")
    study = trial_design(made(groups=groups, arms=(groups,)))
    codes = sorted(set(column(study, "TA", "ARMCD")))
    assert len(codes) == 3
    assert max(map(len, codes)) <= 20


def test_a_long_title_goes_on_in_further_variables():
    title = "A trial of " + "many words " * 50
    study = trial_design(made(title=title))
    (record,) = [r for r in records_of(study, "TS") if r["TSPARMCD"] == "TITLE"]
    assert list(record)[5:9] == ["TSVAL", "TSVAL1", "TSVAL2", "TSVALNF"]
    assert f"{record['TSVAL']} {record['TSVAL1']} {record['TSVAL2']}" == title.strip()
