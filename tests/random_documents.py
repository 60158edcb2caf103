"""Small random documents in which every family of the model, and every rule, appears often.

`random_document(seed)` is deterministic. Each feature draws from a stream of its own, so turning one off
leaves the others as they were: that is how the hypothesis strategy `documents()` shrinks, and how `without`
helps to find out by hand which feature a difference comes from.
"""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from tests.random_draft import Draft
from tests.random_edges import EDGES
from tests.random_features import FEATURES
from tests.random_rules import RULES
from trialopt.reading.document import Document, document

ALL = {**FEATURES, **RULES, **EDGES}
"""Every feature: how often a document has it, and what writes it."""


def random_document(seed: int, without: frozenset[str] = frozenset(), most: int = 6) -> Document:
    """A small random document. `without` names features to leave out; `most` caps every size but agents'."""
    draft = Draft(seed)
    draft = _capped(draft, most)
    for name, (chance, write) in ALL.items():
        if name == next(iter(EDGES)):
            draft.fit()
        random = Random(f"{seed}/{name}")
        if random.random() < chance and name not in without:
            write(draft, random)
    return document(f"random_{seed}", draft.settings, draft.tables)


def _capped(draft: Draft, most: int) -> Draft:
    """Keep the first few epochs, subgroups, mechanisms and categories only."""
    for column, names in {
        "epoch": draft.epochs,
        "subgroup": draft.subgroups,
        "mechanism": draft.mechanisms,
        "category": draft.categories,
    }.items():
        dropped = names[most:]
        del names[most:]
        for table, rows in draft.tables.items():
            draft.tables[table] = [row for row in rows if row.get(column) not in dropped]
    draft.settings["epoch"] = draft.settings["epoch"][:most]
    return draft


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Random documents; a failing one shrinks towards few features, small sizes and a small seed."""
    off = frozenset(name for name in ALL if not draw(st.integers(0, 9), label=name))
    return random_document(draw(st.integers(0, 10**6), label="seed"), off, draw(st.integers(1, 6), label="most"))
