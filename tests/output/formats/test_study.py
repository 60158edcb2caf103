"""The planned study, and the files written from it: registry record and randomisation lists."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree

import pytest

import trialopt
from trialopt.core.catalog import find
from trialopt.output.formats import ExportError, write
from trialopt.output.study import randomisation, registry, usdm
from trialopt.output.study.plan import missing, planned
from trialopt.output.study.usdm_check import dangling
from trialopt.record.solution import Solution

SIZED = """base = "BASE"
[trial]
power = 0.8
control_rate = 0.3
allocation_ratio = 2.0
[registration]
sponsor = "A group"
phase = "2"
blinding = "open"
minimum_age = 18
sex = "all"
"""

OWN_CONTROL = """
[control]
induction = ["bortezomib", "lenalidomide@mg10"]
[control.frail]
induction = ["lenalidomide@mg10"]
"""


@pytest.fixture(scope="module")
def sized(tmp_path_factory) -> Solution:
    file = tmp_path_factory.mktemp("study") / "sized.toml"
    file.write_text(SIZED.replace("BASE", find("tiny_duo").as_posix()), encoding="utf-8")
    return trialopt.solve(trialopt.read(file), gap=1e-3)


@pytest.fixture(scope="module")
def unsized() -> Solution:
    return trialopt.solve(trialopt.read(find("tiny_duo")), gap=1e-3)


def test_every_arm_is_planned_beside_its_control_and_subgroups_are_cohorts(sized):
    study = planned(sized)
    assert [arm.code for arm in study.arms] == ["A1", "C1", "A2", "C2"]
    assert {cohort.id for cohort in study.cohorts} == {"fit", "frail"}
    assert study.patients == sum(a.size.patients + a.size.control_patients for a in sized.arms if a.size)
    assert sum(cohort.patients or 0 for cohort in study.cohorts) == study.patients
    assert study.arms[0].against == "C1"


def test_a_design_without_sizes_has_no_controls_and_no_list(unsized):
    assert [arm.code for arm in planned(unsized).arms] == ["A1", "A2"]
    with pytest.raises(ExportError, match="nobody is randomised"):
        randomisation.files(unsized)


def test_what_nobody_gave_is_named(sized, unsized):
    assert registry.lacking(planned(sized)) == [
        "[registration] protocol_id (the sponsor's unique protocol id)",
        "levels.csv days of Bortezomib, Daratumumab, Lenalidomide",
    ]
    assert missing(planned(unsized), registry.NEEDED)[0].count("(") == 6


def test_the_registry_record_is_whole_and_its_check_finds_what_is_not(sized):
    root = ElementTree.fromstring(registry.files(sized)["design.xml"])
    assert root.tag == "{http://clinicaltrials.gov/prs}study_collection"
    assert registry.problems(root) == []
    assert root.findtext(".//phase") == "Phase 2"
    assert root.findtext(".//number_of_arms") == "4"
    assert len(root.findall(".//primary_outcome")) == 2
    for broken in ("phase", "arm_type", "gender"):
        copy = ElementTree.fromstring(registry.files(sized)["design.xml"])
        next(copy.iter(broken)).text = "anything"
        assert any("anything" in line for line in registry.problems(copy))
    next(root.iter("arm_group_label")).text = "another name"
    assert any("which is none" in line for line in registry.problems(root))


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_randomisation_lists_hold_whole_blocks_in_the_ratio_of_the_design(sized):
    lists = randomisation.files(sized)
    assert set(lists) == {f"randomisation_{name}.csv" for name in ("production", "development", "blocks", "fields")}
    assert lists == randomisation.files(sized)
    production = rows(lists["randomisation_production.csv"])
    assert production != rows(lists["randomisation_development.csv"])
    # the columns of REDCap's template, and codes of choices in the cells
    assert list(production[0]) == ["redcap_randomization_number", "redcap_randomization_group", "cohort"]
    assert [row["redcap_randomization_number"] for row in production] == [str(k + 1) for k in range(len(production))]
    places = [row for row in rows(lists["randomisation_blocks.csv"]) if row["list"] == "production"]
    blocks = Counter((row["stratum"], row["block"], row["arm"][0]) for row in places)
    for stratum, block, _ in blocks:
        assert blocks[stratum, block, "A"] == 2 * blocks[stratum, block, "C"] > 0
    wanted = {g: c.experimental for arm in sized.arms if arm.size for g, c in arm.size.allocation.items()}
    for cohort, count in wanted.items():
        assert sum(row["cohort"] == cohort and row["arm"].startswith("A") for row in places) >= count


def test_the_fields_that_the_lists_speak_of_come_as_a_data_dictionary(sized):
    lists = randomisation.files(sized)
    fields = {row["Variable / Field Name"]: row for row in rows(lists["randomisation_fields.csv"])}
    assert fields["cohort"]["Choices, Calculations, OR Slider Labels"] == "1, Fit | 2, Frail"
    arms = fields["arm"]["Choices, Calculations, OR Slider Labels"].split(" | ")
    assert [choice[:5] for choice in arms] == ["1, A1", "2, C1", "3, A2", "4, C2"]
    assert {row["redcap_randomization_group"] for row in rows(lists["randomisation_production.csv"])} == set("1234")
    blind = replace(sized, question=replace(sized.question, registration={"blinding": "double"}))
    fields = {row["Variable / Field Name"]: row for row in rows(randomisation.files(blind)["randomisation_fields.csv"])}
    assert (fields["arm"]["Field Type"], fields["arm"]["Choices, Calculations, OR Slider Labels"]) == ("text", "")


@pytest.mark.parametrize(
    ("sides", "wanted"), [((50, 50), (1, 1)), ((100, 50), (2, 1)), ((60, 40), (3, 2)), ((1, 3), (1, 3))]
)
def test_ratio_of_blocks(sides, wanted):
    assert randomisation.ratio(*sides) == wanted


def test_written_by_the_end_of_the_file(sized, tmp_path):
    path = write(replace(sized), tmp_path / "ours.xml")
    assert b"study_collection" in path.read_bytes()


def test_the_study_definition_refers_only_to_what_is_there(sized, unsized):
    for solution in (sized, unsized):
        data = usdm.document(planned(solution))
        assert dangling(data) == []
        (version,) = data["study"]["versions"]
        (design,) = version["studyDesigns"]
        assert len(design["studyCells"]) == len(design["arms"]) * len(design["epochs"])
        assert [objective["level"]["code"] for objective in design["objectives"]] == ["C85826"]
        assert [timeline["mainTimeline"] for timeline in design["scheduleTimelines"]] == [True]
    arms = [
        arm["type"]["code"] for arm in usdm.document(planned(sized))["study"]["versions"][0]["studyDesigns"][0]["arms"]
    ]
    assert arms == ["C174266", "C174267"] * 2


def test_a_lost_reference_and_an_id_that_stands_twice_are_found(sized):
    data = usdm.document(planned(sized))
    (design,) = data["study"]["versions"][0]["studyDesigns"]
    design["studyCells"][0]["armId"] = "StudyArm_9"
    design["epochs"][0]["id"] = design["epochs"][1]["id"]
    found = dangling(data)
    assert any("'StudyArm_9', which does not exist" in line for line in found)
    assert any("2 objects have the id 'StudyEpoch_2'" in line for line in found)


def test_a_control_that_differs_between_cohorts_says_whom(tmp_path):
    file = tmp_path / "own.toml"
    text = SIZED.replace("BASE", find("tiny_duo").as_posix()) + OWN_CONTROL
    file.write_text(text.replace("power = 0.8", "power = 0.8\nmax_arms = 1"), encoding="utf-8")
    arm, control = planned(trialopt.solve(trialopt.read(file), gap=1e-3)).arms
    assert arm.controls == ()
    assert control.title == (
        "Bortezomib + Lenalidomide, then no treatment (Fit); Lenalidomide, then no treatment (Frail)"
    )
    assert control.agents("induction") == "Bortezomib + Lenalidomide or Lenalidomide"
    assert [(one.agent, one.only) for one in control.given["induction"] or ()] == [
        ("Bortezomib", ("Fit",)),
        ("Lenalidomide", ()),
    ]


def test_a_design_that_gives_nobody_anything_is_no_record_and_says_so(unsized):
    nothing = [replace(one.arm, sequence=dict.fromkeys(one.sequence, ())) for one in unsized.arms]
    arms = tuple(replace(one, arm=arm) for one, arm in zip(unsized.arms, nothing, strict=True))
    with pytest.raises(ExportError, match="intervention is missing"):
        registry.files(replace(unsized, arms=arms))
