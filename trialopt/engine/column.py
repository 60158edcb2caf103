"""One arm as the sized master sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.engine.incumbent import Path
from trialopt.engine.master import Columns


@dataclass(frozen=True)
class Column:
    """One arm: the subgroups it serves, its sequence, and what it is worth and takes."""

    mask: int
    path: Path
    value: float
    patients: float
    money: float


def table(columns: list[Column]) -> Columns:
    """Columns as arrays."""
    return Columns(
        np.array([c.mask for c in columns], dtype=np.int64),
        np.array([c.value for c in columns]),
        np.array([c.patients for c in columns]),
        np.array([c.money for c in columns]),
    )
