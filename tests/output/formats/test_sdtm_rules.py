"""Every rule of the standard that we check fails on a file broken in just that way, and there is none untried."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.output.formats.conftest import sized
from tests.output.formats.studies import read_dataset_json, write_dataset_json
from trialopt.output.sdtm.domains import Dataset, Study, records_of
from trialopt.output.sdtm.study import RULES, findings, trial_design

Draft = dict[str, Dataset]
Break = Callable[[Draft], object]


def row(study: Study, domain: str, **which: object) -> dict:
    """First record of a domain with these values."""
    return next(r for r in records_of(study, domain) if all(r[name] == value for name, value in which.items()))


def parameter(study: Study, name: str) -> dict:
    return row(study, "TS", TSPARMCD=name)


def again(study: Draft, domain: str, place: int = -1, **changed: object) -> None:
    """One more record, like another."""
    records = study[domain].records
    records.append({**records[place], **changed})


def drop(study: Draft, domain: str, variable: str) -> None:
    """Take a variable out of a dataset."""
    for record in study[domain].records:
        del record[variable]
    study[domain].labels.pop(variable)  # type: ignore[attr-defined]


def relabel(study: Draft, domain: str, **labels: str) -> None:
    study[domain] = replace(study[domain], labels={**study[domain].labels, **labels})


def add(study: Draft, domain: str, variable: str, value: object) -> None:
    """Put a variable at the end of a dataset."""
    relabel(study, domain, **{variable: "Some Label"})
    for record in study[domain].records:
        record[variable] = value


def reorder(study: Draft, domain: str) -> None:
    study[domain] = replace(study[domain], labels=dict(reversed(list(study[domain].labels.items()))))


def rename_arm(study: Draft, old: str, new: str) -> None:
    for record in study["TA"].records:
        if record["ARM"] == old:
            record["ARM"] = new


def rename_epoch(study: Draft, old: str, new: str) -> None:
    for record in study["TA"].records:
        if record["EPOCH"] == old:
            record["EPOCH"] = new


def rename_element(study: Draft, etcd: str, new: str) -> None:
    for domain in ("TA", "TE"):
        for record in study[domain].records:
            if record["ETCD"] == etcd:
                record["ELEMENT"] = new


def recode_element(study: Draft, old: str, new: str) -> None:
    for domain in ("TA", "TE"):
        for record in study[domain].records:
            if record["ETCD"] == old:
                record["ETCD"] = new


def gap_in_long_value(study: Draft) -> None:
    """A value that goes on in TSVAL2, and not in TSVAL1."""
    more = {"TSVAL1": "Parameter Value 1", "TSVAL2": "Parameter Value 2"}
    labels = study["TS"].labels
    before = {name: label for name, label in labels.items() if name == "TSVAL" or not name.startswith("TSV")}
    after = {name: label for name, label in labels.items() if name not in before}
    study["TS"] = replace(study["TS"], labels={**before, **more, **after})
    each(study, "TS", TSVAL1="", TSVAL2="")
    parameter(study, "TITLE").update(TSVAL2="and more")


def two_treatments(study: Draft) -> None:
    """Two epochs of one term, of which only the second is numbered."""
    rename_epoch(study, "INDUCTION TREATMENT", "TREATMENT")
    rename_epoch(study, "CONTINUATION TREATMENT", "TREATMENT 2")


def one_start(study: Draft) -> None:
    """Two elements with the same rules."""
    row(study, "TE", ETCD="TRT1").update(TESTRL=row(study, "TE", ETCD="TRT2")["TESTRL"])


def swap_orders(study: Draft) -> None:
    """The first arm keeps its orders, and its records stand the other way round."""
    records = study["TA"].records
    records[1], records[2] = records[2], records[1]


def each(study: Draft, domain: str, **changed: object) -> None:
    for record in study[domain].records:
        record.update(changed)


OTHER = Dataset(
    "Other",
    {"STUDYID": "Study Identifier", "DOMAIN": "Domain Abbreviation"},
    [{"STUDYID": "made", "DOMAIN": "XX"}],
)

ARM = "A1: An agent + Dexamethasone, then An agent"
"""Name of the first arm."""

BREAKS: dict[str, tuple[Break, ...]] = {
    "every_domain_is_there": (
        lambda s: s.pop("TI"),
        lambda s: s.update(XX=OTHER),
    ),
    "datasets_have_records": (lambda s: s["TI"].records.clear(),),
    "variables_are_of_the_domain": (lambda s: add(s, "TE", "TECOLOR", "red"),),
    "required_and_expected_variables_are_there": (
        lambda s: drop(s, "TV", "ARMCD"),
        lambda s: drop(s, "TS", "TSVCDVER"),
    ),
    "required_variables_are_filled": (lambda s: s["TE"].records[0].update(TESTRL=""),),
    "variables_are_in_order": (lambda s: reorder(s, "TE"),),
    "types_are_those_of_the_standard": (
        lambda s: s["TS"].records[0].update(TSSEQ="1"),
        lambda s: parameter(s, "NARMS").update(TSVAL=4),
    ),
    "labels_are_those_of_the_standard": (
        lambda s: relabel(s, "TA", ARM="Arm"),
        lambda s: s.update(TA=replace(s["TA"], label="Arms")),
    ),
    "labels_are_short": (lambda s: relabel(s, "TA", ARM="Description of the Planned Arm of the Trial"),),
    "names_are_short": (lambda s: add(s, "TE", "ELEMENTNAME", ""),),
    "values_are_short": (lambda s: s["TE"].records[1].update(TEENRL="x" * 201),),
    "values_are_ascii": (
        lambda s: s["TE"].records[1].update(TEENRL="Größe"),
        lambda s: s["TE"].records[1].update(TEENRL="a\tb"),
    ),
    "values_have_no_leading_space_and_no_lone_dot": (
        lambda s: s["TE"].records[1].update(TEENRL=" End"),
        lambda s: s["TE"].records[1].update(TEENRL="."),
    ),
    "short_names_are_short": (
        lambda s: recode_element(s, "TRT1", "TREATMENT"),
        lambda s: [r.update(ARMCD="A" * 21) for r in s["TA"].records if r["ARMCD"] == "A1"],
    ),
    "domain_is_that_of_the_dataset": (lambda s: s["TI"].records[0].update(DOMAIN="IE"),),
    "one_study": (lambda s: each(s, "TV", STUDYID="other"),),
    "keys_are_unique": (lambda s: again(s, "TE"),),
    "arm_elements_are_in_te": (
        lambda s: s["TE"].records.remove(row(s, "TE", ETCD="TRT2")),
        lambda s: row(s, "TE", ETCD="TRT2").update(ELEMENT="Something else"),
    ),
    "elements_are_used": (lambda s: again(s, "TE", ETCD="SPARE", ELEMENT="Spare", TESTRL="Never"),),
    "one_code_one_element": (lambda s: rename_element(s, "TRT2", row(s, "TE", ETCD="TRT1")["ELEMENT"]),),
    "one_code_one_arm": (lambda s: rename_arm(s, "C1, control: Bortezomib, then no treatment", ARM),),
    "order_is_an_integer": (lambda s: s["TA"].records[1].update(TAETORD=1.5),),
    "order_is_unique_within_an_arm": (lambda s: s["TA"].records[2].update(TAETORD=2),),
    "order_follows_the_path": (swap_orders, lambda s: s["TA"].records[3].update(EPOCH="INDUCTION TREATMENT")),
    "epochs_are_controlled_terms": (
        lambda s: rename_epoch(s, "INDUCTION TREATMENT", "INDUCTION"),
        lambda s: rename_epoch(s, "INDUCTION TREATMENT", "TREATMENT 1"),
        two_treatments,
    ),
    "elements_have_an_end": (lambda s: s["TE"].records[1].update(TEENRL=""),),
    "elements_differ_in_their_rules": (one_start,),
    "shared_elements_name_no_arm": (lambda s: rename_element(s, "TRT4", f"Treatment of {ARM}"),),
    "ends_name_no_arm": (lambda s: s["TE"].records[1].update(TEENRL=f"End of {ARM}"),),
    "arms_are_planned": (lambda s: rename_arm(s, ARM, "Screen Failure"),),
    "branches_are_told": (lambda s: row(s, "TA", ARMCD="A1", TAETORD=1).update(TABRANCH=""),),
    "branches_are_between_epochs": (lambda s: row(s, "TA", ARMCD="A1", TAETORD=4).update(TABRANCH="Left"),),
    "branches_are_outcomes": (
        lambda s: row(s, "TA", ARMCD="A1", TAETORD=1).update(TABRANCH="If fit, randomized, go to induction"),
    ),
    "transitions_are_worded": (
        lambda s: row(s, "TA", ARMCD="A1", TAETORD=2).update(TATRANS="On progression, go to Follow-up"),
    ),
    "transitions_skip_ahead": (
        lambda s: row(s, "TA", ARMCD="A1", TAETORD=2).update(TATRANS="If in doubt, go to Surgery"),
        lambda s: row(s, "TA", ARMCD="A1", TAETORD=3).update(TATRANS="If all is well, go to Follow-up"),
    ),
    "visit_arms_are_in_ta": (lambda s: each(s, "TV", ARMCD="A9"),),
    "visits_are_by_arm_for_all_or_none": (
        lambda s: s["TV"].records[0].update(ARMCD="A1"),
        lambda s: each(s, "TV", ARMCD="A1"),
    ),
    "one_number_one_visit": (lambda s: again(s, "TV", VISITNUM=99),),
    "visits_are_in_planned_epochs": (lambda s: s["TV"].records[1].update(TVSTRL="Start of the WASHOUT Epoch"),),
    "criteria_are_named": (lambda s: s["TI"].records[0].update(IETESTCD="1ST"),),
    "criteria_are_unique_within_a_version": (lambda s: again(s, "TI"),),
    "one_code_one_criterion": (lambda s: again(s, "TI", IETESTCD="INCL99"),),
    "categories_are_controlled_terms": (lambda s: s["TI"].records[0].update(IECAT="MAYBE"),),
    "subcategories_have_a_category": (lambda s: s["TI"].records[0].update(IESCAT="INCLUSION"),),
    "a_value_or_a_null_flavor": (
        lambda s: parameter(s, "NARMS").update(TSVALNF="UNK"),
        lambda s: parameter(s, "AGEMAX").update(TSVALNF=""),
    ),
    "null_flavors_are_of_iso_21090": (lambda s: parameter(s, "AGEMAX").update(TSVALNF="NONE"),),
    "values_are_no_null_flavors": (lambda s: parameter(s, "SPONSOR").update(TSVAL="Unknown", TSVALNF=""),),
    "long_values_go_on_in_order": (gap_in_long_value,),
    "sequence_is_unique_within_a_parameter": (lambda s: again(s, "TS", TSVAL="IMMUNOGENICITY"),),
    "one_code_one_parameter": (lambda s: parameter(s, "NARMS").update(TSPARM="Planned Number of Subjects"),),
    "parameters_are_controlled_terms": (lambda s: parameter(s, "NARMS").update(TSPARM="Arms"),),
    "required_parameters_are_there": (lambda s: s["TS"].records.remove(parameter(s, "TITLE")),),
    "one_code_one_value": (lambda s: parameter(s, "RANDOM").update(TSVALCD="C49487"),),
    "codes_are_those_of_the_terms": (lambda s: parameter(s, "STYPE").update(TSVALCD="C1"),),
    "references_are_complete": (
        lambda s: parameter(s, "STYPE").update(TSVCDREF=""),
        lambda s: parameter(s, "STYPE").update(TSVCDVER=""),
        lambda s: parameter(s, "TITLE").update(TSVCDVER="1"),
    ),
    "dates_and_durations_are_iso_8601": (
        lambda s: parameter(s, "SENDTC").update(TSVAL="1 May 2030", TSVALNF=""),
        lambda s: parameter(s, "AGEMIN").update(TSVAL="18", TSVALNF=""),
    ),
    "the_number_of_arms_is_that_of_ta": (lambda s: parameter(s, "NARMS").update(TSVAL="2"),),
    "randomisation_is_that_of_ta": (
        lambda s: parameter(s, "RANDOM").update(TSVAL="N", TSVALCD="C49487"),
        lambda s: parameter(s, "RANDQT").update(TSVAL="2:1"),
    ),
}
"""Rule -> ways to break it."""

ALSO: dict[str, set[str]] = {
    "labels_are_short": {"labels_are_those_of_the_standard"},
    "names_are_short": {"variables_are_of_the_domain"},
    "required_and_expected_variables_are_there": {"references_are_complete"},
    "keys_are_unique": {"elements_differ_in_their_rules"},
    "order_is_unique_within_an_arm": {"keys_are_unique"},
    "order_follows_the_path": {"transitions_skip_ahead", "branches_are_between_epochs"},
    "criteria_are_unique_within_a_version": {"keys_are_unique"},
    "sequence_is_unique_within_a_parameter": {"keys_are_unique", "codes_are_those_of_the_terms", "one_code_one_value"},
    "one_code_one_parameter": {"parameters_are_controlled_terms"},
    "one_code_one_value": {"codes_are_those_of_the_terms"},
    "epochs_are_controlled_terms": {"visits_are_in_planned_epochs"},
    "visit_arms_are_in_ta": {"visits_are_by_arm_for_all_or_none"},
}
"""Rule -> other rules that a file so broken may break as well: it breaks them by the same stroke."""


@pytest.fixture(scope="module")
def whole() -> Study:
    return trial_design(sized())


def read_back(study: Study, folder) -> Study:
    write_dataset_json(study, folder)
    return read_dataset_json(folder)


def test_the_whole_study_keeps_every_rule(whole, tmp_path):
    assert findings(read_back(whole, tmp_path)) == []


def test_every_rule_is_tried_and_quotes_what_it_checks():
    assert {rule.__name__ for rule in RULES} == set(BREAKS)
    assert all(rule.__doc__ for rule in RULES)


@pytest.mark.parametrize(("rule", "way"), [(rule, way) for rule, ways in BREAKS.items() for way in range(len(ways))])
def test_a_broken_file_fails_its_rule(whole, tmp_path, rule, way):
    study = {name: copy.deepcopy(dataset) for name, dataset in whole.items()}
    BREAKS[rule][way](study)
    broken = {finding.rule for finding in findings(read_back(study, tmp_path))}
    assert rule in broken
    assert broken <= {rule} | ALSO.get(rule, set())
