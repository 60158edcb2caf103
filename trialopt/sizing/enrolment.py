"""Accrual that changes with time: steps in its rate, and a ramp-up from nothing (model section 7).

A stratum enrols ``rate * phi(t)`` patients a month: ``phi = factor(t) * min(1, (t - o) / ramp)``, `o` the month in
which it opens. ``Phi(t)``, the integral of phi, is the months at the full rate in which as many come in. An arm of `N`
patients at a full rate `R` takes each stratum's part of them, ``f R tau`` with ``tau = N / R``, so the stratum enrols
until ``A = Phi^-1(tau)`` and the arm until the last of its strata does. Of the patients of a stratum that are followed
until ``T`` (the arm's last patient, and `F` months), with ``k = h + h_d``, an event is seen in

    P = h / k * (1 - (1 / tau) * integral from 0 to A of phi(t) exp(-k (T - t)) dt),

phi being linear between its knots. With ``phi = 1`` this is `accrual.chance_of_event`. Source: ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from trialopt.sizing.checks import Floats


@dataclass(frozen=True)
class Enrolment:
    """Pieces of phi: the month each starts, its level there and its slope; the last one is level and has no end."""

    starts: tuple[float, ...]
    levels: tuple[float, ...]
    slopes: tuple[float, ...]

    @cached_property
    def _pieces(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Starts, levels, slopes, and Phi at the starts."""
        start, level, slope = np.array(self.starts), np.array(self.levels), np.array(self.slopes)
        length = np.diff(start)
        within = level[:-1] * length + slope[:-1] * length**2 / 2
        return start, level, slope, np.concatenate([[0.0], np.cumsum(within)])

    def opened(self, month: Floats) -> Floats:
        """``Phi``; below month 0 the month itself."""
        start, level, slope, before = self._pieces
        j = np.maximum(np.searchsorted(start, month, side="right") - 1, 0)
        since = np.maximum(month - start[j], 0.0)
        return np.asarray(np.where(month < 0, month, before[j] + level[j] * since + slope[j] * since**2 / 2))

    def month_of(self, tau: Floats) -> Floats:
        """``Phi^-1`` of ``tau > 0``; inf for inf."""
        start, level, slope, before = self._pieces
        j = np.maximum(np.searchsorted(before, tau, side="left") - 1, 0)
        rest = np.maximum(tau - before[j], 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            root = np.sqrt(level[j] ** 2 + 2 * slope[j] * rest)
            since = np.where(slope[j] == 0, rest / level[j], 2 * rest / (level[j] + root))
        return np.asarray(start[j] + np.where(rest > 0, since, 0.0))

    def waiting(self, leaving: Floats, until: Floats, end: Floats) -> Floats:
        """``integral from 0 to until of phi(t) exp(-k (end - t)) dt`` for ``k = leaving``."""
        start, level, slope, _ = self._pieces
        total = np.zeros(np.broadcast_shapes(np.shape(leaving), np.shape(until)))
        for a, b, u, v in zip(start, [*start[1:], np.inf], level, slope, strict=True):
            last = np.minimum(b, until)
            length = np.maximum(last - a, 0.0)
            part = u * length * _once(leaving * length) + v * length**2 * _twice(leaving * length)
            total = total + np.where(length > 0, np.exp(-leaving * (end - last)) * part, 0.0)
        return np.asarray(total)


def _once(x: Floats) -> Floats:
    """``(1 - exp(-x)) / x``."""
    safe = np.where(x > 1e-8, x, 1.0)
    return np.asarray(np.where(x > 1e-8, -np.expm1(-safe) / safe, 1 - x / 2))


def _twice(x: Floats) -> Floats:
    """``(x - 1 + exp(-x)) / x^2``."""
    safe = np.where(x > 0.02, x, 1.0)
    series = 1 / 2 - x / 6 + x**2 / 24 - x**3 / 120 + x**4 / 720 - x**5 / 5040
    return np.asarray(np.where(x > 0.02, (safe + np.expm1(-safe)) / safe**2, series))


def enrolment(steps: Sequence[tuple[float, float]] = (), ramp_up: float = 0.0) -> Enrolment:
    """Enrolment with factors from months on (rising, the first 0; only the first factor may be 0) and a ramp-up."""
    given = list(steps) or [(0.0, 1.0)]
    opens = next(month for month, factor in given if factor > 0)
    knots = sorted({month for month, _ in given} | ({opens + ramp_up} if ramp_up > 0 else set()))
    levels, slopes = [], []
    for knot in knots:
        factor = [f for month, f in given if month <= knot][-1]
        rising = ramp_up > 0 and opens <= knot < opens + ramp_up
        levels.append(factor * (max(knot - opens, 0.0) / ramp_up if rising else 1.0))
        slopes.append(factor / ramp_up if rising else 0.0)
    return Enrolment(tuple(knots), tuple(levels), tuple(slopes))


def chance_of_event_entering(
    hazard: Floats,
    tau: Floats,
    enrolments: Sequence[Enrolment],
    used: NDArray[np.bool_],
    follow_up: float,
    dropout: float,
) -> Floats:
    """(..., G) `P` of the module in each stratum, for hazards (..., G) and months ``tau`` (...) at the full rate.

    `used` (..., G) are the strata that have patients: the last of them ends the arm's accrual. Inf months are a
    follow-up without end.
    """
    known = np.isfinite(tau)
    tau = np.where(known, tau, 1.0)
    last = np.stack([one.month_of(tau) for one in enrolments], axis=-1)
    end = np.where(used, last, 0.0).max(axis=-1) + follow_up
    leaving = hazard + dropout
    waiting = [
        one.waiting(leaving[..., k], last[..., k], np.maximum(end, last[..., k])) for k, one in enumerate(enrolments)
    ]
    seen = 1 - np.stack(np.broadcast_arrays(*waiting), axis=-1) / tau[..., None]
    return np.asarray(hazard / leaving * np.where(known[..., None], seen, 1.0))
