"""How an arm's patients come in where accrual changes with time: integrals in closed form, piece by piece (section 7).

A subgroup's rate, as a share of its full one, is a line on each piece. Months "at the full rate" are the area below.
Written again from the model text; many arms at once, each with its own months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Floats, Instance, Ints

SHORT = 1e-3
"""Below this many mean times to leaving a piece is integrated by its series."""


@dataclass(frozen=True)
class Inflow:
    """One subgroup's share of its full rate; k pieces."""

    start: Floats
    end: Floats
    first: Floats
    slope: Floats
    before: Floats
    """(k,) area before each piece."""

    def month(self, area: Floats) -> Floats:
        """(n,) month by which (n,) months at the full rate are over."""
        k = np.maximum(np.searchsorted(self.before, area, side="left") - 1, 0)
        rest, first, slope = area - self.before[k], self.first[k], self.slope[k]
        root = first + np.sqrt(np.maximum(first * first + 2 * slope * rest, 0.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.start[k] + np.where(rest > 0, 2 * rest / root, 0.0))

    def waiting(self, leaving: Floats, until: Floats, last: Floats) -> Floats:
        """(n,) integral over entries before `until` of the rate times the chance to be there still at `last`."""
        total = np.zeros(len(until))
        for a, b, first, slope in zip(self.start, self.end, self.first, self.slope, strict=True):
            right = np.minimum(b, until)
            length = np.maximum(right - a, 0.0)
            at_right = first + slope * length
            x = leaving * length
            gone = -np.expm1(-x)
            with np.errstate(invalid="ignore", over="ignore"):
                flat = gone / leaving
                steep = np.where(
                    x < SHORT,
                    length**2 * (0.5 - x / 3 + x**2 / 8 - x**3 / 30),
                    (gone - x * np.exp(-x)) / leaving**2,
                )
            part = np.exp(-leaving * np.maximum(last - right, 0.0)) * (at_right * flat - slope * steep)
            total += np.where(length > 0, part, 0.0)
        return total


@dataclass(frozen=True)
class Intake:
    """All subgroups of an arm; months are those at the full rate."""

    inflows: tuple[Inflow, ...]
    counts: tuple[bool, ...]
    """Which have patients."""

    def last(self, months: Floats) -> Floats:
        """(n,) month of the last patient."""
        each = [one.month(months) for one, counts in zip(self.inflows, self.counts, strict=True) if counts]
        return np.asarray(np.max(each, axis=0)) if each else months

    def waiting(self, leaving: Floats, months: Floats, follow_up: float) -> Floats:
        """(n, g) share without an event and not lost at the end, at hazards of both together (n, g)."""
        last = self.last(months) + follow_up
        each = [one.waiting(leaving[:, k], one.month(months), last) for k, one in enumerate(self.inflows)]
        return np.asarray(np.array(each).T / months[:, None])


def _inflow(steps: Sequence[tuple[float, float]], ramp: float) -> Inflow:
    given = list(steps) or [(0.0, 1.0)]
    opens = next(month for month, factor in given if factor > 0)
    starts = np.array(sorted({*(month for month, _ in given), *([opens + ramp] if ramp > 0 else [])}))
    ends = np.append(starts[1:], np.inf)
    factor = np.array([[f for month, f in given if month <= start][-1] for start in starts])

    def risen(month: Floats) -> Floats:
        return np.clip((month - opens) / ramp, 0.0, 1.0) if ramp > 0 else np.ones(len(month))

    first, length = factor * risen(starts), np.where(np.isinf(ends), 1.0, ends - starts)
    slope = np.where(np.isinf(ends), 0.0, (factor * risen(ends) - first) / length)
    area = (first + slope * length / 2) * length
    return Inflow(starts, ends, first, slope, np.append(0.0, np.cumsum(area)[:-1]))


def intake_of(instance: Instance, members: Ints) -> Intake | None:
    """How the patients of an arm that serves a set come in; `None` where evenly from the first month on."""
    names = [instance.subgroups[g] for g in members.tolist()]
    if not any(name in instance.accrual_steps or name in instance.ramp_up for name in names):
        return None
    inflows = (_inflow(instance.accrual_steps.get(name, ()), instance.ramp_up.get(name, 0.0)) for name in names)
    return Intake(tuple(inflows), tuple((instance.accrual[members] > 0).tolist()))
