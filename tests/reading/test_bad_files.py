"""Files that cannot be read as they should: one clear message each, and nothing that only follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.base import FILES, Folder, message
from trialopt.reading import InputErrors

SAVE = "save it as UTF-8 (Excel: CSV UTF-8)"
COMMAS = "save it with commas and decimal points (Excel: CSV UTF-8 with commas as list separator)"


@pytest.mark.parametrize("content", ["", " \n\n", "\ufeff", ",,\n,,\n"])
@pytest.mark.parametrize("file", ["agents.csv", "reach.csv", "trial.toml"])
def test_empty_file(folder: Folder, file: str, content: str) -> None:
    folder.write(file, content)
    if file == "trial.toml" and "," in content:
        expected = "trial.toml:1: the file is not TOML: invalid statement; correct the line"
    else:
        expected = f"{file}: the file is empty; write it, or remove it if the table is not needed"
    assert message(folder.path) == expected


def test_table_with_a_header_only(folder: Folder) -> None:
    folder.write("reach.csv", "subgroup,epoch,reach\n")
    folder.read()
    folder.write("subgroups.csv", "subgroup,share\n")
    assert message(folder.path) == "subgroups.csv: the table has no rows; write one row per subgroup"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_latin_1(folder: Folder, end: bytes) -> None:
    text = FILES["subgroups.csv"].replace("80 years or older", "älter als 80")
    folder.write("subgroups.csv", text.encode("latin-1").replace(b"\n", end))
    assert message(folder.path) == f"subgroups.csv:3: the file is not UTF-8 (byte 0xe4, 'ä' in Latin-1); {SAVE}"


def test_latin_1_settings(folder: Folder) -> None:
    folder.write("trial.toml", FILES["trial.toml"].replace("Two", "Zwölf").encode("latin-1"))
    assert message(folder.path) == f"trial.toml:2: the file is not UTF-8 (byte 0xf6, 'ö' in Latin-1); {SAVE}"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16(folder: Folder, encoding: str) -> None:
    folder.write("reach.csv", FILES["reach.csv"].encode(encoding))
    assert message(folder.path) == f"reach.csv:1: the file is not UTF-8 (it looks like UTF-16); {SAVE}"


@pytest.mark.parametrize(("mark", "name"), [("\t", "tabs"), ("|", "'|'")])
def test_other_separators(folder: Folder, mark: str, name: str) -> None:
    folder.write("reach.csv", FILES["reach.csv"].replace(".", ",").replace(",", mark))
    assert message(folder.path) == f"reach.csv:1: the columns are separated by {name}; {COMMAS}"


def test_declared_separator(folder: Folder) -> None:
    folder.write("reach.csv", "sep=|\n" + FILES["reach.csv"].replace(",", "|"))
    assert message(folder.path) == f"reach.csv:1: the columns are separated by '|'; {COMMAS}"


def test_missing_table(folder: Folder) -> None:
    (folder.path / "agents.csv").unlink()
    expected = "agents.csv: the file is missing; write agents.csv with the columns agent, class"
    assert message(folder.path) == expected


def test_both_required_tables_missing(folder: Folder) -> None:
    (folder.path / "agents.csv").unlink()
    (folder.path / "subgroups.csv").unlink()
    assert message(folder.path) == (
        "agents.csv: the file is missing; write agents.csv with the columns agent, class\n"
        "subgroups.csv: the file is missing; write subgroups.csv with the columns subgroup, share"
    )


def test_missing_table_that_others_name(folder: Folder) -> None:
    """A table that need not be there defines nothing when it is not there."""
    (folder.path / "categories.csv").unlink()
    (folder.path / "toxicity.csv").unlink()
    (folder.path / "limits.csv").unlink()
    (folder.path / "interactions.csv").unlink()
    assert message(folder.path) == (
        "susceptibility.csv:2 category: 'neutropenia' is not a category of categories.csv; "
        "give a category of categories.csv"
    )


def test_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing here")
    assert message(tmp_path) == (
        f"{tmp_path}: the folder has no trial.toml, so it is not an instance; "
        "give a folder with trial.toml and tables, or a scenario file"
    )


def test_no_such_path(folder: Folder) -> None:
    near = folder.path.parent / "due"
    assert message(near) == f"{near}: there is no such folder or file; did you mean 'duo'?"
    far = folder.path.parent / "somewhere"
    assert message(far) == (
        f"{far}: there is no such folder or file; "
        "give an instance folder, a workbook (.xlsx) or a scenario file (.toml)"
    )


def test_file_that_is_no_scenario(folder: Folder) -> None:
    path = folder.path / "agents.csv"
    assert message(path) == (
        f"{path}: the file is neither an instance folder nor a workbook (.xlsx) nor a scenario (.toml); "
        "give an instance folder, a workbook (.xlsx) or a scenario file (.toml)"
    )


def test_toml_syntax(folder: Folder) -> None:
    folder.edit("trial.toml", "max_arms = 2", "max_arms = two")
    assert message(folder.path) == "trial.toml:5: the file is not TOML: invalid value; correct the line"


def test_toml_that_breaks_off(folder: Folder) -> None:
    folder.edit("trial.toml", "$", "[rules]\nonce = [\n")
    assert message(folder.path) == "trial.toml:18: the file is not TOML: invalid value; correct the line"


def test_open_quote(folder: Folder) -> None:
    folder.edit("subgroups.csv", "fit,Fit", 'fit,"Fit')
    assert message(folder.path) == (
        "subgroups.csv:2: the file is not CSV from here on (unexpected end of data); "
        "close every double quote, and write a quote inside a text twice"
    )


def test_three_errors_in_three_files_in_one_run(folder: Folder) -> None:
    folder.edit("trial.toml", "max_arms = 2", "max_arms = 0")
    folder.edit("agents.csv", "0.3,,,,,", '"0,3",,,,,')
    folder.edit("prevalence.csv", "frail,crbn", "frial,crbn")
    assert message(folder.path) == (
        "trial.toml:5 [trial] max_arms: 0 is out of range; give a whole number of at least 1\n"
        "agents.csv:4 orr: '0,3' has a decimal comma; write 0.3\n"
        "prevalence.csv:4 subgroup: 'frial' is not a subgroup of subgroups.csv; did you mean 'frail'?"
    )


def test_problems_of_files_cells_and_sums_come_together(folder: Folder) -> None:
    folder.write("reach.csv", FILES["reach.csv"].replace(",", "|"))
    folder.edit("toxicity.csv", "30,100", "300,100")
    folder.edit("subgroups.csv", "fit,Fit,,0.75", "fit,Fit,,three")
    folder.edit("prevalence.csv", "fit,psmb5,0.2", "fit,psmb5,0.95")
    folder.edit("agents.csv", "30,60", "60,60")
    found = message(folder.path).split("\n")
    assert [line.split(":")[0] for line in found] == ["agents.csv", "toxicity.csv", "subgroups.csv", "reach.csv"]
    folder.edit("subgroups.csv", "three", "0.75")
    assert "prevalence.csv:3 prevalence: the prevalences of 'fit' sum to 1.05" in message(folder.path)


def test_line_numbers_count_lines_inside_quotes_and_blank_rows(folder: Folder) -> None:
    folder.edit("subgroups.csv", "80 years or older", '"80 years\nor older"')
    folder.edit("subgroups.csv", "fit,Fit,,0.75,,\n", "fit,Fit,,0.75,,\n\n,,,,,\n")
    folder.edit("subgroups.csv", "$", "both,,,-1,,\n")
    assert message(folder.path) == "subgroups.csv:7 share: -1 is out of range; give a number of at least 0"


def test_fifty_problems_are_printed_and_the_rest_counted(folder: Folder) -> None:
    """2,000 duplicate rows, then 2,000 unknown agents: every one is counted."""
    path = folder.path / "toxicity.csv"
    text = path.read_text()
    rows = "bortezomib,neuropathy,,30,100,,a trial\n" * 2000
    rows += "".join(f"agent_{k},neuropathy,,30,100,,a trial\n" for k in range(2000))
    path.write_text(text + rows)
    with pytest.raises(InputErrors) as caught:
        folder.read()
    lines = str(caught.value).split("\n")
    assert len(lines) == 51
    assert lines[-1] == "and 3950 more problems"
