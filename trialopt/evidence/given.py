"""Regimens given in people, from every table of the library that has some: agents, trial, setting, phase, status.

``shown`` says how a regimen is known: of an ``arm``; by the ``acronym`` of a regimen, its agents filled in; or
``listed``: a registry record names the agents together without saying which arm holds which, which proves no
combination and is no precedent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

from trialopt.evidence.library import rows


@dataclass(frozen=True)
class Given:
    """One regimen of one trial. Texts are empty where the tables do not say.

    Attributes
    ----------
    agents
        Ids in alphabetical order.
    population
        A population of the library, ``relapse`` where no more is known, or empty.
    patients
        Who were given it, ``None`` where that is not known.
    shown
        ``arm``, ``acronym`` or ``listed``.
    barred
        Why it is no precedent (halted, or stopped for harm); else empty.
    """

    trial: str
    agents: tuple[str, ...]
    population: str
    phase: str = ""
    patients: int | None = None
    year: str = ""
    status: str = ""
    source: str = ""
    confidence: str = ""
    shown: str = "arm"
    barred: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is precedent."""
        return self.shown != "listed" and not self.barred


@cache
def regimens_given() -> tuple[Given, ...]:
    """Every regimen of known agents, one a trial and regimen; those of trial comparisons first."""
    known = {row["agent"] for row in rows("agents")}
    found: dict[tuple[str, tuple[str, ...]], Given] = {}
    for given in (*_compared(), *_single(), *_with_events(), *_of_outcomes(), *_listed()):
        if given.agents and set(given.agents) <= known:
            found.setdefault((given.trial, given.agents), given)
    return tuple(found.values())


@cache
def barred() -> frozenset[frozenset[str]]:
    """Pairs of agents that the contraindications forbid outright: no precedent, even where a trial gave them."""
    found = (row for row in rows("contraindications") if (row["kind"], row["level"]) == ("pair", "forbidden"))
    return frozenset(frozenset((row["item_a"], row["item_b"])) for row in found)


@cache
def pairs_given() -> frozenset[frozenset[str]]:
    """Pairs of agents given together in any setting."""
    found = {frozenset(pair) for given in regimens_given() if given.counts for pair in combinations(given.agents, 2)}
    return frozenset(found - barred())


def _ids(text: str) -> tuple[str, ...]:
    return tuple(sorted({part for part in text.split(";") if part}))


def _count(text: str) -> int | None:
    return int(float(text)) if text else None


def _compared() -> Iterator[Given]:
    for row in rows("regimens"):
        for role in ("arm", "control"):
            yield Given(
                trial=row["trial"],
                agents=_ids(row[f"{role}_agents"]),
                population=row["population"],
                patients=_count(row[f"n_{role}"]),
                year=row["published"],
                source=row["source"],
                confidence=row["confidence"],
                barred=row["barred"] if role == "arm" else "",
            )


def _single() -> Iterator[Given]:
    for row in rows("single_agent_arms"):
        yield replace(_plain(row), patients=_count(row["n"]), year=row["published"])


def _with_events() -> Iterator[Given]:
    return map(_plain, rows("adverse_events"))


def _of_outcomes() -> Iterator[Given]:
    for row in rows("outcome_arms"):
        if "=" not in row["agents"]:
            yield replace(_plain(row), phase=row["design"], patients=_count(row["n"]), year=row["published"])


def _plain(row: dict[str, str]) -> Given:
    return Given(
        row["trial"], _ids(row["agents"]), row["population"], source=row["source"], confidence=row["confidence"]
    )


def _listed() -> Iterator[Given]:
    for row in rows("regimens_given"):
        yield Given(
            trial=row["trial"],
            agents=_ids(row["agents"]),
            population=row["population"],
            phase=row["phase"],
            patients=_count(row["patients"]),
            year=row["year"],
            status=row["status"],
            source=row["source"],
            confidence=row["confidence"],
            shown=row["shown"],
            barred=row["barred"],
        )
