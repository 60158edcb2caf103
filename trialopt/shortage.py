"""Why no sized design fits: which limits on the trial collide, and by how much.

Rules and limits on regimens are kept all the while; the question is what of the trial itself (arms, patients, months,
money, effect) has to give way. A limit is left out when nothing fits without it either, so each of those named is
needed: with any one of them dropped, some design fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trialopt.existence import Questions
from trialopt.instance import Instance
from trialopt.least_change import Change, least_change
from trialopt.named_limit import NamedLimit, without
from trialopt.trial_limits import power_limit, trial_limits

CLOSE = 0.01
"""In the words of a conflict, months and money are found to within this share of the limit."""


@dataclass(frozen=True)
class Shortage:
    """Limits on the trial of which none is left out in vain; `reduced` when that is proven of each."""

    members: tuple[NamedLimit, ...]
    reduced: bool


def shortage(instance: Instance, questions: Questions) -> Shortage | None:
    """Limits on the trial that collide; `None` when its own limits are not the reason."""
    limits = trial_limits(instance)
    free = without(instance, limits)
    answer = questions.ask(free)
    if answer.nothing:
        power = power_limit(instance)
        unsized = questions.ask(power.drop(free))
        if unsized.nothing:
            return None
        return Shortage((power,), unsized.design is not None)
    needed, reduced = list(limits), answer.design is not None
    for limit in limits:
        if len(needed) == 1:
            break
        left = questions.ask(without(instance, [x for x in limits if x is limit or x not in needed]))
        if left.nothing:
            needed.remove(limit)
        reduced = reduced and (left.nothing or left.design is not None)
    return Shortage(tuple(needed), reduced)


# -- by how much, in words ----------------------------------------------------------------------------------


def amount(instance: Instance, limit: NamedLimit, members: Sequence[NamedLimit], questions: Questions) -> str:
    """Where a limit of a conflict would have to be for some design to fit, all others kept; empty where unknown."""
    if limit.family in ("target_difference", "target_hazard_ratio"):
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
    trial = replace(instance.trial, max_patients=None, max_accrual_months=None, budget=None)
    free = replace(instance, trial=trial)
    target = next((x for x in trial_limits(free) if x.family == limit.family), limit)
    change = least_change(free, target, questions)
    if change is None or change.to is None or not change.least:
        return ""
    return f": every arm of some design reaches {change.to:.4g}, of none much more than that"
