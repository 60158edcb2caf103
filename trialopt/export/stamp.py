"""The time that goes into files which must carry one: that of the run, never that of the export."""

from __future__ import annotations

from datetime import UTC, datetime

from trialopt.solution import Solution

UNKNOWN = datetime(2000, 1, 1, tzinfo=UTC)
"""For records that do not say when their run ended."""


def finished(solution: Solution) -> datetime:
    """When the run ended, in UTC, to the second."""
    try:
        moment = datetime.fromisoformat(str(solution.provenance["finished"]))
    except (KeyError, ValueError):
        return UNKNOWN
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
