"""Switching values: how far one input has to move, all else as given, until another design is to be preferred.

An input is moved from the number given to both ends of what it can be. The recommended design gives way where

* another design of the list that keeps every limit has the higher value, or
* the recommended design breaks a limit, so that the best design of the list that keeps them all takes its place.

The first place where either happens is found on a grid, and then by bisection of the exact re-evaluation. On the grid
a design could take over and give way again between two points; what is reported is then a later switch. A switching
value found on the list is checked by searches of all designs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trialopt.core.design import Design
from trialopt.core.inputs import Uncertain
from trialopt.core.instance import Bools, Floats, Instance, Ints
from trialopt.core.run import PROVEN_TO, Monitor
from trialopt.decision.differences import differences
from trialopt.decision.solving import Answer, best
from trialopt.decision.stability.draws import AT_ONCE, moved
from trialopt.decision.stability.revalue import Listed, Revalued
from trialopt.evaluation import evaluate

MARGIN = 1e-9
"""How much higher the value of a design that takes over has to be."""

CHANCES = np.array([0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001])
"""Probability beyond each point of the grid, before it goes on to the end."""

ON = np.array([0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.999])
"""Shares of the way from the last of these to the end."""

BISECTIONS = 20
"""Halvings of one step of the grid: to 1e-6 of it."""

ASIDE = 5e-4
"""How far inside and beyond a switching value the instance is solved, on the scale of the rate."""

ROUNDS = 8
"""Designs from outside the list that one switching value may have to take in."""

FEW = 3
"""Changes named in a sentence; more are counted."""

RARE = 0.001
"""Switching values that fewer draws lie beyond are not told."""

_SWAP = re.compile(r"(?<=: )([\w@ +]+?) for ([\w@ +]+)$")


@dataclass(frozen=True)
class Switch:
    """One input, moved one way, and where the recommended design gives way."""

    input: int
    """Number of the input."""
    above: bool
    """Whether the input has to rise."""
    at: float
    """The switching value, on the scale of the input's rate."""
    breaks: str
    """The limit that the recommended design breaks there, in words; empty where it is overtaken."""
    successor: Design | None
    """The design that takes its place; `None` where none of the list keeps every limit."""
    chance: float
    """Probability that a draw lies beyond."""
    inside: bool
    """Whether it lies within the input's 90 % range."""
    checked: str = ""
    """What searches of all designs said: `confirmed`, `earlier` (a design outside the list takes over before those of
    the list do; `at` is that), `other` (the list has the value right, but a better successor was found and named),
    `open` (not proven in time); empty where none was made."""


GRACE = 1.0
"""Seconds beyond the time limit that draws and switching values may take."""


FEW = 20
"""Switching values that are worked out after that."""


def late(monitor: Monitor) -> bool:
    """Whether draws and switching values, which are few seconds' work, have to end as well."""
    most = monitor.limits.time
    return monitor.interrupted or (most is not None and monitor.seconds > most + GRACE)


