"""What a trial asks under many possible truths (`[uncertainty]`), and the streams every drawn number comes from.

A *stream* is a generator keyed by the seed and a name: NumPy's `Generator(PCG64(k))` with `k` the SHA-256 of the text
`SEED:NAME` (UTF-8) read as a big-endian whole number. So a number's draws depend on nothing but the seed and what the
number is: not on the order of rows, not on what else is drawn; and a longer run begins with the draws of a shorter one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

OBJECTIVES = ("given", "mean", "cvar")


@dataclass(frozen=True)
class Defaults:
    """`[uncertainty.default]`: how far numbers spread about which nothing better is known (model section 11)."""

    read_patients: float = 30.0
    """Patients a published rate without patients is worth."""
    assumed_patients: float = 20.0
    """Patients an assumed rate is worth."""
    read_share_sd: float = 0.15
    """Of retained activity and sensitivity, on the logit of their share of 1.25."""
    assumed_share_sd: float = 0.4
    """The same of assumed ones."""
    log_sd: float = 0.15
    """Of hazard ratios and pair terms, on the log scale."""
    control_patients: float = 100.0
    """Patients a control rate or median is worth."""
    arm_deviation: float = 0.1
    """Standard deviation of a regimen's own factor on its log-activity."""


@dataclass(frozen=True)
class Uncertainty:
    """The `[uncertainty]` table."""

    draws: int = 500
    """Possible truths, N."""
    seed: int = 1
    objective: str = "given"
    """`given`, `mean` or `cvar`."""
    tail: float = 0.1
    """Worst share of the truths that cvar is the mean of."""
    confidence: float | None = None
    """Share of truths in which each limit holds; `None`: limits hold with the inputs as given."""
    margin: float = 0.0
    """Limits on risk are widened by this much where a confidence is asked for."""
    min_assurance: float | None = None
    """Least assurance of each sized arm."""
    default: Defaults = Defaults()

    def needed(self, count: int) -> int:
        """Truths of `count` in which a limit has to hold: the least whole number of at least c N."""
        if self.confidence is None:
            raise ValueError("no confidence is asked for")
        return int(np.ceil(self.confidence * count - 1e-9))


def stream(seed: int, name: str) -> np.random.Generator:
    """Generator of the draws of one name."""
    key = int.from_bytes(sha256(f"{seed}:{name}".encode()).digest(), "big")
    return np.random.Generator(np.random.PCG64(key))


def regimen_name(agents: Iterable[str]) -> str:
    """Name of the stream of a set of agents: sorted ids, `+` between."""
    return "+".join(sorted(set(agents)))
