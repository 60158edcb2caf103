"""define.xml beside the trial design: it describes the files as they are, and its check finds what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pyreadstat
import pytest

from tests.hostile import NAMES as HOSTILE
from tests.hostile import hostile
from tests.output.formats.conftest import sized
from trialopt.output.formats import lacking, write_all
from trialopt.output.sdtm.define import DEF, ODM, XLINK
from trialopt.output.sdtm.define_check import problems
from trialopt.output.sdtm.files import json_files, transport_files
from trialopt.output.sdtm.study import trial_design
from trialopt.record.solution import Solution


def read(solution: Solution) -> Element:
    return ElementTree.fromstring(json_files(solution)["define.xml"])


def found(root: Element, solution: Solution) -> list[str]:
    return problems(root, trial_design(solution), json_files(solution))


@pytest.mark.parametrize("text", ["", *HOSTILE])
def test_every_reference_exists_and_every_length_covers_its_values(text):
    solution = hostile(text) if text else sized()
    assert found(read(solution), solution) == []


def test_lengths_and_labels_are_those_of_the_transport_files(tmp_path):
    solution = sized()
    write_all(solution, tmp_path, ["xpt"])
    root = ElementTree.parse(tmp_path / "define.xml").getroot()
    assert problems(root, trial_design(solution), [path.name for path in tmp_path.iterdir()]) == []
    items = {item.get("OID"): item for item in root.iter(f"{{{ODM}}}ItemDef")}
    for group in root.iter(f"{{{ODM}}}ItemGroupDef"):
        file = group.find(f"{{{DEF}}}leaf").get(f"{{{XLINK}}}href")
        _, meta = pyreadstat.read_xport(tmp_path / file)
        assert [ref.get("ItemOID").split(".")[2] for ref in group.iter(f"{{{ODM}}}ItemRef")] == meta.column_names
        for name in meta.column_names:
            item = items[f"IT.{group.get('Name')}.{name}"]
            if item.get("DataType") == "text":
                assert int(item.get("Length")) == meta.variable_storage_width[name]
            assert item.findtext(f".//{{{ODM}}}TranslatedText") == meta.column_names_to_labels[name]


def test_standards_and_terms_are_named():
    root = read(sized())
    standards = [(s.get("Name"), s.get("Version")) for s in root.iter(f"{{{DEF}}}Standard")]
    assert standards == [("SDTMIG", "3.4"), ("CDISC/NCI", "2025-09-26")]
    epochs = next(c for c in root.iter(f"{{{ODM}}}CodeList") if c.get("Name") == "Epoch")
    codes = {item.get("CodedValue"): item.find(f"{{{ODM}}}Alias") for item in epochs}
    assert codes["SCREENING"].get("Name") == "C202487"  # NCI Thesaurus
    assert {e.get("OID") for e in root.iter(f"{{{DEF}}}WhereClauseDef")} >= {"WC.TS.TSVAL.STYPE", "WC.TS.TSVAL.RANDOM"}


def first(root: Element, tag: str, **attributes: str) -> Element:
    return next(e for e in root.iter(tag) if all(e.get(k) == v for k, v in attributes.items()))


def item(root: Element, oid: str) -> Element:
    return first(root, f"{{{ODM}}}ItemDef", OID=oid)


def emptied(root: Element) -> None:
    listed = first(root, f"{{{ODM}}}CodeList", OID="CL.C99079")
    listed.remove(listed[0])


def unsaid(root: Element) -> None:
    one = item(root, "IT.TA.ARM")
    one.remove(one.find(f"{{{DEF}}}Origin"))


def uncoded(root: Element) -> None:
    listed = first(root, f"{{{ODM}}}CodeList", OID="CL.C66734")
    listed[0].remove(listed[0].find(f"{{{ODM}}}Alias"))


BROKEN: dict[str, Callable[[Element], object]] = {
    "there is no such ItemDef": lambda r: item(r, "IT.TA.ARM").set("OID", "IT.TA.ARMS"),
    "there is no such CodeList": lambda r: first(r, f"{{{ODM}}}CodeList", OID="CL.C99079").set("OID", "CL.X"),
    "there is no such WhereClauseDef": lambda r: next(r.iter(f"{{{DEF}}}WhereClauseDef")).set("OID", "WC.X"),
    "there is no such ValueListDef": lambda r: next(r.iter(f"{{{DEF}}}ValueListDef")).set("OID", "VL.X"),
    "there is no such leaf": lambda r: next(r.iter(f"{{{DEF}}}leaf")).set("ID", "LF.X"),
    "StandardOID STD.1 does not exist": lambda r: next(r.iter(f"{{{DEF}}}Standard")).set("OID", "STD.9"),
    "IT.TE.ETCD stands 2 times": lambda r: item(r, "IT.TA.ETCD").set("OID", "IT.TE.ETCD"),
    "its longest value has": lambda r: item(r, "IT.TE.TESTRL").set("Length", "3"),
    "is an integer, and its values are not": lambda r: item(r, "IT.TE.ETCD").set("DataType", "integer"),
    "which is none": lambda r: item(r, "IT.TE.ETCD").set("DataType", "string"),
    "which its codelist does not": emptied,
    "does not say where it comes from": unsaid,
    "IT.TA.ARM has no role": lambda r: first(r, f"{{{ODM}}}ItemRef", ItemOID="IT.TA.ARM").set("Role", ""),
    "TA of CL.C66734 has no code": uncoded,
    "which is not there": lambda r: next(r.iter(f"{{{DEF}}}leaf")).set(f"{{{XLINK}}}href", "other.xpt"),
    "are described": lambda r: item(r, "IT.TA.ARM").set("Name", "ARMS"),
    "the label of TA.ARM": lambda r: setattr(next(item(r, "IT.TA.ARM").iter(f"{{{ODM}}}TranslatedText")), "text", "a"),
}


@pytest.mark.parametrize("said", BROKEN)
def test_a_broken_file_is_found(said):
    solution = sized()
    root = read(solution)
    BROKEN[said](root)
    assert any(said in line for line in found(root, solution))


def test_the_same_run_gives_the_same_file_and_the_transport_folder_its_own():
    solution = sized()
    assert transport_files(solution)["define.xml"] == transport_files(solution)["define.xml"]
    assert b'"ta.xpt"' in transport_files(solution)["define.xml"]


def test_exports_that_need_facts_say_in_one_line_which_are_missing():
    solution = sized()
    lines = lacking(solution, ["csv", "prs", "usdm", "xpt"])
    assert [line.split()[0] for line in lines] == ["prs", "usdm", "xpt"]
    assert all("\n" not in line and "phase" in line for line in lines)
    told = {"protocol_id": "1", "sponsor": "A group", "phase": "2", "blinding": "open", "minimum_age": 18, "sex": "all"}
    known = replace(solution, question=replace(solution.question, registration=told))
    (line,) = lacking(known, ["prs"])
    assert line.startswith("prs still needs: levels.csv days of")
