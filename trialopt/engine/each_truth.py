"""The best design of each truth by itself: what one would choose if one knew it (model section 11).

The designs are those that the question allows: limits hold with the inputs as given or with the confidence asked for,
sizes rest on the mean over all truths. Only the value is that of the one truth, so what is known better is a choice
among the same designs. The regimens are tabulated once, and weighted anew for each truth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from trialopt.core.coefficients import coefficients
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Monitor
from trialopt.engine.found import Path
from trialopt.engine.regimens import Stopped, TooLarge
from trialopt.engine.sized import Sized
from trialopt.engine.tables import build_tables, reweighted
from trialopt.engine.unsized import Unsized


@dataclass(frozen=True)
class BestOfTruth:
    """The best design of one truth; `stopped` is empty where it is proven to the gap asked for."""

    row: int
    design: Design | None
    value: float
    bound: float
    stopped: str


class EachTruth:
    """Best designs of single truths of one instance.

    Raises `TooLarge` outside the engine's reach and `Stopped` when asked to stop while regimens are tabulated.
    """

    def __init__(self, instance: Instance, monitor: Monitor) -> None:
        asked, truths = instance.uncertainty, instance.truths
        if asked is None or truths is None:
            raise ValueError("the instance has no truths")
        self._instance = replace(instance, uncertainty=replace(asked, objective="mean"))
        self._given = replace(instance, uncertainty=replace(asked, objective="given"))
        self._count = len(truths)
        self._c = coefficients(instance)
        self._tables = build_tables(self._instance, self._c, lambda: monitor.stop() is not None, every=True)
        assert self._tables.mixed is not None
        self._tables.mixed.numbers.keep()
        self._paths: list[Path] = []

    def best(self, row: int, monitor: Monitor) -> BestOfTruth:
        """Find the best design of one truth, within the limits of a monitor."""
        weights = np.zeros(self._count)
        weights[row] = 1.0
        tables = reweighted(self._instance, self._c, self._tables, weights)
        sized = self._instance.trial.sized
        work = Sized(self._given, self._c, tables, monitor) if sized else Unsized(self._given, tables, monitor)
        work.state.pool.add_all(self._paths)
        stopped = work.run()
        self._paths = work.state.pool.paths
        found = work.state.incumbent
        why = monitor.stop() or ("" if stopped == "finished" else stopped)
        design = found.design() if found.arms else None
        return BestOfTruth(row, design, float(found.value), float(work.bound), why)


__all__ = ["BestOfTruth", "EachTruth", "Stopped", "TooLarge"]
