"""The protocol section, reopened by a library, holds the run's numbers; names stay text."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from copy import deepcopy
from dataclasses import replace

import docx
import numpy as np
import pytest
from scipy.stats import beta

import trialopt
from tests.hostile import NAMES as HOSTILE
from tests.hostile import hostile
from tests.made import made
from tests.word import W, faults, fields, opened, style_of, text_of
from trialopt.core.design import Dose
from trialopt.core.instance import SourceRow
from trialopt.output.formats import ExportError, write
from trialopt.output.protocol.citations import Bibliography, publications, spans
from trialopt.output.protocol.monitoring import SURE, chance_of_pause, looks, pauses_at
from trialopt.output.protocol.section import section
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply
from trialopt.record.solution import Solution


def read(run: Solution):
    return docx.Document(io.BytesIO(section(run)))


def cells(document, caption: str) -> list[list[str]]:
    """The table below a caption."""
    body = list(document.element.body)
    for k, element in enumerate(body):
        if style_of(element) == "Caption" and f". {caption}" in text_of(element):
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


@pytest.fixture(scope="module")
def written(sized) -> bytes:
    return section(sized)


@pytest.fixture
def document(written):
    return opened(written)


SECTIONS = [
    "Protocol Summary", "Introduction", "Trial Objectives and Associated Estimands", "Trial Design", "Trial Population",
    "Trial Intervention and Concomitant Therapy", "Participant Discontinuation", "Trial Assessments and Procedures",
    "Adverse Events and Other Safety Reporting", "Statistical Considerations",
    "Trial Oversight and Other General Considerations", "Appendix: Supporting Details", "Appendix: Abbreviations",
    "Appendix: References",
]  # fmt: skip
"""Of the ICH M11 template, in its order."""


def test_the_sections_of_a_protocol_are_there_in_order(document):
    assert [p.text for p in document.paragraphs if p.style.name == "Heading 1"] == SECTIONS


def test_arms_doses_sizes_and_limits_hold_the_runs_numbers(document):
    arms = cells(document, "Arms of the trial and their treatment")
    assert arms[0] == ["Arm", "Role", "Cohorts", "Induction", "Maintenance", "Patients"]
    assert arms[1] == ["A1", "Experimental", "Fit", "An agent + Dexamethasone", "An agent", "60"]
    assert arms[2] == ["C1", "Control", "as its arm", "Bortezomib", "no treatment", "30"]
    doses = cells(document, "Doses and schedules")
    assert doses[2][:4] == ["Dexamethasone", "20 mg weekly", "to be set", "to be set"]
    assert doses[1][-1] == "A1, A2: induction, maintenance"
    sizes = cells(document, "Patients by arm and cohort")
    assert sizes[1][:4] == ["A1", "Fit", "60", "30"]
    risks = cells(document, "Predicted severe events against their limits")
    assert risks[1] == ["Neutropenia", "36.0 of 40.0 (induction)", "36.0 of 40.0 (induction)"]
    limits = cells(document, "Limits on severe events by cohort")
    assert limits[:2] == [["Event", "All cohorts", "All epochs"], ["Neutropenia", "40", "50"]]
    population = cells(document, "Cohorts")
    assert population[1] == ["Fit", "able to take full doses", "50.0\u00a0%", "A1", "60 + 30"]


def test_estimands_hypotheses_and_assignment_name_every_comparison(document):
    objectives = cells(document, "Primary objectives, with treatment")
    assert [row[0] for row in objectives[1:]] == ["A1 against C1", "A2 against C2"]
    attributes = [row[0] for row in cells(document, "Attributes that all estimands share")]
    assert attributes[1] == "Variable"
    assert attributes[-1] == "Population-level summary"
    assert sum(one.startswith("Intercurrent event") for one in attributes) == 3
    assert cells(document, "Hypotheses")[1][:3] == ["A1 against C1", "p(A1) \u2264 p(C1)", "p(A1) > p(C1)"]
    text = " ".join(p.text for p in document.paragraphs)
    assert "A1 and C1 2:1; A2 and C2 2:1" in text


def test_what_only_a_sponsor_knows_is_asked_for_until_it_is_given(sized):
    asked = [p.text for p in read(sized).paragraphs if p.style.name == "Sponsor to Complete"]
    assert len(asked) > 10
    assert all(line.startswith("To be completed by the sponsor: ") and line.endswith(".") for line in asked)
    facts = {"sponsor": "A group", "phase": "2", "blinding": "open", "minimum_age": 18, "start_date": "2027-03-01"}
    document = read(replace(sized, question=replace(sized.question, registration=facts)))
    assert ["Sponsor", "A group"] in cells(document, "Trial identification")
    text = " ".join(p.text for p in document.paragraphs)
    for told in ("The trial is open label.", "at least 18 years of age", "planned for 2027-03-01"):
        assert told in text
    assert "who keeps the list" not in text


def test_sizes_are_justified_in_words(document):
    text = " ".join(p.text for p in document.paragraphs)
    assert "The predicted rates are 70.0 % and 50.0 %" in text
    assert "60 experimental and 30 control patients give a power of 81.0 %" in text
    assert "180 patients (at most 900 were allowed)" in text


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


def test_references_are_those_of_the_design(document):
    text = [p.text for p in document.paragraphs if p.style.name == "Bibliography"]
    assert any(line.endswith(".\tPaper 2020") for line in text)
    assert not [line for line in text if "Not of this design" in line or line.endswith("assumption")]


def test_the_schema_is_a_picture_with_words_for_those_who_cannot_see_it(document):
    assert len(document.inline_shapes) == 1
    assert "randomised" in document.inline_shapes[0]._inline.docPr.get("descr")


def test_heads_of_tables_repeat_and_rows_stay_whole(document):
    for table in document.tables:
        xml = table.rows[0]._tr.xml
        assert "w:tblHeader" in xml
        assert all("w:cantSplit" in row._tr.xml for row in table.rows)


def test_the_same_run_gives_the_same_bytes_with_no_time_and_no_author(sized, written):
    first = written
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
    assert "made without a power" in " ".join(p.text for p in read(made()).paragraphs)
    unproven = replace(made(), bound=None, gap=None, ending="time_limit")
    assert faults(section(unproven), unproven) == []


@pytest.mark.parametrize("text", HOSTILE[1::2])
def test_hostile_names_stay_text(text):
    document = read(hostile(text))
    told = {instruction.split()[0] for instruction, _ in fields(document.element)}
    assert told == {"TOC", "SEQ", "REF"}
    shown = " ".join(cell for row in cells(document, "Cohorts") for cell in row)
    plain = re.sub("[\x00-\x08]", "\ufffd", text)
    assert " ".join(plain.split())[:150] in " ".join(shown.split())


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
        "from trialopt.output.protocol.section import section\n"
        "try:\n    section(made())\nexcept ReportError as e:\n    print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'trialopt[word]'" in done.stdout


# -- The whole document: every reference leads somewhere, and nothing stands where it must not. --------------------


@pytest.fixture(scope="module")
def with_looks() -> Solution:
    """A run with an interim look, component arms, and many possible truths."""
    settings = (
        *("trial.power=0.8", "trial.control_rate=0.3", "trial.interim.looks=1", "trial.interim.futility=nonbinding"),
        *("trial.contribution.require=all", "uncertainty.draws=20"),
    )
    return trialopt.solve(build(apply(load(trialopt.find("tiny_duo")), Overrides(settings=settings))), gap=0.3)


def test_a_document_has_no_fault(sized, written, with_looks):
    assert faults(written, sized) == []
    document = section(with_looks)
    assert faults(document, with_looks) == []
    assert len(cells(opened(document), "Analyses and their bounds")) == 1 + 2 * len(with_looks.arms)
    assert len(cells(opened(document), "Hypotheses")) > 1 + len(with_looks.arms)
    assert cells(opened(document), "Arms under the truths")


BROKEN = {
    "the id t11_14 stands in it": lambda d: d.paragraphs[0].add_run(" t11_14"),
    "0.5000 stands before the appendix": lambda d: d.paragraphs[0].add_run("0.5000"),
    "'worth' stands before the appendix": lambda d: d.paragraphs[0].add_run("what it is worth"),
    "a table has no caption": lambda d: d.add_table(1, 1),
    "nothing refers to": lambda d: unsaid(d),
    "which does not exist": lambda d: caption(d).find(f"{W}bookmarkStart").set(f"{W}name", "_Table_other"),
    "a reference shows": lambda d: setattr(caption(d).findall(f".//{W}t")[1], "text", "99"),
    "is numbered": lambda d: setattr(caption(d).findall(f".//{W}t")[1], "text", "99"),
    "times in the bibliography": lambda d: again(d),
    "cited and listed differ": lambda d: d.paragraphs[0].add_run("[99]"),
    "the contents are": lambda d: d.add_heading("Another", 1),
}


def caption(document):
    return next(p for p in document.element.body.iter(f"{W}p") if style_of(p) == "Caption")


def unsaid(document) -> None:
    """A reference to the first table is gone."""
    for e in document.element.iter(f"{W}instrText"):
        if "_Table_identity" in e.text:
            e.text = " PAGE "


def again(document) -> None:
    """The last source stands twice."""
    *_, last = (p for p in document.element.body.iter(f"{W}p") if style_of(p) == "Bibliography")
    last.addnext(deepcopy(last))
    for mark in (*last.getnext().findall(f"{W}bookmarkStart"), *last.getnext().findall(f"{W}bookmarkEnd")):
        last.getnext().remove(mark)


@pytest.mark.parametrize("said", BROKEN)
def test_a_broken_document_is_found(sized, document, said):
    BROKEN[said](document)
    buffer = io.BytesIO()
    document.save(buffer)
    assert any(said in line for line in faults(buffer.getvalue(), sized))


@pytest.mark.parametrize(
    ("cell", "entries"),
    [
        ("Dimopoulos M et al. Lancet 2020;396:186-97; Usmani SZ et al. Blood Adv 2023 [CANDOR]",
         ["Dimopoulos M et al. Lancet 2020;396:186-97", "Usmani SZ et al. Blood Adv 2023"]),
        ("Facon T et al. N Engl J Med 2019;380:2104-15; Leukemia 2025",
         ["Facon T et al. N Engl J Med 2019;380:2104-15; Leukemia 2025"]),
        ("Mateos MV et al. Clin Lymphoma 2020 (3-yr)", ["Mateos MV et al. Clin Lymphoma 2020"]),
        ("fitted: component model of fatigue (CANDOR; POLLUX)", []),
        ("assumption", []),
    ],
)  # fmt: skip
def test_publications_of_a_cell(cell, entries):
    assert publications(cell) == entries


def test_a_publication_is_listed_once_however_it_is_named():
    sources = Bibliography()
    assert sources.numbers(["A B et al. Blood 2020;1:2-9 [one arm]", "C D et al. Lancet 2021;3:4"]) == [1, 2]
    assert sources.numbers(["A B et al. Blood 2020;1:2-9; Blood 2022;5:6 [other]"]) == [1, 3]
    assert spans([1, 2, 3, 5]) == [(1, 3), (5, 5)]


def test_the_rule_pauses_as_often_as_it_says():
    """Against trials played, and against the tail of a beta distribution at the boundary itself."""
    at = looks(60)
    stops = np.array([pauses_at(0.2, n) for n in at])
    assert all(beta.sf(0.2, 0.2 + s, 0.8 + n - s) >= SURE > beta.sf(0.2, s - 0.8, 1.8 + n - s)
               for s, n in zip(stops, at, strict=True))  # fmt: skip
    events = np.random.default_rng(1).random((20_000, 60)) < 0.3
    seen = events.cumsum(axis=1)[:, np.array(at) - 1]
    assert (seen >= stops).any(axis=1).mean() == pytest.approx(chance_of_pause(0.2, 0.3, at), abs=0.012)
