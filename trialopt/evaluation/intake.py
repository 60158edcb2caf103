"""How the patients of an arm come in where that is not evenly: steps in the rate, and ramp-ups (model section 7).

The judge's own arithmetic. Months "at the full rate" are patients over the accrual rates: a subgroup has ``Phi(t)`` of
them by month `t`, the area under its rate as a share of its full rate. Each subgroup takes its part of the arm's
patients, so all of them stop after the same months at the full rate, in calendar months of their own. Integrals against
exponentials are done by Gauss and Legendre's rule in panels short enough to be exact to rounding. Source: ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from trialopt.core.instance import Floats, Instance

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)

PANEL = 3.0
"""Longest panel of an integral, in mean times to leaving."""

NOTHING = 745.0
"""Mean times after which nobody is left."""


@dataclass(frozen=True)
class Piece:
    """A stretch of months in which a subgroup's rate changes evenly: shares of its full rate at both ends."""

    start: float
    end: float
    first: float
    last: float

    @property
    def slope(self) -> float:
        """Change of the share in a month."""
        return 0.0 if self.end == np.inf else (self.last - self.first) / (self.end - self.start)

    def by(self, month: float) -> float:
        """Months at the full rate in the part of it before a month."""
        span = min(month, self.end) - self.start
        if span <= 0:
            return 0.0
        return span * (self.first + self.rate_at(self.start + span)) / 2

    def rate_at(self, month: float) -> float:
        """Share of the full rate."""
        return self.first + self.slope * (month - self.start) if self.slope else self.first

    def after(self, area: Floats) -> Floats:
        """Months by which it has given so many months at the full rate."""
        if self.slope == 0:
            return self.start + area / self.first
        return np.asarray(self.start + (np.sqrt(self.first**2 + 2 * self.slope * area) - self.first) / self.slope)


@dataclass(frozen=True)
class Inflow:
    """One subgroup's patients."""

    pieces: tuple[Piece, ...]

    @property
    def opens(self) -> float:
        """Month from which on there are patients."""
        return next(p.start for p in self.pieces if p.first > 0 or p.last > 0)

    def at_full_rate(self, month: float) -> float:
        """`Phi`."""
        return sum(piece.by(month) for piece in self.pieces)

    def month_of(self, months: float) -> float:
        """Month by which so many months at the full rate are over."""
        left = months
        for piece in self.pieces:
            whole = piece.by(piece.end)
            if 0 < left <= whole:
                return float(piece.after(np.asarray(left)))
            left -= whole
        return self.opens

    def months_of(self, months: Floats) -> Floats:
        """The same for many: an array of any shape, in months at the full rate."""
        areas = np.cumsum([piece.by(piece.end) for piece in self.pieces])
        place = np.minimum(np.searchsorted(areas, months, side="left"), len(self.pieces) - 1)
        found = np.empty_like(months)
        for k, piece in enumerate(self.pieces):
            at = place == k
            if at.any():
                found[at] = piece.after(months[at] - (areas[k - 1] if k else 0.0))
        return found

    def remaining(self, leaving: float, until: float, end: float) -> float:
        """Integral of the rate's share times the chance not to have left by `end`, over entries before `until`."""
        total = 0.0
        for piece in self.pieces:
            a, b = max(piece.start, end - NOTHING / leaving), min(piece.end, until)
            if b <= a:
                continue
            panels = max(1, ceil(leaving * (b - a) / PANEL))
            edge = np.linspace(a, b, panels + 1)
            half = (edge[1:] - edge[:-1])[:, None] / 2
            entry = (edge[1:] + edge[:-1])[:, None] / 2 + half * NODES
            share = piece.first + piece.slope * (entry - piece.start)
            total += float((half * WEIGHTS * share * np.exp(-leaving * (end - entry))).sum())
        return total


@dataclass(frozen=True)
class Intake:
    """All subgroups of an arm that have patients to give; months of accrual are those at the full rate."""

    inflows: tuple[Inflow, ...]
    counts: tuple[bool, ...]
    """Whether a subgroup has patients."""

    def last(self, months: float) -> float:
        """Month of the arm's last patient."""
        return max(one.month_of(months) for one, counts in zip(self.inflows, self.counts, strict=True) if counts)

    def first(self) -> float:
        """Month of its first patient."""
        return min(one.opens for one, counts in zip(self.inflows, self.counts, strict=True) if counts)

    def at_full_rate(self, month: float) -> float:
        """Months at the full rate that end with an arm's last patient in a month."""
        parts = zip(self.inflows, self.counts, strict=True)
        return min(one.at_full_rate(month) for one, counts in parts if counts)

    def waiting(self, k: int, leaving: float, months: float, end: float) -> float:
        """Share of a subgroup's patients who have neither had an event nor left by `end`, at this hazard of both."""
        inflow = self.inflows[k]
        return inflow.remaining(leaving, inflow.month_of(months), end) / months


def inflow_of(steps: Sequence[Sequence[float]], ramp_up: float) -> Inflow:
    """Inflow with factors from months on (none: 1 throughout) and a ramp-up after the opening."""
    given = [(float(month), float(factor)) for month, factor in steps] or [(0.0, 1.0)]
    opens = next(month for month, factor in given if factor > 0)
    edges = sorted({month for month, _ in given} | {opens + ramp_up})
    pieces = []
    for start, end in zip(edges, [*edges[1:], np.inf], strict=True):
        factor = [f for month, f in given if month <= start][-1]
        risen = [1.0, 1.0]
        if ramp_up > 0:
            risen = [min(1.0, max(0.0, month - opens) / ramp_up) for month in (start, end)]
        pieces.append(Piece(start, end, factor * risen[0], factor * risen[1]))
    return Inflow(tuple(pieces))


def intake_of(instance: Instance, groups: Sequence[int]) -> Intake | None:
    """How the patients of an arm that serves subgroups come in; `None` where evenly from the first month on."""
    i, names = instance, [instance.subgroups[g] for g in groups]
    if not any(g in i.accrual_steps or g in i.ramp_up for g in names):
        return None
    inflows = tuple(inflow_of(i.accrual_steps.get(g, ()), i.ramp_up.get(g, 0.0)) for g in names)
    return Intake(inflows, tuple((i.accrual[list(groups)] > 0).tolist()))


def accrual_months(instance: Instance, groups: Sequence[int], months: float) -> float:
    """Calendar months until an arm's last patient, from patients over accrual rates."""
    intake = intake_of(instance, groups)
    return months if intake is None else intake.last(months)
