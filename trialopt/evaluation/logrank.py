"""The power of the stratified log-rank test by its own mean and variance, beside the formula that sized the trial.

Schoenfeld's formula is that of a hazard ratio close to 1: it takes the share of events on each side for that of the
patients. Where more patients are on the better arm it asks for more events than the test needs. In a stratum let
``y0``, ``y1`` patients be at risk at time `u` since entry (not yet failed, dropped out or at the analysis), ``p = y1 /
(y0 + y1)``, and `l` the hazard of both together. The statistic ``z = U / sqrt(V)`` has

    U = integral of y1 y0 / (y0 + y1) (h0 - h1) du,     V = integral of y1 y0 / (y0 + y1)^2 (y1 h1 + y0 h0) du,

summed over strata, and with ``c = U / (2 V)`` a patient of side `X` (1 the arm) moves ``z sqrt(V)`` by ``b(T) [event] -
B(T)``, ``b = p - X - c p (1 - p)``, ``B' = l (p - X) (1 - c (1 - 2 p))``: how far the patient counts, and what it
changes in who is at risk when others fail. The variance of z is that of all patients, each side's number being fixed,
and ``power = Phi((U / sqrt(V) - z_alpha) / sd)``. Source: Schoenfeld, Biometrika 68 (1981) 316-319 (mean); Lin and Wei,
J Am Stat Assoc 84 (1989) 1074-1078 (what a patient moves of `U`); Yung and Liu, Biometrics 76 (2020) 939-950 (power
from it); ours for what a patient moves of `V`.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from trialopt.core.instance import Floats, Instance
from trialopt.evaluation.boundaries import NORMAL
from trialopt.evaluation.intake import Intake, intake_of
from trialopt.evaluation.patients import accrual_parts
from trialopt.evaluation.result import ArmNumbers, ArmSize

POINTS = 4000
"""Moments since entry at which integrals are summed."""


def logrank_power(instance: Instance, numbers: ArmNumbers) -> float:
    """Power of a sized pfs arm's test against its control; interim looks count by their inflation.

    Raises `ValueError` for an arm without a size for pfs.
    """
    i, size = instance, numbers.size
    if size is None or size.alpha is None or i.trial.endpoint != "pfs":
        raise ValueError(f"{numbers.arm.name} has no size for pfs")
    groups = [i.subgroups.index(g) for g in numbers.arm.subgroups]
    strata, step = _at_risk(i, groups, size)
    mean = sum(step * float((y1 * y0 / both(y0, y1)).sum()) * (h0 - h1) for h0, h1, y0, y1 in strata)
    variance = sum(step * float((y1 * y0 / both(y0, y1) ** 2 * (y1 * h1 + y0 * h0)).sum()) for h0, h1, y0, y1 in strata)
    spread = sum(_moved(*stratum, step, mean / (2 * variance)) for stratum in strata)
    z_alpha = -NORMAL.inv_cdf(size.alpha)
    return NORMAL.cdf((mean / sqrt(variance * size.inflation) - z_alpha) / sqrt(spread / variance))


def both(y0: Floats, y1: Floats) -> Floats:
    """Patients at risk on both sides, above 0."""
    return np.maximum(y0 + y1, 1e-100)


def _at_risk(i: Instance, groups: list[int], size: ArmSize) -> tuple[list[tuple[float, float, Floats, Floats]], float]:
    """Hazards of both sides and patients at risk, by stratum, and the months between moments."""
    intake = intake_of(i, groups)
    months = (size.own_patients + size.control_patients) / float(i.accrual[groups].sum())
    end = (months if intake is None else intake.last(months)) + i.trial.follow_up_months
    step, dropout, found = end / POINTS, i.trial.dropout_per_month, []
    time = np.asarray((np.arange(POINTS) + 0.5) * step, dtype=np.float64)
    for k, (g, f) in enumerate(zip(groups, accrual_parts(i, groups).tolist(), strict=True)):
        h0 = float(np.log(2) / i.control_medians[g])
        h1, watched = size.sized_for * h0, f * _entered(intake, k, months, end - time)
        sides = [n * watched * np.exp(-(h + dropout) * time)
                 for n, h in ((size.control_patients, h0), (size.own_patients, h1))]  # fmt: skip
        if f > 0:
            found.append((h0, h1, sides[0], sides[1]))
    return found, step


def _moved(h0: float, h1: float, y0: Floats, y1: Floats, step: float, c: float) -> float:
    """Variance of ``z sqrt(V)`` from the patients of one stratum."""
    p, pooled, total = y1 / both(y0, y1), (y1 * h1 + y0 * h0) / both(y0, y1), 0.0
    for side, h, y in ((1, h1, y1), (0, h0, y0)):
        n = float(y[0]) or 1.0
        b, slope, kept = p - side - c * p * (1 - p), pooled * (p - side) * (1 - c * (1 - 2 * p)), y / n
        sums = step * np.cumsum(slope) - step * slope / 2
        first = step * float(((b * h - slope) * kept).sum())
        second = step * float((((b**2 - 2 * b * sums) * h + 2 * sums * slope) * kept).sum())
        total += n * (second - first**2)
    return total


def _entered(intake: Intake | None, k: int, months: float, before: Floats) -> Floats:
    """Share of a subgroup's patients who entered before a month."""
    if intake is None:
        return np.clip(before / months, 0.0, 1.0)
    inflow = intake.inflows[k]
    return np.array([min(1.0, inflow.at_full_rate(max(0.0, month)) / months) for month in before.tolist()])
