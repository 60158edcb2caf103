"""Why no sized design fits: which limits on the trial collide, and by how much.

Rules and limits on regimens are kept all the while; the question is what of the trial itself (arms, patients, months,
money, effect) has to give way. A limit is left out when nothing fits without it either, so each of those named is
needed: with any one of them dropped, some design fits. Then each is moved until a design just fits. Questions that
take too long count as open, and the last entry says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from trialopt.design import Design
from trialopt.instance import Instance, TrialSettings
from trialopt.limits import NamedLimit, trial_limits
from trialopt.run import Limits, Monitor

Search = Callable[[Instance, Monitor], tuple[Design | None, bool]]
"""`search(instance, monitor)`: any design, and whether it is known that there is none."""

EACH = 8.0
"""Most seconds of one question whether anything fits."""

IN_ALL = 25.0
"""Seconds after which no new question is asked."""

CLOSE = 0.01
"""Months and money are found to within this share."""


UNSIZABLE = "power {:g}: in no design has every arm a predicted effect over its control that it can be sized for"


CUT_SHORT = "perhaps not all of these are needed: the search for the limits that matter was cut short"


@dataclass(frozen=True)
class Range:
    """Nothing fits at `short`, a design fits at `enough`."""

    short: float
    enough: float


def shortage(instance: Instance, monitor: Monitor, search: Search) -> tuple[str, ...] | None:
    """Limits on the trial that collide, in words; `None` when the trial's own limits are not the reason."""
    return _Explanation(monitor, search).of(instance)


class _Explanation:
    """One explanation: asks whether anything fits, within its time."""

    def __init__(self, monitor: Monitor, search: Search) -> None:
        self._monitor, self._search = monitor, search
        self._started = monitor.seconds

    def of(self, instance: Instance) -> tuple[str, ...] | None:
        limits = trial_limits(instance)
        if self._nothing(_without(instance, limits)):
            unsized = replace(instance, trial=replace(_without(instance, limits).trial, power=None))
            return None if self._nothing(unsized) else (UNSIZABLE.format(instance.trial.power),)
        needed, open_ = list(limits), False
        for limit in limits:
            if len(needed) == 1:
                break
            dropped = [other for other in limits if other is limit or other not in needed]
            design, nothing = (None, False) if self._late() else self._any(_without(instance, dropped))
            if nothing:
                needed.remove(limit)
            open_ = open_ or (design is None and not nothing)
        words = tuple(limit.words + self._moved(instance, limit, needed) for limit in needed)
        return (*words, CUT_SHORT) if open_ else words

    def _any(self, instance: Instance) -> tuple[Design | None, bool]:
        most = min(EACH, self._monitor.remaining if self._monitor.remaining is not None else EACH)
        inner = Monitor(Limits(gap=self._monitor.limits.gap, time=most, nodes=self._monitor.limits.nodes))
        inner.interrupted = self._monitor.interrupted
        return self._search(instance, inner)

    def _nothing(self, instance: Instance) -> bool:
        """Whether it is proven that no design fits."""
        return self._any(instance)[1]

    def _late(self) -> bool:
        return self._monitor.stop() is not None or self._monitor.seconds - self._started > IN_ALL

    # -- by how much ----------------------------------------------------------------------------------------

    def _moved(self, instance: Instance, limit: NamedLimit, needed: list[NamedLimit]) -> str:
        """Where a limit would have to be for some design to fit, all others kept."""
        trial = instance.trial
        match limit.key:
            case "max_patients":
                return self._least(instance, limit, float(trial.max_patients or 0), "{:,.0f}", whole=True)
            case "max_accrual_months":
                return self._least(instance, limit, trial.max_accrual_months or 0.0, "{:,.1f}")
            case "budget":
                return self._least(instance, limit, trial.budget or 0.0, "{:,.0f}")
            case "max_arms":
                return self._more_arms(instance)
            case "target_difference" | "target_hazard_ratio" if len(needed) == 1:
                return self._reached(instance, limit.key)
            case _:
                return ""

    def _least(self, instance: Instance, limit: NamedLimit, short: float, shown: str, whole: bool = False) -> str:
        """The least value of a limit at which a design fits: between one that fails and what designs found take."""
        design, _ = self._any(_without(instance, [limit]))
        if design is None:
            return ""
        found, low = Range(short, _takes(instance, design, limit.key)), short
        while not self._late() and found.enough - low > (1 if whole else CLOSE * found.enough):
            middle = (low + found.enough) / 2
            middle = float(int(middle)) if whole else middle
            design, nothing = self._any(_with(instance, limit.key, int(middle) if whole else middle))
            if design is not None:
                found = replace(found, enough=min(middle, _takes(instance, design, limit.key)))
                continue
            low = middle
            if nothing and found.short <= middle:
                found = replace(found, short=middle)
        enough, short_ = shown.format(found.enough), shown.format(found.short)
        if whole and found.enough - found.short <= 1:
            return f": at least {enough} are needed with all else kept"
        if found.short == short:
            return f": {enough} would do with all else kept"
        return f": {enough} would do with all else kept, {short_} would not"

    def _more_arms(self, instance: Instance) -> str:
        for arms in range(instance.trial.max_arms + 1, len(instance.subgroups) + 1):
            if self._late():
                return ""
            design, nothing = self._any(_with(instance, "max_arms", arms))
            if design is not None:
                return f": {arms} would do with all else kept"
            if not nothing:
                return ""
        return ""

    def _reached(self, instance: Instance, key: str) -> str:
        """The best effect that all arms of some design reach, patients, months and money aside."""
        trial = replace(instance.trial, max_patients=None, max_accrual_months=None, budget=None)
        free = replace(instance, trial=trial)
        pfs = key == "target_hazard_ratio"
        beyond: float = getattr(instance.trial, key)
        reached = 1.0 if pfs else 0.0
        while not self._late() and abs(beyond - reached) > 0.002:
            middle = (beyond + reached) / 2
            design, nothing = self._any(_with(free, key, middle))
            if design is not None:
                reached = middle
            elif nothing:
                beyond = middle
            else:
                break
        if reached in (0.0, 1.0):
            return ""
        if pfs:
            return f": every arm of some design reaches {reached:.3f}, none {beyond:.3f}"
        return f": every arm of some design reaches {reached:.3f}, of none {beyond:.3f}"


def _without(instance: Instance, dropped: list[NamedLimit]) -> Instance:
    for limit in dropped:
        instance = limit.drop(instance)
    return instance


def _with(instance: Instance, key: str, value: float) -> Instance:
    trial: TrialSettings = replace(instance.trial, **{key: value})  # type: ignore[arg-type]
    return replace(instance, trial=trial)


def _takes(instance: Instance, design: Design, key: str) -> float:
    """What a design takes of what a limit is on."""
    from trialopt.evaluation import evaluate

    sizes = [arm.size for arm in evaluate(instance, design).arms if arm.size is not None]
    if key == "max_patients":
        return float(sum(size.patients + size.control_patients for size in sizes))
    if key == "budget":
        return float(sum(size.cost for size in sizes))
    return max(size.accrual_months or 0.0 for size in sizes)
