"""Brute force for sized trials: the best design with its patients, and the sizes of any design (model section 7).

Extends `oracle.py`, and like it shares no code with the package. Every sequence in every subgroup set is an arm with a
value, patients and money; every split of the subgroups into arms is looked at with all undominated arms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tests.oracle import Oracle, PlainArm, Sequence, agents_of, partitions
from tests.sized_facts import TOLERANCE, SizedFacts, largest_remainder, progression_size, response_size
from trialopt.sizing import SizingError
from trialopt.sizing.exact_size import exact_size

if TYPE_CHECKING:
    from trialopt.reading.document import Document

Groups = tuple[str, ...]


class PlainSize(NamedTuple):
    """Patients of one arm and what they rest on. `reaches` says whether the arm reaches the target."""

    experimental: int
    control: int
    sized_for: float
    events: float | None
    power: float
    months: float | None
    cost: float
    reaches: bool
    components: int = 0
    """Component arms, of as many patients as the arm has."""

    @property
    def patients(self) -> int:
        return self.experimental * (1 + self.components) + self.control


class SizedBest(NamedTuple):
    """The best value, fewest patients among designs of that value, and one such design's money and arms."""

    value: float
    patients: int
    cost: float
    arms: list[PlainArm]


class _Choice(NamedTuple):
    """Some arms together."""

    value: float
    patients: int
    cost: float
    arms: tuple[PlainArm, ...]


