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
        self.analysis: str = trial.get("analysis", "stratified")
        self.pooled_variance = trial.get("null_variance", "unpooled" if self.ratio == 1 else "pooled") == "pooled"
        self.evaluable: float = 1 - trial.get("not_evaluable", 0.0)
        self.method: str = trial.get("method", "schoenfeld")
        self.bonferroni = trial.get("multiplicity", "none") == "bonferroni"
        self.max_patients: int | None = trial.get("max_patients")
        self.max_months: float | None = trial.get("max_accrual_months")
        self.max_study: float | None = trial.get("max_study_months")
        self.budget: float | None = trial.get("budget")
        self.follow_up: float = trial.get("follow_up_months", 0.0)
        self.dropout: float = trial.get("dropout_per_month", 0.0)
        rows = self.rows("subgroups")
        self.given_share = {row["subgroup"]: Fraction(row["share"]) for row in rows}
        self.accrual = {
            row["subgroup"]: Fraction(row["accrual_per_month"]) if "accrual_per_month" in row else None for row in rows
        }
        self.patterns = patterns_of(trial.get("ramp_up_months", 0.0), rows, self.rows("accrual"))
        whole_median = trial.get("control_median_months", math.nan)
        self.median = {row["subgroup"]: float(row.get("control_median_months", whole_median)) for row in rows}
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


Strata = list[tuple[float, float, float]]
"""Part of the accrual, and response rate of the control and of the arm, of each subgroup."""


def response_size(facts: SizedFacts, strata: Strata, alpha: float, inflation: float) -> tuple[int, int, float]:
    """Experimental and control patients, and the power they reach."""
    if facts.analysis == "pooled_data":
        p0, p1 = (math.fsum(row[0] * row[side] for row in strata) for side in (1, 2))
        strata = [(1.0, p0, p1)]
    z, share = NORMAL.inv_cdf(1 - alpha), facts.evaluable / inflation
    gain = math.fsum(f * (p1 - p0) for f, p0, p1 in strata)
    null, real = _errors(strata, facts.ratio, facts.pooled_variance)
    control = ((z * null + NORMAL.inv_cdf(facts.power) * real) / gain) ** 2 / share
    n1, n0 = _up(facts.ratio * control), _up(control)
    null, real = _errors(strata, n1 / n0, facts.pooled_variance)
    return n1, n0, NORMAL.cdf((gain * math.sqrt(n0 * share) - z * null) / real)


def _errors(strata: Strata, ratio: float, pooled: bool) -> tuple[float, float]:
    """Standard error of the difference for one control patient: under no effect, and under the effect."""

    def variance(rate: float) -> float:
        return rate * (1 - rate)

    real = math.fsum(f * variance(p0) + f * variance(p1) / ratio for f, p0, p1 in strata)
    if not pooled:
        return math.sqrt(real), math.sqrt(real)
    common = math.fsum(f * variance((p0 + ratio * p1) / (1 + ratio)) for f, p0, p1 in strata)
    return math.sqrt(common * (1 + ratio) / ratio), math.sqrt(real)


def progression_size(
    facts: SizedFacts, parts: dict[str, float], hazard_ratio: float, rate: float, alpha: float, inflation: float
) -> tuple[int, int, float, float]:
    """Experimental and control patients, events required and power reached; `parts` are those of the accrual."""
    r, z = facts.ratio, NORMAL.inv_cdf(1 - alpha)
    zb, gain = NORMAL.inv_cdf(facts.power), -math.log(hazard_ratio)

    def chances(months: float, factor: float) -> dict[str, float]:
        if facts.patterns:
            patterns = {g: facts.patterns[g] for g in parts}
            end = max(pattern.month(months) for pattern in set(patterns.values())) + facts.follow_up
            hazards = {g: factor * math.log(2) / facts.median[g] for g in parts}
            return {g: p.seen(hazards[g], facts.dropout, months, end) for g, p in patterns.items()}
        return {g: _event(facts, factor * math.log(2) / facts.median[g], months) for g in parts}

    def seen(n1: float, n0: float) -> float:
        p1, p0 = (chances((n1 + n0) / rate, factor) for factor in (hazard_ratio, 1.0))
        return math.fsum(f * (n1 * p1[g] + n0 * p0[g]) for g, f in parts.items())

    if facts.method == "schoenfeld":
        events = inflation * (1 + r) ** 2 / r * ((z + zb) / gain) ** 2
        patients = rising_root(lambda n: seen(n * r / (1 + r), n / (1 + r)) - events, events)  # nobody has two events
        n1, n0 = _up(patients * r / (1 + r)), _up(patients / (1 + r))
        spread = math.sqrt(seen(n1, n0) / inflation * n1 * n0) / (n1 + n0)
        return n1, n0, events, NORMAL.cdf(gain * spread - z)

    def spreads(months: float, ratio: float) -> tuple[float, float]:
        """Lachin and Foulkes: standard errors of the log hazard ratio of one patient, under none and under it."""
        p0, p1, same = (chances(months, x) for x in (1.0, hazard_ratio, (1 + ratio * hazard_ratio) / (1 + ratio)))

        def error(a: dict[str, float], b: dict[str, float]) -> float:
            each = [f / ((1 + ratio) / a[g] + (1 + ratio) / (ratio * b[g])) for g, f in parts.items()]
            return 1 / math.sqrt(math.fsum(each))

        return error(same, same), error(p0, p1)

    def surplus(n: float) -> float:
        null, real = spreads(n / rate, r)
        return n - inflation * ((z * null + zb * real) / gain) ** 2

    patients = rising_root(surplus, 1e-3)
    n1, n0 = _up(patients * r / (1 + r)), _up(patients / (1 + r))
    null, real = spreads((n1 + n0) / rate, n1 / n0)
    power = NORMAL.cdf((gain * math.sqrt((n1 + n0) / inflation) - z * null) / real)
    return n1, n0, seen(patients * r / (1 + r), patients / (1 + r)), power


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


