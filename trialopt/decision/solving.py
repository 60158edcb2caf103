"""Solve an instance; or only its best value, for what is asked of changed instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from trialopt import engine, model
from trialopt.core import WrongInput
from trialopt.core.canonical import canonical, in_table_order
from trialopt.core.design import Design
from trialopt.core.handed import an_instance
from trialopt.core.instance import Instance
from trialopt.core.run import PROVEN_TO, Limits, Monitor, Outcome, Progress
from trialopt.decision.differences import listed_design
from trialopt.engine import ties
from trialopt.engine.sized import Sized
from trialopt.evaluation import Evaluation, evaluate
from trialopt.limits.conflict import conflict_of
from trialopt.record.solution import Solution

TWO_PROOFS = 1e-5
"""Most that a value found one way may be above the bound proven the other way: both have a solver's tolerance."""

METHODS = ("auto", "compact", "decompose", "both")


def solve(
    instance: Instance,
    *,
    method: str = "auto",
    gap: float = 1e-4,
    time_limit: float | None = None,
    node_limit: int | None = None,
    profile: str = "default",
    progress: Progress | None = None,
    monitor: Monitor | None = None,
) -> Solution:
    """Find the best design of an instance and prove how good it is.

    Parameters
    ----------
    instance
        The question, from `trialopt.read`.
    method
        `decompose` is the fast exact engine, `compact` the mixed-integer program as written down; `auto` takes
        the engine, and the compact program (started from the engine's best design on fewer agents) where the
        engine says that an instance is outside its memory.
    gap
        Relative distance between value and bound at which to stop.
    time_limit, node_limit
        Seconds of wall clock; branch-and-bound nodes of any one program.
    profile
        HiGHS option file used by the compact program (`quick`, `default`, `proof`).
    progress
        Called with (seconds, incumbent, bound, what is being done).
    monitor
        Carries limits, progress and the wish to stop, in the place of the four arguments above.

    Returns
    -------
    Solution
        Its `ending` is `optimal` only when value and bound meet the gap.

    Raises
    ------
    ValueError
        For an unknown method, or an instance outside the engine with `method="decompose"`.
    RuntimeError
        When a design found fails the independent evaluation: nothing is returned then.
    """
    an_instance(instance)
    if method not in METHODS:
        raise WrongInput(f"method is one of {', '.join(METHODS)}, not {method!r}")
    monitor = monitor or Monitor(Limits(gap, time_limit, node_limit, profile), progress)
    if monitor.limits.profile != "default":
        from trialopt.model import profiles  # starts HiGHS

        profiles.load(monitor.limits.profile)  # refuses one that is not there, also where the engine needs none
    outcome = _settled(instance, *_search(canonical(instance), method, monitor), monitor)
    evaluation = _judged(instance, outcome)
    conflict: tuple[str, ...] = ()
    if outcome.design is None and np.isneginf(outcome.bound):
        conflict = conflict_of(instance, monitor)
    return Solution.from_run(instance, outcome, evaluation, monitor, conflict=conflict, options={"method": method})


def _settled(instance: Instance, outcome: Outcome, begun: Sized | None, monitor: Monitor) -> Outcome:
    """The design in the order of the tables; of several as good as the best the one that the model text prefers.

    Where they can be listed quickly, how many there are stands in the details as `designs_of_this_value`, and as
    `more_of_this_value` whether there may be others.
    """
    if outcome.design is None:
        return outcome
    design, value = in_table_order(instance, outcome.design), evaluate(instance, outcome.design).value
    regimens = outcome.details.get("regimens")
    count = sum(regimens) if isinstance(regimens, list) else ties.most_regimens(instance)
    if outcome.stopped == "finished":
        monitor.report(doing="looking for designs of the same value")
        found = ties.settled(instance, value, count, monitor, begun)
        if found is not None:
            details = {"designs_of_this_value": found.count, "more_of_this_value": not found.all}
            return replace(outcome, design=found.design, details={**outcome.details, **details, **_next(found, value)})
    return replace(outcome, design=design)


def _next(found: ties.Ties, value: float) -> dict[str, object]:
    """The next best design and what it is worth less, or what any is worth less at least."""
    if found.following is not None:
        loss, design = max(0.0, value - found.following.value), found.following.design
        return {"next_best": {"loss": loss, "arms": listed_design(design)}}
    return {"next_best": {"loses": found.reach}} if found.reach else {}


def _search(instance: Instance, method: str, monitor: Monitor) -> tuple[Outcome, Sized | None]:
    """The run's outcome, and the engine's work where it can be gone on with."""
    if method == "both":
        return _agreed(instance, monitor), None
    if method == "compact":
        return model.search(instance, monitor, start=_start(instance, monitor)), None
    try:
        return engine.begun(instance, monitor)
    except engine.TooLarge as reason:
        if method == "decompose" or instance.trial.sized:
            advice = "" if instance.trial.sized else "; use method compact or auto"
            raise WrongInput(f"outside what the engine can do exactly: {reason}{advice}") from reason
        monitor.report(doing=f"compact model, because of {reason}")
        outcome = model.search(instance, monitor, start=_start(instance, monitor))
        return replace(outcome, details={**outcome.details, "not decomposed": str(reason)}), None


def _agreed(instance: Instance, monitor: Monitor) -> Outcome:
    """The engine's answer, proven by the compact program too. Raises `RuntimeError` where the two contradict."""
    one, _ = _search(instance, "decompose", monitor)
    second = monitor.part()
    if one.stopped != "finished":
        return one
    other = model.search(instance, second, start=one.design)
    values = [-np.inf if o.design is None else evaluate(instance, o.design).value for o in (one, other)]
    for value, bound, who in ((values[0], other.bound, "compact program"), (values[1], one.bound, "engine")):
        if value > bound + TWO_PROOFS * max(1.0, abs(value)):
            raise RuntimeError(f"the methods disagree: a design is worth {value:.9f}, above the {who}'s {bound:.9f}")
    better = other.design if values[1] > values[0] else one.design
    details = {**one.details, "bound_of_compact": float(other.bound) if np.isfinite(other.bound) else None}
    return replace(
        one,
        design=better,
        bound=min(one.bound, other.bound),
        stopped=other.stopped,
        method="both",
        details=details,
        prices=one.prices if one.bound <= other.bound else (),
    )


def _start(instance: Instance, monitor: Monitor) -> Design | None:
    """A design of few agents for the compact program to begin with."""
    return None if instance.trial.sized else engine.quick_design(instance, asked=lambda: monitor.interrupted)


def _judged(instance: Instance, outcome: Outcome) -> Evaluation | None:
    """The independent evaluation of the design found. Raises when it is rejected."""
    if outcome.design is None:
        return None
    evaluation = evaluate(instance, outcome.design)
    if evaluation.violations:
        broken = "; ".join(v.sentence for v in evaluation.violations)
        raise RuntimeError(f"the {outcome.method} method returned a design that breaks rules: {broken}")
    return evaluation


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
