"""How patients and events of a sized arm come over time: what its calendar is read from (model section 7).

Patients come in at the rates of the arm's subgroups, or as `intake.py` says where accrual changes with time; events as
the sizes assume (exponential, with dropout), from each subgroup's own median. Source: Lachin and Foulkes, Biometrics 42
(1986) 507-519 (chance of an event); the rest is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil, exp, expm1, floor, log

import numpy as np

from trialopt.core.instance import TOLERANCE, Floats, Instance
from trialopt.evaluation.intake import Intake, intake_of
from trialopt.evaluation.patients import accrual_parts
from trialopt.evaluation.result import ArmNumbers, ArmSize


@dataclass(frozen=True)
class Course:
    """Patients of an arm by subgroup and side, and the effects that may be true."""

    total: int
    months: float | None
    """Of accrual."""
    follow_up: float
    needed: float | None
    """Events required; `None` for response."""
    shares: Mapping[str, float]
    """Truth -> share of the effect sized for, on the scale of the statistic."""
    log_ratio: float
    """Of the hazards, under the effect sized for; 0 for response."""
    controls: Floats
    experimental: Floats
    hazard: Floats
    """(g,) of the control, per month."""
    dropout: float
    per_month: Mapping[str, float]
    intake: Intake | None = None
    """How patients come in, where not evenly."""
    parts: tuple[float, ...] = ()
    """Of the accrual, by subgroup."""

    @cached_property
    def full(self) -> float:
        """Months of accrual at the full rate."""
        assert self.months is not None
        return self.months if self.intake is None else self.intake.at_full_rate(self.months)

    def come(self, month: float) -> float:
        """Share of the patients in by a month."""
        if self.intake is None:
            return month / self.full
        come = (min(one.at_full_rate(month), self.full) for one in self.intake.inflows)
        return sum(f * share for f, share in zip(self.parts, come, strict=True)) / self.full

    def enrolled(self, month: float) -> int:
        """Patients and controls in by a month. Accrual is known."""
        assert self.months is not None
        return self.total if month >= self.months else max(0, floor(self.total * self.come(month) + TOLERANCE))

    def enrolling(self) -> dict[str, tuple[float, float]]:
        """Subgroup -> months of its first and last patient, where not all are alike."""
        if self.intake is None:
            return {}
        parts = zip(self.per_month, self.intake.inflows, strict=True)
        return {g: (one.opens, one.month_of(self.full)) for g, one in parts}

    def events(self, month: float, share: float) -> float:
        """Events expected by a month."""
        ratio = exp(share * self.log_ratio)
        seen = self.controls * self._chance(self.hazard, month)
        return float((seen + self.experimental * self._chance(ratio * self.hazard, month)).sum())

    def _chance(self, hazard: Floats, month: float) -> Floats:
        """(g,) chance of an event seen by a month of a patient who comes in at any time of the accrual."""
        assert self.months is not None
        if self.intake is not None:
            return self._coming_chance(self.intake, hazard, month)
        span, rest = min(month, self.months), max(month - self.months, 0.0)
        leaving = hazard + self.dropout
        entry = np.array([-expm1(-k * span) / (k * span) for k in leaving.tolist()])
        return np.asarray(span / self.months * hazard / leaving * (1 - np.exp(-leaving * rest) * entry))

    def _coming_chance(self, intake: Intake, hazard: Floats, month: float) -> Floats:
        """(g,) the same where patients do not come evenly."""
        found = []
        for one, h in zip(intake.inflows, hazard.tolist(), strict=True):
            until = min(month, one.month_of(self.full))
            waiting = one.remaining(h + self.dropout, until, month)
            found.append(h / (h + self.dropout) * (one.at_full_rate(until) - waiting) / self.full)
        return np.array(found)

    def month_of(self, fraction: float, truth: str) -> float | None:
        """Month of the analysis at a fraction; `None` where it is not known or never comes."""
        if self.months is None:
            return None
        if self.needed is None:
            if self.intake is not None and fraction < 1.0:
                return month_when(lambda m: self.come(m) - self.read(fraction) / self.total, self.months)
            return self.read(fraction) / self.total * self.months
        end = self.months + self.follow_up
        if fraction == 1.0 and truth == "sized":
            return end
        return month_when(lambda m: self.events(m, self.shares[truth]) - fraction * (self.needed or 0.0), end)

    def read(self, fraction: float) -> int:
        """Patients and controls, whole, whose responses make a fraction of all."""
        return min(self.total, ceil(fraction * self.total - TOLERANCE))


def course_of(instance: Instance, numbers: ArmNumbers, size: ArmSize) -> Course:
    """How a sized arm's patients and events come."""
    trial, groups = instance.trial, [instance.subgroups.index(g) for g in numbers.arm.subgroups]
    pfs = trial.endpoint == "pfs"
    if size.hazard_ratio is not None:
        predicted = log(size.hazard_ratio) / log(size.sized_for)
    else:
        predicted = ((size.p1 or 0.0) - (size.p0 or 0.0)) / size.sized_for
    median = np.where(np.isnan(instance.control_medians[groups]), 1.0, instance.control_medians[groups])
    return Course(
        total=size.own_patients + size.control_patients,
        months=size.accrual_months,
        follow_up=trial.watched_months,
        needed=size.events if pfs else None,
        shares={"none": 0.0, "sized": 1.0, "predicted": predicted},
        log_ratio=log(size.sized_for) if pfs else 0.0,
        controls=np.array([size.control[g] for g in numbers.arm.subgroups], dtype=np.float64),
        experimental=np.array([size.experimental[g] for g in numbers.arm.subgroups], dtype=np.float64),
        hazard=log(2) / median,
        dropout=trial.dropout_per_month,
        intake=intake_of(instance, groups),
        parts=tuple(accrual_parts(instance, groups).tolist()),
        per_month={g: float(instance.accrual[k]) for g, k in zip(numbers.arm.subgroups, groups, strict=True)},
    )


def month_when(short: Callable[[float], float], end: float) -> float | None:
    """Month at which a rising `short` is 0, by halving; `None` where it stays below."""
    high = end
    while short(high) < 0:
        high *= 2
        if high > 1e4 * end:
            return None
    low = 0.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if short(middle) < 0 else (low, middle)
    return high
