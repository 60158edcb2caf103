"""What to learn first, on a page: a few sentences, then short tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from trialopt.decision.learn.learning import GROUPS, Learning, Part
from trialopt.output.terminal.console import grid
from trialopt.record.solution import Question
from trialopt.record.words import name, worded

MOST = 10
"""Rows of a table drawn; files and data frames have all."""


def learning_parts(found: Learning, question: Question, width: int) -> Iterator[RenderableType]:
    """All parts of the result for a page of `width` characters."""
    title = found.instance["title"] or found.instance["name"]
    yield Text(f"{title} ({found.instance['name']}): what to learn first\n", style="bold")
    for sentence in found.sentences:
        yield f"{worded(question, sentence)}\n"
    yield Text("What knowing one input is worth (EVPPI)\n", style="bold")
    yield _table(found, question, found.of("input"), ("input", "known so far"), width)
    if found.of(*GROUPS):
        yield Text("\nGroups of inputs together\n", style="bold")
        yield _table(found, question, found.of(*GROUPS), ("group", "of"), width)
    if found.of("study"):
        yield Text("\nPlanned studies (EVSI)\n", style="bold")
        yield _table(found, question, found.of("study"), ("study", "of"), width, most=len(found.parts))
    yield ""


def _table(
    found: Learning, question: Question, parts: Sequence[Part], heads: tuple[str, str], width: int, most: int = MOST
) -> RenderableType:
    rows = [
        (
            f"{part.kind} {name(question, part.name)}" if part.kind in GROUPS else worded(question, part.name),
            f"{part.worth.value:.4f}",
            f"{part.worth.error:.4f}",
            f"{100 * found.share(part.worth):.0f} %",
            worded(question, part.detail),
        )
        for part in parts[:most]
    ]
    numbers = ("worth", "s.e.", "share")
    return grid((heads[0], *numbers, heads[1]), rows, width, right=numbers)
