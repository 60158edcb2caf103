"""The protocol section, reopened by a library, holds the run's numbers; names stay text."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from dataclasses import replace

import docx
import pytest

import trialopt
from tests.hostile import NAMES as HOSTILE
from tests.hostile import hostile
from tests.made import made
from trialopt.core.design import Dose
from trialopt.core.instance import SourceRow
from trialopt.output.formats import ExportError, write
from trialopt.output.report.section import section
from trialopt.record.solution import Solution


def read(run: Solution):
    return docx.Document(io.BytesIO(section(run)))


def cells(document, caption: str) -> list[list[str]]:
    """The table below a caption."""
    body = list(document.element.body)
    for k, element in enumerate(body):
        if element.tag.endswith("}p") and caption in "".join(element.itertext()):
            table = next(e for e in body[k:] if e.tag.endswith("}tbl"))
            found = next(t for t in document.tables if t._tbl is table)
            return [[cell.text for cell in row.cells] for row in found.rows]
    raise AssertionError(f"no table {caption}")


@pytest.fixture(scope="module")
def sized() -> Solution:
    run = made(sized=True)
    rows = (
        SourceRow("agents.csv", 2, ("carfilzomib",), "Paper 2020", "read"),
        SourceRow("agents.csv", 3, ("melphalan",), "Not of this design 2021", "read"),
        SourceRow("levels.csv", 2, ("dexamethasone", "mg20"), "assumption", "assumption"),
    )
    question = replace(
        run.question,
        cycles={"induction": 6.0, "maintenance": 24.0},
        control={"induction": (Dose("bortezomib"),), "maintenance": ()},
        labels={**run.question.labels, "dexamethasone@mg20": "20 mg weekly"},
        definitions={"fit": "able to take full doses"},
        sources=rows,
    )
    arms = tuple(replace(arm, rests_on=rows[:1]) for arm in run.arms)
    return replace(run, question=question, arms=arms)


def test_the_parts_of_a_protocol_are_there_in_order(sized):
    heads = [p.text for p in read(sized).paragraphs if p.style.name.startswith("Heading")]
    assert heads == [
        "Trial design: Made by hand", "Arms", "Study population", "Treatment schedule", "Sample size",
        "Toxicity limits", "Basis of the design", "References",
    ]  # fmt: skip


def test_synopsis_schedule_sizes_and_limits_hold_the_runs_numbers(sized):
    document = read(sized)
    synopsis = cells(document, "Synopsis of the arms")
    assert synopsis[0] == ["Arm", "Subgroups", "Induction", "Maintenance", "Patients", "Control"]
    assert synopsis[1] == ["A1", "Fit", "An agent + dexamethasone", "An agent", "60", "30"]
    assert synopsis[3][:4] == ["Control", "the same subgroups, concurrently", "bortezomib", "nothing"]
    schedule = cells(document, "Schedule of regimens")
    assert schedule[1] == ["A1", "Induction", "1 to 6", "An agent\ndexamethasone, 20 mg weekly"]
    assert schedule[2] == ["A1", "Maintenance", "7 to 30", "An agent"]
    sizes = cells(document, "Patients by arm and subgroup")
    assert sizes[1][:4] == ["A1", "Fit", "60", "30"]
    limits = cells(document, "Toxicity limits")
    assert limits[1] == [
        "A1",
        "Neutropenia",
        "36.0\u00a0of\u00a040.0",
        "10.0\u00a0of\u00a040.0",
        "42.0\u00a0of\u00a050.0",
    ]
    population = cells(document, "Subgroups")
    assert population[1] == ["Fit", "able to take full doses", "50.0\u00a0%", "A1"]


def test_sizes_are_justified_in_words(sized):
    text = " ".join(p.text for p in read(sized).paragraphs)
    assert "The predicted rates are 70.0 % and 50.0 %" in text
    assert "60 experimental and 30 control patients give a power of 81.0 %" in text
    assert "180 patients (at most 900)" in text


def test_survival_sizes_name_events_and_the_hazard_ratio():
    from trialopt.output.report.sentences import size_reason

    run = made(sized=True)
    arm = run.arms[0]
    effect = replace(arm.size.effect, p1=None, p0=None, hazard_ratio=0.7, sized_for=0.75)
    arm = replace(
        arm, size=replace(arm.size, effect=effect, events=379.6, method="schoenfeld", alpha=0.0125, inflation=1.02)
    )
    text = size_reason(run, arm)
    for part in ("hazard ratio is 0.700", "hazard ratio of 0.750", "needs 380 events", "level of 0.0125",
                 "Schoenfeld", "factor of 1.0200"):  # fmt: skip
        assert part in text


def test_references_are_those_of_the_design(sized):
    text = [p.text for p in read(sized).paragraphs]
    assert "1.\tPaper 2020" in text
    assert not [line for line in text if "Not of this design" in line or line.endswith("assumption")]


def test_the_schema_is_a_picture_with_words_for_those_who_cannot_see_it(sized):
    document = read(sized)
    assert len(document.inline_shapes) == 1
    assert "Schema of the trial" in document.inline_shapes[0]._inline.docPr.get("descr")


def test_heads_of_tables_repeat_and_rows_stay_whole(sized):
    for table in read(sized).tables:
        xml = table.rows[0]._tr.xml
        assert "w:tblHeader" in xml
        assert all("w:cantSplit" in row._tr.xml for row in table.rows)


def test_the_same_run_gives_the_same_bytes_with_no_time_and_no_author(sized):
    first = section(sized)
    assert first == section(sized)
    with zipfile.ZipFile(io.BytesIO(first)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        core = file.read("docProps/core.xml").decode()
    assert re.findall(r"\d{4}-\d\d-\d\d", core) == ["2000-01-01", "2000-01-01"]
    assert "python-docx" not in core


def test_an_infeasible_and_an_unsized_run_are_documents_too():
    text = " ".join(p.text for p in read(made(arms=())).paragraphs)
    assert "No design is recommended" in text
    assert "limit of 0.06 on neutropenia" in text
    assert "The trial is not sized" in " ".join(p.text for p in read(made()).paragraphs)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(text):
    document = read(hostile(text))
    xml = document.element.xml
    assert "w:instrText" not in xml
    assert "w:hyperlink" not in xml
    shown = " ".join(cell for row in cells(document, "Synopsis of the arms") for cell in row)
    plain = re.sub("[\x00-\x08]", "\ufffd", text)
    assert " ".join(plain.split())[:150] in shown


def test_it_is_a_format_of_export(tmp_path):
    run = trialopt.solve(trialopt.read(trialopt.find("tiny_duo")))
    path = write(run, tmp_path / "design.docx")
    assert path.read_bytes() == section(run)


def test_without_its_extra_export_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(ExportError, match=re.escape("pip install 'trialopt[word]'")):
        write(made(), tmp_path / "design.docx")
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_it_says_so():
    code = (
        "import sys; sys.modules['matplotlib'] = None\nfrom tests.made import made\n"
        "from trialopt.output.report import ReportError\n"
        "from trialopt.output.report.section import section\n"
        "try:\n    section(made())\nexcept ReportError as e:\n    print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'trialopt[word]'" in done.stdout
