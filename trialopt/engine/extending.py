"""Prefixes of sequences made longer by one epoch, as far as limits, rules and charges allow.

What costs least is asked first: bits of rules, then the limits that regimens alone decide; only what is left of the
prefixes gets the state of its disease, a number for each column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Bools, Floats
from trialopt.engine.measures import Charge, PossibleRegimens
from trialopt.engine.skyline import Prefixes

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Extending:
    """One sequence problem: its regimens, what a sequence costs beside its loss, and what must be in it.

    `charged` says which of the measures the charge looks at, `required` holds the bits of `include`.
    """

    problem: PossibleRegimens
    charge: Charge | None
    charged: slice
    required: int

    def allowed(self, level: int, block: Prefixes, parent: Rows, regimen: Rows) -> Bools:
        """(n,) whether regimens may follow prefixes by the rules that span epochs."""
        bits = self.problem.bits[level]
        clash = (block.once[parent] & bits.once[regimen]) | (block.after[parent] & bits.blocks[regimen])
        return np.asarray(clash == 0)

    def limited(self, level: int, block: Prefixes, parent: Rows, regimen: Rows) -> Floats:
        """(n, L) values of the measures beside the loss after this epoch."""
        values = block.values[parent, 1:]
        state = block.state[parent] if any(self._looks(k, level) for k in range(1, len(self.problem.most))) else None
        for k in range(1, len(self.problem.most)):
            values[:, k - 1] += self._value(k, level, state, regimen)
        return values

    def _looks(self, k: int, level: int) -> bool:
        return self.problem.product[k][level] is not None

    def _value(self, k: int, level: int, state: Floats | None, regimen: Rows) -> Floats | float:
        if self._looks(k, level) and state is not None:
            return self.problem.value(k, level, state, regimen)
        add = self.problem.add[k][level]
        return 0.0 if add is None else np.asarray(add[regimen])

    def children(self, level: int, block: Prefixes, parent: Rows, regimen: Rows, loss: Floats) -> Prefixes:
        """Prefixes followed by regimens, `loss` (n,) with this epoch; those from which some sequence may come."""
        problem, bits = self.problem, self.problem.bits[level]
        rows = np.flatnonzero(self.allowed(level, block, parent, regimen))
        parent, regimen, loss = parent[rows], regimen[rows], loss[rows]
        include = block.include[parent] | bits.include[regimen]
        good = (include | self._available(level + 1)) & self.required == self.required
        by_regimens = [k for k in range(1, len(problem.most)) if not problem.weighted[k]]
        for k in by_regimens:
            total = block.values[parent, k] + self._value(k, level, None, regimen)
            good &= total + sum(problem.least_added[k][level + 1 :]) <= problem.most[k]
        rows = np.flatnonzero(good)
        return self._made(level, block, parent[rows], regimen[rows], loss[rows])

    def _available(self, level: int) -> int:
        """Bits of `include` that some regimen of the epochs from `level` on has."""
        later = [int(np.bitwise_or.reduce(bits.include, initial=0)) for bits in self.problem.bits[level:]]
        return int(np.bitwise_or.reduce(later, initial=0))

    def _made(self, level: int, block: Prefixes, parent: Rows, regimen: Rows, loss: Floats) -> Prefixes:
        problem, bits = self.problem, self.problem.bits[level]
        values = np.concatenate([loss[:, None], self.limited(level, block, parent, regimen)], axis=1)
        emerge = block.emerge[parent] | bits.emerge[regimen]
        if problem.left is None:
            state = problem.emerged(emerge)
        else:
            fresh = emerge & ~block.emerge[parent]
            state = block.state[parent]
            state *= problem.left[level][regimen]
            if fresh.any():
                state *= problem.emerged(fresh)
        children = Prefixes(
            state,
            values,
            np.zeros(len(values)),
            emerge,
            block.once[parent] | bits.once[regimen],
            block.after[parent] | bits.after[regimen],
            block.include[parent] | bits.include[regimen],
            np.concatenate([block.path[parent], regimen[:, None].astype(np.int32)], axis=1),
        )
        least = values.copy()
        for k in range(1, len(problem.most)):
            least[:, k] += problem.rest(k, level + 1, children)
        good = (least <= problem.most).all(axis=1)
        if self.charge is not None:
            children.charge = self.charge(least[:, self.charged])
            good &= np.isfinite(children.charge)
        return children if good.all() else children.pick(np.flatnonzero(good))
