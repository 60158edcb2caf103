"""Numbers a cell or a setting may hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """Numbers allowed, between `low` and `high`; a bound that is `open` is itself not allowed."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, number: float) -> bool:
        """Whether a number lies in the range."""
        low = self.low is None or number > self.low or (number == self.low and not self.low_open)
        return low and (self.high is None or number < self.high or (number == self.high and not self.high_open))

    def __str__(self) -> str:
        low = None if self.low is None else f"{'above' if self.low_open else 'of at least'} {self.low:g}"
        high = None if self.high is None else f"{'below' if self.high_open else 'at most'} {self.high:g}"
        if self.low is not None and self.high is not None and not (self.low_open or self.high_open):
            return f"from {self.low:g} to {self.high:g}"
        return " and ".join(filter(None, (low, high)))


ANY = Range()
AT_LEAST_0 = Range(low=0)
POSITIVE = Range(low=0, low_open=True)
PROBABILITY = Range(0, 1)
BELOW_1 = Range(0, 1, high_open=True)
INSIDE = Range(0, 1, low_open=True, high_open=True)
COUNT = Range(low=1)
MOST = 10**9
"""Largest whole number that can count anything here."""
