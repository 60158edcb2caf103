"""The sentence on an arm's size stands wherever a design is shown: report, Word section, Markdown, page of patients."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import docx
from rich.console import Console

from tests.made import made
from trialopt.output.formats.markup import markdown_files
from trialopt.output.protocol.section import section
from trialopt.output.report import page
from trialopt.output.terminal.sizes import size_tables
from trialopt.record.solution import Solution

SENTENCE = (
    "A1 is sized by the stratified risk difference with Mantel and Haenszel over 1 stratum, for an effect: the target."
)


def told() -> Solution:
    run = made(sized=True)
    first, *rest = run.arms
    return replace(run, arms=(replace(first, sizing={"sentence": SENTENCE}), *rest))


def terminal(run: Solution) -> str:
    console = Console(width=2000, file=io.StringIO(), record=True)
    for part in size_tables(run, 2000):
        console.print(part)
    return console.export_text()


def test_the_sentence_stands_wherever_a_design_is_shown() -> None:
    run = told()
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page(run)))
    word = " ".join(p.text for p in docx.Document(io.BytesIO(section(run))).paragraphs)
    markdown = markdown_files(run)["design.md"].decode()
    for text in (shown, word, markdown, terminal(run)):
        assert text.count(SENTENCE.removesuffix(".")) == 1


def test_early_records_have_none() -> None:
    """Pages then say what they can."""
    assert "is sized for" in page(made(sized=True))
    assert "is sized for" in markdown_files(made(sized=True))["design.md"].decode()
