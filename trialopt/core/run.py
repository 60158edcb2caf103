"""One run: what may stop it, what it reports while it works, and what a method hands back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from trialopt.core.design import Design
from trialopt.core.handed import a_number, a_whole, wrong_kind

Progress = Callable[[float, float | None, float, str], None]
"""`progress(seconds, incumbent value or None, bound, what is being done)`."""


@dataclass(frozen=True)
class Limits:
    """What stops a run: the gap asked for, seconds of wall clock, branch-and-bound nodes (of any one MIP).

    Raises `TypeError` and `WrongInput` for what is no such number.
    """

    gap: float = 1e-4
    time: float | None = None
    nodes: int | None = None
    profile: str = "default"

    def __post_init__(self) -> None:
        a_number(self.gap, "gap")
        if self.time is not None:
            a_number(self.time, "time_limit")
        if self.nodes is not None:
            a_whole(self.nodes, "node_limit")
        if not isinstance(self.profile, str):
            raise wrong_kind(self.profile, "profile", "a text", "give the name of a profile, as 'default'")


PROVEN_TO = 1e-6
"""Bounds are proven up to the solver's tolerance: a bound this close above the value says no more than the value."""


def relative_gap(value: float, bound: float) -> float:
    """Honest gap between an exact value and a valid bound: `(bound - value) / max(|value|, 1e-9)`, at least 0."""
    return max(0.0, (bound - value) / max(abs(value), 1e-9))


@dataclass(frozen=True)
class ProofPrices:
    """Prices that prove a bound on designs of at most (or `exactly`) so many arms, for whoever checks it.

    What a subgroup is worth elsewhere, what one more arm is, and a unit of each resource that has a price. Weak duality
    makes any such prices prove something; these are the best that the search found.
    """

    arms: int
    exactly: bool
    subgroup: Mapping[str, float]
    arm: float
    takes: Mapping[str, float] = field(default_factory=dict)
    weights: tuple[float, ...] = ()
    """Of the truths at whose weighted values the prices are, for `cvar`; empty for any other objective."""


@dataclass(frozen=True)
class Outcome:
    """What a method hands back.

    `design` is the incumbent, or `None`. `bound` is proven: no design is better; it is `-inf` when it is proven
    that no design exists. `stopped` is `finished`, `time_limit`, `node_limit` or `interrupted`. Whether the run
    ended optimal is computed from the value and the bound later, never here.
    """

    design: Design | None
    bound: float
    stopped: str
    method: str
    timings: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)
    prices: tuple[ProofPrices, ...] = ()


class Monitor:
    """Carries a run's limits, its clock, its best numbers so far, and the wish to stop.

    A method calls `report` when it knows better and asks `stop` between pieces of work. Ctrl-C sets
    `interrupted`; nothing is thrown into a solver.
    """

    def __init__(self, limits: Limits, progress: Progress | None = None) -> None:
        self.limits = limits
        self.interrupted = False
        self.value: float | None = None
        self.bound = float("inf")
        self._progress = progress
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Wall clock since the run began."""
        return time.monotonic() - self._start

    @property
    def remaining(self) -> float | None:
        """Seconds left, or `None` without a time limit."""
        return None if self.limits.time is None else max(0.0, self.limits.time - self.seconds)

    def report(self, value: float | None = None, bound: float | None = None, doing: str = "") -> None:
        """Take a better incumbent value or bound, and pass both on."""
        if value is not None and (self.value is None or value > self.value):
            self.value = value
        if bound is not None and bound < self.bound:
            self.bound = bound
        if self._progress is not None:
            self._progress(self.seconds, self.value, self.bound, doing)

    def stop(self) -> str | None:
        """Why the run has to stop now: `interrupted`, `time_limit`, or `None`."""
        if self.interrupted:
            return "interrupted"
        if self.limits.time is not None and self.seconds >= self.limits.time:
            return "time_limit"
        return None

    def closed(self) -> bool:
        """Whether value and bound meet the gap asked for."""
        if self.value is None:
            return False
        return relative_gap(self.value, self.bound) <= self.limits.gap or self.bound - self.value <= PROVEN_TO

    def part(self, gap: float | None = None, seconds: float | None = None) -> Monitor:
        """A monitor for one search within this run: to a gap of its own, for at most so many seconds.

        It stops when this one has to, and reports nothing.
        """
        caps = [most for most in (seconds, self.remaining) if most is not None]
        gap = self.limits.gap if gap is None else gap
        return _Part(self, replace(self.limits, gap=gap, time=min(caps, default=None)))


class _Part(Monitor):
    def __init__(self, whole: Monitor, limits: Limits) -> None:
        self._whole = whole
        super().__init__(limits)

    @property
    def interrupted(self) -> bool:
        return self._whole.interrupted

    @interrupted.setter
    def interrupted(self, asked: bool) -> None:
        pass

    def stop(self) -> str | None:
        return self._whole.stop() or super().stop()
