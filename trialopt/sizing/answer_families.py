"""What is put on top of a comparison: a nested biomarker subgroup, or two stages of several arms (MAMS)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from trialopt.sizing.checks import SizingError, one_of
from trialopt.sizing.events import event_power
from trialopt.sizing.families import Family
from trialopt.sizing.formulas import FORMULAS
from trialopt.sizing.mams import TwoStageBounds, family_error, mams_bounds, mams_power
from trialopt.sizing.multiplicity import FamilyPower
from trialopt.sizing.populations import NestedBounds, nested_bounds, nested_power
from trialopt.sizing.request import SizeRequest
from trialopt.sizing.response_tests import ResponseTest
from trialopt.sizing.special import brentq, ndtr, ndtri
from trialopt.sizing.survival import survival_power
from trialopt.sizing.whole import up

SHAPES = ("triangular", "pocock", "obrien_fleming")

# -- A nested biomarker subgroup. ----------------------------------------------------------------------------------


def bounds_of(q: SizeRequest) -> NestedBounds:
    """Bounds of the overall test and of that in the subgroup."""
    assert q.nested is not None
    if not 0 < q.nested < 1:
        raise SizingError(f"--nested is the share of patients with the biomarker, between 0 and 1, not {q.nested:g}")
    alpha = q.one_sided_alpha
    overall = 0.8 * alpha if q.overall_alpha is None else q.overall_alpha / q.sides
    if not 0 < overall < alpha:
        raise SizingError(f"--overall-alpha must lie between 0 and alpha {q.alpha:g}, not {q.overall_alpha:g}")
    return nested_bounds(q.nested, overall, alpha)


def nested_part(q: SizeRequest, bounds: NestedBounds, record: dict[str, Any]) -> dict[str, Any]:
    """Powers in all patients and in the subgroup, for the patients or events of `record`."""
    assert q.nested is not None
    mean = bounds.overall_z + float(ndtri(record["power"]))
    if q.nested_effect is None:
        inside = mean * math.sqrt(q.nested)
    else:
        power = _power_inside(q, bounds.subgroup_alpha, record, q.nested_effect)
        inside = bounds.subgroup_z + float(ndtri(power))
    got = nested_power(bounds, q.nested, mean, inside)
    return {
        "formula": FORMULAS["nested"].text,
        "source": FORMULAS["nested"].source,
        "share": q.nested,
        "effect": q.nested_effect,
        "overall_alpha": bounds.overall_alpha,
        "overall_z": bounds.overall_z,
        "subgroup_alpha": bounds.subgroup_alpha,
        "subgroup_z": bounds.subgroup_z,
        "power_overall": float(got.each[0]),
        "power_subgroup": float(got.each[1]),
        "power_any": got.any,
        "power_all": got.all,
    }


def _power_inside(q: SizeRequest, level: float, a: dict[str, Any], effect: float) -> float:
    """Power in the subgroup at `level`, where the effect (a rate, or a hazard ratio) is its own."""
    assert q.nested is not None
    share = q.nested
    if q.endpoint == "response":
        test = ResponseTest(q.chosen_method)
        return test.power(a["p0"], effect, share * a["n_control"], share * a["n_experimental"], level)
    if "n_control" not in a:
        return float(event_power(effect, share * a["events_whole"], level, a["ratio"], q.chosen_method).power)  # type: ignore[arg-type]
    sides = share * a["n_control"], share * a["n_experimental"]
    course = {"follow_up": a["follow_up_months"], "dropout": a["dropout_per_month"]}
    months = a["accrual_months"]
    got = survival_power(effect, a["median"], *sides, level, q.chosen_method, accrual_months=months, **course)  # type: ignore[arg-type]
    return float(got.power)


# -- Two stages of several arms. -----------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _bounds(arms: int, shape: str, alpha: float, ratio: float, timing: float, lower: float | None) -> TwoStageBounds:
    return mams_bounds(arms, shape, alpha, ratio, timing, lower)  # type: ignore[arg-type]


@lru_cache(maxsize=64)
def _drift(bounds: TwoStageBounds, power: float, others: float) -> float:
    """Drift at which an arm wins with this power."""

    def short(drift: float) -> float:
        return mams_power(bounds, drift, others * drift) - power

    low = max(0.01, bounds.upper[1] + float(ndtri(power)) - 1.0)
    high = low + 2.0
    while short(high) < 0:
        low, high = high, high + 2.0
        if high > 16:
            raise SizingError("no size reaches this power: the other arms are too often the better ones (--others)")
    return brentq(short, low if short(low) < 0 else 0.01, high, xtol=1e-10)


@dataclass(frozen=True)
class StagedFamily(Family):
    """Arms with a shared control, dropped or declared effective at one interim look."""

    shape: str = "triangular"
    timing: float = 0.5
    lower: float | None = 0.0
    others: float = 0.0
    """Share of the effect that every other arm has."""

    def bounds(self, ratio: float) -> TwoStageBounds:
        """Bounds at both analyses."""
        return _bounds(self.arms, self.shape, self.alpha, ratio, self.timing, self.lower)

    def level(self, ratio: float) -> float:
        """One-sided level of the last bound."""
        return float(ndtr(-self.bounds(ratio).upper[1]))

    def comparison_power(self, power: float, ratio: float, correlation: float) -> float:
        """Power of the last bound by itself at the drift for which an arm wins with `power`."""
        bounds = self.bounds(ratio)
        return float(ndtr(_drift(bounds, power, self.others) - bounds.upper[1]))

    def reached(self, comparison_power: float, ratio: float, correlation: float) -> FamilyPower:
        """Power of the family when the last bound by itself has `comparison_power`."""
        bounds = self.bounds(ratio)
        drift = float(ndtri(comparison_power)) + bounds.upper[1]
        wins = mams_power(bounds, drift, self.others * drift)
        return FamilyPower("mams", wins, family_error(bounds, drift), wins, mams_power(bounds, drift))


def staged_family(q: SizeRequest) -> StagedFamily:
    """The family of a question with ``--multiplicity mams``."""
    one_of(q.shape, SHAPES, "--shape")
    if q.looks != 1:
        raise SizingError(f"--multiplicity mams has one interim look: give --looks 1, not {q.looks}")
    if not q.shared_control or q.arms < 2:
        raise SizingError("--multiplicity mams is for --arms 2 or more that share a control")
    if q.timing is not None and len(q.timing) != 1:
        raise SizingError("--timing has one information fraction with --multiplicity mams")
    if not 0 <= q.others < 1:
        raise SizingError(f"--others is the share of the effect that the other arms have, 0 to below 1, not {q.others}")
    timing = 0.5 if q.timing is None else q.timing[0]
    rest = q.shape, timing, 0.0, q.others
    return StagedFamily(q.arms, "bonferroni", "marginal", q.one_sided_alpha, True, *rest)


def staged_part(family: StagedFamily, record: dict[str, Any]) -> dict[str, Any]:
    """Bounds of both analyses, and what they are at."""
    bounds = family.bounds(record["ratio"])
    part: dict[str, Any] = {
        "shape": family.shape,
        "information_fraction": family.timing,
        "efficacy_z": list(bounds.upper),
        "lower_z": bounds.lower,
        "others": family.others,
        "type_one_error": family_error(bounds),
    }
    if "n_control" in record:
        first = float(up(family.timing * record["n_control"])), float(up(family.timing * record["n_experimental"]))
        part |= {"n_control": first[0], "n_experimental": first[1], "n_total": family.total(*first)}
    if record.get("events_whole"):
        part["events"] = float(up(family.timing * record["events_whole"]))
    return part
