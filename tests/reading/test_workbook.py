"""A workbook asks the same question as the folder it was made from."""

from __future__ import annotations

import datetime
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.reading.base import Folder, message
from trialopt.core import WrongInput, catalog
from trialopt.generate import Size, generate
from trialopt.reading import build, document, load, read
from trialopt.reading.workbook_write import write_workbook
from trialopt.reading.write import write

SHIPPED = [
    pytest.param(shipped.name, marks=[pytest.mark.slow] if shipped.name not in ("tiny_duo", "ndmm_frail") else [])
    for shipped in catalog.instances()
]


@pytest.fixture
def book(folder: Folder) -> Path:
    """The small instance as a workbook."""
    return write_workbook(load(folder.path), folder.path.parent / "duo.xlsx")


def edit(path: Path, sheet: str, cell: str, value: object) -> None:
    found = openpyxl.load_workbook(path)
    found[sheet][cell] = value
    found.save(path)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_instances_go_through_a_workbook_and_back(tmp_path: Path, name: str) -> None:
    asked = load(catalog.find(name))
    again = load(write_workbook(asked, tmp_path / "book.xlsx"))
    assert build(again).sha256 == build(asked).sha256
    assert [row.source for row in build(again).sources] == [row.source for row in build(asked).sources]
    assert read(write(again, tmp_path / "folder")).sha256 == build(asked).sha256


def test_settings_of_every_kind_come_back(tmp_path: Path) -> None:
    settings = {
        "title": "= 1, [2] true",
        "trial": {"max_arms": 2, "alpha": 1e-5, "no_harm": True, "include": [], "budget": 2.0**60},
        "epoch": [{"id": "one", "cycles": 6.5, "max_agents": 2}, {"id": "two", "cycles": 1, "max_agents": 1}],
        "control": {},
        "rules": {
            "not_after": [{"item": "a", "after": "b"}],
            "not_together": [["a", "b"]],
            "requires": {"a": ["b"], "a.b": ["c"]},
        },
    }
    tables = {"agents": [{"agent": "a", "class": "c", "note": "=1+1"}], "subgroups": [{"subgroup": "g", "share": 1}]}
    asked = document("x", settings, tables)
    again = load(write_workbook(asked, tmp_path / "x.xlsx"))
    assert again.problems == ()
    assert again.settings == settings
    assert [dict(row.cells) for row in again.tables["agents"]] == tables["agents"]


@pytest.mark.parametrize(
    "epochs",
    [
        [{"id": "a.b", "cycles": 1}],
        [{"id": "a", "cycles": 1}, {"id": "a", "cycles": 2}],
        [{"cycles": 1}],
        [{"id": "a"}],
    ],
)
def test_epochs_without_a_plain_id_come_back_too(tmp_path: Path, epochs: list[dict[str, object]]) -> None:
    asked = document("x", {"epoch": epochs}, {"agents": [], "subgroups": []})
    assert load(write_workbook(asked, tmp_path / "x.xlsx")).settings["epoch"] == epochs


def test_a_generated_instance_keeps_every_digit(tmp_path: Path) -> None:
    asked = generate(Size(12, 3, 2, 3, 5, True, True, 0.3), 7)
    assert read(write_workbook(asked, tmp_path / "x.xlsx")).sha256 == build(asked).sha256


def test_problems_name_the_sheet_and_its_row(book: Path) -> None:
    edit(book, "reach", "C2", "x")
    edit(book, "trial", "B4", -1)
    assert message(book) == (
        "duo.xlsx [trial]:4 [trial] max_arms: -1 is out of range; give a whole number of at least 1\n"
        "duo.xlsx [reach]:2 reach: 'x' is not a number; give a number from 0 to 1"
    )


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "said"),
    [
        ("reach", "C2", datetime.date(2026, 3, 1), "duo.xlsx:2: sheet reach, cell C2: 2026-03-01 00:00:00 is a date; "
                                                   "format the cell as text and write it again"),
        ("reach", "C2", "=1/2", "duo.xlsx:2: sheet reach, cell C2: the formula has no stored value; "
                                "open and save the file in a spreadsheet, or write the value"),
        ("trial", "A1", "name", "duo.xlsx [trial]:1 key: the sheet needs one column 'key', and has 0; "
                                "write the header key, value"),
        ("trial", "A5", "trial.max_arms.x", "duo.xlsx [trial]:5 key: 'trial.max_arms.x' does not fit the rows above "
                                            "it; keep one of the rows"),
    ],
)  # fmt: skip
def test_wrong_cells(book: Path, sheet: str, cell: str, value: object, said: str) -> None:
    edit(book, sheet, cell, value)
    assert said in message(book)


def test_sheets_that_are_no_tables(book: Path) -> None:
    found = openpyxl.load_workbook(book)
    found.create_sheet("Sheet1")
    found.create_sheet("Notes")["A1"] = "mine"
    found["reach"].title = "Reach "
    found.save(book)
    assert read(book).warnings == ("The sheet Notes of duo.xlsx is not a table and is ignored.",)
    assert [file.name for file in read(book).inputs if not file.used] == ["duo.xlsx [Notes]"]


def test_sheets_that_are_missing(book: Path) -> None:
    found = openpyxl.load_workbook(book)
    del found["trial"], found["subgroups"]
    found.save(book)
    said = message(book)
    assert "duo.xlsx: the workbook has no sheet trial; add the sheet trial with the columns key and value" in said
    assert "subgroups.csv: the file is missing" in said


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"agent,class\n"])
def test_what_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.xlsx").write_bytes(content)
    assert message(tmp_path / "x.xlsx").startswith("x.xlsx: the file is not a workbook that can be read (")


def test_a_damaged_workbook_is_refused_without_the_names_of_errors(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as parts:
        parts.writestr("x", "")
    said = message(tmp_path / "x.xlsx")
    assert "no item named '[Content_Types].xml'" in said
    assert "KeyError" not in said


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trialopt.reading.workbook.MOST_UNPACKED", 2**20)
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", bytes(2**20 + 1))
    assert message(tmp_path / "x.xlsx") == "x.xlsx: the workbook is 1 MB unpacked; leave pictures and notes out"


def test_a_workbook_is_the_base_of_a_scenario(folder: Folder, book: Path) -> None:
    over = folder.scenario('base = "duo.xlsx"\n[trial]\nmax_arms = 1\n')
    assert read(over).trial.max_arms == 1
    assert [file.name for file in read(over).inputs][:2] == ["scenario.toml", "duo.xlsx [trial]"]


def test_without_the_package_it_says_what_to_install(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(WrongInput, match=r"workbooks need openpyxl: install trialopt\[excel\]"):
        read(book)


def test_a_text_no_workbook_can_hold(tmp_path: Path) -> None:
    asked = document("x", {}, {"agents": [{"agent": "a", "class": "c", "note": "\x01"}]})
    with pytest.raises(WrongInput, match="agents, row 2: a text has a character that no workbook can hold"):
        write_workbook(asked, tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ["raech", "Reaches", "reach_2"])
def test_a_sheet_that_is_almost_a_missing_table_is_an_error(book: Path, title: str) -> None:
    found = openpyxl.load_workbook(book)
    found["reach"].title = title
    found.save(book)
    assert f"duo.xlsx [{title}]: the name is almost that of the sheet reach" in message(book)
