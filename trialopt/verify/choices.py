"""Prices, the arms that they leave open, and every choice of such arms that serves each subgroup once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Floats, Ints
from trialopt.verify.drawn import mean_of_worst
from trialopt.verify.facts import Facts
from trialopt.verify.regimens import TooMany

Taken = tuple[float, float]
"""Patients and money."""

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
    worth: Floats
    """(n, N) value in each truth, where designs are compared by their worst ones; else (n, 0)."""

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


def best_choice(facts: Facts, case: Case, arms: Arms, bound: float, tail: float | None = None) -> float | None:
    """Value of a choice of arms above the bound, `None` where there is none. Raises `TooMany`.

    With a `tail` it is the mean of the worst share of the truths, which weighted values bound from above.
    """
    trial, groups = facts.instance.trial, facts.groups
    most = (
        np.inf if trial.max_patients is None or not trial.sized else trial.max_patients + 1e-9,
        np.inf if trial.budget is None or not trial.sized else trial.budget * (1 + 1e-12) + 1e-9,
    )
    constant, highest = constant_of(facts, case), max(0.0, float(arms.surplus.max(initial=0.0)))
    serving = [np.flatnonzero((arms.mask >> g) & 1) for g in range(groups)]
    serving = [rows[np.argsort(-arms.surplus[rows])] for rows in serving]
    tried = 0

    def valued(chosen: tuple[int, ...], value: float) -> float:
        return value if tail is None else float(mean_of_worst(arms.worth[list(chosen)].sum(axis=0), tail))

    def choose(served: int, chosen: tuple[int, ...], total: float, value: float, taken: Taken) -> float | None:
        nonlocal tried
        count = len(chosen)
        if served == (1 << groups) - 1:
            right = count == case.arms if case.exactly else count <= case.arms
            worth = valued(chosen, value) if right and value > bound else -np.inf
            return worth if worth > bound else None
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
            more = taken[0] + float(arms.patients[n]), taken[1] + float(arms.money[n])
            if more[0] > most[0] or more[1] > most[1]:
                continue
            mask, added = served | int(arms.mask[n]), value + float(arms.value[n])
            found = choose(mask, (*chosen, n), total + float(arms.surplus[n]), added, more)
            if found is not None:
                return found
        return None

    return choose(0, (), 0.0, 0.0, (0.0, 0.0))
