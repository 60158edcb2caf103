"""The digest of a resolved instance: equal questions have equal digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from trialopt.core.instance import Instance

_AXES = {
    "usable": "DS",
    "beta": "DS",
    "hazard_ratio": "D",
    "cost_per_cycle": "D",
    "cost_per_course": "D",
    "activity_factor": "O",
    "toxicity_factor": "O",
    "cycles": "S",
    "weight": "S",
    "pfs_weight": "S",
    "exposure": "S",
    "min_agents": "S",
    "max_agents": "S",
    "share": "G",
    "accrual": "G",
    "control_rate": "G",
    "reach": "GS",
    "sensitivity": "GD",
    "susceptibility": "GE",
    "prevalence": "GM",
    "seed": "M",
    "retained": "DM",
    "min_coverage": "M",
    "min_active": "M",
    "prevalence_floor": "M",
    "require_epochs": "MS",
    "event_rate": "DES",
    "background": "E",
    "limit": "GES",
    "cumulative_limit": "E",
}


def digest(instance: Instance) -> str:
    """Hash what is asked, by sha256 in hexadecimal.

    Ids are sorted (epochs keep their order) and every array follows them, so neither the order of rows and columns
    nor names, titles, sources and folders matter.
    """
    i = instance
    options = [(i.agents[d], level) for d, level in zip(i.option_agent.tolist(), i.option_level, strict=True)]
    order = {
        "D": _order(i.agents),
        "O": _order(options),
        "S": list(range(len(i.epochs))),
        "G": _order(i.subgroups),
        "M": _order(i.mechanisms),
        "E": _order(i.categories),
    }
    arrays = {name: getattr(i, name)[np.ix_(*(order[axis] for axis in axes))].tolist() for name, axes in _AXES.items()}
    content = {
        "agents": [i.agents[d] for d in order["D"]],
        "classes": [i.classes[i.agent_class[d]] for d in order["D"]],
        "options": sorted(options),
        "epochs": i.epochs,
        "subgroups": sorted(i.subgroups),
        "mechanisms": sorted(i.mechanisms),
        "categories": sorted(i.categories),
        "trial": asdict(i.trial),
        "rules": _rules(i),
        "arrays": arrays,
        "emergence": _emergence(i),
        "pairs": _pairs(i, order["E"]),
        "control": i.control and [sorted(options[o] for o in regimen) for regimen in i.control],
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _order(ids: Sequence[Any]) -> list[int]:
    return sorted(range(len(ids)), key=ids.__getitem__)


def _rules(instance: Instance) -> dict[str, Any]:
    rules = instance.rules
    return {
        "one_per_class": sorted(rules.one_per_class),
        "not_together": sorted({tuple(sorted(pair)) for pair in rules.not_together}),
        "requires": sorted((item, sorted(partners)) for item, partners in rules.requires),
        "precedent": rules.precedent,
        "precedents": sorted(sorted(pair) for pair in rules.precedents),
        "alone": sorted(rules.alone),
        "once": sorted(rules.once),
        "not_after": sorted(rules.not_after),
        "include": sorted(rules.include),
        "exclude": sorted(rules.exclude),
        "contraindicated": sorted(
            (c.subgroup, sorted([c.key, c.partner]) if c.partner else [c.key]) for c in rules.contraindicated
        ),
    }


def _emergence(instance: Instance) -> list[Any]:
    i = instance
    return sorted(
        (i.mechanisms[m], multiplier, sorted(np.array(i.agents, dtype=object)[applies]))
        for m, multiplier, applies in zip(
            i.emergence_mechanism.tolist(), i.emergence_multiplier.tolist(), i.emergence_agents, strict=True
        )
    )


def _pairs(instance: Instance, categories: list[int]) -> list[Any]:
    i = instance
    return sorted(
        (sorted((i.agents[a], i.agents[b])), activity, taus)
        for (a, b), activity, taus in zip(
            i.pair_agents.tolist(),
            i.pair_activity.tolist(),
            i.pair_toxicity[:, categories].tolist(),
            strict=True,
        )
    )
