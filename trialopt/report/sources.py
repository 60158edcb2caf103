"""Where the numbers behind a run come from: published sources, each once, with what rests on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from trialopt.instance import SourceRow
from trialopt.provenance import kind_of
from trialopt.solution import Solution

ASSUMED = ("assum", "ours", "own ")
"""A source that starts so is no publication."""


@dataclass
class Source:
    """One source: the tables that use it, how many of their rows, and how sure those are."""

    text: str
    number: int
    rows: dict[str, int] = field(default_factory=dict)
    confidence: dict[str, int] = field(default_factory=dict)
    arms: list[str] = field(default_factory=list)
    """Arms whose numbers rest on it."""

    @property
    def used_in(self) -> str:
        """Tables and rows: `agents 3, toxicity 12`."""
        return ", ".join(f"{table} {rows}" for table, rows in self.rows.items())

    @property
    def sure(self) -> str:
        """Confidence of its rows: `read 3, recalled 2`."""
        return ", ".join(f"{kind} {rows}" for kind, rows in self.confidence.items())


def published(solution: Solution, *, of_design: bool = False) -> list[Source]:
    """Sources of the instance's tables that name a publication, by first appearance, numbered from 1.

    `of_design` leaves out the rows on which none of the arms' numbers rest.
    """
    rests = {arm.name: {_where(row) for row in arm.rests_on} for arm in solution.arms}
    used = set().union(*rests.values())
    found: dict[str, Source] = {}
    for row in solution.question.sources:
        if of_design and used and _where(row) not in used:
            continue
        for text in _parts(row.source):
            source = found.setdefault(text, Source(text, len(found) + 1))
            table = row.table or row.file.removesuffix(".csv")
            source.rows[table] = source.rows.get(table, 0) + 1
            kind = kind_of(row)
            source.confidence[kind] = source.confidence.get(kind, 0) + 1
            source.arms += [arm for arm, rows in rests.items() if arm not in source.arms and _where(row) in rows]
    return list(found.values())


def _where(row: SourceRow) -> tuple[str, int, tuple[str, ...]]:
    return row.file, row.row, row.key


def _parts(text: str) -> Iterable[str]:
    """The source named in a cell, if it is one."""
    clean = " ".join(text.split())
    return () if not clean or clean.lower().startswith(ASSUMED) else (clean,)
