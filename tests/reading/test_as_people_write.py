"""Files as people have them: semicolons, decimal commas, percent, thousands, headers and columns of their own."""

from __future__ import annotations

import re

import pytest

from tests.reading.base import FILES, Folder, message
from trialopt.reading import load, write
from trialopt.reading.csv_table import separator
from trialopt.reading.numerals import decimal_mark


def european(text: str, end: str = "\n") -> str:
    """A table as a spreadsheet writes it where the decimal mark is a comma."""
    rows = [line.split(",") for line in text.splitlines()]
    cells = [
        [f'"{cell}"' if ";" in cell else re.sub(r"^(\d*)\.(\d+)$", r"\1,\2", cell) for cell in row] for row in rows
    ]
    return end.join(";".join(row) for row in cells) + end


@pytest.mark.parametrize("change", ["decimal commas", "decimal points", "sep=;", "bom and crlf", "only one file"])
def test_semicolons_ask_the_same_question(folder: Folder, change: str) -> None:
    plain = folder.read().sha256
    for name, text in FILES.items():
        if not name.endswith(".csv") or (change == "only one file" and name != "agents.csv"):
            continue
        made = european(text, "\r\n" if change == "bom and crlf" else "\n")
        if change == "decimal points":
            made = text.replace(",", ";")
        folder.write(name, {"sep=;": "sep=;\n", "bom and crlf": "\ufeff"}.get(change, "") + made)
    assert folder.read().sha256 == plain
    assert folder.read().warnings == ()


def test_lines_are_those_of_the_file_after_a_declared_separator(folder: Folder) -> None:
    folder.write("reach.csv", "sep=;\nsubgroup;epoch;reach\nfrail;maintenance;x\n")
    assert message(folder.path).startswith("reach.csv:3 reach: 'x' is not a number")


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        ("12,500", "'12,500' has a separator of thousands; write 12500, or 12.5 if the comma is a decimal one"),
        ("12.500", "'12.500' may be thousands or decimals, in a file with semicolons; "
                   "write 12500, or 12,500 if the point is a decimal one"),
    ],
)  # fmt: skip
def test_what_has_two_readings_is_asked_about(folder: Folder, cost: str, said: str) -> None:
    folder.write("agents.csv", european(FILES["agents.csv"]).replace("200;50", f"{cost};50"))
    assert message(folder.path) == f"agents.csv:3 cost_per_cycle: {said}"


def test_a_file_with_both_marks_is_not_guessed(folder: Folder) -> None:
    """One point among commas, and each comma is asked about."""
    folder.write("levels.csv", european(FILES["levels.csv"]).replace("0,5", "0.5"))
    assert message(folder.path) == "levels.csv:2 activity_factor: '0,8' has a decimal comma; write 0.8"


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["0,5", "3"], ","), (["0.5", "3"], "."), (["0,5", "0.5"], "."), (["12,500"], ""), (["12.500", "3"], ""),
        (["12.500,00"], ","), (["12,500.00"], "."), (["12,500", "0,5"], ","), ([], ""), (["45,5%"], ","),
        ([",5"], ","), (["0,500"], ","), (["1.5e3"], "."),
    ],
)  # fmt: skip
def test_decimal_mark_of_a_file(cells: list[str], mark: str) -> None:
    assert decimal_mark(cells) == mark


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a,b\n", ","), ("a;b\n", ";"), ("a\n", ","), ('"a,x";"b"\n', ";"), ("a,b;c,d\n", ","), ("sep=;\na;b\n", ";"),
        ('"sep=;"\na;b\n', ";"), ("\n;;\na;b\n", ";"), ("", ","),
    ],
)  # fmt: skip
def test_separator_of_a_file(text: str, mark: str) -> None:
    assert separator(text)[0] == mark


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1250000", 1250000), ("1,250,000", 1250000), ("2 500", 2500), ("2\u00a0500", 2500), ("2'500", 2500),
        ("12.500,00", 12500), ("1.250.000", 1250000), ("12,500.50", 12500.5), ("12500", 12500), ("12.500", 12.5),
        ("$15,000.50", 15000.5), ("€ 12500", 12500), ("12500 €", 12500),
    ],
)  # fmt: skip
def test_money_with_separators_of_thousands(folder: Folder, written: str, value: float) -> None:
    folder.edit("agents.csv", "200,50", f'"{written}",50')
    assert folder.read().cost_per_cycle[1] == value


@pytest.mark.parametrize(
    ("written", "value"), [("2 500,5", 2500.5), ("12.500,00", 12500), ("2500,5", 2500.5), ("12.500,00 €", 12500)]
)
def test_money_in_a_file_with_decimal_commas(folder: Folder, written: str, value: float) -> None:
    folder.write("agents.csv", european(FILES["agents.csv"]).replace("200;50", f"{written};50"))
    assert folder.read().cost_per_cycle[1] == value


