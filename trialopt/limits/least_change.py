"""Whether some design fits, and where a limit would have to be for one to fit, everything else kept.

A number is bisected between a value at which nothing fits and what a design found takes, which is exact for that
design; a whole number, or one in few steps, is tried value by value; a rule can only be dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor, inf, isfinite, log10

from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.evaluation import evaluate
from trialopt.limits.named import NamedLimit, Scale, uncapped
from trialopt.limits.questions import Questions

SHARE = 0.005
"""A change is least when one smaller by this share of the limit's value is proven not to be enough."""

STEPS = (0.05, 0.15, 0.3, 0.6)
"""Shares by which a target effect is moved, up and down, until some design fits."""

NOISE = 1e-12
"""Rounding error of a number that is round in fact; limits hold within 1e-9."""

HUGE = 1e6
"""Stands for "any number of months"."""


@dataclass(frozen=True)
class Change:
    """A limit moved or dropped so that a design fits.

    Attributes
    ----------
    limit
        What is changed.
    to
        Its new value, rounded outwards so that the value shown is itself enough; `None` where it is dropped.
    design
        A design that fits.
    least
        Whether a smaller change is proven not to be enough: by `SHARE` of the limit's value, by one for whole
        numbers. A dropped limit has nothing smaller.
    short
        A value proven not to be enough; the limit's own at first.
    """

    limit: NamedLimit
    to: float | None
    design: Design
    least: bool
    short: float | None = None

    @property
    def size(self) -> float:
        """How large the change is beside the limit's value; infinite where it is dropped."""
        if self.to is None or self.limit.scale is None:
            return inf
        change = abs(self.to - self.limit.scale.value)
        return change / abs(self.limit.scale.value) if self.limit.scale.value else change

    def apply(self, instance: Instance) -> Instance:
        """The instance with the change made."""
        if self.to is None or self.limit.scale is None:
            return self.limit.drop(instance)
        return self.limit.scale.set(instance, self.to)


def least_change(instance: Instance, limit: NamedLimit, questions: Questions, share: float = SHARE) -> Change | None:
    """The least change of one limit after which some design fits.

    `None` when nothing fits even with the limit dropped, or the question stayed open (`questions.open` tells).
    """
    answer = questions.ask(limit.drop(instance))
    if answer.design is None:
        return None
    dropped = Change(limit, None, answer.design, True)
    scale = limit.scale
    if scale is None:
        return dropped
    if not scale.monotone:
        return _nearby(instance, limit, scale, questions, share) or dropped
    if scale.takes is None:
        return _counted(instance, limit, scale, questions) or dropped
    return _bisected(instance, dropped, scale, questions, share)


def _counted(instance: Instance, limit: NamedLimit, scale: Scale, questions: Questions) -> Change | None:
    """The first value, from the limit's own towards its end, at which a design fits."""
    least, short = True, scale.value
    for x in range(int(scale.value) + scale.sign, int(scale.end) + scale.sign, scale.sign):
        answer = questions.ask(scale.set(instance, x))
        if answer.design is not None:
            gone = "mechanism" in limit.of.scope and x == scale.end
            return Change(limit, None if gone else float(x), answer.design, least, short)
        least, short = least and answer.nothing, float(x) if answer.nothing else short
    return None


def _bisected(instance: Instance, dropped: Change, scale: Scale, questions: Questions, share: float) -> Change:
    start = _start(instance, dropped, scale, questions)
    if start is None:
        return dropped
    found = _Narrowed(instance, scale, questions, *start)
    found.narrow(share)
    to = outwards(found.enough, scale)
    gone = not scale.whole and scale.sign * (to - scale.end) >= 0
    return Change(dropped.limit, None if gone else to, found.design, found.least, found.short)


def _start(instance: Instance, dropped: Change, scale: Scale, questions: Questions) -> tuple[float, Design] | None:
    """A value at which a design fits, with the design; `None` when only dropping the limit is enough."""
    taken = takes(dropped.apply(instance), dropped.design, scale)
    if isfinite(taken) and scale.sign * (taken - scale.end) <= 0:
        return taken, dropped.design
    most = scale.end if isfinite(scale.end) else HUGE * max(1.0, scale.value)
    loose = scale.set(instance, most)
    answer = questions.ask(loose)
    return None if answer.design is None else (takes(loose, answer.design, scale, most), answer.design)


