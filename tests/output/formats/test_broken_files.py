"""Our own checks of study files fail on broken ones: study definition, registry record, lists, SAS transport."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from tests.output.formats.conftest import sized
from trialopt.output.sdtm import transport_check
from trialopt.output.sdtm.files import transport_files
from trialopt.output.sdtm.study import trial_design
from trialopt.output.study import randomisation, registry, registry_check, usdm, usdm_check
from trialopt.output.study.plan import planned

Json = dict[str, Any]


@pytest.fixture(scope="module")
def definition() -> Json:
    return usdm.document(planned(sized()))


def design(data: Json) -> Json:
    (found,) = data["study"]["versions"][0]["studyDesigns"]
    return found


def arm_type(data: Json) -> Json:
    return design(data)["arms"][0]["type"]


STUDY_DEFINITIONS: dict[str, Callable[[Json], object]] = {
    "'StudyArm_9', which does not exist": lambda d: design(d)["studyCells"][0].update(armId="StudyArm_9"),
    "2 objects have the id 'StudyEpoch_2'": lambda d: design(d)["epochs"][0].update(id="StudyEpoch_2"),
    "StudyCell_1.armId is 'StudyEpoch_1', which is no StudyArm": lambda d: design(d)["studyCells"][0].update(
        armId="StudyEpoch_1"
    ),
    "has the code 'C1', which is not in the lists": lambda d: arm_type(d).update(code="C1"),
    "says 'Placebo' for C174266, which is 'Investigational Arm'": lambda d: arm_type(d).update(decode="Placebo"),
    "versions of the terminology: 2020-03-27, 2025-09-26": lambda d: arm_type(d).update(codeSystemVersion="2020-03-27"),
    "has no instanceType": lambda d: arm_type(d).update(instanceType=""),
    "an object of StudyArm has no id": lambda d: design(d)["arms"][0].pop("id"),
    "StudyArm_1 has no name": lambda d: design(d)["arms"][0].update(name=" "),
    "StudyArm_1 has no population": lambda d: design(d)["arms"][0].update(populationIds=[]),
    "has 0 cells in StudyEpoch_1": lambda d: design(d)["studyCells"].pop(0),
    "0 primary objectives": lambda d: design(d)["objectives"].clear(),
    "Objective_1 has no endpoint": lambda d: design(d)["objectives"][0]["endpoints"].clear(),
    "0 main timelines": lambda d: design(d)["scheduleTimelines"][0].update(mainTimeline=False),
    "has 0 fixed references": lambda d: design(d)["scheduleTimelines"][0]["timings"].pop(1),
    "the order of StudyEpoch_1 and StudyEpoch_2 is broken": lambda d: design(d)["epochs"][0].update(nextId=None),
    "an object lacks 'arms'": lambda d: design(d).pop("arms"),
    "0 study designs": lambda d: d["study"]["versions"][0]["studyDesigns"].clear(),
}


@pytest.mark.parametrize("said", STUDY_DEFINITIONS)
def test_a_broken_study_definition_is_found(definition, said):
    data = copy.deepcopy(definition)
    assert usdm_check.problems(data) == []
    STUDY_DEFINITIONS[said](data)
    found = usdm_check.problems(data)
    assert any(said in line for line in found), found


@pytest.fixture(scope="module")
def upload() -> bytes:
    return registry.files(sized())["design.xml"]


def first(root: Element, tag: str) -> Element:
    return next(root.iter(tag))


def drop(root: Element, tag: str) -> None:
    parent = next(one for one in root.iter() if one.find(tag) is not None)
    parent.remove(parent.find(tag))  # type: ignore[arg-type]


def text(tag: str, said: str) -> Callable[[Element], object]:
    return lambda root: setattr(first(root, tag), "text", said)


def twin(root: Element, tag: str) -> None:
    record = first(root, "clinical_study")
    record.insert(list(record).index(record.find(tag)), copy.deepcopy(record.find(tag)))  # type: ignore[arg-type]


def alone(root: Element) -> None:
    for one in root.iter("intervention"):
        for label in one.findall("arm_group_label"):
            if label.text == first(root, "arm_group").findtext("arm_group_label"):
                one.remove(label)


RECORDS: dict[str, Callable[[Element], object]] = {
    "arm_type 'Best' is no word of PRS": text("arm_type", "Best"),
    "phase 'II' is no word of PRS": text("phase", "II"),
    "official_title is missing": lambda r: drop(r, "official_title"),
    "brief_title is empty": text("brief_title", ""),
    "arm_group_label has 101 characters": text("arm_group_label", "x" * 101),
    "two arms are called": lambda r: twin(r, "arm_group"),
    "two interventions are called": lambda r: twin(r, "intervention"),
    "two primary outcomes are called": lambda r: twin(r, "primary_outcome"),
    "names the arm 'another', which is none": lambda r: setattr(
        first(first(r, "intervention"), "arm_group_label"), "text", "another"
    ),
    "has no intervention": alone,
    "number_of_arms is 7": text("number_of_arms", "7"),
    "Single Group Assignment with": text("assignment", "Single Group Assignment"),
    "has no time frame": lambda r: drop(r, "outcome_time_frame"),
    "enrollment is 'many'": text("enrollment", "many"),
    "maximum_age is '85'": text("maximum_age", "85"),
    "out of order": lambda r: first(r, "clinical_study").append(Element("brief_title")),
}


@pytest.mark.parametrize("said", RECORDS)
def test_a_broken_record_is_found(upload, said):
    root = ElementTree.fromstring(upload)
    assert registry_check.problems(root) == []
    RECORDS[said](root)
    found = registry_check.problems(root)
    assert any(said in line for line in found), found


@pytest.fixture(scope="module")
def lists() -> dict[str, bytes]:
    return randomisation.files(sized())


PRODUCTION, DEVELOPMENT, BLOCKS, FIELDS = (
    f"randomisation_{name}.csv" for name in ("production", "development", "blocks", "fields")
)


def line(file: str, number: int, made: Callable[[list[str]], list[str]]) -> Callable[[dict[str, bytes]], object]:
    """Change one line of a file."""

    def change(files: dict[str, bytes]) -> None:
        rows = [row.split(",") for row in files[file].decode().splitlines()]
        rows[number] = made(rows[number])
        files[file] = "\n".join(",".join(row) for row in rows if row).encode()

    return change


LISTS: dict[str, Callable[[dict[str, bytes]], object]] = {
    "randomisation_fields.csv is missing": lambda f: f.pop(FIELDS),
    "has the columns number, group, cohort": line(PRODUCTION, 0, lambda r: ["number", "group", "cohort"]),
    "'9' is no choice of the field arm": line(PRODUCTION, 1, lambda r: [r[0], "9", r[2]]),
    "'fit' is no choice of the field cohort": line(PRODUCTION, 1, lambda r: [r[0], r[1], "fit"]),
    "number '2' stands 2 times": line(PRODUCTION, 1, lambda r: ["2", *r[1:]]),
    "a row has no number": line(PRODUCTION, 1, lambda r: ["", *r[1:]]),
    "the rows are not those of the blocks": line(PRODUCTION, 1, lambda r: []),
    "have different ratios": line(BLOCKS, 1, lambda r: []),
    "is randomised to": line(BLOCKS, 1, lambda r: [*r[:2], "A9", *r[3:]]),
    "the lists for production and development are the same": lambda f: f.update({DEVELOPMENT: f[PRODUCTION]}),
    "the dictionary has no field cohort": line(FIELDS, 2, lambda r: []),
    "places for": lambda f: f.update({BLOCKS: b"\n".join(f[BLOCKS].splitlines()[:2])}),
}


@pytest.mark.parametrize("said", LISTS)
def test_a_broken_list_is_found(lists, said):
    broken, study = dict(lists), planned(sized())
    assert randomisation.problems(broken, study) == []
    LISTS[said](broken)
    found = randomisation.problems(broken, study)
    assert any(said in one for one in found), found


@pytest.fixture(scope="module")
def transport() -> bytes:
    return transport_files(sized())["ta.xpt"]


def put(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new, 1)


def entry(content: bytes, begin: int, made: bytes, number: int = 2) -> bytes:
    """Change bytes of the NAMESTR of a variable, `ARMCD` unless said."""
    place = content.index(transport_check.NAMES) + 80 + number * 140 + begin
    return content[:place] + made + content[place + len(made) :]


TRANSPORT: dict[str, Callable[[bytes], bytes]] = {
    "are no whole records of 80": lambda c: c[:-1],
    "bytes of data for": lambda c: c[:-160],
    "the headers of library, member, variables and data": lambda c: put(c, b"OBS     HEADER", b"OBSERVE HEADER"),
    "variables are announced": lambda c: put(c, b"000000001000000000", b"000000009900000000"),
    "does not say how many variables": lambda c: put(c, b"000000001000000000", b"00000000AB00000000"),
    "ARMCD is labelled ''": lambda c: entry(c, 16, b" " * 40),
    "the variables are": lambda c: entry(c, 8, b"ARM_CODE"),
    "ARMCD has the length 1": lambda c: entry(c, 4, b"\0\1"),
    "ARMCD is a number": lambda c: entry(c, 0, b"\0\1"),
    "ARMCD begins at 7": lambda c: entry(c, 84, b"\0\0\0\7"),
    "the dataset is called b'TX": lambda c: put(c, b"SAS     TA      ", b"SAS     TX      "),
    "the dataset is labelled": lambda c: put(c, b"Trial Arms", b"Trial Legs"),
    "record 1: TAETORD is 2.0, not 1": lambda c: put(c, b"\x41\x10\0\0\0\0\0\0", b"\x41\x20\0\0\0\0\0\0"),
    "record 1: ETCD is b'SCREAM'": lambda c: put(c, b"SCREEN", b"SCREAM"),
}


@pytest.mark.parametrize("said", TRANSPORT)
def test_a_broken_transport_file_is_found(transport, said):
    dataset = trial_design(sized())["TA"]
    assert transport_check.problems(transport, "TA", dataset) == []
    found = transport_check.problems(TRANSPORT[said](transport), "TA", dataset)
    assert any(said in one for one in found), found


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("NCT01234567", "ClinicalTrials.gov"),
        ("2010-021985-14", "EudraCT"),
        ("2023-508123-12-00", "EU Clinical Trials Information System"),
        ("ISRCTN12345678", "ISRCTN"),
        ("77", ""),
    ],
)
def test_a_register_is_told_by_its_numbers(number, name):
    from trialopt.output.study.registers import register

    assert register(number) == name


@pytest.mark.parametrize(
    ("days", "cycle", "code"),
    [
        ("weekly", None, "C67069"),
        ("1,8,15,22", 28, "C67069"),
        ("1", 21, "C64535"),
        ("1,15", 28, "C71127"),
        ("1,4,8,11", 21, None),
        ("1-21", 28, None),
        ("", 28, None),
        ("1", None, None),
    ],
)
def test_a_frequency_is_coded_only_where_a_term_says_just_that(days, cycle, code):
    from trialopt.output.study.usdm_terms import frequency

    found = frequency(days, cycle)
    assert (found and found[0]) == code
