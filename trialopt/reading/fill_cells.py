"""One row of a designer's, completed: a fact of the library laid into its blank cells."""

from __future__ import annotations

from trialopt.core.columns import REMARKS
from trialopt.evidence.arms import Fact
from trialopt.reading.document import _text

WEAKER = ("read", "recalled", "assumption")
"""Words of `confidence`, the strongest first."""


def lay(cells: dict[str, str], fact: Fact) -> None:
    """Lay the values of a fact into blank cells, and say so in the row's remarks."""
    new = {c: _text(v) for c, v in fact.items() if c not in REMARKS and c not in cells and _text(v)}
    if not new:
        return
    remarks = {c: _text(fact.get(c)) for c in REMARKS}
    alone = not any(cells.get(c) for c in REMARKS)
    cells |= new
    columns = ", ".join(new)
    cells["source"] = _joined(cells.get("source", ""), f"{columns}: {remarks['source']}")
    if remarks["note"]:
        cells["note"] = _joined(cells.get("note", ""), f"{columns}: {remarks['note']}")
    own = cells.get("confidence", "")
    words = [word for word in (own, remarks["confidence"]) if word in WEAKER]
    if words and (alone or own in WEAKER):
        cells["confidence"] = max(words, key=WEAKER.index)
    if remarks["recalled_fields"]:
        cells["recalled_fields"] = _joined(cells.get("recalled_fields", ""), remarks["recalled_fields"], ";")


def _joined(own: str, more: str, by: str = "; ") -> str:
    return f"{own}{by}{more}" if own else more
