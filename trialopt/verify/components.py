"""Component arms: what an arm has to show of its agents, and the patients that takes (model section 12).

Written again from the model text. Every comparison has the whole level; the arm and each of its component arms have as
many patients as the most demanding one asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from trialopt.core.design import Contribution
from trialopt.core.instance import Bools, Floats, Instance, Ints
from trialopt.verify.boschloo import exact_patients, exact_power
from trialopt.verify.facts import MISS
from trialopt.verify.formulas import (
    Asked,
    progression_patients,
    progression_power,
    response_patients,
    response_power,
)
from trialopt.verify.looks import inflation
from trialopt.verify.rules import follows, includes, rules_allow
from trialopt.verify.sizes import Sizing

KEPT_BY_ALL = "corticosteroid"
"""Class of agents whose contribution `all` does not ask for."""


@dataclass(frozen=True)
class Component:
    """One comparison of an arm with what is left without an agent."""

    without: str
    given: Bools | None
    """(S, O) of the component arm; `None` where the control stands in."""
    needed: tuple[float, float]
    sized_for: float
    asked: Asked
    power: Callable[[int, int], float]
    rate: float | None = None
    hazard_ratio: float | None = None
    events: float | None = None


@dataclass(frozen=True)
class Family:
    """All comparisons of one arm with its component arms."""

    parts: tuple[Component, ...]
    cost: float
    """Money of one patient in each component arm together."""

    @property
    def arms(self) -> int:
        """Component arms."""
        return sum(part.given is not None for part in self.parts)

    def enlarged(self, n1: float, n0: float) -> tuple[float, float]:
        """Patients of the arm and of its control that are enough for all."""
        stand_in = [part.needed[1] for part in self.parts if part.given is None]
        return max([n1, *(part.needed[0] for part in self.parts)]), max([n0, *stand_in])


NOTHING = Family((), 0.0)


def asked_of(instance: Instance, given: Bools) -> list[str]:
    """Agents whose contribution an arm that gives (S, O) has to show, by id."""
    i, want = instance, instance.trial.contribution
    if not i.trial.contributes or want is None:
        return []
    agents = {int(d) for d in i.option_agent[given[i.trial.contribution_epoch]]}
    if want.require == "all":
        return sorted(i.agents[d] for d in agents if i.classes[i.agent_class[d]] != KEPT_BY_ALL)
    pairs = combinations(sorted(i.agents[d] for d in agents), 2)
    return sorted({agent for pair in pairs if frozenset(pair) not in i.rules.precedents for agent in pair})


def family_of(sizing: Sizing, members: Ints, given: Bools) -> Family | None:
    """The comparisons of an arm that gives (S, O); `None` where one of them cannot be sized."""
    i = sizing.facts.instance
    t, money = i.trial.contribution_epoch, 0.0
    parts = []
    for agent in asked_of(i, given):
        rest: Bools | None = given.copy()
        assert rest is not None
        rest[t, i.option_agent == i.agents.index(agent)] = False
        if not rest[t].any():
            rest = None
        elif not _may_run(sizing, members, rest):
            continue
        compare = _hazards if i.trial.endpoint == "pfs" else _rates
        part = compare(sizing, members, given, rest, agent)
        if part is None or not np.isfinite(part.needed[0] + part.needed[1]):
            return None
        parts.append(part)
        money += 0.0 if rest is None else money_of(i, rest)
    return Family(tuple(parts), money)


def money_of(instance: Instance, given: Bools) -> float:
    """Money of a patient who gets (S, O)."""
    i = instance
    cost = i.cycles[:, None] * i.cost_per_cycle[i.option_agent] + i.cost_per_course[i.option_agent]
    return float((given * cost).sum())


def _may_run(sizing: Sizing, members: Ints, rest: Bools) -> bool:
    """Whether a component arm keeps the rules that it has to."""
    facts, by_epoch = sizing.facts, [row[None] for row in rest]
    good = bool(includes(facts.instance, by_epoch)[0])
    for s, row in enumerate(by_epoch):
        good &= bool(rules_allow(facts, s, row)[0, members].all() and follows(facts.instance, by_epoch[:s], row)[0])
    return good and bool(sizing.world.limits.unharmed(rest[None])[0, members].all())


def _asked(sizing: Sizing, stands_in: bool) -> tuple[Asked, Contribution]:
    trial = sizing.facts.instance.trial
    want = trial.contribution or Contribution()
    alpha = trial.alpha if want.alpha is None else want.alpha
    ratio = trial.allocation_ratio if stands_in else 1.0
    return Asked(alpha, want.power, ratio, inflation(trial.interim, alpha, want.power), sizing.asked.evaluable), want


def _rates(sizing: Sizing, members: Ints, given: Bools, rest: Bools | None, agent: str) -> Component | None:
    trial, f = sizing.facts.instance.trial, sizing.parts(members)
    asked, want = _asked(sizing, rest is None)
    high = sizing.world.response(given[None]).mean(axis=0)[0, members]
    low = sizing.control_rate[members]
    if rest is not None:
        low = sizing.world.response(rest[None]).mean(axis=0)[0, members]
    gain = float((high - low) @ f)
    sized = low + (trial.shrink * (high - low) if want.target is None else want.target)
    sized_for = trial.shrink * gain if want.target is None else want.target
    inside = (np.minimum(low, sized) > MISS) & (np.maximum(low, sized) < 1 - MISS)
    if not sized_for > MISS or (want.target is not None and gain < want.target - MISS) or not inside[f > 0].all():
        return None
    pools = trial.pools_null_variance if rest is None else trial.null_variance == "pooled"
    rate = float(low @ f)
    if trial.analysis != "stratified":
        f, low, sized = np.ones(1), np.array([low @ f]), np.array([sized @ f])
    if trial.analysis == "exact":
        one, other = float(low[0]), float(sized[0])
        needed = exact_patients(one, other, asked)[:2]
        return Component(
            agent, rest, needed, sized_for, asked, lambda n1, n0: exact_power(one, other, asked, n1, n0), rate
        )
    sides = response_patients(f, low[None], sized[None], asked, pools)
    needed = float(sides[0][0]), float(sides[1][0])

    def power(n1: int, n0: int) -> float:
        return response_power(f, low, sized, asked, pools, n1, n0)

    return Component(agent, rest, needed, sized_for, asked, power, rate)


def _hazards(sizing: Sizing, members: Ints, given: Bools, rest: Bools | None, agent: str) -> Component | None:
    trial, f = sizing.facts.instance.trial, sizing.parts(members)
    asked, want = _asked(sizing, rest is None)

    def gained(sequence: Bools) -> Floats:
        return np.asarray(sizing.world.theta(sequence[None]).mean(axis=0)[0, members])

    before = np.zeros(len(members))
    if rest is not None:
        before = gained(rest) - sizing.control_theta[members]
    whole = float(np.exp(-((gained(given) - sizing.control_theta[members] - before) @ f)))
    sized_for = whole**trial.shrink if want.target is None else want.target
    if not -np.log(sized_for) > MISS or (want.target is not None and whole > want.target + MISS):
        return None
    course = sizing.course(members, np.array([sized_for]))
    course = replace(course, hazard=course.hazard * float(np.exp(-(before @ f))))
    n1, n0, events = (float(part[0]) for part in progression_patients(course, asked))

    def power(experimental: int, other: int) -> float:
        return progression_power(course, asked, experimental, other)

    return Component(agent, rest, (n1, n0), sized_for, asked, power, hazard_ratio=whole, events=events)
