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
from functools import lru_cache
from math import floor
from typing import NamedTuple

import numpy as np

from trialopt.core.design import Interim, TrialSettings
from trialopt.core.instance import TOLERANCE, Floats, Instance
from trialopt.evaluation.boundaries import boundaries
from trialopt.evaluation.numbers import agents_given
from trialopt.evaluation.resolve import ResolvedArm, Sequence


def recruitment(instance: Instance, groups: collections.abc.Sequence[int]) -> Floats:
    """(g,) what the split is in proportion to: accrual rates where all are given, else shares (all 0: alike)."""
    rates, share = instance.accrual[list(groups)], instance.share[list(groups)]
    if not np.isnan(rates).any():
        return rates
    return share if share.any() else np.ones(len(share))


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


KEPT = 65536
"""Answers remembered of each function."""


class Required(NamedTuple):
    """Whole patients of one comparison."""

    experimental: int
    control: int
    power: float
    """Power these patients reach."""
    events: float | None
    """Events required, both sides together, unrounded; `None` for a response endpoint."""
    method: str


def inflation(interim: Interim | None, alpha: float, power: float) -> float:
    """Factor on sizes or events for the interim looks; 1 without looks."""
    if interim is None:
        return 1.0
    return boundaries(interim, alpha, power).inflation


@lru_cache(maxsize=KEPT)
def response(p0: float, p1: float, alpha: float, power: float, ratio: float, factor: float) -> Required:
    """Two proportions, normal approximation, unpooled variance (`trialopt.sizing.proportions`)."""
    from trialopt.sizing import proportion_size

    size = proportion_size(p0, p1, alpha, power, ratio, "unpooled", inflation=factor)
    return Required(int(size.n1), int(size.n0), float(size.power), None, size.method)


@lru_cache(maxsize=KEPT)
def progression(hazard_ratio: float, rate: float, alpha: float, factor: float, trial: TrialSettings) -> Required:
    """Time to event with `rate` patients a month, by the trial's method (`trialopt.sizing.survival`)."""
    from trialopt.sizing import SizingError, survival_size

    if trial.control_median_months is None or trial.power is None:
        raise SizingError("pfs needs the control's median and a power")
    size = survival_size(
        hazard_ratio,
        trial.control_median_months,
        alpha,
        trial.power,
        trial.allocation_ratio,
        trial.method,  # type: ignore[arg-type]
        accrual_rate=rate,
        follow_up=trial.follow_up_months,
        dropout=trial.dropout_per_month,
        inflation=factor,
    )
    return Required(int(size.n1), int(size.n0), float(size.power), float(size.events), size.method)


Rates = tuple[float, ...]
Patients = tuple[int, ...]


@lru_cache(maxsize=KEPT)
def response_power(
    p0: Rates, p1: Rates, control: Patients, experimental: Patients, alpha: float, factor: float
) -> tuple[float | None, ...]:
    """Power by subgroup, in the order given; `None` where a rate is not inside (0, 1)."""
    from trialopt.sizing.subgroups import response_subgroup_power

    inside = [min(c, e) > TOLERANCE and max(c, e) < 1 - TOLERANCE for c, e in zip(p0, p1, strict=True)]
    c, e = (np.where(inside, rate, 0.5) for rate in (p0, p1))
    n0, n1 = (np.array(patients) / factor for patients in (control, experimental))
    power = response_subgroup_power(c, e, n0, n1, alpha).power
    return tuple(float(x) if known else None for x, known in zip(power, inside, strict=True))


@lru_cache(maxsize=KEPT)
def progression_power(
    hazard_ratio: Rates,
    control: Patients,
    experimental: Patients,
    accrual_months: float,
    alpha: float,
    factor: float,
    trial: TrialSettings,
) -> tuple[float | None, ...]:
    """Power by subgroup, in the order given; 0 where the hazard ratio is 1 or above."""
    from trialopt.sizing.subgroups import survival_subgroup_power

    assert trial.control_median_months is not None
    n0, n1 = (np.array(patients) / factor for patients in (control, experimental))
    power = survival_subgroup_power(
        np.array(hazard_ratio),
        trial.control_median_months,
        n0,
        n1,
        accrual_months,
        alpha,
        trial.method,  # type: ignore[arg-type]
        follow_up=trial.follow_up_months,
        dropout=trial.dropout_per_month,
    ).power
    return tuple(float(x) for x in power)
