"""Every format, reopened by a library that did not write it, holds the numbers of the run."""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
import subprocess
import sys
import zipfile

import duckdb
import openpyxl
import pandas as pd
import pytest

from tests.hostile import NAMES as HOSTILE
from tests.hostile import hostile
from tests.made import made
from trialopt.output.formats import FORMATS, ExportError, write, write_all
from trialopt.output.formats.markup import WIDEST
from trialopt.output.formats.pages import pages
from trialopt.output.formats.separated import frame_csv, harmless
from trialopt.output.views import tables
from trialopt.record.rows import NAMES
from trialopt.record.solution import Solution
from trialopt.record.words import heading


@pytest.fixture(scope="module")
def solutions(runs) -> dict[str, Solution]:
    return {**runs, "infeasible": made(arms=())}


NAMED = ("tiny_duo", "rrmm_early_relapse", "sized", "infeasible")


def number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def same(read, written) -> bool:
    """Whether a cell read back is the cell written: numbers to the 15 digits of a spreadsheet, missing as blank."""
    if written is None or written is pd.NA or written != written:
        return read in (None, "")
    if isinstance(written, bool):
        return str(read) in (str(written), str(int(written)))
    if isinstance(written, int | float):
        return float(read) == pytest.approx(float(written), rel=1e-15, abs=0)
    return read == written


def heads(solution: Solution, table: str) -> list[str]:
    """Names of a table's columns on pages and sheets that people read."""
    return [column.head for column in tables(solution)[table].columns]


def test_columns_have_names_in_words_and_none_twice(solutions):
    for solution in solutions.values():
        for table in NAMES:
            found = heads(solution, table)
            assert "binding" not in found
            assert len(set(found)) == len(found)
            assert all(head in solution.question.epochs or "_" not in head for head in found if "coverage " not in head)


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("table", NAMES)
def test_csv_read_by_the_csv_module(solutions, tmp_path, name, table):
    path = write(solutions[name], tmp_path / "t.csv", table=table)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    frame = getattr(solutions[name].tables, table)
    assert header == list(frame.columns)
    assert len(rows) == len(frame)
    for read, written in zip(rows, frame.astype(object).itertuples(index=False), strict=True):
        assert all(map(same, read, written))
    assert path.read_bytes() == frame_csv(frame)


@pytest.mark.parametrize("name", NAMED)
def test_xlsx_read_by_openpyxl(solutions, tmp_path, name):
    book = openpyxl.load_workbook(write(solutions[name], tmp_path / "t.xlsx"))
    assert book.sheetnames == ["about", "summary", *NAMES, "sources"]
    about = {row[0].value: row[1].value for row in book["about"].iter_rows()}
    assert same(about["value"], solutions[name].value)
    assert about["sha256"] == solutions[name].question.sha256
    for table, frame in solutions[name].tables:
        header, *rows = book[table].iter_rows()
        q, told = solutions[name].question, [cell.value for cell in header]
        named = [k for k, head in enumerate(told[1:]) if head.endswith(" id")]  # the columns before those of ids
        kept = [k for k in range(len(told)) if k not in named]
        assert [told[k].removesuffix(" id") for k in kept] == heads(solutions[name], table)
        subgroups = {row[k].value: row[k + 1].value for row in rows for k in named if told[k] == "subgroup"}
        assert all(subgroup == heading(q, g) for subgroup, g in subgroups.items())
        rows = [[row[k] for k in kept] for row in rows]
        assert book[table].freeze_panes == "B2"
        for read, written in zip(rows, frame.astype(object).itertuples(index=False), strict=True):
            assert all(same(cell.value, value) for cell, value in zip(read, written, strict=True))


def test_xlsx_shows_shares_in_percent_and_colours_what_binds(solutions, tmp_path):
    book = openpyxl.load_workbook(write(solutions["tiny_duo"], tmp_path / "t.xlsx"))
    header, *rows = book["risk"].iter_rows()
    column = [cell.value for cell in header].index
    binding = {bool(row[column("close to its limit")].value): row[column("risk")] for row in rows}
    assert binding[True].number_format == "0.0%"
    assert binding[True].fill.fgColor.rgb != binding[False].fill.fgColor.rgb


