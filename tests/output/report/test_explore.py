"""The page to explore: sorted and filtered by keyboard, whole without scripts, and accessible in light and dark."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

import trialopt
from tests.made import made
from tests.output.report.chromium import live, program
from tests.output.report.test_page import Page
from trialopt.decision.alternatives import Alternative, Alternatives
from trialopt.output.report import page
from trialopt.output.report.explore import limits_by_subgroup, side_by_side
from trialopt.record.solution import Solution

STABILITY = {
    "sentences": ["The recommended design is the best of 2 in 60 % of draws."],
    "switching": [
        {"input": "severe rash of carfilzomib", "way": way, "at": at, "now": 0.2, "low": 0.1, "high": 0.4,
         "probability": chance, "then": "A1 induction: bortezomib replaces carfilzomib"}
        for way, at, chance in (("above", 0.3, 0.2), ("below", 0.15, 0.1))
    ],
    "doses": [
        {"subgroup": g, "epoch": s, "agent": "carfilzomib", "recommended": True, "in_best": 0.6}
        for g in ("group_0", "group_7") for s in ("induction", "maintenance")
    ],
}  # fmt: skip


def axe() -> str | None:
    """axe-core, where the machine has it: a path in AXE_CORE, or the package axe-core-python."""
    if given := os.environ.get("AXE_CORE"):
        return Path(given).read_text(encoding="utf-8")
    spec = find_spec("axe_core_python")
    if spec is None or spec.origin is None:
        return None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def run() -> Solution:
    groups = tuple(f"group_{k}" for k in range(12))
    return made(groups=groups, arms=(groups[:6], groups[6:]), sized=True)


@pytest.fixture(scope="module")
def file(run, tmp_path_factory) -> Path:
    assert run.design is not None
    assert run.value is not None
    items = (
        Alternative(1, run.design, run.value, 0.0, ()),
        Alternative(2, run.design, run.value - 0.1, 0.1, ("other",), 300),
    )
    found = Alternatives({"name": "made", "title": "", "sha256": run.question.sha256}, items, 2)
    otherwise = {"without_an_agent": replace(run, value=0.4)}
    text = page(run, alternatives=found, beside={"stability.json": STABILITY}, whatifs=otherwise)
    path = tmp_path_factory.mktemp("explore") / "report.html"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_was_computed_beside_the_run_is_there_without_scripts(file):
    text = file.read_text(encoding="utf-8")
    seen = Page(text)
    for words in ("What tips the choice", "Switching values", "The best designs side by side", "Limits by subgroup",
                  "What if", "without an agent", "-0.1000", "What the best design gives in the draws"):  # fmt: skip
        assert words in seen.text
    assert "figure-beside-1" in text
    assert "<title>A1, Group 0: 60 patients</title>" in text
    assert text.count("<title>") > 10
    ids = {value for name, value in seen.attributes if name == "id"}
    links = {value[1:] for name, value in seen.attributes if name == "href" and value.startswith("#")}
    assert {"recommendation", "toxicity", "beside-1", "whatifs", "method"} <= links & ids


def test_limits_by_subgroup_are_those_of_the_record():
    run = made()
    grid = limits_by_subgroup(run)
    assert grid.heads == ("Event", "Epoch", "Fit", "Frail")
    assert grid.rows[0] == ("Neutropenia", "Induction", "36.0\u00a0/\u00a040.0", "36.0\u00a0/\u00a040.0")
    assert grid.heat[0, 2] == 5
    assert (0, 2) in grid.emphasised
    assert [row[1] for row in grid.rows] == ["Induction", "All epochs"]  # a quarter of the limit in maintenance


def test_a_design_that_differs_is_marked_side_by_side():
    run = made()
    assert run.design is not None
    first, second = run.design.arms
    other = trialopt.Design((replace(first, sequence={**first.sequence, "maintenance": ()}), second))
    items = (Alternative(1, run.design, 0.5, 0.0, ()), Alternative(2, other, 0.4, 0.1, ("x",)))
    grid = side_by_side(Alternatives({"name": "made", "title": "", "sha256": "0"}, items, 2), run.question)
    assert grid.emphasised == {(1, 3)}
    assert grid.rows[1] == ("Fit", "Maintenance", "An agent", "nothing")


browser = pytest.mark.skipif(program() is None, reason="no Chromium on this machine: the page cannot be opened")


@browser
def test_tables_are_sorted_and_filtered_by_keyboard(file):
    with live(str(program()), file) as value:
        table = "[...document.querySelectorAll('table')].find(t => t.caption.textContent === 'Subgroups')"
        value(f"window.t = {table}; t.tHead.querySelector('button').focus()")
        column = "[...t.tBodies[0].rows].filter(r => !r.hidden).map(r => r.cells[0].textContent)"
        given = value(column)
        value("key Enter")
        assert value("t.tHead.rows[0].cells[0].getAttribute('aria-sort')") == "ascending"
        assert value(column) == sorted(given, key=lambda name: int(name.split()[1]))
        value("key Enter")
        assert value(column)[0] == "Group 11"
        value("key Enter")
        assert value(column) == given
        value("document.querySelector('.filter input').focus()")
        assert value("document.activeElement.labels[0].textContent") == "Rows with: "
        for letter in "11":
            value(f"key {letter}")
        assert value(column) == ["Group 11"]
        assert value("document.querySelector('.filter [role=status]').textContent") == " 1 of 12 rows"


@browser
@pytest.mark.slow
def test_tab_reaches_everything_once_in_order_and_shows_where_it_is(file):
    with live(str(program()), file) as value:
        value(
            "window.all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]')]"
        )
        value("window.all = all.filter(e => e.checkVisibility())")
        count = value("all.length")
        assert count > 20
        told = []
        for _ in range(count):
            value("key Tab")
            value("window.now = document.activeElement; window.box = now.getBoundingClientRect()")
            seen = "box.top >= 0 && box.bottom <= innerHeight"
            told.append(value(f"[all.indexOf(now), getComputedStyle(now).outlineStyle !== 'none', {seen}]"))
        assert told == [[k, True, True] for k in range(count)]
        value("key Tab")
        assert value("document.activeElement.tagName") == "BODY"  # and out of the page: nobody is kept in it


@browser
@pytest.mark.slow
def test_it_is_whole_with_scripts_off(file):
    with live(str(program()), file, scripts=False) as value:
        assert value("document.querySelectorAll('thead button, .filter').length") == 0
        assert value("document.querySelectorAll('tr[hidden]').length") == 0
        assert "Method and certificate" in value("document.querySelector('main').innerText")


@browser
@pytest.mark.skipif(axe() is None, reason="no axe-core on this machine: pip install axe-core-python, or AXE_CORE")
@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["light", "dark"])
def test_axe_finds_nothing(file, dark):
    tags = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
    asked = f"axe.run(document, {{runOnly: {tags}}}).then(r => JSON.stringify(r.violations.map(v => [v.id, v.help])))"
    with live(str(program()), file, dark=dark) as value:
        value(str(axe()))
        assert json.loads(value(asked)) == []
        value("document.querySelector('main').append(document.createElement('input'))")
        assert "label" in [name for name, _ in json.loads(value(asked))]


PAIRS = (("ink", "paper"), ("quiet", "paper"), ("blue", "paper"), ("ink", "mark"), ("ink", "answer"),
         *(("ink", f"heat{k}") for k in range(1, 6)))  # fmt: skip


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_contrast_of_all_colours_is_enough(dark):
    style = (Path(trialopt.__file__).parent / "output" / "report" / "page.css").read_text(encoding="utf-8")
    light, rest = style.split("@media (prefers-color-scheme: dark)")
    colours = dict(part.strip().split(": ") for part in (rest if dark else light).split("{", 1)[1].replace("\n", " ")
                   .split("}")[0].replace(":root {", "").split(";") if part.strip().startswith("--"))  # fmt: skip

    def luminance(name: str) -> float:
        digits = colours[f"--{name}"].lstrip("#")
        digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
        parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for one, other in PAIRS:
        high, low = sorted((luminance(one), luminance(other)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, (one, other)


@browser
def test_print_is_black_on_white_in_the_dark_and_heads_of_tables_repeat(file):
    style = "(what, key) => getComputedStyle(document.querySelector(what))[key]"
    with live(str(program()), file, dark=True, media="print") as value:
        assert value(f"({style})('body', 'backgroundColor')") == "rgb(255, 255, 255)"
        assert value(f"({style})('body', 'color')") == "rgb(31, 31, 31)"
        assert value(f"({style})('html', 'colorScheme')") == "light"
        assert value(f"({style})('thead', 'breakInside')") == "avoid"  # else Chromium does not repeat it
        assert value(f"({style})('thead button', 'display')") == "contents"  # nor where a button stands in it
