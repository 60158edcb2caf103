"""Whether no design is better than a bound: prices by weak duality, and what they leave open by looking at it all.

For any prices u[g] of subgroups, a >= 0 of an arm and b >= 0 of what all arms share, every design has

    value = constant + sum over its arms of surplus - (prices of what it leaves unused)
    constant = sum over g of u[g] + max_arms * a + sum of b * limit
    surplus  = value of the arm - sum of its u[g] - a - b * what it takes

so a design above the bound has arms whose surpluses add up to more than `bound - constant`. All arms with so large a
surplus are searched for; none can be left out, because a design with one arm of less cannot make it up. Then all
choices of them that serve every subgroup once are looked at. (Where the number of arms is fixed, `a` may be negative.)
Source: weak duality of the linear program of set partitioning; ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.verify.assured import shown
from trialopt.verify.begun import Prices, Sequences, Takes
from trialopt.verify.choices import Arms, Case
from trialopt.verify.components import family_of
from trialopt.verify.effects import World
from trialopt.verify.facts import MISS, Facts
from trialopt.verify.least import LeastSizes
from trialopt.verify.regimens import Regimens, TooMany
from trialopt.verify.rules import all_sets, may_share
from trialopt.verify.sequences import Search
from trialopt.verify.sizes import Effects, Sizing

MOST_ARMS = 60_000
"""Arms within reach beyond which choices of them are not looked at."""

MOST_WORTHS = 20_000_000
"""The same of arms times truths, where designs are compared by their worst truths."""

MOST_SINGLE = 4_000
"""Arms whose component arms or assurance are looked at one by one."""

MOST_GROUPS = 12
"""Subgroups whose sets are all looked at."""


@dataclass(frozen=True)
class Sets:
    """What arms that serve each allowed set take at least; n sets."""

    mask: Ints
    member: Bools
    n1: Floats
    n0: Floats
    control: Floats
    """Money of the control patients."""

    def of_patients(self, prices: Case) -> Floats:
        """(n,) least that an arm's patients and controls cost at these prices."""
        with np.errstate(invalid="ignore"):
            cost = prices.patients * (self.n1 + self.n0) + prices.money * self.control
        return np.where(np.isfinite(self.n1), cost, np.inf)