@pytest.mark.parametrize("name", NAMED)
def test_xlsx_has_a_sheet_to_print_and_a_name_for_every_table(solutions, tmp_path, name):
    book = openpyxl.load_workbook(write(solutions[name], tmp_path / "t.xlsx"))
    for sheet in book:
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    for table in (*NAMES, "sources"):
        ((sheet, cells),) = book.defined_names[f"table_{table}"].destinations
        assert (sheet, cells.replace("$", "")) == (table, book[table].dimensions)
    shown = pages(solutions[name])
    for grid in shown:
        ((sheet, cells),) = book.defined_names[re.sub(r"\W+", "_", grid.caption).strip("_")].destinations
        rows = [[str(cell.value) for cell in row if cell.value] for row in book[sheet][cells]]
        assert rows == [[cell for cell in row if cell] for row in (grid.heads, *grid.rows)]


@pytest.mark.parametrize("name", NAMED)
def test_json_holds_every_table(solutions, tmp_path, name):
    data = json.loads(write(solutions[name], tmp_path / "t.json").read_text(encoding="utf-8"))
    assert data["value"] == solutions[name].value
    for table, frame in solutions[name].tables:
        for read, written in zip(data["tables"][table], frame.astype(object).to_dict("records"), strict=True):
            assert list(read) == list(frame.columns)
            assert all(same(read[key], value) for key, value in written.items())


def markdown_tables(text: str) -> dict[str, list[list[str]]]:
    """Cells of the tables of a page, by heading, unescaped."""
    tables: dict[str, list[list[str]]] = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif line.startswith("| "):
            cells = re.split(r"(?<!\\)\|", line)[1:-1]
            tables.setdefault(heading, []).append([re.sub(r"\\(.)", r"\1", cell.strip()) for cell in cells])
    return tables


@pytest.mark.parametrize("name", NAMED)
def test_markdown_holds_what_a_person_prints(solutions, tmp_path, name):
    text = write(solutions[name], tmp_path / "t.md").read_text(encoding="utf-8")
    found = {key: [cells[0], *cells[2:]] for key, cells in markdown_tables(text).items()}
    printed(solutions[name], found)
    assert len(text.splitlines()) < 400


def printed(solution: Solution, found: dict[str, list[list[str]]]) -> None:
    """Tables of a page agree with the record: to the digits that they show, and with names in place of ids."""
    q = solution.question
    always = {"The question", "Method and certificate"}
    of_arms = {"Synopsis of the arms", "Subgroups", "Schedule of regimens"} if solution.arms else set()
    assert always | of_arms <= set(found)
    if not solution.arms:
        return
    for arm, row in zip(solution.arms, found["Synopsis of the arms"][1:], strict=False):
        assert row[0] == arm.name
        assert row[1] == "; ".join(heading(q, g) for g in arm.subgroups)
    covered = {(row[0], row[1]): row[2:] for row in found["Coverage by subgroup and epoch"][1:]}
    for arm in solution.arms:
        for g in arm.subgroups:
            for cell, epoch in zip(covered[arm.name, heading(q, g)], q.epochs, strict=True):
                assert float(cell.split()[0].rstrip("%")) == pytest.approx(100 * arm.coverage[g][epoch], abs=0.0501)
    assert found["Method and certificate"][2] == ["Value", f"{solution.value:.4f}"]
    sized = [arm for arm in solution.arms if arm.size]
    assert ("Patients by arm and subgroup" in found) == bool(sized)
    for arm in sized:
        rows = [row for row in found["Patients by arm and subgroup"] if row[0] == arm.name]
        for row, cell in zip(rows, arm.size.allocation.values(), strict=False):
            assert row[2:4] == [f"{cell.experimental:,}", f"{cell.control:,}"]
    cells = [cell for rows in found.values() for row in rows for cell in row]
    ids = [cell for cell in cells if re.search(r"\w_\w|\w@\w", re.sub(r"https?://\S+", "", cell))]
    assert not [cell for cell in ids if cell != q.name and not cell.startswith("fitted")]


