"""A sized design in which at least one arm contains an agent, asked for with one search.

A subgroup without patients is added that any arm may serve as well: it has no weight, no toxicity and no limits, so it
changes no number of an arm. The arm that serves it must contain the agent. Its control already helps everybody, so an
arm that serves it alone has no effect and cannot be sized: it always joins an arm of real subgroups.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from trialopt.design import Design
from trialopt.instance import Floats, Instance

NOBODY = "nobody"

ALMOST_NONE = 1e-12
"""Patients a month of that subgroup: nothing beside real ones, yet a rate as sizes need it."""


def with_nobody(instance: Instance) -> Instance | None:
    """The instance with such a subgroup, the last; `None` where it could not be told apart from real ones."""
    i = instance
    if not i.trial.sized or (i.share <= 0).any() or NOBODY in i.subgroups:
        return None
    # What is required against mechanisms that grow from seeds must not ask more of this subgroup than of real ones.
    seeded = i.seed > 0
    required = bool((seeded & ((i.min_active > 0) | ~np.isnan(i.min_coverage))).any())
    weakened = bool((seeded & ~np.isnan(i.min_coverage)).any() and (i.pair_activity < 0).any())
    if required and (weakened or i.trial.endpoint == "pfs"):
        return None
    sensitivity = i.sensitivity.max(axis=0) if required else np.zeros(len(i.agents))
    alone = np.zeros((1, len(i.mechanisms)))
    alone[0, 0] = 1.0
    added: dict[str, Any] = {
        "subgroups": (*i.subgroups, NOBODY),
        "share": np.append(i.share, 0.0),
        "accrual": np.append(i.accrual, np.nan if np.isnan(i.accrual).any() else ALMOST_NONE),
        "control_rate": np.append(i.control_rate, 1.0),
        "reach": _more(i.reach, 0.0),
        "sensitivity": np.vstack([i.sensitivity, sensitivity]),
        "susceptibility": _more(i.susceptibility, 0.0),
        "prevalence": np.vstack([i.prevalence, alone]),
        "limit": _more(i.limit, 1.0),
    }
    return replace(i, **added)


def without_nobody(design: Design) -> Design:
    """The design in its real subgroups."""
    return Design(tuple(replace(arm, subgroups=tuple(g for g in arm.subgroups if g != NOBODY)) for arm in design.arms))


def _more(array: Floats, value: float) -> Floats:
    return np.concatenate([array, np.full((1, *array.shape[1:]), value)])
