"""Blocks of prefixes of sequences, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialopt.instance import Floats, Ints


@dataclass
class Prefixes:
    """A block of n prefixes: a regimen for each of the first epochs."""

    state: Floats
    """(n, j) what emergence and carry made of each column's prevalence."""
    values: Floats
    """(n, K) measures so far, the loss first."""
    charge: Floats
    """(n,) lower bound on the charge of what begins like this."""
    emerge: Ints
    """(n,) emergence bits, like the three below as in `tables.Bits`."""
    once: Ints
    after: Ints
    include: Ints
    path: NDArray[np.int32]
    """(n, epochs so far) regimen of each epoch."""

    def __len__(self) -> int:
        return len(self.state)

    def pick(self, rows: NDArray[np.intp] | slice) -> Prefixes:
        """The given ones only."""
        return Prefixes(
            self.state[rows],
            self.values[rows],
            self.charge[rows],
            self.emerge[rows],
            self.once[rows],
            self.after[rows],
            self.include[rows],
            self.path[rows],
        )


def join(blocks: list[Prefixes]) -> Prefixes:
    """One block of all."""
    if len(blocks) == 1:
        return blocks[0]
    return Prefixes(
        *(
            np.concatenate([getattr(b, name) for b in blocks])
            for name in ("state", "values", "charge", "emerge", "once", "after", "include", "path")
        )
    )
