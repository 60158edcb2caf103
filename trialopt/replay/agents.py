"""What an agent kills a day, from how deep and how fast its responders answered.

The depth: among responders the log10 reduction beyond a partial response is exponential, and the published share of
complete responses among them says its mean; the median responder is at `depth`. The rate: that depth is reached in the
published months to response times `to_best`. So an agent with few but deep responses kills fast in those who answer;
how many do is decided by the patients, not here. Ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from trialopt.replay.table import Constants, rows

MONTH = 30.4375
"""Days."""

USUAL = 0.025
"""A usual kill, per cell and day, around which `contrast` spreads agents."""

PARTIAL = math.log10(2.0)
"""Depth of a partial response, log10."""


@dataclass(frozen=True)
class Agent:
    """One agent's published answer, by its own name, its class or (`known` false) neither."""

    depth: float
    """log10 reduction of the median responder."""
    months: float
    """Months in which that depth is reached."""
    measured_at: float
    """Activity where it was measured, over that at factor 1 of an instance's tables."""
    late: bool
    """Measured in late relapse."""
    once: bool
    known: bool

    def kill(self, constants: Constants) -> float:
        """Cells killed, per cell and day, in a responder of factor 1: the decline seen and the growth it outran."""
        decline = math.log(10.0) * self.depth / (self.months * MONTH)
        seen = decline + constants.growth
        found: float = USUAL * (seen / USUAL) ** constants.contrast / self.measured_at
        found *= constants.late_measured if self.late else 1.0
        return found

    def days(self, constants: Constants) -> float:
        """Days over which one gift acts; endless for an agent that goes on being given."""
        return self.months * MONTH * constants.once_days if self.once else math.inf


@cache
def _table() -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in rows("agents")}


def agent_of(name: str, class_: str, constants: Constants, once: bool = False) -> Agent:
    """The row of an agent, else of its class, else of any agent."""
    table = _table()
    key = next(key for key in (name, class_, "other") if key in table)
    row = table[key]
    complete = float(row["complete_percent"]) / float(row["response_percent"])
    beyond = (constants.depth_complete - PARTIAL) / -math.log(min(complete, 0.99))
    return Agent(
        depth=min(constants.depth_most, PARTIAL + math.log(2.0) * beyond),
        months=float(row["months_to_response"]) * constants.to_best,
        measured_at=float(row["measured_at"]),
        late=row["measured_in"] == "late_relapse",
        once=once or f"once:{name}" in table or f"once:{class_}" in table,
        known=key != "other",
    )