class Mover:
    """Moves one input at a time under a list of designs, the recommended one first."""

    def __init__(self, instance: Instance, inputs: Sequence[Uncertain], designs: Sequence[Design]) -> None:
        self._instance, self._inputs, self._designs = instance, inputs, designs
        self._listed = Listed(instance, designs)

    def with_design(self, design: Design) -> Mover:
        """The same with one more design."""
        return Mover(self._instance, self._inputs, (*self._designs, design))

    def truth(self, number: int, rate: float) -> Instance:
        """The instance with one input moved."""
        some = moved(self._instance, self._inputs, np.array([number]), np.array([rate]))
        return some.instance(self._instance, 0)

    def switches(self, ways: Sequence[tuple[int, bool]], monitor: Monitor | None = None) -> Iterator[Switch]:
        """The first switch of each (input, upwards) that has one."""
        grid = [self._grid(number, above) for number, above in ways]
        low, high = np.empty(len(ways)), np.empty(len(ways))
        found = np.zeros(len(ways), dtype=bool)
        each = max(1, AT_ONCE // (len(CHANCES) + len(ON)))
        for start in range(0, len(ways), each):
            if monitor is not None:
                if late(monitor):
                    break
                monitor.report(doing=f"switching values, input {start // 2 + 1} of {len(ways) // 2}")
            some = range(start, min(start + each, len(ways)))
            numbers = np.repeat([ways[k][0] for k in some], [len(grid[k]) for k in some])
            gone = self._gone(numbers, np.concatenate([grid[k] for k in some]))
            for k, rates, lost in zip(some, (grid[k] for k in some), self._cut(gone, grid, some), strict=True):
                if lost.any():
                    first = int(lost.argmax())
                    found[k], high[k] = True, rates[first]
                    low[k] = rates[first - 1] if first else self._inputs[ways[k][0]].rate
        at = np.flatnonzero(found)
        numbers = np.array([ways[k][0] for k in at.tolist()], dtype=np.int64)
        for _ in range(BISECTIONS):
            if monitor is not None and late(monitor):
                at, numbers = at[:FEW], numbers[:FEW]
            middle = (low[at] + high[at]) / 2
            gone = np.concatenate(
                [self._gone(numbers[k : k + AT_ONCE], middle[k : k + AT_ONCE]) for k in range(0, len(at), AT_ONCE)]
                or [np.zeros(0, dtype=bool)]
            )
            high[at] = np.where(gone, middle, high[at])
            low[at] = np.where(gone, low[at], middle)
        for k in at.tolist():
            yield self._switch(*ways[k], float(high[k]))

    @staticmethod
    def _cut(gone: Bools, grid: list[Floats], some: range) -> list[Bools]:
        return np.split(gone, np.cumsum([len(grid[k]) for k in some])[:-1])

    def _grid(self, number: int, above: bool) -> Floats:
        """Rates from the number given to the end, outwards."""
        one = self._inputs[number]
        rates = one.spread.quantile(1 - CHANCES if above else CHANCES)
        last = float(rates[-1])
        end = float(one.spread.quantile(np.array([1 - 1e-12]))[0]) if above else 0.0
        end = max(end, 0.95) if above and one.category is not None else end
        rates = np.concatenate([rates, last + ON * (end - last)])
        return rates[rates > one.rate] if above else rates[rates < one.rate]

    def _gone(self, numbers: Ints, rates: Floats) -> Bools:
        """(N,) whether the recommended design gives way with input `numbers[n]` at `rates[n]`."""
        found = self._at(numbers, rates)
        best = np.where(found.kept[:, 1:], found.value[:, 1:], -np.inf).max(axis=1, initial=-np.inf)
        gone: Bools = ~found.kept[:, 0] | (best > found.value[:, 0] + MARGIN)
        return gone

    def _at(self, numbers: Ints, rates: Floats) -> Revalued:
        return self._listed.revalue(moved(self._instance, self._inputs, numbers, rates))

    def _switch(self, number: int, above: bool, at: float) -> Switch:
        one = self._inputs[number]
        found = self._at(np.array([number]), np.array([at]))
        values = np.where(found.kept[0], found.value[0], -np.inf)
        breaks = "" if found.kept[0, 0] else self._broken(found)
        first = int(values[1:].argmax()) + 1 if len(values) > 1 else 0
        successor = self._designs[first] if len(values) > 1 and np.isfinite(values[first]) else None
        chance = one.beyond(at, above)
        return Switch(number, above, at, breaks, successor, chance, one.low <= at <= one.high)

    def _broken(self, found: Revalued) -> str:
        """Name the limit of the recommended design that one truth breaks."""
        i = self._instance
        for a, s, e in np.argwhere(found.missed[0]).tolist():
            where = f"in {i.epochs[s]}" if s < len(i.epochs) else "over all epochs"
            return f"{i.categories[e]} limit of {self._designs[0].arms[a].name} {where}".replace("_", " ")
        return "coverage required"


def checked(mover: Mover, inputs: Sequence[Uncertain], design: Design, switch: Switch, monitor: Monitor) -> Switch:
    """Solve the instance just inside and just beyond a switching value.

    Where a design outside the list is better just inside, it joins the list and the switching value is found anew,
    until none is: then no design at all takes over before it.
    """
    earlier = False
    for _ in range(ROUNDS):
        inside = _aside(switch, inputs, inwards=True)
        answer, value = _against(mover, design, switch, inside, monitor)
        if not answer.proven:
            return replace(switch, checked="open")
        if answer.value is None or answer.design is None or answer.value <= value + 2 * PROVEN_TO:
            return _beyond(mover, inputs, switch, earlier, monitor)
        mover, earlier = mover.with_design(answer.design), True
        found = list(mover.switches([(switch.input, switch.above)]))
        if not found:
            return replace(switch, checked="open")
        switch = found[0]
    return replace(switch, checked="open")


def _aside(switch: Switch, inputs: Sequence[Uncertain], *, inwards: bool) -> float:
    """A rate a little inside, at most half way to the number given, or a little beyond."""
    now = inputs[switch.input].rate
    step = min(ASIDE, abs(switch.at - now) / 2)
    return switch.at + step * (1 if switch.above is not inwards else -1)


def _against(mover: Mover, design: Design, switch: Switch, rate: float, monitor: Monitor) -> tuple[Answer, float]:
    """Look for a design better than the recommended one, with the input at `rate`."""
    truth = mover.truth(switch.input, rate)
    value = evaluate(truth, design).value
    return best(truth, monitor, enough=value + 2 * PROVEN_TO), value


def _beyond(mover: Mover, inputs: Sequence[Uncertain], switch: Switch, earlier: bool, monitor: Monitor) -> Switch:
    """Name what all designs have to offer just beyond."""
    truth = mover.truth(switch.input, _aside(switch, inputs, inwards=False))
    answer = best(truth, monitor)
    if not answer.proven:
        return replace(switch, checked="open")
    said = "earlier" if earlier else "confirmed"
    if answer.design is None or answer.value is None:
        return replace(switch, successor=None, checked=said)
    judged = evaluate(truth, switch.successor) if switch.successor is not None else None
    if judged is not None and judged.feasible and judged.value >= answer.value - 2 * PROVEN_TO:
        return replace(switch, checked=said)
    return replace(switch, successor=answer.design, checked="earlier" if earlier else "other")


def change(recommended: Design, switch: Switch) -> str:
    """Say what gives way to what: `A2 consolidation: carfilzomib replaces bortezomib`."""
    if switch.successor is None:
        return f"none of the list keeps every limit ({switch.breaks})"
    changes = differences(recommended, switch.successor)
    told = [_SWAP.sub(r"\1 replaces \2", words) for words in changes[:FEW]]
    more = len(changes) - FEW
    return "; ".join(told) + (f"; and {more} more changes" if more > 0 else "")


def switch_sentence(recommended: Design, one: Uncertain, switch: Switch) -> str:
    """One switching value, of the input `one`, as a sentence."""
    way = "above" if switch.above else "below"
    because = f" (the {switch.breaks} is missed)" if switch.breaks and switch.successor is not None else ""
    return (
        f"{change(recommended, switch)}, if {one.name} is {way} {percent(switch.at)} "
        f"(now {percent(one.rate)}, 90 % range {ninety(one)}; {percent(switch.chance)} of draws lie beyond){because}"
    )


def percent(share: float) -> str:
    """Show a share in percent, with a digit more where it is small: `11.0 %`, `0.52 %`, `0 %`."""
    number = 100 * share
    if abs(number) < 0.005:
        return "0 %"
    return f"{number:.2f} %" if abs(number) < 0.995 else f"{number:.1f} %"


def ninety(one: Uncertain) -> str:
    """Show the 90 % range of an input: `4.0 to 14.2 %`."""
    return f"{percent(one.low)[:-2]} to {percent(one.high)}"
