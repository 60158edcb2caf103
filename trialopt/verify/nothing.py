"""Whether it is so that no design exists: by a subgroup without a regimen, by sizes, or with all arms looked at."""

from __future__ import annotations

import numpy as np

from trialopt.verify.begun import FAR, Prices
from trialopt.verify.bound import Reach
from trialopt.verify.choices import Arms, Case, best_choice
from trialopt.verify.facts import Facts
from trialopt.verify.regimens import Regimens, TooMany

SERVED = 1e6
"""What serving a subgroup is taken to be worth, so that every arm counts."""


def without_regimen(facts: Facts, epochs: list[Regimens]) -> str:
    """A subgroup and an epoch that allow no regimen, in words; empty where there is none such."""
    i = facts.instance
    for s, regimens in enumerate(epochs):
        for g in np.flatnonzero(~regimens.serves.any(axis=0)).tolist():
            return f"no regimen is allowed in {i.subgroups[g]} in {i.epochs[s]}: every one was looked at"
    return ""


def without_sequence(facts: Facts, reach: Reach) -> str:
    """A subgroup that no sequence may be given to, in words; empty where there is none such, or too much to look at."""
    for g in range(facts.groups):
        worth = np.full(facts.groups, FAR)
        worth[g] = -SERVED
        member = np.zeros((1, facts.groups))
        member[0, g] = 1
        none = np.zeros(1)
        prices = Prices(worth, 0.0, 0.0, member, none, none, lambda s, e, t, cost: np.zeros((len(cost), 1)))
        try:
            if not reach.search.found(prices).serves[:, g].any():
                return f"no sequence is allowed in {facts.instance.subgroups[g]}: all were looked at"
        except TooMany:
            continue
    return ""


def too_large(reach: Reach, arms: int, exactly: bool) -> bool:
    """Whether every split of the subgroups takes more than the trial has, each arm at the least it can take."""
    sets = reach.sets(arms)
    patients = sets.n1 + sets.n0
    nothing = np.zeros(len(patients))
    money = sets.n1 * reach.search.least_cost + sets.control
    every = Arms(sets.mask, nothing, nothing, patients, money, np.zeros((len(patients), 0)))
    return best_choice(reach.facts, _case(reach, arms, exactly), every, -np.inf) is None


def none_of_all(reach: Reach, arms: int, exactly: bool) -> bool:
    """Whether no choice of arms makes a design, with every arm looked at. Raises `TooMany`."""
    case = _case(reach, arms, exactly)
    return best_choice(reach.facts, case, reach.arms_above(case, 0.0), -np.inf) is None


def _case(reach: Reach, arms: int, exactly: bool) -> Case:
    return Case(arms, exactly, np.full(reach.facts.groups, -SERVED), 0.0, 0.0, 0.0)
