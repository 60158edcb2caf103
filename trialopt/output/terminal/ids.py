"""The ids behind the names of a page: what `--set`, `--exclude` and files take."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.output.terminal.console import grid
from trialopt.record.solution import DesignNumbers
from trialopt.record.words import dose, heading

PAGES_OF = {
    "doses": ("arms", "given"),
    "subgroups": ("arms", "patients", "coverage", "toxicity"),
    "mechanisms": ("coverage",),
    "categories": ("toxicity",),
}
"""What has ids -> the pages that name it."""


def ids_table(numbers: DesignNumbers, pages: Collection[str], width: int) -> Iterator[RenderableType]:
    """Draw name and id of what those pages show, where a reader could not tell one from the other."""
    found = {what for what, where in PAGES_OF.items() if not set(where).isdisjoint(pages)}
    told = {i: called for i, called in _called(numbers, found).items() if called.lower() != i.replace("_", " ")}
    if told:
        yield Text("Ids\n", style="bold")
        yield grid(("name", "id, for --set, --exclude and files"), [(called, i) for i, called in told.items()], width)
        yield ""


def _called(numbers: DesignNumbers, what: Collection[str]) -> dict[str, str]:
    """Id -> its name, of doses given, subgroups, mechanisms and limited categories, each in its order."""
    q = numbers.question
    named: dict[str, str] = {}
    if "doses" in what:
        given = (d for arm in numbers.arms for _, sequence in arm.family for doses in sequence.values() for d in doses)
        named |= {str(one): dose(q, one) for one in given}
    if "subgroups" in what:
        named |= {g: heading(q, g) for g in q.shares}
    if "mechanisms" in what:
        named |= {m: heading(q, m) for m in q.mechanisms if m != "none"}
    if "categories" in what:
        named |= {c: heading(q, c) for c in q.categories}
    return named
