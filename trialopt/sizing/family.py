"""One comparison of a family: the level it is tested at, the power it needs, and how the family's patients add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy.special import ndtri

from trialopt.sizing.multiplicity import (
    FamilyPower,
    Multiplicity,
    PowerKind,
    critical_value,
    family_power,
    marginal_for,
)


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
