"""What is put on a single comparison: the family of several arms it is one of, and the interim looks it has."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trialopt.sizing.checks import SizingError
from trialopt.sizing.group_sequential import GroupSequentialDesign, summary
from trialopt.sizing.looks import looks_design
from trialopt.sizing.multiplicity import (
    FamilyPower,
    Multiplicity,
    PowerKind,
    check_arms,
    critical_value,
    family_power,
    marginal_for,
)
from trialopt.sizing.special import brentq, minimize_scalar, ndtr, ndtri

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


@dataclass(frozen=True)
class Interim:
    """The looks asked for, before alpha and power are known."""

    looks: int
    spending: str
    futility: str
    timing: tuple[float, ...] | None

    def design(self, alpha: float, power: float) -> GroupSequentialDesign:
        """The group-sequential design at this alpha and power."""
        if self.futility == "none":
            return summary(looks_design(self.looks, self.spending, alpha, power, timing=self.timing))
        return summary(looks_design(self.looks, self.spending, alpha, power, "nonbinding", self.futility, self.timing))

    def power(self, needed: Callable[[float], float], available: float, alpha: float) -> float:
        """Power at which ``needed(power) * inflation(power)`` equals the `available` size.

        `needed` is the size of one look, rising with power. The futility bounds are those of the power found.
        """

        def short(power: float) -> float:
            return needed(power) * self.design(alpha, power).inflation / available - 1

        low, high = max(0.05, 1.5 * alpha), 1 - 1e-9
        if short(high) < 0:
            return high
        if short(low) > 0:
            raise SizingError(
                f"with interim looks {available:g} is too small a size: its power is below {low:g}, where "
                "group-sequential designs are not computed"
            )
        return float(brentq(short, low, high, xtol=1e-12))


def looks_table(design: GroupSequentialDesign, largest: dict[str, float]) -> dict[str, Any]:
    """The group-sequential part of an answer; `largest` are sizes at the last look, by name, scaled to each look."""
    rows = []
    for k, t in enumerate(design.timing):
        row: dict[str, Any] = {
            "look": k + 1,
            "information_fraction": t,
            "efficacy_z": design.efficacy_z[k],
            "efficacy_p": float(ndtr(-design.efficacy_z[k])),
            "futility_z": None if design.futility_z is None else design.futility_z[k],
            "alpha_spent": design.alpha_spent[k],
            "beta_spent": None if design.beta_spent is None else design.beta_spent[k],
            "stop_efficacy_h0": design.under_h0.efficacy[k],
            "stop_efficacy_h1": design.under_h1.efficacy[k],
            "stop_futility_h0": design.under_h0.futility[k],
            "stop_futility_h1": design.under_h1.futility[k],
        }
        row.update({name: t * size for name, size in largest.items()})
        rows.append(row)
    under = {"h0": design.expected_h0, "half": design.expected_half, "h1": design.expected_h1}
    return {
        "method": design.method,
        "analyses": rows,
        "inflation": design.inflation,
        "drift": design.drift,
        **{f"expected_over_fixed_{h}": share for h, share in under.items()},
        **{f"expected_over_largest_{h}": share / design.inflation for h, share in under.items()},
        **{
            f"expected_{name}_{h}": size * share / design.inflation
            for name, size in largest.items()
            for h, share in under.items()
        },
    }