class _Narrowed:
    """Nothing fits at `low`; `design` fits at `enough`. `short` is the nearest value where that is proven."""

    def __init__(self, instance: Instance, scale: Scale, questions: Questions, enough: float, design: Design) -> None:
        self._instance, self._scale, self._questions = instance, scale, questions
        self.enough, self.design = enough, design
        self.short = self._low = scale.value
        self.least = True

    def narrow(self, share: float) -> None:
        """Close in until a change smaller by the share is not enough; half way first, then just below."""
        below = False
        while (between := abs(self.enough - self._low)) > (room := self._room(share)) * (1 + 1e-9):
            if self._questions.late:
                self.least = False
                return
            step = room if below else max(room, between / 2)
            below = not self._try(self.enough - self._scale.sign * (floor(step) if self._scale.whole else step))

    def _room(self, share: float) -> float:
        if self._scale.whole:
            return 1.0
        return share * (abs(self._scale.value) or abs(self.enough - self._scale.value))

    def _try(self, x: float) -> bool:
        moved = self._scale.set(self._instance, x)
        answer = self._questions.ask(moved)
        if answer.design is not None:
            self.enough, self.design = takes(moved, answer.design, self._scale, x), answer.design
            return True
        self._low = x
        if not answer.nothing:
            self.least = False
        elif self.least:
            self.short = x
        return False


def takes(instance: Instance, design: Design, scale: Scale, within: float | None = None) -> float:
    """The strictest value of a limit that a design keeps; never further out than `within`, which it is known to keep.

    `instance` is one that the design fits: with another target it might have no size. Never stricter than the limit's
    own value: a design may miss that by less than the tolerance.
    """
    if scale.takes is None:
        raise ValueError("a limit that is tried value by value")
    taken = scale.takes(evaluate(instance, design))
    if within is not None and not scale.sign * (within - taken) >= 0:
        taken = within
    return taken if scale.sign * (taken - scale.value) > 0 else scale.value + scale.sign * 1e-9


def _nearby(instance: Instance, limit: NamedLimit, scale: Scale, questions: Questions, share: float) -> Change | None:
    """A target near the instance's at which a design fits; what lies between the steps is not looked at.

    Aiming lower lets more designs reach the target, aiming higher takes fewer patients. A target that none reaches,
    whatever it takes, is first lowered to what is reached.
    """
    free = uncapped(instance)
    begin = scale.value
    ways: tuple[int, ...] = (scale.sign, -scale.sign)
    if questions.ask(free).nothing:
        simple = replace(limit, scale=replace(scale, monotone=True))
        reached = least_change(free, simple, questions, share)
        if reached is None or reached.to is None:
            return None
        answer = questions.ask(scale.set(instance, reached.to))
        if answer.design is not None:
            return replace(reached, limit=limit, design=answer.design)
        begin, ways = reached.to, (scale.sign,)
    last = dict.fromkeys(ways, begin)
    for way, x in ((way, begin * (1 + way * step)) for step in STEPS for way in ways):
        if not 0 < x < 1:
            continue
        answer = questions.ask(scale.set(instance, x))
        if answer.design is not None:
            ends = last[way], x
            return Change(limit, *_closer(instance, scale, questions, ends, answer.design, share * scale.value), False)
        last[way] = x
    return None


def _closer(
    i: Instance, scale: Scale, questions: Questions, ends: tuple[float, float], found: Design, room: float
) -> tuple[float, Design]:
    """Nothing was found at the first of the `ends`, `found` fits at the other: close in, and round where one fits."""
    low, high = ends
    while abs(high - low) > room and not questions.late:
        middle = (low + high) / 2
        answer = questions.ask(scale.set(i, middle))
        if answer.design is None:
            low = middle
        else:
            high, found = middle, answer.design
    to = rounded(high, scale.value, 1 if high > low else -1)
    answer = questions.ask(scale.set(i, to))
    return (high, found) if answer.design is None else (to, answer.design)


def outwards(value: float, scale: Scale) -> float:
    """The value rounded towards the limit's end, to four digits of the limit's own value, and not beyond the end."""
    if scale.whole:
        return float(ceil(value - 1e-9) if scale.sign > 0 else floor(value + 1e-9))
    to = rounded(value, scale.value, scale.sign)
    return scale.end if scale.sign * (to - scale.end) > 0 else to


def rounded(value: float, like: float, way: int) -> float:
    """A value rounded up (`way` 1) or down (-1), to four significant digits of a number `like` it."""
    digits = 3 - floor(log10(abs(like) or abs(value) or 1.0))
    nearest = round(value, digits)
    if way * (nearest - value) >= -NOISE:
        return nearest
    return round(nearest + way * 10.0**-digits, digits)
