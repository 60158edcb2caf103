"""Names that break pages, spreadsheets, typesetting and pictures, and a run made of them."""

from __future__ import annotations

from dataclasses import replace

from tests.made import made
from trialopt.core.instance import SourceRow
from trialopt.record.solution import Solution

NAMES = (
    '=cmd|"/c calc"!A1',
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</style></svg><script>alert(2)</script>",
    "--><script>alert(3)</script>",
    "{{ 7 * 7 }}{% raw %}",
    r"50 % of $\frac{1}{0}$ & \input{x} #1 ^~_{",
    "\"'`; \x00\x07 &amp; \u202e",
    "x" * 200,
    "word " * 40,
    "Ünïcodé 中文 é‰",
)


def hostile(text: str, *, sized: bool = True) -> Solution:
    """A run in which everything that has a name is named `text`."""
    run = made(agent=text, title=text, groups=(text, "frail"), arms=((text,), ("frail",)), sized=sized)
    q = run.question
    labels = dict.fromkeys((*q.labels, *q.epochs, *q.shares, *q.mechanisms[1:], *q.categories), text)
    named = replace(
        q,
        name=text,
        labels=labels,
        definitions={text: text},
        sources=(SourceRow("agents.csv", 2, (text,), source=text, confidence="read"),),
        cycles=dict.fromkeys(q.epochs, 4.0),
    )
    return replace(run, question=named, warnings=(text,))
