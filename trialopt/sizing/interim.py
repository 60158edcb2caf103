"""Interim looks put to a comparison: its inflation, the power of a size with looks, and the looks as a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trialopt.sizing.checks import SizingError
from trialopt.sizing.group_sequential import Futility, GroupSequentialDesign, Spending, group_sequential_design
from trialopt.sizing.special import brentq, ndtr


@dataclass(frozen=True)
class Interim:
    """The looks asked for, before alpha and power are known."""

    looks: int
    spending: Spending
    futility: Futility
    timing: tuple[float, ...] | None

    def design(self, alpha: float, power: float) -> GroupSequentialDesign:
        """The group-sequential design at this alpha and power."""
        return group_sequential_design(self.looks, self.spending, alpha, power, self.futility, self.timing)

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
