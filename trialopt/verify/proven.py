"""Whether prices, and what they leave open, prove that no design is above a bound."""

from __future__ import annotations

from dataclasses import dataclass

from trialopt.verify.bound import Reach
from trialopt.verify.choices import Case, best_choice, constant_of

EXACT = 1e-7
"""How far above the bound a design may be and still count as not above it: bounds are proven to 1e-6."""


@dataclass(frozen=True)
class Proof:
    """What a case proved: no design is above `most`, by prices alone or with all choices of `arms` looked at."""

    most: float
    looked_at: int | None
    """Arms whose choices were looked at; `None` where prices alone were enough."""


def proven(reach: Reach, case: Case, bound: float) -> Proof:
    """Prove that no design of the case is above the bound. Raises `TooMany`.

    `Proof.most` is above the bound where the proof fails: some design is, or may be.
    """
    constant = constant_of(reach.facts, case)
    most_surplus = EXACT
    for _ in range(4):
        above = min(0.0, bound - constant - (case.arms - 1) * most_surplus)
        arms = reach.arms_above(case, above - EXACT)
        highest = float(arms.surplus.max(initial=0.0))
        if highest <= most_surplus:
            break
        most_surplus = 2 * highest
    alone = constant + case.arms * highest
    if alone <= bound + EXACT:
        return Proof(alone, None)
    best = best_choice(reach.facts, case, arms, bound + EXACT, reach.tail)
    return Proof(bound if best is None else best, len(arms))
