"""The designs that come next, as the report shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialopt.decision.differences import Naming, differences
from trialopt.output.report.sentences import dose
from trialopt.output.views import Grid
from trialopt.record.solution import Question, Solution
from trialopt.record.words import name, objective

if TYPE_CHECKING:
    from trialopt.decision.alternatives import Alternative, Alternatives
    from trialopt.output.figures.picture import Picture

SHOWN = 20
"""Most designs on the page."""

CLOSE = 1e-6
"""Values are proven to this."""


def sentence(found: Alternatives, solution: Solution) -> str:
    """What the list is, and what to know when the recommended design is not its first."""
    text = found.sentence
    if len(found.items) > SHOWN:
        text += f" The first {SHOWN} are shown."
    if found.items and solution.value is not None and found.items[0].value > solution.value + CLOSE:
        text += (
            f" The recommended design was accepted with a gap: its value of {objective(solution.value)} is below that "
            "of the first of the list."
        )
    return text


def grid(found: Alternatives, question: Question) -> Grid:
    """One row a design: rank, value, loss, patients where the trial is sized, and what differs from the first."""
    items = found.items[:SHOWN]
    sized = any(item.patients is not None for item in items)
    heads = ("Rank", "Value", "Loss", *(("Patients",) if sized else ()), "Differs from the first")
    rows = tuple(
        (
            str(item.rank),
            objective(item.value),
            "" if item.rank == 1 else f"{item.loss:.6f}",
            *((str(item.patients),) if sized else ()),
            _differs(found, item, question),
        )
        for item in items
    )
    return Grid("The best designs", heads, rows, frozenset(range(1, len(heads) - 1)))


def picture(found: Alternatives, question: Question) -> Picture:
    """Draw those that are shown."""
    from trialopt.output.figures.plot import alternatives_picture

    frame = found.frame.head(SHOWN)
    words = [_differs(found, item, question) for item in found.items[:SHOWN]]
    return alternatives_picture(frame.assign(differs=words), complete=found.complete)


def _differs(found: Alternatives, item: Alternative, question: Question) -> str:
    """What a design does differently from the first, with the names a reader knows."""
    if item.rank == 1:
        return ""
    naming = Naming(lambda given: dose(question, given), lambda key: name(question, key))
    return "; ".join(differences(found.items[0].design, item.design, naming) or item.differs)
