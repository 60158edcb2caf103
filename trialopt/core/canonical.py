"""The same question with its rows in an order of its own, so that the order in which they were written decides nothing.

Sums of the same numbers in another order differ in their last bits, and searches take the first of what is equal; so
the search is handed ids in alphabetical order, and what it finds is put back into the order of the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from trialopt.core.design import Arm, Design
from trialopt.core.instance import Instance

BY_ID = frozenset(
    (
        *("name", "title", "sha256", "epochs", "labels", "trial", "rules", "spreads", "dosing", "kinds", "one_off"),
        *(
            "uncertainty",
            "registration",
            "tested",
            "library",
            "settings",
            "sources",
            "definitions",
            "warnings",
            "inputs",
            "accrual_steps",
            "ramp_up",
        ),
        "_option",
    )
)
"""Fields that speak of ids, or of what has no order."""

REORDERED = frozenset(
    (
        *("agents", "classes", "subgroups", "mechanisms", "categories", "agent_class", "option_agent", "option_level"),
        *("emergence_mechanism", "emergence_multiplier", "emergence_agents"),
        *("pair_agents", "pair_activity", "pair_toxicity", "control", "own_control"),
    )
)
"""Fields that refer to others by index, put into order below."""

LEFT = frozenset(("truths",))
"""Fields that are not put into order: an instance that has them keeps the order of its tables."""


def canonical(instance: Instance) -> Instance:
    """The instance with agents, classes, levels, subgroups, mechanisms, categories and pairs in alphabetical order."""
    i = instance
    if any(getattr(i, name) is not None for name in LEFT):
        return i
    options = [(i.agents[d], level) for d, level in zip(i.option_agent.tolist(), i.option_level, strict=True)]
    order = {
        "D": _order(i.agents),
        "O": _order(options),
        "S": np.arange(len(i.epochs)),
        "G": _order(i.subgroups),
        "M": np.append(0, 1 + _order(i.mechanisms[1:])),
        "E": _order(i.categories),
    }
    place = {axis: np.argsort(old) for axis, old in order.items()}

    def placed(sequence: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(sorted(place["O"][list(given)].tolist())) for given in sequence)

    changed: dict[str, Any] = {
        f.name: getattr(i, f.name)[np.ix_(*(order[axis] for axis in f.metadata["axes"]))]
        for f in fields(Instance)
        if "axes" in f.metadata
    }
    ids = {"agents": "D", "subgroups": "G", "mechanisms": "M", "categories": "E"}
    changed |= {name: tuple(getattr(i, name)[k] for k in order[axis]) for name, axis in ids.items()}
    classes = _order(i.classes)
    changed |= {
        "classes": tuple(i.classes[c] for c in classes),
        "agent_class": np.argsort(classes)[i.agent_class[order["D"]]],
        "option_agent": place["D"][i.option_agent[order["O"]]],
        "option_level": tuple(i.option_level[o] for o in order["O"]),
        "control": i.control and placed(i.control),
        "own_control": {g: placed(own) for g, own in i.own_control.items()},
    }
    changed |= _emergence(i, order["D"], place["M"])
    changed |= _pairs(i, place["D"], order["E"])
    return replace(i, **changed)


def _order(ids: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)


def _emergence(i: Instance, agents: Any, place: Any) -> dict[str, Any]:
    mechanism, applies = place[i.emergence_mechanism], i.emergence_agents[:, agents]
    rows = zip(mechanism.tolist(), i.emergence_multiplier.tolist(), map(tuple, applies.tolist()), strict=True)
    order = _order(list(rows))
    return {
        "emergence_mechanism": mechanism[order],
        "emergence_multiplier": i.emergence_multiplier[order],
        "emergence_agents": applies[order],
    }


def _pairs(i: Instance, place: Any, categories: Any) -> dict[str, Any]:
    pairs = np.sort(place[i.pair_agents], axis=1).reshape(-1, 2)
    order = _order(list(map(tuple, pairs.tolist())))
    return {
        "pair_agents": pairs[order],
        "pair_activity": i.pair_activity[order],
        "pair_toxicity": i.pair_toxicity[order][:, categories],
    }


def in_table_order(instance: Instance, design: Design) -> Design:
    """A design as the tables order it: arms named by the first subgroup they serve, doses as the options stand."""
    group = {g: n for n, g in enumerate(instance.subgroups)}
    arms = [(tuple(sorted(arm.subgroups, key=group.__getitem__)), arm.sequence) for arm in design.arms]
    arms.sort(key=lambda arm: group[arm[0][0]])
    return Design(
        tuple(
            Arm(
                f"A{n}",
                served,
                {
                    s: tuple(sorted(sequence.get(s, ()), key=lambda dose: instance.option(dose.agent, dose.level)))
                    for s in instance.epochs
                },
            )
            for n, (served, sequence) in enumerate(arms, start=1)
        )
    )