class PlainPattern:
    """How a subgroup's patients come in: rates as shares of the full one, in stretches of straight lines."""

    def __init__(self, ramp: float, steps: list[tuple[float, float]]) -> None:
        opens = min(month for month, factor in steps if factor > 0)
        knots, before = sorted({month for month, _ in steps} | {opens + ramp}), 0.0
        self.even = ramp == 0 and {factor for _, factor in steps} == {1.0}
        self._stretches: list[tuple[float, float, float, float, float]] = []
        """Start, end, rate at the start, slope, what came in before."""
        for a, b in zip(knots, [*knots[1:], math.inf], strict=True):
            factor = next(f for start, f in reversed(steps) if start <= a)
            slope = factor / ramp if opens <= a < opens + ramp else 0.0
            first = factor * (min(1.0, max(0.0, a - opens) / ramp) if ramp > 0 else 1.0)
            self._stretches.append((a, b, first, slope, before))
            before += 0.0 if b == math.inf else (b - a) * (first + slope * (b - a) / 2)
        self._months: dict[float, float] = {}

    def month(self, months: float) -> float:
        """The month by which so many months at the full rate are over: Newton from the right, rates never fall."""
        if months in self._months:
            return self._months[months]
        a, b, first, slope, before = next(row for row in reversed(self._stretches) if row[4] < months)
        t = b if slope else a + (months - before) / first
        for _ in range(80 if slope else 0):
            step = (before + (t - a) * first + slope * (t - a) ** 2 / 2 - months) / (first + slope * (t - a))
            t -= step
            if abs(step) <= 1e-15 * t:
                break
        self._months[months] = t
        return t

    def seen(self, hazard: float, dropout: float, months: float, end: float) -> float:
        """Chance that an event is seen by `end`: antiderivatives, or for little time Simpson's rule."""
        k, waiting, until = hazard + dropout, 0.0, self.month(months)
        for a, stop, first, slope, _ in self._stretches:
            b = min(stop, until)
            if b <= a:
                break
            last, early, late = first + slope * (b - a), math.exp(-k * (end - a)), math.exp(-k * (end - b))
            if k * (b - a) < 0.01:
                middle = (first + last) / 2 * math.exp(-k * (end - (a + b) / 2))
                waiting += (b - a) / 6 * (first * early + 4 * middle + last * late)
            else:
                waiting += (last * late - first * early) / k - slope * (late - early) / k**2
        return hazard / k * (1 - waiting / months)


def patterns_of(ramp: float, subgroups: list[dict[str, str]], accrual: list[dict[str, str]]) -> dict[str, PlainPattern]:
    """Subgroup -> pattern; empty where everybody comes evenly."""
    found, made = {}, {}
    for row in subgroups:
        own = [step for step in accrual if step.get("subgroup") == row["subgroup"]]
        given = own or [step for step in accrual if "subgroup" not in step]
        steps = sorted((float(step["from_month"]), float(step["factor"])) for step in given)
        if not steps or steps[0][0] > 0:
            steps = [(0.0, 1.0), *steps]
        key = (float(row.get("ramp_up_months", ramp)), tuple(steps))
        found[row["subgroup"]] = made.setdefault(key, PlainPattern(key[0], steps))
    return {} if all(pattern.even for pattern in found.values()) else found


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
