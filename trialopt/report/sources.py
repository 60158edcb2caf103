"""Where the numbers behind a run come from: published sources, each once, with what rests on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trialopt.design import Dose
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
    """Arms with an agent that it says something about."""

    @property
    def used_in(self) -> str:
        """Tables and rows: `agents 3, toxicity 12`."""
        return ", ".join(f"{file.removesuffix('.csv')} {rows}" for file, rows in self.rows.items())

    @property
    def sure(self) -> str:
        """Confidence of its rows: `read 3, recalled 2`."""
        return ", ".join(f"{kind} {rows}" for kind, rows in self.confidence.items())


def published(solution: Solution, *, of_design: bool = False) -> list[Source]:
    """Sources of the instance's tables that name a publication, by first appearance, numbered from 1.

    `of_design` leaves out what speaks only of agents that neither an arm nor the control gives.
    """
    q = solution.question
    given = {arm.name: _agents(arm.sequence) for arm in solution.arms}
    known = {key for row in q.sources if row.file == "agents.csv" for key in row.key}
    others = known - set().union(*given.values(), _agents(q.control or {}))
    found: dict[str, Source] = {}
    for row in q.sources:
        if of_design and others.intersection(row.key):
            continue
        for text in _parts(row.source):
            source = found.setdefault(text, Source(text, len(found) + 1))
            source.rows[row.file] = source.rows.get(row.file, 0) + 1
            kind = row.confidence or "does not say"
            source.confidence[kind] = source.confidence.get(kind, 0) + 1
            source.arms += [arm for arm, agents in given.items() if arm not in source.arms and agents & {*row.key}]
    return list(found.values())


def _agents(sequence: Mapping[str, Sequence[Dose]]) -> set[str]:
    return {dose.agent for doses in sequence.values() for dose in doses}


def _parts(text: str) -> Iterable[str]:
    """The source named in a cell, if it is one."""
    clean = " ".join(text.split())
    return () if not clean or clean.lower().startswith(ASSUMED) else (clean,)