class Reach:
    """The arms of one instance, searched at different prices."""

    def __init__(
        self, world: World, facts: Facts, epochs: list[Regimens], sizings: Mapping[int, Sizing], tail: float | None
    ) -> None:
        """`facts` are the columns of `epochs`; `tail` is the worst share of truths that designs are compared by."""
        if facts.groups > MOST_GROUPS:
            raise TooMany(f"{facts.groups} subgroups, sets of more than {MOST_GROUPS} are not looked at")
        self.facts, self._sizings, self._epochs, self._world = facts, sizings, epochs, world
        self.tail = tail
        self.search: Search = Search(facts, epochs, None if world.drawn is None else world.limits)
        mask, member = all_sets(facts.groups)
        good = may_share(facts.instance, member)
        self._mask, self._member = mask[good], member[good]
        self._best = Effects(*self._best_effects(epochs))
        self._sets: dict[int, Sets] = {}
        self._single = 0

    def _best_effects(self, epochs: list[Regimens]) -> tuple[Floats, Floats]:
        """(1, G) coverage at the endpoint and theta that no arm exceeds."""
        facts, trial = self.facts, self.facts.instance.trial
        theta = np.zeros((1, facts.groups))
        for regimens in epochs:
            theta += np.where(regimens.serves, regimens.theta, -np.inf).max(axis=0, initial=-np.inf)
        before = np.ones(len(facts.group))
        for regimens in epochs[: trial.endpoint_epoch]:
            before = before * regimens.left.min(axis=0, initial=1.0) ** trial.carry
        at, start = epochs[trial.endpoint_epoch], facts.start[trial.endpoint_epoch]
        state = (start if facts.end is None else facts.end) * before
        covered = 1 - facts.by_group(state * (at.left if at.end_left is None else at.end_left))
        best = np.where(at.serves, covered, -np.inf).max(axis=0, initial=-np.inf)
        return best[None], theta

    def sizing(self, arms: int) -> Sizing:
        """Comparisons of a design of so many arms."""
        return self._sizings[arms]

    def sets(self, arms: int) -> Sets:
        """Sets that arms of a design of `arms` arms may serve, with the least they take."""
        if arms not in self._sets:
            n1 = np.zeros(len(self._mask))
            n0, control = n1.copy(), n1.copy()
            if self.facts.instance.trial.sized:
                sizing = self.sizing(arms)
                most = np.where(sizing.rising, 1.0, sizing.response(self._best.response))
                best = Effects(most, self._best.theta)
                for k, member in enumerate(self._member):
                    members = np.flatnonzero(member)
                    n1[k], n0[k] = sizing.least(members, best)
                    if np.isfinite(n0[k]):
                        if self._fixed():
                            control[k] = sizing.control_money(members, n0[k : k + 1])[0]
                        else:
                            control[k] = n0[k] * self._cheapest(sizing, members)
            good = np.isfinite(n1)
            self._sets[arms] = Sets(self._mask[good], self._member[good], n1[good], n0[good], control[good])
        return self._sets[arms]

    def _fixed(self) -> bool:
        """Whether the size of an arm is known from the subgroups it serves."""
        trial = self.facts.instance.trial
        target = trial.target_hazard_ratio if trial.endpoint == "pfs" else trial.target_difference
        return target is not None

    def arms_above(self, case: Case, above: float) -> Arms:
        """All arms with a surplus above so much. Raises `TooMany`."""
        sets = self.sets(case.arms)
        priced = sets.of_patients(case)
        prices = Prices(
            worth=case.subgroup,
            arm=case.arm,
            above=above,
            member=sets.member.astype(float),
            taken=priced,
            per_cost=case.money * sets.n1,
            takes=self._takes_at_least(case, sets),
        )
        return self._priced(case, sets, priced, self.search.found(prices), above)

    def _takes_at_least(self, case: Case, sets: Sets) -> Takes:
        """What arms take at least at these prices, given what is known of their effects."""
        if not self.facts.instance.trial.sized:
            return lambda epoch, endpoint, theta, cost: np.zeros((len(cost), len(sets.mask)))
        sizing = self.sizing(case.arms)
        least = LeastSizes(sizing, sets.member)
        cheapest = np.array([self._cheapest(sizing, np.flatnonzero(member)) for member in sets.member])

        def takes(epoch: int, endpoint: Floats, theta: Floats, cost: Floats) -> Floats:
            n1, n0 = least.patients(epoch, sizing.response(endpoint), theta)
            n1, n0 = np.maximum(n1, sets.n1), np.maximum(n0, sets.n0)
            none = ~np.isfinite(n1 + n0)
            n1, n0 = np.where(none, 0.0, n1), np.where(none, 0.0, n0)
            money = n1 * cost[:, None] + np.maximum(n0 * cheapest, sets.control)
            return np.where(none, np.inf, case.patients * (n1 + n0) + case.money * money)

        return takes

    @staticmethod
    def _cheapest(sizing: Sizing, members: Ints) -> float:
        """Least money of a control patient of a set."""
        return float(sizing.control_cost[members].min())

    def _priced(self, case: Case, sets: Sets, priced: Floats, found: Sequences, above: float) -> Arms:
        """The arms that sequences make of sets, exactly."""
        gain = self.facts.instance.share * found.value
        net = np.where(found.serves, gain - case.subgroup, -1e12)
        parts: list[Arms] = []
        for k, mask in enumerate(sets.mask.tolist()):
            members = np.flatnonzero(sets.member[k])
            surplus = net[:, members].sum(axis=1) - case.arm
            rows = np.flatnonzero(surplus - priced[k] - case.money * sets.n1[k] * found.cost > above)
            if not len(rows):
                continue
            patients, money = self._takes(case.arms, members, found, rows)
            with np.errstate(invalid="ignore"):
                surplus = surplus[rows] - case.patients * patients - case.money * money
            good = np.isfinite(patients) & (surplus > above)
            rows = rows[good]
            value = gain[rows][:, members].sum(axis=1)
            worth = self._worth(members, found, rows)
            part = Arms(np.full(len(rows), mask), surplus[good], value, patients[good], money[good], worth)
            part = self._undominated(part)
            if self.tail is not None and sum(map(len, parts)) + len(part) > MOST_WORTHS // max(1, worth.shape[1]):
                raise TooMany("more arms are within reach of a better design than can be looked at in every truth")
            parts.append(part)
            if sum(map(len, parts)) > MOST_ARMS:
                raise TooMany(f"more than {MOST_ARMS:,} arms are within reach of a better design")
        names = Arms.__dataclass_fields__
        width = 0 if self.tail is None or self._world.drawn is None else len(self._world.drawn)
        none = np.zeros(0)
        empty = Arms(np.zeros(0, dtype=np.int64), none, none, none, none, np.zeros((0, width)))
        return Arms(*(np.concatenate([getattr(part, name) for part in (empty, *parts)]) for name in names))

    def _sequences(self, found: Sequences, rows: Ints) -> Bools:
        """(n, S, O) what some of the sequences give."""
        paths = found.path[rows]
        return np.stack([epoch.given[paths[:, s]] for s, epoch in enumerate(self._epochs)], axis=1)

    def _worth(self, members: Ints, found: Sequences, rows: Ints) -> Floats:
        """(n, N) value of arms in each truth, where designs are compared by their worst; else (n, 0)."""
        drawn = self._world.drawn
        if self.tail is None or drawn is None or not len(rows):
            return np.zeros((len(rows), 0 if self.tail is None or drawn is None else len(drawn)))
        if len(rows) > MOST_WORTHS // len(drawn):
            raise TooMany("more arms are within reach of a better design than can be looked at in every truth")
        return np.asarray(drawn.worth(self._sequences(found, rows))[:, :, members].sum(axis=2).T)

    def _takes(self, arms: int, members: Ints, found: Sequences, rows: np.ndarray) -> tuple[Floats, Floats]:
        """(n,) patients and money of arms; inf patients where one may not be run."""
        if not self.facts.instance.trial.sized:
            return np.zeros(len(rows)), np.zeros(len(rows))
        sizing, trial = self.sizing(arms), self.facts.instance.trial
        effects = Effects(sizing.response(found.endpoint[rows]), found.theta[rows])
        n1, n0 = sizing.patients(members, effects)
        asked = self.facts.instance.uncertainty
        if trial.contributes or (asked is not None and asked.min_assurance is not None):
            return self._one_by_one(sizing, members, found, rows, (n1, n0))
        good = np.isfinite(n1)
        money = np.zeros(len(rows))
        if good.any():
            money[good] = n1[good] * found.cost[rows][good] + sizing.control_money(members, n0[good])
        return n1 + n0, money

    def _one_by_one(
        self, sizing: Sizing, members: Ints, found: Sequences, rows: Ints, least: tuple[Floats, Floats]
    ) -> tuple[Floats, Floats]:
        """The same of arms that bring component arms, or have to be assured; `least` patients without."""
        asked, total, money = self.facts.instance.uncertainty, np.full(len(rows), np.inf), np.zeros(len(rows))
        good = np.flatnonzero(np.isfinite(least[0]))
        self._single += len(good)
        if self._single > MOST_SINGLE:
            raise TooMany(f"more than {MOST_SINGLE:,} arms with component arms or assurance are within reach")
        for k, given in zip(good.tolist(), self._sequences(found, rows[good]), strict=True):
            family = family_of(sizing, members, given)
            if family is None:
                continue
            n1, n0 = family.enlarged(float(least[0][k]), float(least[1][k]))
            whole = n1 * (1 + family.arms) + n0
            if not sizing.in_time(members, np.array([whole]))[0]:
                continue
            if asked is not None and asked.min_assurance is not None:
                power = shown(sizing, members, given, int(n1), int(n0), int(whole)).power
                if power.mean() < asked.min_assurance - MISS:
                    continue
            total[k] = whole
            own = float(found.cost[rows[k]]) + family.cost
            money[k] = n1 * own + float(sizing.control_money(members, np.array([n0]))[0])
        return total, money

    def _undominated(self, arms: Arms) -> Arms:
        """Arms of one set that no other matches in value and in what they take; all where each truth counts."""
        if self.tail is not None:
            return arms
        trial = self.facts.instance.trial
        takes = np.column_stack(
            [
                arms.patients if trial.max_patients is not None else 0 * arms.patients,
                arms.money if trial.budget is not None else 0 * arms.money,
            ]
        )
        order = np.lexsort((takes[:, 1], takes[:, 0], -arms.value))
        kept: list[int] = []
        for n in order.tolist():
            if not kept or not (takes[kept] <= takes[n]).all(axis=1).any():
                kept.append(n)
        return Arms(*(getattr(arms, name)[kept] for name in Arms.__dataclass_fields__))
