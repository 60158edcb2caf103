"""Upper bounds on what one arm can be worth for every set of subgroups.

A set is a bit mask. Serving T with one arm is worth at most what its parts are worth with arms of their own, in any
fractional cover: `F(T) <= F(T - g) + F({g})`, and, as every subgroup is in k - 1 of the k sets `T - g`,
`F(T) <= sum_g F(T - g) / (k - 1)` (model section 9; ours). A set with an infeasible part is infeasible.
"""

from __future__ import annotations

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints


class SetBounds:
    """Upper bound of every non-empty set of G subgroups, and whether it is exact. Index = mask; index 0 is unused."""

    def __init__(self, constant: Floats) -> None:
        """Begin with the value (G,) each subgroup would have with nothing left uncovered and no toxicity."""
        self.groups = groups = len(constant)
        masks = np.arange(1 << groups, dtype=np.int64)
        self.member: Bools = ((masks[:, None] >> np.arange(groups)) & 1).astype(bool)
        self.upper: Floats = self.member @ constant
        self.exact: Bools = np.zeros(1 << groups, dtype=bool)
        size = self.member.sum(axis=1)
        self._by_size: list[Ints] = [np.flatnonzero(size == k) for k in range(groups + 1)]

    def settle(self, mask: int, upper: float) -> None:
        """Record what a search proved of one set (`-inf`: no arm may serve it)."""
        self.upper[mask] = min(float(self.upper[mask]), upper)
        self.exact[mask] = True

    def propagate(self) -> None:
        """Carry bounds from smaller sets to larger ones."""
        single = self.upper[1 << np.arange(self.groups)]
        for k in range(2, self.groups + 1):
            masks = self._by_size[k]
            total = np.zeros(len(masks))
            split = np.full(len(masks), np.inf)
            for g in range(self.groups):
                has = self.member[masks, g]
                part = self.upper[masks[has] & ~(1 << g)]
                total[has] += part
                split[has] = np.minimum(split[has], part + single[g])
            self.upper[masks] = np.minimum(self.upper[masks], np.minimum(split, total / (k - 1)))
        self.exact |= np.isneginf(self.upper)
