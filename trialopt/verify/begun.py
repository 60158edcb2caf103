"""What a search of sequences is asked, and what it has of sequences begun."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints

FAR = 1e12
"""Stands for what rules a subgroup out, where sums are compared."""

MOST_LOOKED = 1_000_000_000
"""Pairs of a sequence and a set of subgroups beyond which a search is given up."""


Takes = Callable[[int, Floats, Floats, Floats], Floats]
"""Least price (m, n) of what arms take that serve each of n sets, inf where they may not.

Sequences are known through an epoch: their coverage at the endpoint (m, G), the theta (m, G) that they cannot exceed,
and their least cost (m,).
"""


@dataclass(frozen=True)
class Prices:
    """What a search is about: prices of G subgroups, and the n sets of subgroups that an arm may serve."""

    worth: Floats
    """(G,)"""
    arm: float
    above: float
    member: Floats
    """(n, G) 0 or 1."""
    taken: Floats
    """(n,) price of what any arm takes at least."""
    per_cost: Floats
    """(n,) price of each unit of money that a patient of the arm costs, at the fewest patients."""
    takes: Takes

    def shares(self) -> tuple[Floats, Floats]:
        """(G,) each subgroup's least share of `taken` and `per_cost`: over a set they add up to no more than its."""
        size = self.member.sum(axis=1)
        inside = self.member > 0
        taken = np.where(inside, (self.taken / size)[:, None], np.inf).min(axis=0, initial=np.inf)
        cost = np.where(inside, (self.per_cost / size)[:, None], np.inf).min(axis=0, initial=np.inf)
        return np.where(np.isfinite(taken), taken, FAR), np.where(np.isfinite(cost), cost, 0.0)


@dataclass(frozen=True)
class Sequences:
    """Sequences found, n of them, whole or begun."""

    path: Ints
    """(n, s) row of each epoch's regimens."""
    serves: Bools
    """(n, G) subgroups whose arm may give it."""
    value: Floats
    """(n, G) coverage less burden, weighted, before shares."""
    covered: Floats
    """(n, G) weighted coverage alone, as `no_harm` compares it."""
    endpoint: Floats
    """(n, G) coverage in the epoch of the endpoint; 1 until it has come."""
    theta: Floats
    """(n, G)"""
    cost: Floats
    """(n,) money per patient."""
    on: Bools
    """(n, R) emergence rows set off."""
    left: Floats
    """(n, J) what earlier epochs left, carry taken into account."""
    events: Floats
    """(n, C) towards cumulative limits."""
    rest: Floats
    """(n, s, G) most that each epoch to come can add."""

    def __len__(self) -> int:
        return len(self.path)

    def pick(self, rows: np.ndarray) -> Sequences:
        """Some of them."""
        return Sequences(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Begun:
    """The numbers of sequences begun that say whether they can still count; as in `Sequences`."""

    serves: Bools
    value: Floats
    endpoint: Floats
    theta: Floats
    cost: Floats
