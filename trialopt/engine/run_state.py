"""What the sized masters of one run share."""

from __future__ import annotations

from dataclasses import dataclass

from trialopt.core.run import Monitor
from trialopt.engine.incumbent import Incumbent
from trialopt.engine.measures import members
from trialopt.engine.pool import Pool
from trialopt.engine.set_bounds import SetBounds
from trialopt.engine.tables import Tables


@dataclass
class RunState:
    """What the column generations of one run share."""

    tables: Tables
    pool: Pool
    unsized: SetBounds
    incumbent: Incumbent
    monitor: Monitor
    searched: int = 0
    masters: int = 0

    def stop(self) -> bool:
        """Whether the run has to stop."""
        return self.monitor.stop() is not None

    def constant(self, mask: int) -> float:
        """Value of serving the set with nothing left uncovered and no toxicity."""
        return float(self.tables.constant[members(mask)].sum())

    def doing(self) -> str:
        """What the run is at, in words."""
        return f"{self.searched} subgroup sets searched"