class SizedOracle(Oracle):
    """Judges and enumerates the designs of one sized document.

    `inflation` gives the factor for interim looks from alpha: the one number taken from elsewhere.
    """

    facts: SizedFacts

    def __init__(self, document: Document, inflation: Callable[[float], float] = lambda alpha: 1.0) -> None:
        super().__init__(document)
        self.facts = SizedFacts(document)
        self._inflation = lru_cache(inflation)
        self._progression: dict[tuple[Groups, float, float], tuple[int, int, float, float]] = {}
        self._boschloo: dict[tuple[float, float, float], tuple[int, int, float] | None] = {}
        self._of_agent: dict[tuple[str, str], float] = {}
        self._control_cost = {
            g: 0.0 if control is None else self.price(control) for g, control in self.facts.control_of.items()
        }

    # -- one arm ---------------------------------------------------------------------------------------

    def price(self, sequence: Sequence) -> float:
        """Money a patient."""
        f = self.facts
        return math.fsum(
            f.cycles[s] * f.per_cycle[d] + f.per_course[d]
            for s, regimen in zip(f.epochs, sequence, strict=True)
            for d in agents_of(regimen)
        )

    def mean(self, groups: Groups, number: Callable[[str], float]) -> float:
        """Mean over the patients an arm enrols."""
        return math.fsum(part * number(g) for g, part in self.parts(groups).items())

    def parts(self, groups: Groups) -> dict[str, float]:
        """Parts of an arm's accrual: of rates, of shares where one is missing, alike where all are 0."""
        weights = [self.facts.accrual[g] for g in groups]
        known = [weight for weight in weights if weight is not None]
        if len(known) < len(weights):
            known = [self.facts.given_share[g] for g in groups]
        if not sum(known):
            known = [Fraction(1)] * len(groups)
        return {g: float(weight / sum(known)) for g, weight in zip(groups, known, strict=True)}

    def rates(self, g: str, sequence: Sequence) -> tuple[float, float]:
        """Response rates of the control and of the arm in a subgroup, in all who were randomised."""
        f = self.facts
        reach = f.reach[g, f.epochs[f.endpoint_epoch]]
        known, arm = f.control_rate[g], self.coverage(g, sequence)[f.endpoint_epoch]
        given = f.control_of[g]
        if given is None:
            assert known is not None
            return known, reach * arm
        control = self.coverage(g, given)[f.endpoint_epoch]
        if known is None:
            return reach * control, reach * arm
        if reach == 0.0:
            return known, 0.0
        return known, reach * (1.0 - (1.0 - known / reach) * (1.0 - arm) / (1.0 - control))

    def theta(self, g: str, sequence: Sequence) -> float:
        """Log hazard taken away in a subgroup."""
        f = self.facts
        return math.fsum(
            f.pfs_weight[s] * self._removed(g, d)
            for s, regimen in zip(f.epochs, sequence, strict=True)
            for d in sorted(agents_of(regimen))
        )

    def _removed(self, g: str, d: str) -> float:
        """Log hazard an agent takes away where it is given throughout."""
        f = self.facts
        if (g, d) not in self._of_agent:
            present = math.fsum(f.p[g, m] * f.retained[d, m] for m in f.all_mechanisms)
            self._of_agent[g, d] = -math.log(f.hazard_ratio[d]) * f.sensitivity[g, d] * present
        return self._of_agent[g, d]

    def size(self, groups: Groups, sequence: Sequence, arms: int) -> PlainSize | None:
        """Patients of an arm in a design of so many arms; `None` where it cannot be sized."""
        f = self.facts
        alpha = f.alpha / arms if f.bonferroni else f.alpha
        factor = self._inflation(alpha)
        if f.endpoint == "pfs":
            sized = self._progression_arm(groups, sequence, alpha, factor)
        else:
            sized = self._response_arm(groups, sequence, alpha, factor)
        if sized is None:
            return None
        n1, n0, sized_for, events, power, reaches = sized
        rate = self._rate(groups)
        months = None if rate is None else self.months(groups, (n1 + n0) / float(rate))
        size = PlainSize(n1, n0, sized_for, events, power, months, 0.0, reaches)
        controls = math.fsum(cell[1] * self._control_cost[g] for g, cell in self.allocation(groups, size).items())
        return size._replace(cost=n1 * self.price(sequence) + controls)

    def months(self, groups: Groups, months: float) -> float:
        """Months of the trial in which so many at the full rate are over."""
        if not self.facts.patterns:
            return months
        return max(self.facts.patterns[g].month(months) for g in groups)

    def _response_arm(
        self, groups: Groups, sequence: Sequence, alpha: float, factor: float
    ) -> tuple[int, int, float, None, float, bool] | None:
        f = self.facts
        rates = {g: self.rates(g, sequence) for g in groups}
        gain = self.mean(groups, lambda g: rates[g][1] - rates[g][0])
        sized_for = f.shrink * gain if f.target is None else f.target
        strata = [
            (part, rates[g][0], rates[g][0] + (f.target or f.shrink * (rates[g][1] - rates[g][0])))
            for g, part in self.parts(groups).items()
        ]
        used = [rate for part, *both in strata if part > 0 for rate in both]
        if sized_for <= TOLERANCE or not all(TOLERANCE < rate < 1 - TOLERANCE for rate in used):
            return None
        reaches = f.target is None or gain >= f.target - TOLERANCE
        if f.analysis == "exact":
            found = self._exact(*(math.fsum(row[0] * row[k] for row in strata) for k in (1, 2)), alpha)
            return None if found is None else (*found[:2], sized_for, None, found[2], reaches)
        n1, n0, power = response_size(f, strata, alpha, factor)
        return n1, n0, sized_for, None, power, reaches

    def _exact(self, p0: float, p1: float, alpha: float) -> tuple[int, int, float] | None:
        """Boschloo's size, taken from the package: that one is held to other programs' (tests/sizing)."""
        key = (p0, p1, alpha)
        if key not in self._boschloo:
            f = self.facts
            try:
                size = exact_size(p0, p1, alpha, f.power, f.ratio)
            except SizingError:
                self._boschloo[key] = None
            else:
                n1, n0 = (math.ceil(n / f.evaluable - TOLERANCE) for n in (size.n1, size.n0))
                self._boschloo[key] = n1, n0, size.power
        return self._boschloo[key]

    def _progression_arm(
        self, groups: Groups, sequence: Sequence, alpha: float, factor: float
    ) -> tuple[int, int, float, float, float, bool] | None:
        f, rate = self.facts, self._rate(groups)
        assert rate is not None
        gain = self.mean(groups, lambda g: self.theta(g, sequence))
        gain -= self.mean(groups, lambda g: 0.0 if (own := f.control_of[g]) is None else self.theta(g, own))
        sized_for = math.exp(-f.shrink * gain) if f.target is None else f.target
        if -math.log(sized_for) <= TOLERANCE:
            return None
        key = (groups, sized_for, alpha)
        if key not in self._progression:
            self._progression[key] = progression_size(f, self.parts(groups), sized_for, float(rate), alpha, factor)
        n1, n0, events, power = self._progression[key]
        return n1, n0, sized_for, events, power, f.target is None or math.exp(-gain) <= f.target + TOLERANCE

    def _rate(self, groups: Groups) -> float | None:
        rates = [self.facts.accrual[g] for g in groups]
        return None if any(rate is None for rate in rates) else float(sum(rate for rate in rates if rate is not None))

    def allocation(self, groups: Groups, size: PlainSize) -> dict[str, tuple[int, int]]:
        """Subgroup -> experimental and control patients."""
        f = self.facts
        ordered = [g for g in f.subgroups if g in groups]
        rates = [f.accrual[g] for g in ordered]
        weights = [rate for rate in rates if rate is not None]
        if len(weights) < len(ordered):
            weights = [f.given_share[g] for g in ordered]
        if not sum(weights):
            weights = [Fraction(1)] * len(ordered)
        sides = (largest_remainder(n, weights) for n in (size.experimental, size.control))
        return dict(zip(ordered, zip(*sides, strict=True), strict=True))

    # -- a design --------------------------------------------------------------------------------------

    def sizes(self, arms: list[PlainArm]) -> list[PlainSize | None]:
        """Size of every arm of a design."""
        return [self.size(groups, sequence, len(arms)) for groups, sequence in arms]

    def broken(self, arms: list[PlainArm]) -> list[str]:
        f, found, sizes = self.facts, super().broken(arms), self.sizes(arms)
        known = [size for size in sizes if size is not None]
        if len(known) < len(sizes):
            found.append("size")
        if not all(size.reaches for size in known):
            found.append("target")
        if f.max_months is not None and any(
            size.months is None or size.months > f.max_months + TOLERANCE for size in known
        ):
            found.append("max_accrual_months")
        if f.max_study is not None and any(not self._in_time(size) for size in known):
            found.append("max_study_months")
        if f.max_patients is not None and sum(size.patients for size in known) > f.max_patients:
            found.append("max_patients")
        if f.budget is not None and math.fsum(size.cost for size in known) > f.budget + TOLERANCE:
            found.append("budget")
        return found

    # -- every design ----------------------------------------------------------------------------------

    def best_sized(self, served: dict[Sequence, dict[str, float]] | None = None) -> SizedBest | None:
        """The best design, or `None`. `served` may be handed in where only limits on the trial changed."""
        f = self.facts
        served = self.served() if served is None else served
        fronts: dict[tuple[Groups, int], list[_Choice]] = {}
        best: _Choice | None = None
        for partition in partitions(f.subgroups):
            if self.sets_break(partition):
                continue
            if len(partition) > f.max_arms:
                continue
            kept = [_Choice(0.0, 0, 0.0, ())]
            for part in partition:
                key = (part, len(partition) if f.bonferroni else 0)
                if key not in fronts:
                    fronts[key] = self._front(part, len(partition), served)
                kept = self._undominated([_joined(a, b) for a in kept for b in fronts[key]])
            for choice in kept:
                if best is None or _better(choice, best):
                    best = choice
        return None if best is None else SizedBest(best.value, best.patients, best.cost, list(best.arms))

    def _in_time(self, size: PlainSize) -> bool:
        """Whether an arm's final analysis is not too late."""
        f = self.facts
        after = f.follow_up if f.endpoint == "pfs" else 0.0
        return size.months is not None and f.max_study is not None and size.months + after <= f.max_study + TOLERANCE

    def _front(self, groups: Groups, arms: int, served: dict[Sequence, dict[str, float]]) -> list[_Choice]:
        """Arms for a set that no other arm beats in value, patients and money at once."""
        f, choices = self.facts, []
        for sequence, worth in served.items():
            if not all(g in worth for g in groups):
                continue
            size = self.size(groups, sequence, arms)
            if size is None or not size.reaches:
                continue
            if f.max_months is not None and (size.months is None or size.months > f.max_months + TOLERANCE):
                continue
            if f.max_study is not None and not self._in_time(size):
                continue
            value = math.fsum(worth[g] for g in groups)
            choices.append(_Choice(value, size.patients, size.cost, ((groups, sequence),)))
        return self._undominated(choices)

    def _undominated(self, choices: list[_Choice]) -> list[_Choice]:
        """Choices within the limits that no other beats in value, patients and money at once."""
        f, kept = self.facts, []
        for choice in sorted(choices, key=lambda c: (-c.value, c.patients, c.cost)):
            if f.max_patients is not None and choice.patients > f.max_patients:
                continue
            if f.budget is not None and choice.cost > f.budget + TOLERANCE:
                continue
            if not any(k.patients <= choice.patients and k.cost <= choice.cost for k in kept):
                kept.append(choice)
        return kept


def _joined(a: _Choice, b: _Choice) -> _Choice:
    return _Choice(a.value + b.value, a.patients + b.patients, a.cost + b.cost, a.arms + b.arms)


def _better(choice: _Choice, best: _Choice) -> bool:
    if abs(choice.value - best.value) <= 1e-9:
        return choice.patients < best.patients
    return choice.value > best.value
