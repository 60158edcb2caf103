"""Cells that may be read as something else: ids that other software misreads, and numbers on another scale.

Both are warned of with file, row and column; nothing is changed. Ids are right as ids, but in `allocation.csv` and the
other tables of a run a spreadsheet or a data frame would make a date, a number or a missing value of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from trialopt.core.columns import TABLES
from trialopt.reading.document import Document, Row
from trialopt.reading.frame import Frame

MISSING = frozenset(
    ("na", "nan", "n_a", "null", "nil", "none", "missing", "true", "false", "inf", "infinity")
)  # fmt: skip
"""Words that pandas, R or a spreadsheet take for a missing or logical value, or for infinity, in some case."""

NUMBER = re.compile(r"\d+(e\d+)?")
"""`007`, `1e5`."""

_MONTHS = (
    r"jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|"
    r"oct(ober)?|nov(ember)?|dec(ember)?"
)
DATE = re.compile(rf"({_MONTHS})\d{{1,4}}|\d{{1,4}}({_MONTHS})")
"""`march1`, `sept2`, `1mar`."""

USUAL: dict[tuple[str, str], tuple[float, str]] = {
    ("interactions", "activity"): (2.0, "log-activity, where 0 is no effect on each other"),
    ("activity", "activity"): (5.0, "log-activity, where 5 is a response of 99 %"),
    ("retained", "retained"): (3.0, "a share of activity, where 1 is all of it"),
    ("sensitivity", "sensitivity"): (3.0, "a factor on log-activity, where 1 is unchanged"),
    ("levels", "activity_factor"): (3.0, "a factor on log-activity, where 1 is unchanged"),
    ("levels", "toxicity_factor"): (3.0, "a factor on event probabilities, where 1 is unchanged"),
}
"""Size beyond which a number is more likely a slip of scale (assumption), and what the scale is."""

LOOKED_UP = 10.0
"""Times as far may go the number of a row that says `read`: somebody looked it up in the source it names."""

MOST = 50
"""Warnings of each kind that are spelled out; the rest are counted."""


def doubtful_cells(document: Document, frame: Frame) -> Iterator[str]:
    """Warn of ids and of numbers, `MOST` of each kind one by one."""
    for found in (_ids(document, frame), _scales(document, frame)):
        yield from islice(found, MOST)
        if more := sum(1 for _ in found):
            yield f"{more} more cells are like these."


def misread_as(text: str) -> str:
    """What other software makes of an id, empty where it stays a text."""
    if text.lower() in MISSING:
        return "a missing, true, false or infinite value"
    if NUMBER.fullmatch(text):
        return "a number"
    return "a date" if DATE.fullmatch(text) else ""


def _ids(document: Document, frame: Frame) -> Iterator[str]:
    said: set[str] = set()
    for table in TABLES.values():
        columns = [column.name for column in table.columns if column.kind == "id"]
        for entry in frame.tables[table.name] if columns else ():
            for column in columns:
                if (text := entry.text(column)) is None or text in said:
                    continue
                if words := misread_as(text):
                    said.add(text)
                    yield f"{_place(document, entry.row, column)}: {_id_words(text, words)}"
    for position, epoch in enumerate(frame.epochs):
        if (words := misread_as(epoch)) and epoch not in said:
            file, line = document.places.get(f"epoch.{position}.id", (document.settings_file, 0))
            yield f"{file}{f':{line}' if line else ''} [[epoch]] id: {_id_words(epoch, words)}"


def _id_words(text: str, words: str) -> str:
    return f"other software reads the id {text!r} as {words}; another id, with a letter that tells, is safe."


def _scales(document: Document, frame: Frame) -> Iterator[str]:
    for (table, column), (usual, scale) in USUAL.items():
        for entry in frame.tables[table]:
            value = entry.number(column)
            most = usual * (LOOKED_UP if entry.text("confidence") == "read" else 1.0)
            if value is not None and abs(value) > most:
                key = ", ".join(text for name in TABLES[table].key if (text := entry.text(name)))
                yield (
                    f"{_place(document, entry.row, column)}: {value:g} of {key} is far beyond what is usual "
                    f"({usual:g}); it is {scale}."
                )


def _place(document: Document, row: Row, column: str) -> str:
    """File, row and column of a cell as messages name them."""
    file = document.shown_as.get(row.file, row.file)
    return " ".join(filter(None, (f"{file}:{row.line}" if row.line else file, row.place, column)))
