"""What all arms of a design share: how many there are, and what they may take together.

`RESOURCES` is the one declaration of what can be shared; every array over resources (K,) is in its order. A resource
whose takes are a sum over epochs and subgroups served needs no more than its line here, its number of a regimen
(`EpochTable`), and its limit; the master, prices, proofs and rankings go through the list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from trialopt.core.instance import Floats
from trialopt.core.trial import TrialSettings

if TYPE_CHECKING:
    from trialopt.engine.tables import EpochTable, Tables


@dataclass(frozen=True)
class Resource:
    """One thing that arms take of and a design has a limit on."""

    name: str
    unit: str
    takes: str
    """What an arm takes, in words."""
    limit: Callable[[TrialSettings], float | None]
    """The limit the trial sets a design, `None` without one."""
    step: float
    """Takes closer than this count as equal, of a front's points too."""
    relative: bool = False
    """Whether `step` is a share of what is taken (of 1 at least)."""
    least_scale: float = 1.0
    """Limits below this are not scaled up further to a solver."""
    per_regimen: Callable[[EpochTable], Floats] | None = None
    """(R, G) what a regimen takes in each subgroup, where an arm takes the sum over epochs and subgroups served."""
    tracked: Callable[[Tables], bool] | None = None
    """Whether the tables hold `per_regimen`."""

    def below(self, taken: float) -> float:
        """The limit that asks for less than `taken`."""
        return taken - self.step * (max(1.0, taken) if self.relative else 1.0)


RESOURCES = (
    Resource(
        "patients",
        "patients",
        "experimental and control patients of a sized arm",
        lambda trial: trial.max_patients if trial.sized else None,
        step=1.0,
    ),
    Resource(
        "budget",
        "money",
        "treatment of its experimental and control patients",
        lambda trial: trial.budget if trial.sized else None,
        step=1e-8,
        relative=True,
    ),
    Resource(
        "burden",
        "events, weighted by share, epoch and reach (model section 8)",
        "severe adverse events it causes",
        lambda trial: None,  # only fronts limit it
        step=1e-7,
        least_scale=1e-3,
        per_regimen=lambda table: table.strain,
        tracked=lambda tables: tables.strained,
    ),
)

PATIENTS, MONEY, BURDEN = range(len(RESOURCES))
"""Places of the resources that the engine has rules of their own for."""

SUMMED = tuple(k for k, resource in enumerate(RESOURCES) if resource.per_regimen is not None)
"""Places of those that are sums over epochs and subgroups served."""


def nothing_taken() -> Floats:
    """(K,) zeros: no takes, and no prices."""
    return np.zeros(len(RESOURCES))


def unlimited() -> Floats:
    """(K,) no limits."""
    return np.full(len(RESOURCES), np.inf)


@dataclass(frozen=True)
class SharedLimits:
    """Limits of a design. `exactly` asks for just `arms` arms, else it is the most."""

    arms: int
    exactly: bool = False
    most: Floats = field(default_factory=unlimited)
    """(K,) the limits, inf where there is none."""

    @property
    def limited(self) -> list[int]:
        """Places of the resources that have a limit."""
        return np.flatnonzero(np.isfinite(self.most)).tolist()

    @property
    def scale(self) -> Floats:
        """(K,) what to divide takes by, so that limits are about 1 to a solver."""
        most = np.where(np.isfinite(self.most), self.most, 1.0)
        return np.asarray(np.maximum(most, [resource.least_scale for resource in RESOURCES]))


def limits_of(trial: TrialSettings, arms: int, exactly: bool, at_most: Mapping[str, float]) -> SharedLimits:
    """Limits that a trial sets a design, and by name those that are asked for beside (the tighter one holds)."""
    most = unlimited()
    for k, resource in enumerate(RESOURCES):
        limit = resource.limit(trial)
        most[k] = min(np.inf if limit is None else float(limit), at_most.get(resource.name, np.inf))
    return SharedLimits(arms, exactly, most)