@pytest.mark.parametrize("name", NAMED)
def test_parquet_read_by_duckdb(solutions, tmp_path, name):
    for path in write_all(solutions[name], tmp_path, ["parquet"]):
        frame = getattr(solutions[name].tables, path.stem)
        read = duckdb.sql(f"select * from read_parquet('{path}')")
        assert read.columns == list(frame.columns)
        rows = list(frame.astype(object).itertuples(index=False, name=None))
        assert len(read.fetchall()) == len(rows)
        for cells, written in zip(read.fetchall(), rows, strict=True):
            for cell, value in zip(cells, written, strict=True):
                assert cell is None if pd.isna(value) else cell == value


def test_parquet_keeps_types(solutions, tmp_path):
    write_all(solutions["sized"], tmp_path, ["parquet"])
    types = {
        table: dict(zip(read.columns, map(str, read.types), strict=True))
        for table in NAMES
        if (read := duckdb.sql(f"select * from read_parquet('{tmp_path / table}.parquet')"))
    }
    assert types["allocation"]["experimental"] == "BIGINT"
    assert types["arms"]["hazard_ratio"] == "DOUBLE"
    assert types["risk"]["binding"] == "BOOLEAN"
    assert types["risk"]["category"] == "VARCHAR"


def latex_tables(text: str) -> list[list[list[str]]]:
    """Cells of the tables of a LaTeX file, without the commands that let words break."""
    tables = []
    for body in re.findall(r"\\begin\{longtable\}.*?\\end\{longtable\}", text, re.DOTALL):
        lines = [line for line in body.splitlines() if line.endswith(r"\\")]
        tables.append([[plain(cell) for cell in re.split(r"(?<!\\) & ", line[:-2])] for line in lines])
    return tables


def plain(cell: str) -> str:
    """What LaTeX sets for a cell."""
    cell = re.sub(r"\\textbf\{(.*)\}$", r"\1", cell.strip()).replace(r"\allowbreak{}", "").replace("{-}", "-")
    return re.sub(r"\{([\[\]*])\}", r"\1", re.sub(r"\\([&%$#_{}])", r"\1", cell)).strip()


@pytest.mark.parametrize("name", NAMED)
def test_latex_holds_the_tables_of_the_page(solutions, tmp_path, name):
    text = write(solutions[name], tmp_path / "t.tex").read_text(encoding="utf-8")
    assert text.replace("\u00e9", "").isascii() or "trialoptletter" in text
    page = markdown_tables(write(solutions[name], tmp_path / "t.md").read_text(encoding="utf-8"))
    found = latex_tables(text)
    assert len(found) == len(page)
    for (title, cells), read in zip(page.items(), found, strict=True):
        wanted = [[re.sub(r"&(lt|gt|amp);", lambda m: html.unescape(m[0]), cell) for cell in row]
                  for row in (cells[0], *cells[2:])]  # fmt: skip
        if len(wanted[0]) > WIDEST:
            wanted = [list(column) for column in zip(*wanted, strict=True)]
        for row, row_wanted in zip(read, wanted, strict=True):
            assert [ascii_only(cell) for cell in row] == [ascii_only(cell) for cell in row_wanted], title


def ascii_only(text: str) -> str:
    """Letters and digits that both files write alike."""
    return re.sub(r"[^A-Za-z0-9.,%;:+/-]+", "", re.sub(r"\{?\\char\d\d\}?|\\[a-z]+|'", "", text))


PDF = r"""\documentclass{article}
\usepackage{longtable,array}
\begin{document}
INPUTS
\end{document}
"""

