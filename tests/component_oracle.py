"""Brute force with component arms (model section 12): `SizedOracle` whose arms take what their components take too.

Written from the model text; nothing is shared with the package but Boschloo's size and the factor for looks.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING, Any

from tests.oracle import Sequence, agents_of
from tests.sized_facts import TOLERANCE, SizedFacts, progression_size, response_size
from tests.sized_oracle import Groups, PlainSize, SizedOracle

if TYPE_CHECKING:
    from trialopt.reading.document import Document


class ComponentOracle(SizedOracle):
    """`own_inflation` is the factor for looks at the level and power of the comparisons with component arms."""

    def __init__(
        self, document: Document, inflation: Callable[[float], float] = lambda alpha: 1.0, own_inflation: float = 1.0
    ) -> None:
        super().__init__(document, inflation)
        asked: dict[str, Any] = document.settings["trial"].get("contribution", {})
        self.require: str = asked.get("require", "none")
        self._level: float = asked.get("alpha", self.facts.alpha)
        self._power: float = asked.get("power", 0.8)
        self._target: float | None = asked.get("target")
        self._factor = own_inflation
        self._pooled = document.settings["trial"].get("null_variance") == "pooled"
        self._at = 0 if self.facts.endpoint == "pfs" else self.facts.endpoint_epoch
        self._sizes: dict[tuple[Groups, Sequence, int], PlainSize | None] = {}
        self._between: dict[float, dict[tuple[float, float, float], tuple[int, int, float] | None]] = {}
        self._compared: dict[tuple[Any, ...], tuple[int, int] | None] = {}

    def asked_of(self, sequence: Sequence) -> list[str]:
        """Agents whose contribution is to be shown."""
        f, agents = self.facts, sorted(agents_of(sequence[self._at]))
        if self.require == "all":
            return [d for d in agents if f.class_of[d] != "corticosteroid"]
        if self.require == "none":
            return []
        novel = [set(pair) for pair in combinations(agents, 2) if frozenset(pair) not in f.precedents]
        return sorted(set().union(*novel))

    def component(self, sequence: Sequence, agent: str) -> Sequence:
        """The sequence without an agent where the endpoint is."""
        kept = type(sequence[self._at])(option for option in sequence[self._at] if option[0] != agent)
        return (*sequence[: self._at], kept, *sequence[self._at + 1 :])

    def may_run(self, groups: Groups, component: Sequence) -> bool:
        """Whether a component arm keeps the rules that it has to keep."""
        broken = self.sequence_breaks(component)
        for s, regimen in enumerate(component):
            broken += self.regimen_breaks(s, regimen)
        for g in groups:
            broken += [rule for rule in self.sequence_subgroup_breaks(g, component) if rule == "no_harm"]
            for s, regimen in enumerate(component):
                broken += [rule for rule in self.subgroup_breaks(g, s, regimen) if rule.startswith("contraindicated")]
        return not set(broken) - {"requires", "min_agents/max_agents"}

    def size(self, groups: Groups, sequence: Sequence, arms: int) -> PlainSize | None:
        key = (groups, sequence, arms)
        if key not in self._sizes:
            self._sizes[key] = self._with_components(groups, sequence, super().size(groups, sequence, arms))
        return self._sizes[key]

    def _with_components(self, groups: Groups, sequence: Sequence, alone: PlainSize | None) -> PlainSize | None:
        if alone is None or not (asked := self.asked_of(sequence)):
            return alone
        n1, n0, beside = alone.experimental, alone.control, []
        for agent in asked:
            other: Sequence | None = self.component(sequence, agent)
            if not other[self._at]:
                other = None
            elif not self.may_run(groups, other):
                continue
            needed = self._needed(groups, sequence, other)
            if needed is None:
                return None
            n1 = max(n1, needed[0])
            if other is None:
                n0 = max(n0, needed[1])
            else:
                beside.append(other)
        rate, whole = self._rate(groups), n1 * (1 + len(beside)) + n0
        size = alone._replace(experimental=n1, control=n0, components=len(beside))
        size = size._replace(months=None if rate is None else whole / rate, power=math.nan)
        controls = math.fsum(cell[1] * self._control_cost[g] for g, cell in self.allocation(groups, size).items())
        return size._replace(cost=n1 * math.fsum(map(self.price, (sequence, *beside))) + controls)

    def _needed(self, groups: Groups, sequence: Sequence, other: Sequence | None) -> tuple[int, int] | None:
        """Patients that the comparison with a component arm (`None`: the control) asks for on both sides."""
        f = copy.copy(self.facts)
        f.power = self._power
        if other is not None:
            f.ratio, f.pooled_variance = 1.0, self._pooled
        if f.endpoint == "pfs":
            return self._hazards_needed(f, groups, sequence, other)
        low = {g: self.rates(g, sequence)[0] if other is None else self.rates(g, other)[1] for g in groups}
        own = {g: self.rates(g, sequence)[1] for g in groups}
        gain = self.mean(groups, lambda g: own[g] - low[g])
        high = {g: low[g] + (self._target or f.shrink * (own[g] - low[g])) for g in groups}
        if (self._target or f.shrink * gain) <= TOLERANCE or (self._target and gain < self._target - TOLERANCE):
            return None
        strata = [(part, low[g], high[g]) for g, part in self.parts(groups).items()]
        if any(not TOLERANCE < rate < 1 - TOLERANCE for part, *both in strata if part > 0 for rate in both):
            return None
        if f.analysis != "exact":
            return response_size(f, strata, self._level, self._factor)[:2]
        p0, p1 = (math.fsum(row[0] * row[k] for row in strata) for k in (1, 2))
        found = self._exact_of(f, p0, p1)
        return None if found is None else found[:2]

    def _exact_of(self, f: SizedFacts, p0: float, p1: float) -> tuple[int, int, float] | None:
        kept, known = self.facts, self._boschloo
        self.facts, self._boschloo = f, self._between.setdefault(f.ratio, {})
        try:
            return self._exact(p0, p1, self._level)
        finally:
            self.facts, self._boschloo = kept, known

    def _hazards_needed(
        self, f: SizedFacts, groups: Groups, sequence: Sequence, other: Sequence | None
    ) -> tuple[int, int] | None:
        def taken(given: Sequence | None) -> float:
            if given is None:
                return self.mean(groups, lambda g: self.theta(g, own) if (own := f.control_of[g]) is not None else 0.0)
            return self.mean(groups, lambda g: self.theta(g, given))

        gain, before = taken(sequence) - taken(other), taken(other) - taken(None)
        sized_for = self._target or math.exp(-f.shrink * gain)
        if -math.log(sized_for) <= TOLERANCE or (self._target and math.exp(-gain) > self._target + TOLERANCE):
            return None
        key = (groups, sized_for, before, other is None)
        if key not in self._compared:
            rate = self._rate(groups)
            assert rate is not None
            f.median = {g: median * math.exp(before) for g, median in f.median.items()}
            found = progression_size(f, self.parts(groups), sized_for, float(rate), self._level, self._factor)
            self._compared[key] = found[:2]
        return self._compared[key]
