"""The interim looks of a sizing question: designs at its alpha and power, and the table of its answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trialopt.sizing.checks import SizingError
from trialopt.sizing.group_sequential import summary
from trialopt.sizing.looks import LooksDesign, information_fractions, looks_design
from trialopt.sizing.special import brentq, ndtri


@dataclass(frozen=True)
class Interim:
    """The looks asked for, before alpha and power are known."""

    looks: int
    spending: str
    futility: str
    timing: tuple[float, ...] | None

    @property
    def fractions(self) -> tuple[float, ...]:
        """Information fractions of all analyses, the last 1."""
        return information_fractions(self.looks, self.timing)

    def at(self, fractions: tuple[float, ...]) -> Interim:
        """The same looks at other fractions: those of whole patients or events."""
        return replace(self, timing=fractions[:-1])

    def design(self, alpha: float, power: float) -> LooksDesign:
        """The group-sequential design at this alpha and power."""
        if self.futility == "none":
            return looks_design(self.looks, self.spending, alpha, power, timing=self.timing)
        return looks_design(self.looks, self.spending, alpha, power, "nonbinding", self.futility, self.timing)

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


def as_built(design: LooksDesign, needed: Callable[[float], float], available: float) -> LooksDesign:
    """The bounds of `design` with the drift that the `available` size gives, in the place of the one needed.

    Information grows with size, so the drift is that of one look times ``sqrt(available / needed(power))``.
    """
    fixed = float(ndtri(design.power) - ndtri(design.alpha))
    return replace(design, drift=fixed * math.sqrt(available / needed(design.power)))


def power_of(design: LooksDesign) -> float:
    """Chance of success under the effect sized for."""
    return sum(design.under(1.0).efficacy)


def looks_table(design: LooksDesign, sizes: Sequence[Mapping[str, float]], inflation: float) -> dict[str, Any]:
    """The group-sequential part of an answer: bounds, chances of stopping and `sizes` at each analysis.

    `inflation` is that of the plan: the largest size over that of one look.
    """
    cost = summary(design)
    rows = []
    for k, t in enumerate(design.timing):
        rows.append(
            {
                "look": k + 1,
                "information_fraction": t,
                "efficacy_z": design.efficacy_z[k],
                "efficacy_p": design.nominal_p[k],
                "futility_z": None if design.futility_z is None else design.futility_z[k],
                "alpha_spent": design.alpha_spent[k],
                "beta_spent": None if design.beta_spent is None else design.beta_spent[k],
                "stop_efficacy_h0": cost.under_h0.efficacy[k],
                "stop_efficacy_h1": cost.under_h1.efficacy[k],
                "stop_futility_h0": cost.under_h0.futility[k],
                "stop_futility_h1": cost.under_h1.futility[k],
                **sizes[k],
            }
        )
    shares = {"h0": 0.0, "half": 0.5, "h1": 1.0}
    stops = {h: design.under(share).stops for h, share in shares.items()}
    part = {h: sum(p * t for p, t in zip(stops[h], design.timing, strict=True)) for h in shares}
    return {
        "method": cost.method,
        "analyses": rows,
        "inflation": inflation,
        "drift": design.drift,
        **{f"expected_over_fixed_{h}": inflation * x for h, x in part.items()},
        **{f"expected_over_largest_{h}": x for h, x in part.items()},
        **{
            f"expected_{name}_{h}": sum(p * row[name] for p, row in zip(stops[h], sizes, strict=True))
            for name in sizes[0]
            for h in shares
        },
    }
