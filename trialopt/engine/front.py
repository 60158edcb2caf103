"""Every non-dominated design of value against a price: patients, arms, burden or money, by exact epsilon-constraint.

Each point is the best design whose price is below the last one's; it is solved with a gap of 0 and starts from what
the points before it found. Of points of equal value the cheapest stays. Ours; the method is Haimes, Lasdon and
Wismer (1971) with the step of Mavrotas (2009) left out, since weakly dominated points are dropped afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from trialopt.core import WrongInput
from trialopt.core.coefficients import Coefficients, coefficients
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import PROVEN_TO, Monitor
from trialopt.engine.master import RESOURCES
from trialopt.engine.regimens import Stopped, TooLarge
from trialopt.engine.relaxation import MOST_SUBGROUPS
from trialopt.engine.sized import Sized
from trialopt.engine.tables import build_tables
from trialopt.evaluation import Evaluation, evaluate

AXES = ("patients", "arms", "burden", "budget")


@dataclass(frozen=True)
class Point:
    """The best design at its price."""

    design: Design
    value: float
    price: float


class Front:
    """Iterates over points from the most valuable to the cheapest; weakly dominated ones are never given.

    `complete` is true once the front is known to have no further point.

    Parameters
    ----------
    instance, monitor
        The question, and the wish to stop.
    against : str
        One of `AXES`. Patients and budget need a sized trial.

    Raises
    ------
    TooLarge
        For an instance outside the engine's reach.
    ValueError
        For an axis that the instance does not have.
    """

    def __init__(self, instance: Instance, against: str, monitor: Monitor) -> None:
        if against not in AXES:
            raise WrongInput(f"a front is against one of {', '.join(AXES)}, not {against!r}")
        if against in ("patients", "budget") and not instance.trial.sized:
            raise WrongInput(
                f"{instance.name} is not sized, so its arms have no {'patients' if against == 'patients' else 'cost'}: "
                "give the trial a power (for instance --set trial.power=0.8)"
            )
        if len(instance.subgroups) > MOST_SUBGROUPS:
            raise TooLarge(f"{len(instance.subgroups)} subgroups, the engine takes {MOST_SUBGROUPS}")
        self._instance, self._against, self._monitor = instance, against, monitor
        self._before: Sized | None = None
        self.complete = False

    def __iter__(self) -> Iterator[Point]:
        last: Point | None = None
        for point in self._candidates():
            if last is not None and point.value < last.value - PROVEN_TO:
                yield last
            last = point
        if last is not None:
            yield last

    def _candidates(self) -> Iterator[Point]:
        """Designs of falling price, each the best below the last one's price."""
        instance = self._instance
        if self._against == "budget" and instance.trial.budget is None:
            dearest = self._solve(instance, coefficients(instance), None)
            if dearest is None:
                return
            instance = _with_budget(instance, dearest.price)
            self._before = None  # its tables had no costs
        c, limit = coefficients(instance), None
        while (point := self._solve(instance, c, limit)) is not None:
            yield point
            limit = self._below(point.price)
            if limit < (1.0 if self._against == "arms" else 0.0):
                self.complete = True
                return

    def _solve(self, instance: Instance, c: Coefficients, limit: float | None) -> Point | None:
        """The best design within the limit; `None` when there is none (the front is complete then) or on a stop."""
        if self._monitor.stop() is not None:
            return None
        at_most: dict[str, float] = {}
        if limit is not None:
            match self._against:
                case "patients":
                    instance = replace(instance, trial=replace(instance.trial, max_patients=int(limit)))
                case "arms":
                    instance = replace(instance, trial=replace(instance.trial, max_arms=int(limit)))
                case "budget":
                    instance = _with_budget(instance, limit)
                case _:
                    at_most = {self._against: limit}
        try:
            work = self._work(instance, c, at_most)
        except Stopped:
            return None
        ended = work.run()
        self._before = work
        design = work.state.incumbent.design()
        if design is None or ended != "finished":
            self.complete = ended == "finished" and work.bound == -np.inf
            return None
        evaluation = evaluate(instance, design)
        return Point(design, evaluation.value, price_of(self._instance, design, evaluation, self._against))

    def _work(self, instance: Instance, c: Coefficients, at_most: Mapping[str, float]) -> Sized:
        tables = self._before.state.tables if self._before is not None else None
        if tables is None:
            tables = build_tables(
                instance, c, lambda: self._monitor.stop() is not None, strained=self._against == "burden"
            )
        return Sized(instance, c, tables, self._monitor.part(gap=0.0), at_most=at_most, before=self._before)

    def _below(self, price: float) -> float:
        """The limit that asks for less than a price."""
        resource = next((r for r in RESOURCES if r.name == self._against), None)
        return price - 1.0 if resource is None else resource.below(price)


def price_of(instance: Instance, design: Design, evaluation: Evaluation, against: str) -> float:
    """What a design takes: patients and controls, distinct arms, share-weighted `v * reach * burden`, or money."""
    match against:
        case "patients" | "budget":
            sizes = [arm.size for arm in evaluation.arms if arm.size is not None]
            return float(sum(s.patients + s.control_patients if against == "patients" else s.cost for s in sizes))
        case "arms":
            if instance.trial.sized or instance.rules.apart:
                return float(len(design.arms))
            return float(
                len({tuple((s, frozenset(doses)) for s, doses in arm.sequence.items()) for arm in design.arms})
            )
        case _:
            weight = instance.weight * instance.reach
            place = {g: n for n, g in enumerate(instance.subgroups)}
            return float(
                sum(
                    instance.share[place[g]] * (weight[place[g]] * numbers.burden[k]).sum()
                    for numbers in evaluation.arms
                    for k, g in enumerate(numbers.arm.subgroups)
                )
            )


def _with_budget(instance: Instance, budget: float) -> Instance:
    return replace(instance, trial=replace(instance.trial, budget=budget))
