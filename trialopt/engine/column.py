"""One arm as the sized master sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Floats
from trialopt.engine.incumbent import Path
from trialopt.engine.master import Columns


@dataclass(frozen=True, eq=False)
class Column:
    """One arm: the subgroups it serves, its sequence, what it is worth, and (3,) what it takes of the resources."""

    mask: int
    path: Path
    value: float
    takes: Floats


def table(columns: list[Column]) -> Columns:
    """Columns as arrays."""
    return Columns(
        np.array([c.mask for c in columns], dtype=np.int64),
        np.array([c.value for c in columns]),
        np.array([c.takes for c in columns]).reshape(-1, 3),
    )
