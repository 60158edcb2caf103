"""Patients of a family in many trials at once: when they come in, on which side, what happens to them.

Patients of all groups come in as a Poisson process at the family's rate, in the numbers planned for each stratum and
group; within a stratum they are randomised in permuted blocks of twice the ratio. Given the time of the patient after
the last one, entries are uniform before it, so strata are drawn apart. Whether a patient responds, and the months to an
event (a hazard that may change in steps since entry) and to dropping out, are drawn for each by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.simulate.situation import Situation
from trialopt.simulate.trial import Family

AT_ONCE = 250
"""Trials drawn together: their patients fit a processor's cache, and a longer run begins with a shorter one's."""


@dataclass(frozen=True, eq=False)
class Patients:
    """Patients of one stratum in B trials; columns are the same group in every trial."""

    group: Ints
    """(n,) number of the group."""
    entry: Floats
    """(B, n) months after the first patient may come in; in shares of the accrual where the rate is not known."""
    response: Bools
    """(B, n) whether the patient responds; nothing for pfs."""
    evaluable: Bools
    """(B, n) whether the response can be assessed."""
    event: Floats
    """(B, n) months from entry to the event, `inf` where the patient drops out before; nothing for response."""
    watched: Floats
    """(B, n) months from entry to the event or to dropping out, whichever comes first."""


def drawn(family: Family, now: Situation, truth: Ints, chance: np.random.Generator) -> list[Patients]:
    """Draw the patients of B trials, by stratum. `truth` (B,) says which of the truths each trial has."""
    length = chance.standard_gamma(family.total + 1, len(truth)) / (
        family.total if now.per_month is None else now.per_month
    )
    ordered = family.survival or len(family.fractions) > 1
    return [_stratum(family, now, k, truth, length, ordered, chance) for k in range(len(family.strata))]


def accrual_months(parts: list[Patients]) -> Floats:
    """(B,) entry of the last patient."""
    return np.asarray(np.max([part.entry.max(axis=1, initial=0.0) for part in parts], axis=0))


def order_of_groups(counts: tuple[int, ...]) -> tuple[Ints, int]:
    """Number of the group of each patient in turn, every start of it in proportion, and the length of a block."""
    total = sum(counts)
    if total == 0:
        return np.zeros(0, dtype=np.int64), 1
    marks = [(np.arange(count) + 0.5) / count for count in counts if count]
    names = [np.full(count, k) for k, count in enumerate(counts) if count]
    order = np.argsort(np.concatenate(marks), kind="stable")
    smallest = min(count for count in counts if count)
    return np.concatenate(names)[order], min(total, 2 * round(total / smallest))


def _stratum(
    family: Family, now: Situation, k: int, truth: Ints, length: Floats, ordered: bool, chance: np.random.Generator
) -> Patients:
    group, block = order_of_groups(tuple(one.patients[k] for one in family.groups))
    shape = (len(truth), len(group))
    entry = _entries(shape, block, length, ordered, chance)
    if family.inflows and now.per_month is not None:
        entry = family.inflows[k].months_of(entry)
    if not family.survival:
        response = chance.random(shape) < now.outcome[truth][:, group, k]
        every = now.not_evaluable <= 0
        evaluable = np.ones(shape, dtype=bool) if every else chance.random(shape) >= now.not_evaluable
        return Patients(group, entry, response, evaluable, np.empty((0, 0)), np.empty((0, 0)))
    months = _months(now, k, group, truth, chance.standard_exponential(shape))
    if now.dropout <= 0:
        return Patients(group, entry, _NOBODY, _NOBODY, months, months)
    left = chance.standard_exponential(shape) / now.dropout
    return Patients(group, entry, _NOBODY, _NOBODY, np.where(months <= left, months, np.inf), np.minimum(months, left))


_NOBODY: Bools = np.empty((0, 0), dtype=bool)


def _entries(shape: tuple[int, int], block: int, length: Floats, ordered: bool, chance: np.random.Generator) -> Floats:
    """(B, n) entries: uniform before `length` (B,), in order but for the permutation of each block."""
    count, n = shape
    if not ordered:
        return np.asarray(chance.random(shape) * length[:, None])
    gaps = chance.standard_exponential((count, n + 1)).cumsum(axis=1)
    entry = gaps[:, :n] * (length / gaps[:, n])[:, None]
    whole = n // block * block
    if block > 1 and whole:
        blocks = np.ascontiguousarray(entry[:, :whole]).reshape(count, whole // block, block)
        entry[:, :whole] = chance.permuted(blocks, axis=2).reshape(count, whole)
    return np.asarray(entry)


def _months(now: Situation, k: int, group: Ints, truth: Ints, drawn: Floats) -> Floats:
    """(B, n) months to the event, from standard exponential numbers: the time by which so much hazard has added up."""
    if now.steps is None:
        return np.asarray(drawn / now.outcome[truth][:, group, k])
    months = np.zeros_like(drawn)
    left, open_ = drawn, np.ones(drawn.shape, dtype=bool)
    pieces = list(zip(now.steps, now.starts, (*now.starts[1:], np.inf), strict=True))
    for hazard, start, end in pieces:
        rate = hazard[truth][:, group, k]
        within = open_ & (left <= rate * (end - start))
        months[within] = start + (left / rate)[within]
        open_ &= ~within
        if np.isfinite(end):
            left = left - rate * (end - start)
    return months


def chunks(trials: int) -> Iterator[tuple[int, int]]:
    """Number of each chunk of at most `AT_ONCE` trials, and how many of them are wanted."""
    for number, start in enumerate(range(0, trials, AT_ONCE)):
        yield number, min(AT_ONCE, trials - start)
