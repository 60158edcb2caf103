"""Precedent: which agents were given together in people, and the tested regimen nearest to a new one.

Agents, not classes: a class-mate's trial confers no precedent. A combination whose trial was halted or did harm is
barred; it is not precedent, even where a smaller trial gave it before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import pandas as pd

from trialopt.evidence import library
from trialopt.evidence.given import regimens_given


@dataclass(frozen=True)
class Nearest:
    """The tested regimen that shares most with a regimen.

    Attributes
    ----------
    trial, agents
        The trial and what it gave; empty when no agent of the regimen was ever given.
    shared, missing, extra
        Agents in both, only in the regimen, only in the trial.
    exact
        Whether the trial gave exactly the regimen.
    """

    trial: str
    agents: tuple[str, ...]
    shared: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    exact: bool


def tested_regimens() -> pd.DataFrame:
    """Every regimen of known agents given in a trial of the library, one row a trial and regimen.

    Columns: trial, published, agents, population (``relapse`` where no more is known, or empty), phase, patients,
    status, source, confidence, barred. ``barred`` says why a regimen is not precedent, else it is empty. Registry
    records that only list agents together are left out.
    """
    rows = [
        {
            "trial": given.trial,
            "published": given.year,
            "agents": ";".join(given.agents),
            "population": given.population,
            "phase": given.phase,
            "patients": given.patients,
            "status": given.status,
            "source": given.source,
            "confidence": given.confidence,
            "barred": given.barred,
        }
        for given in regimens_given()
        if given.shown != "listed"
    ]
    return pd.DataFrame(rows)


def barred_pairs() -> dict[tuple[str, str], str]:
    """Pairs of agents that are not precedent, with the reason.

    Pairs the contraindications forbid outright (not only in some patients), and the pair that names the harm in a
    halted trial. Pairs are in alphabetical order.
    """
    known = set(library.class_of())
    out: dict[tuple[str, str], str] = {}
    for _, row in library.contraindications().iterrows():
        pair = tuple(sorted((row["item_a"], row["item_b"])))
        if row["kind"] == "pair" and row["level"] == "forbidden" and set(pair) <= known:
            where = "" if row["applies_to"] == "all" else f" ({row['applies_to']})"
            out[pair[0], pair[1]] = f"{row['rule']}{where}: {row['reason_and_numbers']}"
    return out


def pairs() -> pd.DataFrame:
    """Pairs of agents given together: a, b (alphabetical), trials (``;``-separated), regimens, source, confidence.

    Source and confidence are those of the first trial that was read, else of the first. Barred pairs are left out.
    """
    return _pairs().copy()


@cache
def _pairs() -> pd.DataFrame:
    barred = barred_pairs()
    found: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    frame = tested_regimens()
    for _, row in frame[frame["barred"] == ""].iterrows():
        for a, b in combinations(library.agent_ids(row["agents"]), 2):
            if (a, b) not in barred:
                found.setdefault((a, b), []).append((row["trial"], row["agents"], row["source"], row["confidence"]))
    rows = []
    for (a, b), given in sorted(found.items()):
        first = next((entry for entry in given if entry[3] == "read"), given[0])
        trials = ";".join(dict.fromkeys([first[0], *(entry[0] for entry in given)]))
        count = len({entry[1] for entry in given})
        rows.append({"a": a, "b": b, "trials": trials, "regimens": count, "source": first[2], "confidence": first[3]})
    return pd.DataFrame(rows)


def untested_pairs(regimen: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of a regimen that no trial of the library gave together, or that are barred; alphabetical."""
    table = pairs()
    known = set(zip(table["a"], table["b"], strict=True))
    return [pair for pair in combinations(sorted(set(regimen)), 2) if pair not in known]


def nearest(regimen: Iterable[str]) -> Nearest:
    """Return the tested regimen nearest to a regimen.

    The one that shares most agents; among those the one with fewest others; among those the most recent.
    Barred regimens do not count.

    Raises
    ------
    ValueError
        If an agent is not in the library.
    """
    wanted = set(regimen)
    unknown = wanted - set(library.class_of())
    if unknown:
        raise ValueError(f"not in the library: {', '.join(sorted(unknown))}")
    frame = tested_regimens()
    best: tuple[tuple[int, int, str], pd.Series] | None = None
    for _, row in frame[frame["barred"] == ""].iterrows():
        given = set(library.agent_ids(row["agents"]))
        if wanted & given:
            score = (len(wanted & given), -len(given - wanted), row["published"])
            if best is None or score > best[0]:
                best = score, row
    if best is None:
        return Nearest("", (), (), tuple(sorted(wanted)), (), False)
    given = set(library.agent_ids(best[1]["agents"]))
    return Nearest(
        trial=best[1]["trial"],
        agents=tuple(sorted(given)),
        shared=tuple(sorted(wanted & given)),
        missing=tuple(sorted(wanted - given)),
        extra=tuple(sorted(given - wanted)),
        exact=given == wanted,
    )
