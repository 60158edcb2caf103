"""Limits in conflict: a smallest set of them that leaves no design.

Rules and limits on regimens are kept all the while; the question is what of the trial itself (arms, patients, months,
money, effect) has to give way. A limit is left out when nothing fits without it either, so each of those named is
needed: with any one of them dropped, some design fits.

QuickXplain (Junker, AAAI 2004): split the limits in two, keep only what each half needs. The result is
irreducible: with any one of its members left out a design exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trialopt.core.instance import Instance
from trialopt.core.run import Monitor
from trialopt.limits.least_change import Change, least_change
from trialopt.limits.named import NamedLimit, named_limits, power_limit, trial_limits, uncapped, without
from trialopt.limits.questions import Questions

CLOSE = 0.01
"""In the words of a conflict, months and money are found to within this share of the limit."""


def shortage(instance: Instance, questions: Questions) -> tuple[tuple[NamedLimit, ...], bool] | None:
    """Limits on the trial that collide; `None` when its own limits are not the reason.

    The second tells whether it is proven of each that it is not named in vain.
    """
    limits = trial_limits(instance)
    free = without(instance, limits)
    answer = questions.ask(free)
    if answer.nothing:
        power = power_limit(instance)
        unsized = questions.ask(power.drop(free))
        if unsized.nothing:
            return None
        return (power,), unsized.design is not None
    needed, reduced = list(limits), answer.design is not None
    for limit in limits:
        if len(needed) == 1:
            break
        left = questions.ask(without(instance, [x for x in limits if x is limit or x not in needed]))
        if left.nothing:
            needed.remove(limit)
        reduced = reduced and (left.nothing or left.design is not None)
    return tuple(needed), reduced


def amount(instance: Instance, limit: NamedLimit, members: Sequence[NamedLimit], questions: Questions) -> str:
    """Where a limit of a conflict would have to be for some design to fit, all others kept; empty where unknown."""
    if limit.of.target:
        return _reached(instance, limit, questions) if len(members) == 1 else ""
    if limit.scale is None:
        return ""
    change = least_change(instance, limit, questions, share=CLOSE)
    return "" if change is None else _enough(change)


def _enough(change: Change) -> str:
    scale = change.limit.scale
    if scale is None or change.to is None:
        return ""
    enough = scale.show(change.to)
    if change.least and scale.whole:
        return f": at least {enough} are needed with all else kept"
    if change.short is None or change.short == scale.value:
        return f": {enough} would do with all else kept"
    return f": {enough} would do with all else kept, {scale.show(change.short)} would not"


def _reached(instance: Instance, limit: NamedLimit, questions: Questions) -> str:
    """The best effect that all arms of some design reach, patients, months and money aside."""
    free = uncapped(instance)
    target = next((x for x in trial_limits(free) if x.family == limit.family), limit)
    change = least_change(free, target, questions)
    if change is None or change.to is None or not change.least:
        return ""
    return f": some design reaches {change.to:.4g} in every arm, and none reaches much more"


EACH = 8.0
"""Most seconds of one question about a sized trial, in the words of a conflict."""

IN_ALL = 25.0
"""Seconds after which no new question about a sized trial is asked."""

CUT_SHORT = "some of these may not matter: the search for those that do was cut short"
STOPPED = "some of these may not matter: the run was stopped before that was settled"
NOTHING = "no design exists even without limits and rules: too few agents are usable in some epoch"


class OutOfTime(Exception):
    """The run has to stop before the question is answered."""


@dataclass(frozen=True)
class Conflict:
    """Limits that no design can keep together.

    Attributes
    ----------
    members
        The limits. Empty only when nothing fits even without any limit or rule.
    left_out
        Limits and rules that are not needed for it: without them nothing fits either.
    of_trial
        Whether the members are limits of the trial, all limits and rules on regimens kept. Else the members are
        limits and rules of any kind, and nothing else is kept; sizes are left out.
    reduced
        Whether it is irreducible: proven infeasible as stated, and feasible with any one member removed.
    """

    members: tuple[NamedLimit, ...]
    left_out: tuple[NamedLimit, ...]
    of_trial: bool
    reduced: bool

    def as_stated(self, instance: Instance) -> Instance:
        """The instance with what is not needed for the conflict left out: it has no design."""
        instance = instance if self.of_trial else _unsized(instance)
        return without(instance, self.left_out)


def find_conflict(instance: Instance, questions: Questions) -> Conflict:
    """Limits that no design of an infeasible instance can keep together.

    A sized trial is explained by its own limits first, with all rules and limits on regimens kept (`shortage`), and
    only if those are not the reason by the others.
    """
    questions.report("looking for the limits in conflict")
    if instance.trial.sized:
        short = shortage(instance, questions)
        if short is not None:
            members, reduced = short
            keys = {limit.key for limit in members}
            left_out = tuple(limit for limit in trial_limits(instance) if limit.key not in keys)
            return Conflict(members, left_out, True, reduced)
    questions = questions.unhurried()
    instance = _unsized(instance)
    limits = named_limits(instance)
    try:
        if not _fits(instance, limits, questions):
            return Conflict((), tuple(limits), False, True)
        needed = _irreducible(instance, limits, questions)
    except OutOfTime:
        return Conflict(tuple(limits), (), False, False)
    keys = {limit.key for limit in needed}
    return Conflict(tuple(needed), tuple(x for x in limits if x.key not in keys), False, True)


def conflict_of(instance: Instance, monitor: Monitor) -> tuple[str, ...]:
    """The conflict of an infeasible instance in words, for a sized trial with where each limit would have to be.

    Irreducible unless the run had to stop; the last entry says so then.
    """
    questions = Questions(monitor, EACH, IN_ALL)
    found = find_conflict(instance, questions)
    if not found.members:
        return (NOTHING,)
    if not found.of_trial:
        words = tuple(limit.words for limit in found.members)
        return words if found.reduced else (*words, STOPPED)
    words = tuple(limit.words + amount(instance, limit, found.members, questions) for limit in found.members)
    return words if found.reduced else (*words, CUT_SHORT)


def _unsized(instance: Instance) -> Instance:
    return replace(instance, trial=replace(instance.trial, power=None))


def _irreducible(instance: Instance, limits: Sequence[NamedLimit], questions: Questions) -> list[NamedLimit]:
    """QuickXplain over the limits; `instance` with all of them is infeasible, without any it is not."""

    def needed(background: list[NamedLimit], fresh: bool, rest: list[NamedLimit]) -> list[NamedLimit]:
        keep = {id(limit) for limit in background}
        if fresh and not _fits(instance, [x for x in limits if id(x) not in keep], questions):
            return []
        if len(rest) == 1:
            return rest
        half = len(rest) // 2
        first, second = rest[:half], rest[half:]
        from_second = needed(background + first, bool(first), second)
        from_first = needed(background + from_second, bool(from_second), first)
        return from_first + from_second

    return needed([], False, list(limits)) if limits else []


def _fits(instance: Instance, dropped: Sequence[NamedLimit], questions: Questions) -> bool:
    """Whether the instance without some limits has a design. Raises `OutOfTime`."""
    answer = questions.ask(without(instance, dropped))
    if answer.design is None and not answer.nothing:
        raise OutOfTime
    return answer.design is not None