TITLES = (
    *HOSTILE, "\u00e9\u2030\u4e2d \u03bc \u2265 2 \U0001f600 \u0301x \u015d\u1e96 \u03a9\u00bd \u00aa\u00a0b",
    "y" * 40_000,
    "{}}{\\", "\\end{document}", "%", "^^41 ^^M", "\u05e9\u05dc\u05d5\u05dd", "a\u200db\ufeffc", "\ufb01 \u017f \uff12",
)  # fmt: skip


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")
def test_pdflatex_sets_any_title(tmp_path):
    for k, text in enumerate(TITLES):
        write(hostile(text), tmp_path / f"t{k}.tex")
    inputs = "\n".join(rf"\input{{t{k}.tex}}" for k in range(len(TITLES)))
    (tmp_path / "main.tex").write_text(PDF.replace("INPUTS", inputs))
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "main.tex"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    said = done.stdout.decode("latin-1")
    assert done.returncode == 0, said[-2000:]
    assert "Missing character" not in said


@pytest.mark.parametrize("name", ["tiny_duo", "rrmm_early_relapse"])
def test_sources_are_a_sheet_and_a_list(solutions, tmp_path, name):
    rows = solutions[name].question.sources
    assert rows
    _, *sheet = openpyxl.load_workbook(write(solutions[name], tmp_path / "t.xlsx"))["sources"].iter_rows(
        values_only=True
    )
    data = json.loads(write(solutions[name], tmp_path / "t.json").read_text(encoding="utf-8"))["sources"]
    assert len(sheet) == len(data) == len(rows)
    assert sheet[0][0] == data[0]["file"] == rows[0].file
    assert sheet[0][3] == data[0]["source"] == rows[0].source


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_run_gives_the_same_bytes(solutions, tmp_path, name):
    first = FORMATS[name].files(solutions["sized"])
    again = FORMATS[name].files(Solution.load(solutions["sized"].save(tmp_path / "s.json")))
    assert first == again


def test_negative_numbers_stay_numbers_in_csv(tmp_path):
    frame = pd.read_csv(write(made(), tmp_path / "t.csv", table="coverage"))
    assert frame["coverage"].min() == -0.125
    assert harmless(-0.125) == -0.125


def test_an_existing_file_needs_force(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("mine")
    with pytest.raises(ExportError, match="--force replaces it"):
        write(made(), path)
    assert path.read_text() == "mine"
    write(made(), path, force=True)
    assert path.read_text(encoding="utf-8-sig").startswith("arm,")


def test_unknown_format_and_table_are_named(tmp_path):
    with pytest.raises(ExportError, match=r"ends in \.csv, \.parquet, \.json, \.md, \.tex, \.xlsx"):
        write(made(), tmp_path / "t.pdf")
    with pytest.raises(ExportError, match="no table 'arm'; there are arms, allocation"):
        write(made(), tmp_path / "t.csv", table="arm")


def test_parquet_without_its_extra_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=re.escape("pip install 'trialopt[parquet]'")):
        write(made(), tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_unless_all_can_be(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ExportError, match="excel"):
        write_all(made(), tmp_path, ["csv", "xlsx"])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "risk.csv").write_text("mine")
    with pytest.raises(ExportError, match=r"risk\.csv is there already"):
        write_all(made(), tmp_path, ["csv"])
    assert [path.name for path in tmp_path.iterdir()] == ["risk.csv"]


def test_an_unknown_format_names_the_nearest(tmp_path):
    with pytest.raises(ExportError, match="no format 'xslx'; did you mean xlsx"):
        write_all(made(), tmp_path, ["xslx"])


def test_excel_without_its_extra_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ExportError, match=re.escape("pip install 'trialopt[excel]'")):
        write(made(), tmp_path / "t.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_write_leaves_nothing(tmp_path, monkeypatch):
    import trialopt.core.catalog as files

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write(made(), tmp_path / "t.csv")
    assert list(tmp_path.iterdir()) == []


def test_the_workbook_carries_no_time_of_writing(tmp_path):
    with zipfile.ZipFile(write(made(), tmp_path / "t.xlsx")) as book:
        assert "2000-01-01" in book.read("docProps/core.xml").decode()
