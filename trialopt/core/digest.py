"""The digest of a resolved instance: equal questions have equal digests.

Every field of `Instance`, `TrialSettings`, `Interim`, `Rules` and `Contraindication` is part of it, less `DISPLAY`. A
field that came after the first digests is left out where it has its default (for an array: the `default` that stands
beside its axes), so that a new field changes no digest of an instance that does not use it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

import numpy as np

from trialopt.core.design import Contraindication, Interim, Rules, TrialSettings
from trialopt.core.instance import Instance
from trialopt.core.settings import RULES, TRIAL

DISPLAY = frozenset(
    (
        *("name", "title", "sha256", "labels", "tested", "sources", "definitions", "warnings", "inputs", "_option"),
        *("dosing", "kinds", "one_off", "registration", "library", "settings"),
    )
)
"""Fields of `Instance` that are shown, or found again from others: no part of the question."""

FIRST: Mapping[type, frozenset[str]] = {
    Interim: frozenset(("looks", "spending")),
    TrialSettings: frozenset(
        (
            *("max_arms", "carry", "toxicity_weight", "endpoint", "endpoint_epoch", "target_difference"),
            *("target_hazard_ratio", "shrink", "no_harm", "alpha", "power", "allocation_ratio", "multiplicity"),
            *("method", "max_patients", "max_accrual_months", "budget", "control_rate", "control_median_months"),
            *("follow_up_months", "dropout_per_month", "interim"),
        )
    ),
    Contraindication: frozenset(("subgroup", "key", "partner")),
    Rules: frozenset(
        (
            *("one_per_class", "not_together", "requires", "precedent", "precedents", "alone", "once", "not_after"),
            *("include", "exclude", "contraindicated"),
        )
    ),
}
"""Fields with which digests began: always in, default or not."""

WRITTEN = frozenset(
    (
        *("agents", "classes", "epochs", "subgroups", "mechanisms", "categories", "trial", "rules", "control"),
        *("own_control", "agent_class", "option_agent", "option_level"),
        *("emergence_mechanism", "emergence_multiplier", "emergence_agents"),
        *("pair_agents", "pair_activity", "pair_toxicity", "spreads", "truths", "uncertainty"),
        *("accrual_steps", "ramp_up"),
    )
)
"""Fields of `Instance` that are put into words of their own below: ids, and what refers to ids by index."""


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
    content = {
        "agents": [i.agents[d] for d in order["D"]],
        "classes": [i.classes[i.agent_class[d]] for d in order["D"]],
        "options": sorted(options),
        "epochs": i.epochs,
        "subgroups": sorted(i.subgroups),
        "mechanisms": sorted(i.mechanisms),
        "categories": sorted(i.categories),
        "trial": plain(i.trial),
        "rules": _rules(i.rules),
        "arrays": dict(_arrays(i, order)),
        "emergence": _emergence(i),
        "pairs": _pairs(i, order["E"]),
        **({"spreads": sorted(map(plain, i.spreads))} if i.spreads else {}),
        **({} if i.uncertainty is None else {"uncertainty": plain(i.uncertainty)}),
        **({} if i.truths is None else {"truths": i.truths.sha256}),
        **({"accrual_steps": dict(i.accrual_steps)} if i.accrual_steps else {}),
        **({"ramp_up": dict(i.ramp_up)} if i.ramp_up else {}),
        "control": i.control and [sorted(options[o] for o in regimen) for regimen in i.control],
        **({"own_control": own} if (own := _own_controls(i, options)) else {}),
        **{f.name: plain(getattr(i, f.name)) for f in _others() if not _is_default(f, getattr(i, f.name))},
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _own_controls(instance: Instance, options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {g: [sorted(options[o] for o in epoch) for epoch in own] for g, own in instance.own_control.items()}


def _order(ids: Sequence[Any]) -> list[int]:
    return sorted(range(len(ids)), key=ids.__getitem__)


def _others() -> Iterable[Field[Any]]:
    """Fields of `Instance` that are no array with axes and have no words of their own."""
    return (f for f in fields(Instance) if "axes" not in f.metadata and f.name not in WRITTEN | DISPLAY)


def _arrays(instance: Instance, order: Mapping[str, list[int]]) -> Iterable[tuple[str, Any]]:
    for field in fields(instance):
        if axes := field.metadata.get("axes"):
            array, default = getattr(instance, field.name), field.metadata["default"]
            if default is None or not ((array == default) | ((array != array) & (default != default))).all():
                yield field.name, array[np.ix_(*(order[axis] for axis in axes))].tolist()


def _is_default(field: Field[Any], value: object) -> bool:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return not isinstance(value, np.ndarray) and bool(value == default)


def _kept(content: object) -> Iterable[Field[Any]]:
    """Fields of a dataclass that count: those digests began with, and later ones that are not at their default."""
    first = FIRST.get(type(content), frozenset())
    return (f for f in fields(content) if f.name in first or not _is_default(f, getattr(content, f.name)))  # type: ignore[arg-type]


def plain(value: Any) -> Any:
    """Value as JSON can write it, the order of sets left out."""
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in _kept(value)}
    if isinstance(value, frozenset):
        return sorted(map(plain, value))
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


def _rules(rules: Rules) -> dict[str, Any]:
    """Rules in an order of their own: what the declaration calls items, pairs and orders is sorted."""
    kinds = {field.name: field.kind for field in (*TRIAL.fields, *RULES.fields)}
    sorting: Mapping[str, Callable[[Any], Any]] = {
        "items": sorted,
        "orders": sorted,
        "pairs": lambda pairs: sorted({tuple(sorted(pair)) for pair in pairs}),
        "lists": lambda lists: sorted(map(sorted, lists)),
        "uses": sorted,
    }
    content = {f.name: getattr(rules, f.name) for f in _kept(rules)}
    ordered = {name: sorting.get(kinds.get(name, ""), plain)(value) for name, value in content.items()}
    in_epochs = {name: sorted(map(_entry, value)) for name, value in content.items() if name.endswith("_in")}
    return (
        ordered
        | in_epochs
        | {
            "requires": sorted((item, sorted(partners)) for item, partners in rules.requires),
            "contraindicated": sorted(map(_barred, rules.contraindicated)),
        }
    )


def _entry(entry: tuple[Any, ...]) -> list[Any]:
    return [sorted(part) if isinstance(part, tuple) else part for part in entry]


def _barred(row: Contraindication) -> tuple[Any, ...]:
    later = [(f.name, plain(getattr(row, f.name))) for f in _kept(row) if f.name not in FIRST[Contraindication]]
    return (row.subgroup, sorted([row.key, row.partner]) if row.partner else [row.key], *later)


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
            i.pair_agents.tolist(), i.pair_activity.tolist(), i.pair_toxicity[:, categories].tolist(), strict=True
        )
    )
