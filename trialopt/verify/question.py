"""What a record says of the question, held against the instance beside it: shares, weights and limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trialopt.core.instance import Floats, Instance
from trialopt.verify.record import differs


def told_otherwise(instance: Instance, told: Mapping[str, Any]) -> Iterator[str]:
    """Numbers of the field `trial` of a record that are others in the instance; limits of 1 are none."""
    i = instance
    for k, g in enumerate(i.subgroups):
        subgroup = told["subgroups"].get(g, {})
        yield from _other(f"share of {g}", subgroup.get("share"), float(i.share[k]))
        for n, s in enumerate(i.epochs):
            yield from _other(f"reach of {g} in {s}", subgroup.get("reach", {}).get(s), float(i.reach[k, n]))
            yield from _limits(f"{g} in {s}", told["limits"].get(g, {}).get(s, {}), i.categories, i.limit[k, :, n])
    for n, s in enumerate(i.epochs):
        yield from _other(f"weight of {s}", told["epochs"].get(s, {}).get("weight"), float(i.weight[n]))
    yield from _limits("all epochs", told["cumulative_limits"], i.categories, i.cumulative_limit)
    yield from _other("toxicity_weight", told["toxicity_weight"], i.trial.toxicity_weight)
    for name, limit in told["trial_limits"].items():
        known = getattr(i.trial, name, None)
        yield from _other(name, limit, np.nan if known is None else float(known))


def _limits(where: str, told: Mapping[str, Any], categories: tuple[str, ...], limits: Floats) -> Iterator[str]:
    for category, limit in zip(categories, limits.tolist(), strict=True):
        yield from _other(f"limit of {category} in {where}", told.get(category, 1.0), min(limit, 1.0))


def _other(what: str, told: Any, found: float) -> Iterator[str]:
    if differs(told, found):
        yield f"{what} is told as {told}, and is {found:.9g} in the instance"
