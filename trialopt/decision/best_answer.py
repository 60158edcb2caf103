"""The best answer to a changed question: what every reason and every "what if" of an explanation is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trialopt.design import Design
from trialopt.instance import Instance
from trialopt.run import PROVEN_TO, Limits, Monitor

GAP = 1e-7
"""Relative gap of every answer, so that what proves it is the smallest distance that can be proven."""

NOTHING = float("-inf")

Containing = Mapping[str, tuple[str, ...]]
"""Subgroup id -> agents or classes that the arm serving it must contain."""


@dataclass(frozen=True)
class Answer:
    """The best design of one question.

    `value` is exact, `None` without a design; `bound` is proven, `-inf` when it is proven that no design exists.
    `stopped` says why the search ended before it could prove its answer; empty when it proved it.
    """

    design: Design | None
    value: float | None
    bound: float
    stopped: str = ""

    @property
    def proven(self) -> bool:
        """Whether the value is the best there is (to within 1e-6), or it is proven that there is no design."""
        return not self.stopped

    @property
    def nothing(self) -> bool:
        """Whether it is proven that there is no design."""
        return self.design is None and self.bound == NOTHING

    @property
    def gap(self) -> float | None:
        """How much better than `value` a design could be at most; `None` without a design."""
        return None if self.value is None else max(0.0, self.bound - self.value)


class Within(Monitor):
    """A search inside a longer run: ends with it, and as soon as no answer above `enough` is possible."""

    def __init__(self, run: Monitor, gap: float = GAP, enough: float = NOTHING) -> None:
        super().__init__(Limits(gap=gap, time=run.remaining, nodes=run.limits.nodes, profile=run.limits.profile))
        self._run, self._enough = run, enough

    def stop(self) -> str | None:
        """Why this search has to end."""
        return "enough" if self.bound <= self._enough else self._run.stop() or super().stop()


def best(
    instance: Instance,
    run: Monitor,
    containing: Containing = MappingProxyType({}),
    *,
    gap: float = GAP,
    enough: float = NOTHING,
) -> Answer:
    """Find the best design of a question, judged by `evaluate`.

    A search whose bound falls to `enough` ends there: whatever it would find is not above that. Raises `RuntimeError`
    when a design fails the independent evaluation.
    """
    from trialopt import engine
    from trialopt.evaluation import evaluate

    inner = Within(run, gap, enough)
    try:
        outcome = engine.search(instance, inner, containing)
    except engine.TooLarge as reason:
        return Answer(None, None, float("inf"), f"outside what can be solved exactly: {reason}")
    if outcome.design is None:
        proven = outcome.bound <= max(enough, NOTHING)
        return Answer(None, None, outcome.bound, "" if proven else _why(outcome.stopped, run))
    evaluation = evaluate(instance, outcome.design)
    if evaluation.violations:
        raise RuntimeError("; ".join(violation.sentence for violation in evaluation.violations))
    value = evaluation.value
    proven = outcome.bound <= max(enough, value + max(gap * abs(value), PROVEN_TO)) + 1e-12
    return Answer(outcome.design, value, outcome.bound, "" if proven else _why(outcome.stopped, run))


def _why(stopped: str, run: Monitor) -> str:
    return run.stop() or (stopped if stopped != "finished" else "not proven")
