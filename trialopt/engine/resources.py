"""What all arms of a design share: how many there are, and what they may take together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Floats

PATIENTS, MONEY, BURDEN = range(3)
"""Places of the resources in every array over them; burden is share-weighted (model section 8)."""


@dataclass(frozen=True)
class Resources:
    """Limits of a design. `exactly` asks for just `arms` arms, else it is the most."""

    arms: int
    exactly: bool = False
    patients: float = np.inf
    money: float = np.inf
    burden: float = np.inf

    @property
    def most(self) -> Floats:
        """(3,) the limits, inf where there is none."""
        return np.array([self.patients, self.money, self.burden])

    @property
    def limited(self) -> list[int]:
        """Places of the resources that have a limit."""
        return np.flatnonzero(np.isfinite(self.most)).tolist()

    @property
    def scale(self) -> Floats:
        """(3,) what to divide takes by, so that limits are about 1 to a solver."""
        most = np.where(np.isfinite(self.most), self.most, 1.0)
        return np.asarray(np.maximum(most, np.array([1.0, 1.0, 1e-3])))
