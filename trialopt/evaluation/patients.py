"""Patients of an arm: required, allocated to subgroups, what they cost and what they show (model section 7).

Each side is split in proportion to accrual rates, or to shares where a subgroup of the arm has no rate, by largest
remainder: everyone gets the whole part of the exact quota, and the patients left over go to the largest fractions.
Source: Hamilton's method; ties go to the subgroup that stands first in the table.

Raises `SizingError` where the formula has no answer.

Each subgroup's patients are compared at the arm's alpha, by the arm's formula, for the subgroup's own share of the
effect (the target, or `shrink` times what is predicted there). With interim looks patients count divided by
their inflation.
"""

from __future__ import annotations

import collections.abc
from collections.abc import Callable
from functools import lru_cache
from math import floor, fsum, isnan

import numpy as np

from trialopt.core.design import Interim
from trialopt.core.instance import TOLERANCE, Floats, Instance
from trialopt.evaluation.boundaries import boundaries
from trialopt.evaluation.formulas import Asked, whole
from trialopt.evaluation.numbers import agents_given
from trialopt.evaluation.resolve import ResolvedArm, Sequence


def recruitment(instance: Instance, groups: collections.abc.Sequence[int]) -> Floats:
    """(g,) who turns up, in proportion: accrual rates where all are given, else shares (all 0: alike)."""
    rates, share = instance.accrual[list(groups)], instance.share[list(groups)]
    known = share if np.isnan(rates).any() else rates
    return known if known.any() else np.ones(len(share))


def accrual_parts(instance: Instance, groups: collections.abc.Sequence[int]) -> Floats:
    """(g,) f: each subgroup's part of an arm's accrual; they sum to 1."""
    weights = recruitment(instance, groups)
    return np.asarray(weights / fsum(weights))


def split(patients: int, weights: collections.abc.Sequence[float]) -> list[int]:
    """`patients` in proportion to `weights` (not all 0) by largest remainder; ties to the first. Sums to `patients`."""
    total = sum(weights)
    quotas = [patients * weight / total for weight in weights]
    whole = [floor(quota + TOLERANCE) for quota in quotas]
    fractions = [round(quota - part, 9) for quota, part in zip(quotas, whole, strict=True)]
    by_fraction = sorted(range(len(whole)), key=lambda k: (-fractions[k], k))
    for k in by_fraction[: patients - sum(whole)]:
        whole[k] += 1
    return whole


def allocated(instance: Instance, resolved: ResolvedArm, patients: int) -> dict[str, int]:
    """Subgroup id -> patients of one side of the arm, in the order in which the arm lists its subgroups."""
    in_table_order = sorted(resolved.groups)
    parts = split(patients, recruitment(instance, in_table_order).tolist())
    by_group = dict(zip(in_table_order, parts, strict=True))
    return {instance.subgroups[g]: by_group[g] for g in resolved.groups}


def cost_per_patient(instance: Instance, sequence: Sequence | None) -> float:
    """`sum over epochs of cycles * cost_per_cycle + cost_per_course` of the agents given, whatever their level.

    In the currency of the agents' costs. No regimen costs nothing.
    """
    if sequence is None:
        return 0.0
    given = agents_given(instance, sequence)
    return float((given * (instance.cycles[:, None] * instance.cost_per_cycle + instance.cost_per_course)).sum())


def accrual_rate(instance: Instance, resolved: ResolvedArm) -> float | None:
    """Patients a month of all subgroups of the arm together; `None` where a rate is not given."""
    rate = fsum(instance.accrual[list(resolved.groups)])
    return None if isnan(rate) else rate


PowerInside = Callable[[int, int, int], float | None]
"""Place of a subgroup, its experimental and control patients -> power inside it; `None` where a rate is out of range"""

KEPT = 65536
"""Answers remembered of each function."""


def inflation(interim: Interim | None, alpha: float, power: float) -> float:
    """Factor on sizes or events for the interim looks; 1 without looks."""
    if interim is None:
        return 1.0
    return boundaries(interim, alpha, power).inflation


@lru_cache(maxsize=KEPT)
def exact(p0: float, p1: float, want: Asked) -> tuple[int, int, float]:
    """Whole experimental and control patients of Boschloo's test, and the power they have."""
    from trialopt.sizing.exact_size import exact_size

    size = exact_size(p0, p1, want.alpha, want.power, want.ratio)
    return whole(size.n1 / want.evaluable), whole(size.n0 / want.evaluable), size.power


@lru_cache(maxsize=KEPT)
def exact_power(p0: float, p1: float, want: Asked, experimental: int, control: int) -> float:
    """Power of Boschloo's test in so many patients."""
    from trialopt.sizing.boschloo import boschloo_rows, chance

    n1, n0 = (max(1, round(n * want.evaluable)) for n in (experimental, control))
    return float(chance(boschloo_rows(n0, n1, want.alpha), n1, np.array([p0]), np.array([p1]))[0])
