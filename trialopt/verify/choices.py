"""Prices, the arms that they leave open, and every choice of such arms that serves each subgroup once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Floats, Ints
from trialopt.verify.facts import Facts
from trialopt.verify.regimens import TooMany

MOST_CHOICES = 2_000_000
"""Choices of arms beyond which the question is left open."""


@dataclass(frozen=True)
class Case:
    """Prices that prove a bound for designs of at most, or of exactly, so many arms."""

    arms: int
    exactly: bool
    subgroup: Floats
    """(G,)"""
    arm: float
    patients: float
    money: float


@dataclass(frozen=True)
class Arms:
    """Arms that a better design could have."""

    mask: Ints
    surplus: Floats
    value: Floats
    patients: Floats
    money: Floats

    def __len__(self) -> int:
        return len(self.mask)


def constant_of(facts: Facts, case: Case) -> float:
    """What the prices of everything that a design may use come to."""
    trial = facts.instance.trial
    total = float(case.subgroup.sum()) + case.arms * case.arm
    if case.patients > 0 and trial.max_patients is not None:
        total += case.patients * trial.max_patients
    if case.money > 0 and trial.budget is not None:
        total += case.money * trial.budget
    return total


def best_choice(facts: Facts, case: Case, arms: Arms, bound: float) -> float | None:
    """Value of a choice of arms above the bound, `None` where there is none. Raises `TooMany`."""
    trial, groups = facts.instance.trial, facts.groups
    most = (
        np.inf if trial.max_patients is None or not trial.sized else trial.max_patients + 1e-9,
        np.inf if trial.budget is None or not trial.sized else trial.budget * (1 + 1e-12) + 1e-9,
    )
    constant, highest = constant_of(facts, case), max(0.0, float(arms.surplus.max(initial=0.0)))
    serving = [np.flatnonzero((arms.mask >> g) & 1) for g in range(groups)]
    serving = [rows[np.argsort(-arms.surplus[rows])] for rows in serving]
    tried = 0

    def choose(served: int, count: int, total: float, value: float, patients: float, money: float) -> float | None:
        nonlocal tried
        if served == (1 << groups) - 1:
            right = count == case.arms if case.exactly else count <= case.arms
            return value if right and value > bound else None
        if count == case.arms:
            return None
        first = next(g for g in range(groups) if not served >> g & 1)
        for n in serving[first].tolist():
            ahead = (case.arms - count - 1) * highest
            if constant + total + arms.surplus[n] + ahead <= bound:
                return None  # sorted: those after it add less
            tried += 1
            if tried > MOST_CHOICES:
                raise TooMany(f"more than {MOST_CHOICES:,} choices of arms are within reach of a better design")
            if arms.mask[n] & served:
                continue
            p, m = patients + arms.patients[n], money + arms.money[n]
            if p > most[0] or m > most[1]:
                continue
            found = choose(served | int(arms.mask[n]), count + 1, total + arms.surplus[n], value + arms.value[n], p, m)
            if found is not None:
                return found
        return None

    return choose(0, 0, 0.0, 0.0, 0.0, 0.0)
