"""README starts with the answer of a shipped instance as solved. `UPDATE_GOLDEN=1` draws it and writes its words."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from html import escape, unescape
from itertools import groupby
from pathlib import Path

import pytest
from matplotlib.text import Text

import trialopt
from trialopt.core.design import Dose
from trialopt.output.figures.picture import Picture
from trialopt.record.controls import controls
from trialopt.record.solution import Question, Solution
from trialopt.record.words import heading, name, whole_percent

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FILE = "docs/figures/first_answer.svg"
IMAGE = re.compile(rf'<img src="{re.escape(FILE)}" width="900" alt="([^"]*)">')
WIDTH = 7.6
"""Inches. At 900 pixels the letters are 12 pixels high."""


def given(question: Question, sequence: Mapping[str, tuple[Dose, ...]]) -> str:
    """Agents epoch by epoch; epochs in a row that give the same are named once."""
    regimens = [[name(question, dose.agent) for dose in sequence.get(epoch, ())] for epoch in question.epochs]
    return ", then ".join(" + ".join(agents) or "nothing" for agents, _ in groupby(regimens))


def in_words(solution: Solution) -> str:
    """What the picture shows: who is in which arm and what each arm and the control is given."""
    numbers = solution.plot._of
    question = numbers.question
    shares = numbers.tables.arms.set_index("arm")["share"]
    parts = []
    for arm in numbers.arms:
        groups = ", ".join(heading(question, group) for group in arm.subgroups)
        parts.append(f"{arm.name}, {whole_percent(shares[arm.name])} % of patients ({groups}): "
                     f"{given(question, arm.sequence)}.")  # fmt: skip
    told = [
        f"Control of {', '.join(heading(question, g) for g in groups)}: {given(question, sequence)}."
        for groups, sequence in controls(question)
    ]
    assert len(told) > 1  # patients refractory to a drug of one control have another
    return " ".join(["Recommended arms for early-relapse myeloma.", *parts, *told])


def drawn(picture: Picture) -> str:
    """Every word in the picture, in the order drawn."""
    return " ".join(" ".join(text.get_text() for text in picture.findobj(Text)).split())


def bare(text: str) -> str:
    """Without spaces: where lines break is up to the fonts."""
    return re.sub(r"\s+", "", unescape(text))


@pytest.fixture(scope="module")
def solution() -> Solution:
    return trialopt.solve(trialopt.read(trialopt.find("rrmm_early_relapse")))


def test_the_picture_shows_the_design_as_solved(solution: Solution) -> None:
    picture, words = solution.plot.schema(WIDTH), in_words(solution)
    if os.environ.get("UPDATE_GOLDEN"):
        said = f"<title>{escape(words)}</title><desc>{escape(drawn(picture))}</desc>"
        svg = re.sub(r"<svg[^>]*>", lambda found: found.group() + said, picture.svg(), count=1)
        (ROOT / FILE).write_text(svg, encoding="utf-8", newline="\n")
        text = README.read_text(encoding="utf-8")
        image = f'<img src="{FILE}" width="900" alt="{escape(words)}">'
        README.write_text(IMAGE.sub(lambda _: image, text), encoding="utf-8", newline="\n")
    svg = (ROOT / FILE).read_text(encoding="utf-8")
    (title,), (desc,) = re.findall(r"<svg[^>]*><title>(.*?)</title>", svg), re.findall("<desc>(.*?)</desc>", svg)
    assert unescape(title) == words
    assert bare(desc) == bare(drawn(picture))
    assert [unescape(alt) for alt in IMAGE.findall(README.read_text(encoding="utf-8"))] == [words]


def test_the_picture_stands_below_the_first_paragraph_and_is_small() -> None:
    title, _, rest = README.read_text(encoding="utf-8").partition("\n\n")
    _, image, _ = rest.split("\n\n", 2)
    assert title == "# trialopt"
    assert IMAGE.fullmatch(image)
    assert (ROOT / FILE).stat().st_size < 200_000


def test_the_words_name_every_agent_of_every_arm(solution: Solution) -> None:
    words, question = in_words(solution), solution.plot._of.question
    agents = {dose.agent for arm in solution.arms for doses in arm.sequence.values() for dose in doses}
    assert len(agents) >= 3
    assert all(name(question, agent) in words for agent in agents)
