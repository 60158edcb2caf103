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


def test_the_arms_are_those_that_are_compared(study):
    arms = list(dict.fromkeys(zip(column(study, "TA", "ARMCD"), column(study, "TA", "ARM"), strict=True)))
    assert arms == [
        ("A1", "A1: An agent + Dexamethasone, then An agent"),
        ("C1", "C1, control: Bortezomib, then no treatment"),
        ("A2", "A2: An agent + Daratumumab, then An agent"),
        ("C2", "C2, control: Bortezomib, then no treatment"),
    ]


def test_an_arm_is_its_ordered_elements(study):
    arm = [record for record in records_of(study, "TA") if record["ARMCD"] == "A1"]
    assert [record["TAETORD"] for record in arm] == [1, 2, 3, 4]
    assert [record["EPOCH"] for record in arm] == [
        "SCREENING",
        "INDUCTION TREATMENT",
        "CONTINUATION TREATMENT",
        "FOLLOW-UP",
    ]
    assert [record["TABRANCH"] for record in arm] == [f"Randomized to {arm[0]['ARM']}", "", "", ""]
    assert [record["TATRANS"] for record in arm] == [
        "",
        "If disease progression or unacceptable toxicity, go to Follow-up",
        "",
        "",
    ]


def test_a_regimen_for_a_number_of_cycles_is_one_element(study):
    elements = dict(zip(column(study, "TE", "ETCD"), column(study, "TE", "ELEMENT"), strict=True))
    assert elements == {
        "SCREEN": "Screening",
        "TRT1": "An agent + Dexamethasone",
        "TRT2": "Bortezomib",
        "TRT3": "An agent + Daratumumab",
        "TRT4": "An agent",
        "TRT5": "No study treatment",
        "FU": "Follow-up",
    }
    ends = dict(zip(column(study, "TE", "ETCD"), column(study, "TE", "TEENRL"), strict=True))
    assert ends["TRT1"] == "End of 4 cycles after the start of the Element"
    assert not any("induction" in start.lower() for start in column(study, "TE", "TESTRL"))


def test_an_element_may_come_in_two_epochs():
    solution = sized()
    first, *others = solution.arms
    same = dict.fromkeys(first.sequence, first.sequence["induction"])
    question = replace(solution.question, cycles={"induction": 4.0, "maintenance": 4.0})
    arms = (replace(first, arm=replace(first.arm, sequence=same)), *others)
    study = trial_design(replace(solution, question=question, arms=arms))
    assert [r["ETCD"] for r in records_of(study, "TA") if r["ARMCD"] == "A1"] == ["SCREEN", "TRT1", "TRT1", "FU"]


def lengths(days: dict[str, int]) -> Study:
    """The sized study with lengths of cycles by agent."""
    solution = sized()
    doses = {dose for arm in solution.arms for given in arm.sequence.values() for dose in given}
    doses |= {dose for given in (solution.question.control or {}).values() for dose in given}
    dosing = {str(dose): {"cycle_days": days[dose.agent]} for dose in doses if dose.agent in days}
    dosing |= {f"{dose.agent}@{dose.level}": {"cycle_days": days[dose.agent]} for dose in doses if dose.agent in days}
    return trial_design(replace(solution, question=replace(solution.question, dosing=dosing)))


def test_cycles_of_known_length_have_days():
    agents = {dose.agent for arm in sized().arms for given in arm.sequence.values() for dose in given}
    study = lengths({**dict.fromkeys(agents, 28), "bortezomib": 28})
    durations = dict(zip(column(study, "TE", "ETCD"), column(study, "TE", "TEDUR"), strict=True))
    assert durations == {
        "SCREEN": "", "TRT1": "P112D", "TRT2": "P112D", "TRT3": "P112D", "TRT4": "P56D", "TRT5": "", "FU": "",
    }  # fmt: skip
    assert column(study, "TE", "TEENRL")[1] == "End of 4 cycles of 28 days after the start of the Element"


def test_arms_with_other_cycles_have_their_own_visits():
    agents = {dose.agent for arm in sized().arms for given in arm.sequence.values() for dose in given}
    study = lengths({**dict.fromkeys(agents, 28), "bortezomib": 21})
    visits = {
        arm: [(r["VISITNUM"], r["VISIT"], r["VISITDY"]) for r in records_of(study, "TV") if r["ARMCD"] == arm]
        for arm in ("A1", "C1")
    }
    assert visits["A1"][2] == (4, "INDUCTION CYCLE 2 DAY 1, DAY 29", 29)
    assert visits["C1"][2] == (3, "INDUCTION CYCLE 2 DAY 1, DAY 22", 22)
    assert [day for *_, day in visits["C1"]] == [None, 1, 22, 43, 64, 85, None, None]
    assert [day for *_, day in visits["A1"]] == [None, 1, 29, 57, 85, 113, 141, 169]


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
        "For cohort Fit: able to take full doses",
        "For cohort Old: as the protocol defines it",
        "For cohort Frail: not able to",
    ]
    assert column(study, "TI", "IESCAT") == ["COHORT FIT", "COHORT OLD", "COHORT FRAIL"]


def test_the_summary_of_a_sized_design(study):
    values = summary(study)
    assert values["NARMS"] == ["4"]
    assert values["NCOHORT"] == ["3"]
    assert values["PLANSUB"] == ["270"]
    assert values["RANDOM"] == ["Y"]
    assert values["RANDQT"] == ["0.666667"]
    assert values["TCNTRL"] == ["ACTIVE"]
    assert values["COMPTRT"] == ["BORTEZOMIB"]
    assert values["TRT"] == ["AN AGENT", "DEXAMETHASONE", "DARATUMUMAB"]
    assert values["INDIC"] == values["TDIGRP"] == ["Multiple myeloma"]
    assert values["THERAREA"] == ["ONCOLOGY"]
    assert values["INTTYPE"] == ["DRUG"]
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
    assert any("Control treatment" in text for text in column(study, "TE", "ELEMENT"))
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


def test_what_was_registered_stands_in_the_summary():
    solution = sized()
    told = {
        "phase": "3", "blinding": "open", "sex": "all", "minimum_age": 18, "sponsor": "A sponsor",
        "indication": "Plasma cell myeloma", "indication_code": "109989006", "indication_system": "SNOMED",
    }  # fmt: skip
    study = trial_design(replace(solution, question=replace(solution.question, registration=told)))
    values = summary(study)
    assert values["TPHASE"] == ["PHASE III TRIAL"]
    assert values["TBLIND"] == ["OPEN LABEL"]
    assert values["SEXPOP"] == ["BOTH"]
    assert values["AGEMIN"] == ["P18Y"]
    assert values["SPONSOR"] == ["A sponsor"]
    (disease,) = [r for r in records_of(study, "TS") if r["TSPARMCD"] == "TDIGRP"]
    assert (disease["TSVALCD"], disease["TSVCDREF"]) == ("109989006", "SNOMED")


def test_a_long_title_goes_on_in_further_variables():
    title = "A trial of " + "many words " * 50
    study = trial_design(made(title=title))
    (record,) = [r for r in records_of(study, "TS") if r["TSPARMCD"] == "TITLE"]
    assert list(record)[5:9] == ["TSVAL", "TSVAL1", "TSVAL2", "TSVALNF"]
    assert f"{record['TSVAL']} {record['TSVAL1']} {record['TSVAL2']}" == title.strip()
