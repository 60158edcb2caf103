"""Why nothing fits: a smallest set of named limits that cannot hold together, found by leaving limits out.

QuickXplain (Junker, AAAI 2004): split the limits in two, keep only what each half needs. The result is
irreducible: with any one of its members left out a design exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trialopt.design import Design
from trialopt.instance import Instance
from trialopt.limits import NamedLimit, named_limits
from trialopt.run import Limits, Monitor
from trialopt.shortage import shortage

ANY_DESIGN = 1e12
"""A gap so wide that the first design ends a search."""


class OutOfTime(Exception):
    """The run has to stop before the question is answered."""


def conflict_of(instance: Instance, monitor: Monitor) -> tuple[str, ...]:
    """Limits, in words, that no design of an infeasible instance can keep together.

    A sized trial is explained by its own limits first, with all rules and limits on regimens kept (`shortage`), and
    only if those are not the reason by the others. Irreducible unless the run had to stop; the last entry says so then.
    """
    monitor.report(doing="looking for the limits in conflict")
    if instance.trial.sized:
        short = shortage(instance, monitor, _any_design)
        if short is not None:
            return short
        instance = replace(instance, trial=replace(instance.trial, power=None))
    limits = named_limits(instance)
    try:
        if not _feasible(instance, limits, monitor):
            return ("no design exists even without limits and rules: too few agents are usable in some epoch",)
        needed = _irreducible(instance, limits, monitor)
    except OutOfTime:
        return (*(limit.words for limit in limits), "not reduced to the limits that matter: the run was stopped")
    return tuple(limit.words for limit in needed)


def _irreducible(instance: Instance, limits: Sequence[NamedLimit], monitor: Monitor) -> list[NamedLimit]:
    """QuickXplain over the limits; `instance` with all of them is infeasible, without any it is not."""

    def needed(background: list[NamedLimit], fresh: bool, rest: list[NamedLimit]) -> list[NamedLimit]:
        keep = {id(limit) for limit in background}
        if fresh and not _feasible(instance, [x for x in limits if id(x) not in keep], monitor):
            return []
        if len(rest) == 1:
            return rest
        half = len(rest) // 2
        first, second = rest[:half], rest[half:]
        from_second = needed(background + first, bool(first), second)
        from_first = needed(background + from_second, bool(from_second), first)
        return from_first + from_second

    return needed([], False, list(limits)) if limits else []


def _feasible(instance: Instance, dropped: Sequence[NamedLimit], monitor: Monitor) -> bool:
    """Whether the instance without some limits has a design. Raises `OutOfTime`."""
    for limit in dropped:
        instance = limit.drop(instance)
    inner = Monitor(Limits(time=monitor.remaining, nodes=monitor.limits.nodes))
    inner.interrupted = monitor.interrupted
    design, nothing = _any_design(instance, inner)
    if design is None and not nothing:
        raise OutOfTime
    return design is not None


def _any_design(instance: Instance, monitor: Monitor) -> tuple[Design | None, bool]:
    """The first design that comes along, and whether it is proven that there is none."""
    from trialopt import engine, model

    inner = Monitor(replace(monitor.limits, gap=ANY_DESIGN))
    inner.interrupted = monitor.interrupted
    try:
        outcome = engine.search(instance, inner)
    except engine.TooLarge:
        if instance.trial.sized:
            return None, False
        outcome = model.search(instance, inner)
    return outcome.design, outcome.design is None and outcome.bound == float("-inf")
