"""What `evaluate` says of a design: its numbers, and every rule it breaks, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trialopt.design import Arm
from trialopt.instance import Floats


@dataclass(frozen=True)
class ArmSize:
    """Patients of one arm and what they rest on. Sizes are whole patients; absent numbers are `None`."""

    experimental: Mapping[str, int]
    """Subgroup id -> experimental patients."""
    control: Mapping[str, int]
    """Subgroup id -> control patients."""
    p1: float | None
    p0: float | None
    hazard_ratio: float | None
    sized_for: float
    """The effect the size is computed for: a difference in rates, or a hazard ratio."""
    events: float | None
    power: float
    """Power reached with whole patients."""
    accrual_months: float | None
    cost: float
    method: str

    @property
    def patients(self) -> int:
        """Experimental patients."""
        return sum(self.experimental.values())

    @property
    def control_patients(self) -> int:
        """Control patients."""
        return sum(self.control.values())


@dataclass(frozen=True)
class ArmNumbers:
    """One arm's numbers. The first axis g follows `arm.subgroups`; S, M, E as in `Instance`."""

    arm: Arm
    coverage: Floats
    """(g, S) share of the disease burden covered by the epoch."""
    mechanism_coverage: Floats
    """(g, S, M) probability that disease with the mechanism responds."""
    prevalence: Floats
    """(g, S, M) share of the subgroup carrying the mechanism, emergence included (and the seed)."""
    risk: Floats
    """(g, S, E) probability of a grade >= 3 event in the epoch, background included."""
    cumulative_risk: Floats
    """(g, E) the same over all epochs."""
    burden: Floats
    """(g, S) attributable severe events on the log scale."""
    size: ArmSize | None = None


@dataclass(frozen=True)
class Violation:
    """One limit or rule a design breaks. `rule` is the family (`limit`, `one_per_class`, `no_harm`, ...)."""

    rule: str
    sentence: str
    arm: str | None = None
    subgroup: str | None = None
    epoch: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """A design's exact value and numbers. `value` is the objective (model section 8), rules broken or not."""

    value: float
    arms: tuple[ArmNumbers, ...]
    violations: tuple[Violation, ...]
    warnings: tuple[str, ...] = ()

    @property
    def feasible(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations
