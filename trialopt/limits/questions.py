"""Whether some design fits, whatever its value: asked many times where nothing does, within a run's time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trialopt import engine, model
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Monitor

ANY_DESIGN = 1e12
"""A gap so wide that the first design ends a search."""


@dataclass(frozen=True)
class Answer:
    """A design that fits, or `None`; `nothing` when it is proven that none does. Neither: the question stayed open."""

    design: Design | None
    nothing: bool


class Questions:
    """Asks whether some design fits an instance, within a run's time.

    `each` caps the seconds of one question; no question is asked once `in_all` seconds have passed. `open` says that
    some question got no answer.
    """

    def __init__(self, monitor: Monitor, each: float | None = None, in_all: float | None = None) -> None:
        self._monitor, self._each, self._in_all = monitor, each, in_all
        self._started = monitor.seconds
        self.open = False

    def ask(self, instance: Instance) -> Answer:
        """Any design of the instance, or that there is none."""
        if self.late:
            self.open = True
            return Answer(None, False)
        answer = any_design(instance, self._monitor.part(ANY_DESIGN, self._each))
        self.open = self.open or (answer.design is None and not answer.nothing)
        return answer

    def unhurried(self) -> Questions:
        """The same run's questions without caps of their own."""
        return Questions(self._monitor)

    @property
    def late(self) -> bool:
        """Whether there is no time for another question."""
        spent = self._monitor.seconds - self._started
        return self._monitor.stop() is not None or (self._in_all is not None and spent > self._in_all)

    def report(self, doing: str) -> None:
        """Tell what is being looked for."""
        self._monitor.report(doing=doing)


def any_design(instance: Instance, monitor: Monitor) -> Answer:
    """The first design that comes along. A sized instance that is too large for the engine stays open."""
    instance = _whatever_value(instance)
    try:
        outcome = engine.search(instance, monitor)
    except engine.TooLarge:
        if instance.trial.sized:
            return Answer(None, False)
        outcome = model.search(instance, monitor)
    return Answer(outcome.design, outcome.design is None and outcome.bound == float("-inf"))


def _whatever_value(instance: Instance) -> Instance:
    """The same designs at the least cost: which there are does not depend on the objective.

    Truths are left out where only the objective looks at them.
    """
    asked = instance.uncertainty
    if asked is None:
        return instance
    if asked.confidence is None and not instance.trial.sized:
        return replace(instance, uncertainty=None, truths=None)
    return replace(instance, uncertainty=replace(asked, objective="given"))
