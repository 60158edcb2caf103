"""Which regimens were given in people before: the nearest trial, in the same setting first, and pairs in none.

Agents, not classes: a class-mate's trial confers nothing. Told from precedents.csv and regimens.csv of the instance
and, where it has agents of the evidence library, from the library's regimens; combinations whose trial was halted or
did harm belong in none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from trialopt.core.instance import Instance
from trialopt.core.shown import Tested, in_setting

Pair = tuple[str, str]


@dataclass(frozen=True)
class Precedent:
    """What of one regimen was given in people before.

    Attributes
    ----------
    given
        The part of the regimen that `trial` gave; without a trial the largest part of which every pair was given.
    trial
        The trial that shares most with the regimen, of those in the same setting where there is one; empty when none
        is known.
    source
        Citation of the trial, or without one those of the pairs given.
    others
        What the trial gave beside it.
    novel
        Pairs of the regimen in no regimen known, in the regimen's order.
    setting, phase, status, patients
        What is known of the trial; empty or `None` where nothing is.
    under_way
        Whether the trial has not ended.
    elsewhere
        A trial in another setting that gave more of the regimen, with its setting; empty where there is none.
    listed
        Of the novel pairs those that a registry record lists together, which proves nothing: agents and record.
    regimens
        How many regimens of the setting were looked through; 0 where only the instance's own were.
    settings
        The settings they were looked for in; empty for all.
    """

    given: tuple[str, ...]
    trial: str = ""
    source: str = ""
    others: tuple[str, ...] = ()
    novel: tuple[Pair, ...] = ()
    setting: str = ""
    phase: str = ""
    status: str = ""
    patients: int | None = None
    under_way: bool = False
    elsewhere: str = ""
    listed: tuple[tuple[str, str, str], ...] = ()
    regimens: int = 0
    settings: tuple[str, ...] = ()


def lists_precedent(instance: Instance) -> bool:
    """Whether it can be told what was given before; without that no pair can be called new."""
    return bool(instance.rules.precedents or instance.tested or instance.library)


def precedent_of(instance: Instance, agents: Iterable[str]) -> Precedent:
    """Look a regimen up among the precedents of its instance and of the library.

    The nearest trial is in the setting of the instance, if any is; it shares most agents, then gave fewest others,
    then stands first, the instance's own before the library's.
    """
    regimen = tuple(dict.fromkeys(agents))
    pairs = _pairs(instance)
    novel = tuple(pair for pair in combinations(regimen, 2) if frozenset(pair) not in pairs)
    near = _nearest(regimen, [x for x in _known(instance) if in_setting(x.setting, instance.settings)])
    far = _nearest(regimen, [x for x in _known(instance) if not in_setting(x.setting, instance.settings)])
    best = near or far
    known = {
        "novel": novel,
        "listed": tuple(_listed(instance, novel)),
        "regimens": count_of(instance),
        "settings": instance.settings if instance.library else (),
    }
    if best is None:
        part = _largest(regimen, pairs)
        return Precedent(part, source=_citations(instance, part), **known)  # type: ignore[arg-type]
    more = far if near and far and _shared(regimen, far) > _shared(regimen, near) else None
    return Precedent(
        tuple(agent for agent in regimen if agent in best.agents),
        best.trial,
        best.source,
        tuple(agent for agent in best.agents if agent not in regimen),
        setting=best.setting,
        phase=best.phase,
        status=best.status,
        patients=best.patients,
        under_way=best.under_way,
        elsewhere=f"{more.trial} ({more.setting or 'setting not said'})" if more else "",
        **known,  # type: ignore[arg-type]
    )


def count_of(instance: Instance) -> int:
    """Distinct regimens of the library in the setting of the instance, those only listed together left out."""
    return len(
        {
            frozenset(x.agents)
            for x in instance.library
            if x.shown != "listed" and in_setting(x.setting, instance.settings)
        }
    )


def _known(instance: Instance) -> Iterator[Tested]:
    yield from instance.tested
    yield from (x for x in instance.library if x.shown != "listed")


def _shared(regimen: tuple[str, ...], tested: Tested) -> int:
    return len(set(regimen) & set(tested.agents))


def _nearest(regimen: tuple[str, ...], among: list[Tested]) -> Tested | None:
    best: tuple[tuple[int, int, int], Tested] | None = None
    for order, tested in enumerate(among):
        shared = _shared(regimen, tested)
        score = (shared, shared - len(tested.agents), -order)
        if shared and (best is None or score > best[0]):
            best = score, tested
    return None if best is None else best[1]


def _pairs(instance: Instance) -> frozenset[frozenset[str]]:
    own = instance.rules.precedents
    if not own:
        own = frozenset(frozenset(pair) for tested in instance.tested for pair in combinations(tested.agents, 2))
    library = (x.agents for x in instance.library if x.shown != "listed")
    return own | {frozenset(pair) for agents in library for pair in combinations(agents, 2)}


def _listed(instance: Instance, novel: Iterable[Pair]) -> Iterator[tuple[str, str, str]]:
    records = [x for x in instance.library if x.shown == "listed"]
    for one, other in novel:
        record = next((x for x in records if {one, other} <= set(x.agents)), None)
        if record is not None:
            yield one, other, record.trial


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
