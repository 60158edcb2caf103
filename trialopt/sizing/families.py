"""The family of several arms that a comparison is one of: levels, powers, totals, allocation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trialopt.sizing.multiplicity import (
    FamilyPower,
    Multiplicity,
    PowerKind,
    check_arms,
    critical_value,
    family_power,
    marginal_for,
)
from trialopt.sizing.special import minimize_scalar, ndtri

WIDEST = 20.0


@dataclass(frozen=True)
class SharedAllocation:
    """Allocation to a shared control: `ratio` is one arm's patients to the control's.

    `saving` is the share of patients saved against equal allocation, `rule_of_thumb` the ratio ``1 / sqrt(K)``.
    """

    method: str
    arms: int
    ratio: float
    rule_of_thumb: float
    saving: float


def best_ratio(total: Callable[[float], float]) -> float:
    """The ratio between 1/20 and 20 that makes `total` (patients as a function of the ratio) smallest."""
    found = minimize_scalar(
        lambda log_ratio: total(math.exp(log_ratio)),
        bounds=(-math.log(WIDEST), math.log(WIDEST)),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return math.exp(float(found.x))


def shared_control_allocation(
    arms: int,
    multiplicity: Multiplicity = "dunnett",
    alpha: float = 0.025,
    power: float = 0.9,
    control_variance: float = 1.0,
    experimental_variance: float = 1.0,
) -> SharedAllocation:
    """Patients for all arms and their shared control made fewest, each arm with marginal power `power`.

    Minimises ``(1 + K r) (c(r) + z_beta)^2 (v0 + v1 / r)`` over ``r``; ``c(r)`` is the critical value of the procedure,
    ``v0``, ``v1`` one patient's variance (``p q`` for a proportion; equal for survival by Schoenfeld). With
    a fixed ``c`` the optimum is ``sqrt(v1 / (K v0))``: for equal variances ``1 / sqrt(K)``, Dunnett, JASA 50 (1955)
    1096-1121. Numerically, ours.
    """
    k = check_arms(arms)

    def total(r: float) -> float:
        level = float(critical_value(multiplicity, k, alpha, r).level)
        reach = marginal_for("marginal", power, multiplicity, k, alpha, r)
        z = float(ndtri(reach) - ndtri(level))
        return (1 + k * r) * z**2 * (control_variance + experimental_variance / r)

    r = best_ratio(total)
    return SharedAllocation(f"fewest patients, {multiplicity}", k, r, 1 / math.sqrt(k), 1 - total(r) / total(1.0))


@dataclass(frozen=True)
class Family:
    """`arms` experimental arms, each `ratio` patients to one of the control it is compared with."""

    arms: int
    multiplicity: Multiplicity
    kind: PowerKind
    alpha: float
    shared_control: bool

    def level(self, ratio: float) -> float:
        """One-sided level of one comparison (Holm: of its first step)."""
        return float(critical_value(self.multiplicity, self.arms, self.alpha, ratio).level)

    def correlation(self, ratio: float, control_variance: float = 1.0, arm_variance: float = 1.0) -> float:
        """Correlation of two arms' statistics; the variances are those of one patient."""
        if self.arms == 1 or not self.shared_control:
            return 0.0
        return control_variance / (control_variance + arm_variance / ratio)

    def comparison_power(self, power: float, ratio: float, correlation: float) -> float:
        """Power one comparison needs at `level` for the family to have `power` of the kind asked for."""
        return marginal_for(self.kind, power, self.multiplicity, self.arms, self.alpha, ratio, correlation=correlation)

    def reached(self, comparison_power: float, ratio: float, correlation: float) -> FamilyPower:
        """Power of the family when one comparison has `comparison_power` at `level`."""
        mean = float(ndtri(comparison_power) - ndtri(self.level(ratio)))
        return family_power(self.multiplicity, self.arms, mean, self.alpha, ratio, correlation=correlation)

    def total(self, n0: float, n1: float) -> float:
        """Patients of all arms and controls, for `n0` control and `n1` experimental patients a comparison."""
        return n0 + self.arms * n1 if self.shared_control else self.arms * (n0 + n1)

    def sides(self, total: float, ratio: float) -> tuple[float, float]:
        """Control and experimental patients of a comparison when the whole family has `total`."""
        n0 = total / self.total(1.0, ratio)
        return n0, ratio * n0


def family_record(family: Family, power: float, ratio: float, correlation: float, looks: int) -> dict[str, Any]:
    """Level and power of one comparison, and the family's power when there are several arms at one look."""
    level = family.level(ratio)
    record: dict[str, Any] = {
        "comparison_alpha": level,
        "critical_z": float(-ndtri(level)),
        "power": power,
        "family_power": None,
    }
    if family.arms > 1 and looks == 0 and 0 < power < 1:
        got = family.reached(power, ratio, correlation)
        record["power"] = getattr(got, family.kind)
        record["family_power"] = {
            "marginal": got.marginal,
            "any": got.any,
            "all": got.all,
            "alone": got.alone,
            "correlation": correlation,
        }
    return record