def test_percent(folder: Folder) -> None:
    plain = folder.read().sha256
    folder.edit("agents.csv", "0.3,,,,,", "30%,,,,,")
    folder.edit("reach.csv", "0.7", "70 %")
    folder.edit("subgroups.csv", "0.75", "75%")
    folder.edit("subgroups.csv", "0.25", "25.0%")
    folder.edit("levels.csv", "0.8,0.5", "80%,0.5")
    assert folder.read().sha256 == plain
    path = folder.scenario('[[table.reach]]\nsubgroup = "frail"\nepoch = "maintenance"\nreach = "70%"\n')
    assert load(path).tables["reach"][0].cells["reach"] == "0.7"


def test_headers_in_another_case(folder: Folder) -> None:
    plain = folder.read().sha256
    folder.edit("agents.csv", "agent,name,class,responders,n,orr,orr_in,hazard_ratio", "Agent,Name,CLASS,Responders,N,"
                "ORR,ORR in,Hazard Ratio")  # fmt: skip
    folder.edit("interactions.csv", "a,b,activity,toxicity:neutropenia", "A,B,Activity,Toxicity: Neutropenia")
    folder.edit("reach.csv", "subgroup,epoch,reach\nfrail,maintenance,0.7",
                "Subgroup,Epoch,Reach,Source\nfrail,maintenance,0.7,a paper")  # fmt: skip
    assert folder.read().sha256 == plain
    assert [row.source for row in folder.read().sources if row.file == "reach.csv"] == ["a paper"]
    folder.edit("reach.csv", "Epoch", "Subgroup")
    assert "reach.csv:1 subgroup: the column 'subgroup' is there twice" in message(folder.path)


def test_own_columns_are_kept_and_not_used(folder: Folder) -> None:
    plain = folder.read().sha256
    folder.edit("reach.csv", "subgroup,epoch,reach\nfrail,maintenance,0.7",
                "subgroup,epoch,reach,x_ward,reviewer\nfrail,maintenance,0.7,12,Ada")  # fmt: skip
    assert "reach.csv:1 reviewer: 'reviewer' is not a column of reach.csv" in message(folder.path)
    folder.edit("trial.toml", "$", '\n[columns]\nreach = ["reviewer"]\n')
    assert folder.read().sha256 == plain
    copy = write(load(folder.path), folder.path.parent / "copy")
    assert (copy / "reach.csv").read_text() == "subgroup,epoch,reach,x_ward,reviewer\nfrail,maintenance,0.7,12,Ada\n"
    (used,) = [file for file in folder.read().inputs if file.name == "reach.csv"]
    assert used.why == "table, 1 row; own columns kept and not used: x_ward, reviewer"
    folder.edit("trial.toml", 'reach = ["reviewer"]', 'all = ["reviewer"]')
    assert folder.read().sha256 == plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('raech = ["ward"]', "[columns] raech: 'raech' is not a table; did you mean 'reach'?"),
        ('reach = "ward"', '[columns] reach: this is not a list of columns; write ["ward", "reviewer"]'),
        ('reach = ["epoch"]', "[columns] reach: 'epoch' is a column that trialopt reads itself; "
                              "take it out of the list"),
    ],
)  # fmt: skip
def test_wrong_own_columns(folder: Folder, text: str, said: str) -> None:
    folder.edit("trial.toml", "$", f"\n[columns]\n{text}\n")
    assert message(folder.path).split(" ", 1)[1] == said


@pytest.mark.parametrize(("fit", "frail", "total"), [("0.6", "0.3", "0.9"), ("3", "1", "4"), ("0.5", "0.49", "0.99")])
def test_shares_that_are_no_parts_of_a_whole_are_warned_of(folder: Folder, fit: str, frail: str, total: str) -> None:
    folder.edit("subgroups.csv", "0.75", fit)
    folder.edit("subgroups.csv", "0.25", frail)
    assert folder.read().warnings == (
        f"The shares of subgroups.csv sum to {total}, neither 1 nor 100 %; they are scaled to sum to 1.",
    )


def test_shares_in_percent_are_not_warned_of(folder: Folder) -> None:
    plain = folder.read().sha256
    folder.edit("subgroups.csv", "0.75", "75")
    folder.edit("subgroups.csv", "0.25", "25")
    assert folder.read().warnings == ()
    assert folder.read().sha256 == plain


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("len", "did you mean 'lenalidomide'?"), ("bor", "did you mean 'bortezomib'?"),
        ("Velcade", "did you mean 'bortezomib'?"), ("Revlimid", "did you mean 'lenalidomide'?"),
        ("car", "did you mean 'carfilzomib'?"), ("KR", "name its agents one by one: carfilzomib, lenalidomide"),
    ],
)  # fmt: skip
def test_usual_names_of_agents_lead_to_the_id(folder: Folder, named: str, said: str) -> None:
    folder.edit("activity.csv", "bortezomib,m", f"{named},m")
    assert message(folder.path) == f"activity.csv:3 agent: {named!r} is not an agent of agents.csv; {said}"
