"""Names that are formulas, markup, commands, or very long come out harmless and readable in every format."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import duckdb
import openpyxl
import pytest

from tests.made import made
from tests.output.formats.conftest import sized
from tests.output.formats.studies import read_dataset_json, read_transport
from tests.output.formats.test_formats import markdown_tables, number
from trialopt.output.formats import write, write_all
from trialopt.output.formats.letters import latex
from trialopt.output.formats.markup import markdown_files
from trialopt.output.sdtm.study import findings
from trialopt.output.sdtm.terms import ascii_text, fitted, pieces
from trialopt.record.solution import Solution

HOSTILE = (
    '=cmd|"/c calc"!A1',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "fit; =1+1",
    "＝1+1",
    "<script>alert(1)</script>",
    "a|b`c*d_e[f]",
    "\\input{x} $x^2$ 50% & #1 ~{}",
    '[b] \\\\ * it\'s "quoted"',
    "two\nlines",
    "x" * 200,
    "y" * 40_000,
    "é‰中 μ ≥ 2",
    ".",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def hostile(text: str) -> Solution:
    """A sized design with the text for every name that an instance can give."""
    solution = sized()
    q = solution.question
    names = dict.fromkeys(("carfilzomib", "dexamethasone", "daratumumab", "bortezomib", "fit", "frail", "old"), text)
    question = replace(q, name=text, title=text, labels=names, definitions=dict.fromkeys(q.shares, text))
    return replace(solution, question=question)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_csv_begins_a_formula(tmp_path, text):
    lines = write(made(agent=text), tmp_path / "t.csv").read_text(encoding="utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(lines, newline="")) for cell in row]
    for cell in cells:
        for part in re.split(r"[;\t\r\n]", cell):
            assert number(part) or not part.lstrip().startswith(FORMULA)
    assert any(text == cell.replace("'", "") or text.replace("'", "") in cell.replace("'", "") for cell in cells)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_workbook_is_a_formula_or_a_link(tmp_path, text):
    solution = replace(made(agent=text), question=hostile(text).question)
    book = openpyxl.load_workbook(write(solution, tmp_path / "t.xlsx"))
    assert not [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f" or c.hyperlink]
    shown = openpyxl.utils.escape.unescape(book["about"]["B1"].value)
    assert shown == text[:32_767]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_of_markdown_is_no_markup(tmp_path, text):
    page = write(made(agent=text, title=text), tmp_path / "t.md").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert all(len(row) == 5 for row in markdown_tables(page)["Synopsis of the arms"])


@pytest.mark.parametrize("text", HOSTILE)
def test_json_and_parquet_hold_the_text_itself(tmp_path, text):
    solution = made(agent=text)
    tables = json.loads(write(solution, tmp_path / "t.json").read_text(encoding="utf-8"))["tables"]
    assert text in tables["arms"][0]["induction"]
    path = write(solution, tmp_path / "t.parquet")
    assert text in duckdb.sql(f"select induction from read_parquet('{path}')").fetchall()[0][0]


@pytest.mark.parametrize("text", HOSTILE)
def test_latex_sets_the_text_and_runs_nothing(tmp_path, text):
    solution = made(agent=text, title=text)
    page = write(solution, tmp_path / "t.tex").read_text(encoding="utf-8")
    ours = r"textbackslash|textasciicircum|textasciitilde|textless|textgreater|textbar|char\d\d|ensuremath|mu|geq|"
    ours += r"trialoptletter|allowbreak|ldots|[{}$&#%_\'^]"
    assert re.sub(rf"\\(?:{ours})", "", latex(text)).count("\\") == 0
    assert "\\input" not in page
    assert page.count("{") - page.count(r"\{") == page.count("}") - page.count(r"\}")
    markdown = markdown_files(solution)["design.md"].decode()
    assert len(re.findall(r"\\begin\{longtable\}", page)) == len(markdown_tables(markdown))


@pytest.mark.parametrize("text", HOSTILE)
def test_trial_design_files_keep_every_rule(tmp_path, text):
    solution = hostile(text)
    write_all(solution, tmp_path, ["xpt", "dataset-json"])
    study = read_dataset_json(tmp_path)
    assert findings(study) == []
    assert {name: dataset.records for name, dataset in study.items()} == read_transport(tmp_path)
    title = "".join(
        str(r[v]) for r in study["TS"].records if r["TSPARMCD"] == "TITLE" for v in r if v.startswith("TSVAL")
    )
    assert ascii_text(text).replace(" ", "")[:150] in title.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Müller–Żak ≥ 2 µg", "Muller-Zak >= 2 ug"),
        ("中", "[U+4E2D]"),
        ("  two\n lines ", "two lines"),
        (".", "(.)"),
        ("½", "1/2"),
        ("ａ＝１", "a=1"),
    ],
)
def test_text_in_ascii_can_be_read(text, shown):
    assert ascii_text(text) == shown


def test_long_text_is_cut_with_its_mark_or_goes_on():
    assert fitted("x" * 300, "E1") == "x" * 192 + "... [E1]"
    assert [len(part) for part in pieces("word " * 100)] == [199, 199, 99]
    assert [len(part) for part in pieces("x" * 450)] == [200, 200, 50]
