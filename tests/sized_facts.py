"""What a document says of sizes, and the formulas of model.md's section 7, in plain Python.

Part of the brute force in `sized_oracle.py`: nothing here is shared with `trialopt.sizing`, `trialopt.evaluation`
or the engine. Normal quantiles come from the standard library, roots from halving, the split from exact fractions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from tests.plain_facts import Facts

if TYPE_CHECKING:
    from trialopt.reading.document import Document

NORMAL = NormalDist()
TOLERANCE = 1e-9


class SizedFacts(Facts):
    """Section 7's settings and columns on top of the rest, by id."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        trial: dict[str, Any] = document.settings["trial"]
        epochs = document.settings["epoch"]
        self.endpoint: str = trial.get("endpoint", "response")
        self.endpoint_epoch = self.epochs.index(trial.get("endpoint_epoch", self.epochs[0]))
        self.target: float | None = trial.get("target_hazard_ratio" if self.endpoint == "pfs" else "target_difference")
        self.shrink: float = trial.get("shrink", 1.0)
        self.alpha: float = trial.get("alpha", 0.025)
        self.power: float = trial["power"]
        self.ratio: float = trial.get("allocation_ratio", 1.0)
        self.bonferroni = trial.get("multiplicity", "none") == "bonferroni"
        self.max_patients: int | None = trial.get("max_patients")
        self.max_months: float | None = trial.get("max_accrual_months")
        self.max_study: float | None = trial.get("max_study_months")
        self.budget: float | None = trial.get("budget")
        self.median: float | None = trial.get("control_median_months")
        self.follow_up: float = trial.get("follow_up_months", 0.0)
        self.dropout: float = trial.get("dropout_per_month", 0.0)
        rows = self.rows("subgroups")
        self.given_share = {row["subgroup"]: Fraction(row["share"]) for row in rows}
        self.accrual = {
            row["subgroup"]: Fraction(row["accrual_per_month"]) if "accrual_per_month" in row else None for row in rows
        }
        whole_trial = trial.get("control_rate")
        self.control_rate = {
            row["subgroup"]: float(row["control_rate"]) if "control_rate" in row else whole_trial for row in rows
        }
        self.hazard_ratio = {
            row["agent"]: float(row["hazard_ratio"]) for row in self.rows("agents") if "hazard_ratio" in row
        }
        self.per_cycle = {row["agent"]: float(row.get("cost_per_cycle", 0.0)) for row in self.rows("agents")}
        self.per_course = {row["agent"]: float(row.get("cost_per_course", 0.0)) for row in self.rows("agents")}
        self.cycles = {epoch["id"]: float(epoch["cycles"]) for epoch in epochs}
        own = {epoch["id"]: epoch.get("pfs_weight", epoch.get("weight", 1.0)) for epoch in epochs}
        self.pfs_weight = {s: weight / math.fsum(own.values()) for s, weight in own.items()}


def response_size(
    p0: float, p1: float, alpha: float, power: float, ratio: float, inflation: float
) -> tuple[int, int, float]:
    """Experimental and control patients, and the power they reach: two proportions, unpooled, one-sided."""
    z = NORMAL.inv_cdf(1 - alpha)
    control = (z + NORMAL.inv_cdf(power)) ** 2 * (p0 * (1 - p0) + p1 * (1 - p1) / ratio) / (p1 - p0) ** 2
    n1, n0 = _up(inflation * ratio * control), _up(inflation * control)
    spread = math.sqrt(inflation * (p0 * (1 - p0) / n0 + p1 * (1 - p1) / n1))
    return n1, n0, NORMAL.cdf((p1 - p0) / spread - z)


def progression_size(
    facts: SizedFacts, hazard_ratio: float, rate: float, alpha: float, inflation: float
) -> tuple[int, int, float, float]:
    """Experimental and control patients, events required and power reached: Schoenfeld, exponential survival."""
    assert facts.median is not None
    r, z = facts.ratio, NORMAL.inv_cdf(1 - alpha)
    gain = -math.log(hazard_ratio)
    events = inflation * (1 + r) ** 2 / r * ((z + NORMAL.inv_cdf(facts.power)) / gain) ** 2
    h0 = math.log(2) / facts.median

    def seen(experimental: float, control: float) -> float:
        months = (experimental + control) / rate
        return experimental * _event(facts, hazard_ratio * h0, months) + control * _event(facts, h0, months)

    patients = rising_root(lambda n: seen(n * r / (1 + r), n / (1 + r)) - events, events)  # nobody has two events
    n1, n0 = _up(patients * r / (1 + r)), _up(patients / (1 + r))
    spread = math.sqrt(seen(n1, n0) / inflation * n1 * n0) / (n1 + n0)
    return n1, n0, events, NORMAL.cdf(gain * spread - z)


def rising_root(function: Callable[[float], float], start: float) -> float:
    """The root of a rising function that is not above 0 at `start` > 0: false position (Illinois), from doubling."""
    low, high = start, 2 * start
    below, above = function(low), function(high)
    while above < 0:
        low, high, below, above = high, 2 * high, above, function(2 * high)
    side = 0
    for _ in range(200):
        if high - low <= 1e-13 * high or above == 0:
            break
        middle = low + (high - low) * below / (below - above) if above > below else (low + high) / 2
        at = function(middle)
        if at >= 0:
            high, above = middle, at
            below, side = (below / 2 if side > 0 else below), 1
        else:
            low, below = middle, at
            above, side = (above / 2 if side < 0 else above), -1
    return high


def _event(facts: SizedFacts, hazard: float, months: float) -> float:
    """Chance of an event: uniform accrual over `months`, then follow-up, with dropout."""
    leaving = hazard + facts.dropout
    early, late = math.exp(-leaving * facts.follow_up), math.exp(-leaving * (months + facts.follow_up))
    return hazard / leaving * (1 - (early - late) / (leaving * months))


def _up(patients: float) -> int:
    return math.ceil(patients - TOLERANCE)


def largest_remainder(patients: int, weights: list[Fraction]) -> list[int]:
    """Whole patients in proportion to the weights; what is left over goes to the largest fractions, first first."""
    total = sum(weights)
    quotas = [patients * weight / total for weight in weights]
    parts = [math.floor(quota) for quota in quotas]
    by_fraction = sorted(range(len(parts)), key=lambda k: (parts[k] - quotas[k], k))
    for k in by_fraction[: patients - sum(parts)]:
        parts[k] += 1
    return parts
