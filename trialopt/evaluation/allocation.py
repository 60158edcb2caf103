"""Patients of one side of an arm split over its subgroups, in whole patients (model section 7).

Each side is split in proportion to accrual rates, or to shares where a subgroup of the arm has no rate, by largest
remainder: everyone gets the whole part of the exact quota, and the patients left over go to the largest fractions.
Source: Hamilton's method; ties go to the subgroup that stands first in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

import numpy as np

from trialopt.evaluation.resolve import ResolvedArm
from trialopt.instance import TOLERANCE, Floats, Instance


def recruitment(instance: Instance, groups: Sequence[int]) -> Floats:
    """(g,) what the split is in proportion to: accrual rates where all are given, else shares (all 0: alike)."""
    rates, share = instance.accrual[list(groups)], instance.share[list(groups)]
    if not np.isnan(rates).any():
        return rates
    return share if share.any() else np.ones(len(share))


def split(patients: int, weights: Sequence[float]) -> list[int]:
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
