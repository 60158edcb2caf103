"""`solve`: one question in, one run's record out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from trialopt.run import Limits, Monitor, Outcome, Progress

if TYPE_CHECKING:
    from trialopt.design import Design
    from trialopt.evaluation import Evaluation
    from trialopt.instance import Instance
    from trialopt.solution import Solution

METHODS = ("auto", "compact", "decompose")


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
    from trialopt.solution import Solution

    if method not in METHODS:
        raise ValueError(f"method is one of {', '.join(METHODS)}, not {method!r}")
    monitor = monitor or Monitor(Limits(gap, time_limit, node_limit, profile), progress)
    outcome = _search(instance, method, monitor)
    evaluation = _judged(instance, outcome)
    conflict: tuple[str, ...] = ()
    if outcome.design is None and np.isneginf(outcome.bound):
        from trialopt.conflict import conflict_of

        conflict = conflict_of(instance, monitor)
    return Solution.from_run(instance, outcome, evaluation, monitor, conflict=conflict, options={"method": method})


def _search(instance: Instance, method: str, monitor: Monitor) -> Outcome:
    if method == "compact":
        from trialopt import model

        return model.search(instance, monitor, start=_start(instance))
    from trialopt import engine

    try:
        return engine.search(instance, monitor)
    except engine.TooLarge as reason:
        if method == "decompose" or instance.trial.sized:
            advice = "" if instance.trial.sized else "; use method compact or auto"
            raise ValueError(f"outside what the engine can do exactly: {reason}{advice}") from reason
        from trialopt import model

        monitor.report(doing=f"compact model, because of {reason}")
        outcome = model.search(instance, monitor, start=_start(instance))
        return replace(outcome, details={**outcome.details, "not decomposed": str(reason)})


def _start(instance: Instance) -> Design | None:
    """A design of few agents for the compact program to begin with."""
    from trialopt import engine

    return None if instance.trial.sized else engine.quick_design(instance)


def _judged(instance: Instance, outcome: Outcome) -> Evaluation | None:
    """The independent evaluation of the design found. Raises when it is rejected."""
    from trialopt.evaluation import evaluate

    if outcome.design is None:
        return None
    evaluation = evaluate(instance, outcome.design)
    if evaluation.violations:
        broken = "; ".join(v.sentence for v in evaluation.violations)
        raise RuntimeError(f"the {outcome.method} method returned a design that breaks rules: {broken}")
    return evaluation
