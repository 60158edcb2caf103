"""Precedent of a regimen: the nearest trial that gave it, its largest tested part, the pairs never given before.

Agents, not classes: a class-mate's trial confers nothing. Told from precedents.csv and regimens.csv of the instance;
combinations whose trial was halted or did harm belong in neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from trialopt.instance import Instance

Pair = tuple[str, str]


@dataclass(frozen=True)
class Precedent:
    """What of one regimen was given in people before.

    Attributes
    ----------
    given
        The part of the regimen that `trial` gave; without a trial the largest part of which every pair was given.
    trial
        The trial that shares most with the regimen; empty when the instance names none.
    source
        Citation of the trial, or without one those of the pairs given.
    others
        What the trial gave beside it.
    novel
        Pairs of the regimen never given together, in the regimen's order.
    """

    given: tuple[str, ...]
    trial: str = ""
    source: str = ""
    others: tuple[str, ...] = ()
    novel: tuple[Pair, ...] = ()


def lists_precedent(instance: Instance) -> bool:
    """Whether the instance tells what was given before; without that no pair can be called novel."""
    return bool(instance.rules.precedents or instance.tested)


def precedent_of(instance: Instance, agents: Iterable[str]) -> Precedent:
    """Look a regimen up among the precedents of its instance.

    The nearest trial shares most agents, then gave fewest others, then stands first in `regimens.csv`.
    """
    regimen = tuple(dict.fromkeys(agents))
    pairs = _pairs(instance)
    novel = tuple(pair for pair in combinations(regimen, 2) if frozenset(pair) not in pairs)
    best = None
    for order, tested in enumerate(instance.tested):
        shared = len(set(regimen) & set(tested.agents))
        score = (shared, shared - len(tested.agents), -order)
        if shared and (best is None or score > best[0]):
            best = score, tested
    if best is not None:
        tested = best[1]
        given = tuple(agent for agent in regimen if agent in tested.agents)
        others = tuple(agent for agent in tested.agents if agent not in regimen)
        return Precedent(given, tested.trial, tested.source, others, novel)
    part = _largest(regimen, pairs)
    return Precedent(part, source=_citations(instance, part), novel=novel)


def _pairs(instance: Instance) -> frozenset[frozenset[str]]:
    if instance.rules.precedents:
        return instance.rules.precedents
    return frozenset(frozenset(pair) for tested in instance.tested for pair in combinations(tested.agents, 2))


def _citations(instance: Instance, part: tuple[str, ...]) -> str:
    rows = (row for row in instance.sources if row.table == "precedents" and set(row.key) <= set(part))
    return "; ".join(dict.fromkeys(row.source for row in rows if row.source))


def _largest(regimen: tuple[str, ...], pairs: frozenset[frozenset[str]]) -> tuple[str, ...]:
    """The largest part of two agents or more of which every pair was given; the first of equals."""
    for size in range(len(regimen), 1, -1):
        for part in combinations(regimen, size):
            if all(frozenset(pair) in pairs for pair in combinations(part, 2)):
                return part
    return ()
