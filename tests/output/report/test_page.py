"""The report: one page that needs nothing but itself, says the run's numbers, and takes nothing for markup."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import trialopt
from tests.hostile import NAMES as HOSTILE
from tests.hostile import hostile
from tests.made import made
from tests.output.report.chromium import Opened, opened, program
from trialopt.core.design import Design, Dose
from trialopt.core.instance import SourceRow
from trialopt.decision.alternatives import Alternative, Alternatives
from trialopt.output.report import ReportError, page
from trialopt.record.precedent import Precedent
from trialopt.record.solution import Solution

LARGEST = 3_000_000


class Page(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._skip = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._skip = tag in ("style", "script")

    def handle_endtag(self, tag):
        self._skip = False

    def handle_data(self, data):
        if not self._skip:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def relapse() -> Solution:
    """Early relapse, sized: three epochs, six subgroups, toxicity limits, published sources."""
    return trialopt.solve(trialopt.read(trialopt.find("rrmm_early_relapse_sized")), gap=0.01)


@pytest.fixture(scope="module")
def written(relapse) -> str:
    return page(relapse)


def test_it_says_the_recommendation_in_two_sentences(relapse):
    from trialopt.output.report.sentences import recommendation

    text = recommendation(relapse)
    assert len(re.findall(r"\.(?:\s|$)", text)) == 2
    assert text.startswith("Run ")
    assert all(arm.name in text for arm in relapse.arms)
    bettered = re.search(r"is better by more than ([\d.]+) %", text)
    assert bettered is not None
    assert relapse.gap is not None
    assert float(bettered[1]) == pytest.approx(100 * relapse.gap, abs=1e-4)
    assert not re.search(r"[.][0-9]{5}", text)


def test_every_section_and_the_runs_numbers_are_there(relapse, written):
    seen = Page(written)
    heads = ("Recommendation", "The question", "The arms", "Coverage of the disease", "Toxicity against its limits",
             "Patients", "Sources", "Alternatives", "Method and certificate")  # fmt: skip
    assert all(head in seen.text for head in heads)
    assert seen.tags.count("svg") == 6
    assert relapse.question.sha256 in seen.text
    for number in (relapse.value, relapse.bound):
        assert f"{number:.4f}" in seen.text
    for row in relapse.tables.allocation.to_dict("records"):
        assert f"{row['experimental']:,}" in seen.text
    for arm in relapse.arms:
        for g in arm.subgroups:
            for s in relapse.question.epochs:
                assert f"{100 * arm.coverage[g][s]:.1f}\u00a0%" in " ".join(seen.words)
    assert "Alternatives were not computed" in seen.text
    used = {" ".join(row.source.split()) for arm in relapse.arms for row in arm.rests_on if "Blood 20" in row.source}
    assert used
    assert all(source in seen.text for source in used)


def test_limits_that_bind_are_marked():
    text = page(made())
    assert '<td class="near">36.0\u00a0of\u00a040.0</td>' in text
    assert '<td class="near">10.0' not in text


def test_it_loads_nothing_and_is_small(written):
    text, seen = written, Page(written)
    assert len(text.encode()) < LARGEST
    assert not {"img", "iframe", "object", "embed", "base", "form"} & set(seen.tags)
    assert seen.tags.count("script") == 1
    loaded = [v for n, v in seen.attributes if n in ("src", "href", "xlink:href", "data", "action", "srcset")]
    assert all(value.startswith(("#", "data:")) for value in loaded)
    assert not [n for n, _ in seen.attributes if n.startswith("on")]
    assert not re.search(r"@import|url\((?!#)", text)


def test_ids_are_unique(written):
    ids = [value for name, value in Page(written).attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_the_same_run_gives_the_same_page():
    assert page(made(sized=True)) == page(made(sized=True))


def test_an_infeasible_run_says_what_cannot_hold():
    seen = Page(page(made(arms=())))
    assert "No design is recommended" in seen.text
    assert "limit of 0.06 on neutropenia" in seen.text
    assert "svg" not in seen.tags
    both = replace(made(arms=()), conflict=("one limit", "another limit"))
    assert "two requirements listed below cannot hold together" in Page(page(both)).text


@pytest.mark.parametrize("ending", ["time_limit", "node_limit", "interrupted"])
def test_a_stopped_run_says_that_the_proof_is_open(ending):
    run = replace(made(), ending=ending, bound=0.6, gap=0.2)
    text = Page(page(run)).text
    assert "before the proof was complete" in text
    assert "none that is better by more than 20.00 %" in text
    empty = replace(made(arms=()), ending=ending, conflict=())
    assert "before one was found" in Page(page(empty)).text


def test_precedent_is_shown_where_the_record_has_it():
    run = made()
    found = {"induction": Precedent(("carfilzomib",), trial="A trial", others=("melphalan",), novel=(("a", "b"),))}
    text = Page(page(replace(run, arms=(replace(run.arms[0], precedent=found), run.arms[1])))).text
    assert "An agent in A trial, beside melphalan a + b" in text
    assert "Given in people before" not in Page(page(run)).text


def test_alternatives_are_shown_when_given():
    run = made()
    assert "not computed" in page(run)
    assert run.design is not None
    first, *rest = run.design.arms
    other = Design((replace(first, sequence={**first.sequence, "induction": (Dose("<b>a</b>"),)}), *rest))
    items = (
        Alternative(1, run.design, run.value, 0.0, ()),
        Alternative(2, other, run.value - 0.25, 0.25, ("in other words",), 300),
    )
    found = Alternatives({"name": "made", "title": "", "sha256": run.question.sha256}, items, 2)
    text = page(run, alternatives=found)
    seen = Page(text).text
    assert "The 2 best designs, in their proven order" in seen
    assert "A1 induction: <b>a</b> for" in seen
    assert "<b>a</b>" not in text
    assert "0.2500" in seen
    assert "300" in seen
    assert "not computed" not in text
    assert "figure-alternatives" in text
    open_gap = page(replace(run, value=run.value - 0.1), alternatives=found)
    assert "accepted with a gap" in open_gap
    assert "accepted with a gap" not in text
    with pytest.raises(ReportError, match="another question"):
        page(run, alternatives=replace(found, instance={**found.instance, "sha256": "0"}))


def test_sources_are_listed_once_with_their_confidence_and_arms():
    rows = (
        SourceRow("agents.csv", 2, ("carfilzomib",), "Paper 2020", "read"),
        SourceRow("toxicity.csv", 3, ("carfilzomib", "rash"), "Paper 2020", "recalled"),
        SourceRow("toxicity.csv", 4, ("daratumumab", "rash"), "Other 2021", "read"),
        SourceRow("levels.csv", 2, ("carfilzomib", "mg"), "assumption", "assumption"),
    )
    run = made()
    first, second = run.arms
    run = replace(run, arms=(replace(first, rests_on=rows[:2]), replace(second, rests_on=rows)))
    text = Page(page(replace(run, question=replace(run.question, sources=rows)))).text
    assert text.count("Paper 2020") == 1
    assert "Paper 2020 agents 1, toxicity 1 (read 1, recalled 1); for A1, A2" in text
    assert "Other 2021 toxicity 1 (read 1); for A2" in text


def shown(text: str) -> str:
    """Text without what has no shape, single spaces."""
    return " ".join("".join(c for c in text if (c.isprintable() and c != "\ufffd") or c == " ").split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(text):
    made_page = page(hostile(text))
    seen = Page(made_page)
    assert seen.tags.count("script") == 1
    assert "img" not in seen.tags
    assert not [n for n, _ in seen.attributes if n.startswith("on")]
    assert "7 * 7" in seen.text if "7 * 7" in text else "49" not in re.sub(r"\d+\.\d+", "", seen.text)
    plain = shown(text)
    assert plain[:20] in shown(seen.text)
    if "<" in plain:
        assert plain not in made_page


@pytest.mark.parametrize(("module", "extra"), [("jinja2", "report"), ("matplotlib", "plot|report")])
def test_without_its_extra_it_says_what_to_install(module, extra):
    code = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from tests.made import made\nfrom trialopt.output.report import ReportError, page\n"
        "try:\n    page(made())\nexcept ReportError as e:\n    print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.search(rf"pip install 'trialopt\[({extra})\]'", done.stdout), done.stdout


def test_the_error_is_one_of_wrong_input():
    assert issubclass(ReportError, ValueError)


browser = pytest.mark.skipif(program() is None, reason="no Chromium on this machine: the page cannot be opened")


@browser
def test_the_browser_sees_requests_messages_and_scripts(tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<script src='other.js'></script><script>console.log('said')</script><img src='http://a.test/x.png'>"
    )
    seen = opened(str(program()), bad)
    assert len(seen.requests) == 3
    assert any("said" in line for line in seen.console)
    assert seen.elements["script"] == 2


@pytest.fixture(scope="module")
def file(written, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(written, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def seen(file) -> Opened:
    return opened(str(program()), file)


@browser
def test_the_report_opens_without_a_request_or_a_message(relapse, file, seen):
    assert seen.requests == [file.resolve().as_uri()]
    assert seen.console == []
    assert seen.elements["svg"] == 6
    assert seen.elements["script"] == 1
    for words in ("Recommendation", "Method and certificate", relapse.question.sha256, f"{relapse.value:.4f}"):
        assert words in seen.text
    assert seen.screen.startswith(b"\x89PNG")


@browser
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on this machine: the print cannot be read")
def test_it_prints_every_word_on_pages_of_a4(relapse, seen, tmp_path):
    printed = tmp_path / "report.pdf"
    printed.write_bytes(seen.pdf)
    text = subprocess.run(["pdftotext", str(printed), "-"], capture_output=True, text=True, check=True).stdout
    flat = " ".join(text.split())
    assert "Method and certificate" in flat
    assert relapse.question.sha256 in flat.replace(" ", "")
    size = subprocess.run(["pdfinfo", str(printed)], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Page size:\s+59[45]\.?\d* x 84[12]", size)


@browser
def test_the_page_is_no_wider_than_its_window(file, seen):
    assert seen.width <= 1000
    assert opened(str(program()), file, width=500, pictures=False).width <= 500


@browser
def test_hostile_names_run_nothing_in_a_browser(tmp_path):
    file = tmp_path / "report.html"
    file.write_text(page(hostile(" ".join(HOSTILE[:8]))), encoding="utf-8")
    seen = opened(str(program()), file, pictures=False)
    assert seen.requests == [file.resolve().as_uri()]
    assert seen.console == []
    assert seen.dialogs == []
    assert seen.elements["script"] == 1
    assert seen.elements["img"] == 0
