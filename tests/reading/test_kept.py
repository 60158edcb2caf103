"""Columns that are kept beside the numbers: doses, kinds of agents, trials, and how uncertain a number is."""

from __future__ import annotations

import pytest

from tests.reading.base import Folder, message
from trialopt.core.shown import Dosing, Spread

LEVELS = """\
agent,level,dose,amount,unit,route,days,cycle_days,activity_factor
carfilzomib,low,27 mg/m2,27,mg/m2,IV,"1,2,8,9,15,16",28,0.8
carfilzomib,high,,56,mg/m2,IV,"1,8,15",28,
lenalidomide,full,,25,mg,PO,1-21,28,
lenalidomide,daily,,10,mg,PO,daily,,0.5
"""
AGENTS = "agent,class,orr,kind,one_off\nbortezomib,pi,0.4,,\ncarfilzomib,pi,0.5,,FALSE\n"
CELLS = "lenalidomide,imid,0.3,,\ncilta_cel,bcma_car_t,0.8,cell_therapy,TRUE\n"


@pytest.fixture
def dosed(folder: Folder) -> Folder:
    for name in ("activity", "interactions", "emergence", "retained", "sensitivity"):
        (folder.path / f"{name}.csv").unlink()
    folder.write("agents.csv", AGENTS + CELLS)
    folder.write("levels.csv", LEVELS)
    return folder


def test_doses_are_kept_and_shown(dosed: Folder) -> None:
    instance = dosed.read()
    assert instance.cycle_days.tolist() == [0, 28, 28, 28, 0, 0]
    assert instance.dosing["lenalidomide", "full"] == Dosing(25, "mg", "PO", "1-21", 28)
    assert instance.labels["carfilzomib@low"] == "27 mg/m2"
    assert instance.labels["carfilzomib@high"] == "56 mg/m2 IV d1,8,15 of 28"
    assert instance.labels["lenalidomide@daily"] == "10 mg PO daily"
    assert instance.labels["cilta_cel@standard"] == "once"
    assert instance.one_off == {"cilta_cel"}
    assert instance.kinds["bortezomib"] == "small_molecule"
    assert instance.kinds["cilta_cel"] == "cell_therapy"


def test_only_the_length_of_a_cycle_is_part_of_the_question(dosed: Folder) -> None:
    before = dosed.read().sha256
    dosed.write("levels.csv", LEVELS.replace("25,mg,PO", "20,mg,SC"))
    assert dosed.read().sha256 == before
    dosed.write("levels.csv", LEVELS.replace("1-21,28", "1-14,21"))
    assert dosed.read().sha256 != before


def test_a_trial_says_to_whom_it_gave_what(folder: Folder) -> None:
    text = "trial,agents,setting,phase,patients,status\nCANDOR,carfilzomib;dara,early_relapse,3,312,published\n"
    folder.write("regimens.csv", text)
    tested = folder.read().tested[0]
    assert (tested.setting, tested.phase, tested.patients, tested.status) == ("early_relapse", "3", 312, "published")


def test_a_contraindication_names_a_level_and_its_epochs(folder: Folder) -> None:
    folder.write("contraindicated.csv", "subgroup,key,epochs\nfrail,carfilzomib@high,maintenance;induction\n")
    assert folder.read().rules.contraindicated[0].epochs == ()
    folder.write("contraindicated.csv", "subgroup,key,epochs\nfrail,carfilzomib@high,maintenance\n")
    assert folder.read().rules.contraindicated[0].epochs == ("maintenance",)


def test_percentiles_of_numbers(folder: Folder) -> None:
    before = folder.read()
    folder.edit("interactions.csv", "a,b,activity,toxicity:neutropenia", "b,a,activity,toxicity:neutropenia,low,high")
    folder.edit("interactions.csv", "bortezomib,lenalidomide,0.1,", "bortezomib,lenalidomide,0.1,,-0.1,0.3")
    folder.edit("toxicity.csv", "n,probability,source", "n,probability,source,low,high")
    folder.edit("toxicity.csv", "neuropathy,,30,100,,a trial", "neuropathy,,30,100,,a trial,0.2,0.4")
    found = folder.read()
    assert found.spreads == {
        Spread("interactions", ("bortezomib", "lenalidomide"), "activity", -0.1, 0.3),
        Spread("toxicity", ("bortezomib", "neuropathy", ""), "probability", 0.2, 0.4),
    }
    assert found.sha256 != before.sha256


BAD = {
    "alone": ("0.4,", "the cell is blank, and low is not; give high too"),
    "out of order": ("0.4,0.2", "0.4 is above high, which is 0.2; swap the two"),
    "outside": ("0.4,0.5", "reach is 0.7, not between low and high (0.4 and 0.5); give percentiles around the number"),
    "out of range": ("0.4,1.5", "1.5 is out of range; give a number from 0 to 1"),
}


@pytest.mark.parametrize(("cells", "expected"), BAD.values(), ids=BAD)
def test_wrong_percentiles(folder: Folder, cells: str, expected: str) -> None:
    folder.write("reach.csv", f"subgroup,epoch,reach,low,high\nfrail,maintenance,0.7,{cells}\n")
    assert expected in message(folder.path)


def test_what_doses_may_not_be(folder: Folder) -> None:
    folder.write("contraindicated.csv", "subgroup,key\nfrail,carfilzomib@hi\n")
    assert message(folder.path) == (
        "contraindicated.csv:2 key: 'carfilzomib@hi' is not a level of 'carfilzomib'; did you mean 'carfilzomib@high'?"
    )
    folder.write("contraindicated.csv", "subgroup,key\nfrail,carfilzomab@high\n")
    assert "'carfilzomab' is not an agent of agents.csv; did you mean 'carfilzomib'?" in message(folder.path)
    folder.write("contraindicated.csv", "subgroup,key\nfrail,carfilzomib\n")
    folder.edit("agents.csv", "name,class", "name,one_off,class")
    folder.edit("agents.csv", "Bortezomib,", "Bortezomib,sometimes,")
    assert "one_off: 'sometimes' is neither true nor false; write true or false" in message(folder.path)
