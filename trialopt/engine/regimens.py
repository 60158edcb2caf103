"""All regimens of an epoch that the rules and the toxicity limits allow in some subgroup.

Regimens grow one option at a time in option order. A pair that is barred everywhere, or a toxicity sum that leaves
no subgroup within its limits, ends its branch: both stay broken whatever is added (taus are not negative), so
nothing is lost. The subgroups in which a regimen is allowed are a bit mask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trialopt.core import WrongInput
from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import Bools, Floats, Instance, Ints
from trialopt.engine.rules import meets_rules, pair_masks, single_masks

SLACK = 1e-12
"""Rounding room of a sum of logs; a choice that `evaluate` rejects is cut off later."""

BLOCK = 20_000
"""Regimens extended at a time: bounds memory while enumerating."""

PIECE = 10 * BLOCK
"""Regimens checked at a time."""

MOST = 3_000_000
"""Regimens of one epoch beyond which the engine declines."""


class TooLarge(WrongInput):
    """The instance is outside what the engine can do exactly within memory; says why."""


class Stopped(Exception):
    """The run has to stop before the regimens are tabulated."""


def never() -> bool:
    """A wish to stop that never comes."""
    return False


@dataclass(frozen=True)
class Regimens:
    """Allowed regimens of one epoch.

    `options` (R, k) int16 holds option indices, -1 for unused places; `mask` (R,) the subgroups that allow it.
    """

    options: NDArray[np.int16]
    mask: Ints

    def __len__(self) -> int:
        return len(self.mask)

    def pick(self, rows: NDArray[np.intp] | Bools) -> Regimens:
        """The given rows only."""
        return Regimens(self.options[rows], self.mask[rows])


def given_agents(instance: Instance, options: NDArray[np.int16]) -> Bools:
    """(R, D) agents of regimens."""
    given = np.zeros((len(options), len(instance.agents) + 1), dtype=bool)
    agent = np.append(instance.option_agent, len(instance.agents))
    given[np.arange(len(options))[:, None], agent[options]] = True
    return given[:, :-1]


def given_options(instance: Instance, options: NDArray[np.int16]) -> Bools:
    """(R, O) options of regimens."""
    given = np.zeros((len(options), len(instance.option_agent) + 1), dtype=bool)
    given[np.arange(len(options))[:, None], options] = True  # -1 is the last column
    return given[:, :-1]


def given_pairs(instance: Instance, agents: Bools) -> Bools:
    """(R, P) interacting pairs of regimens, from their agents (R, D)."""
    return agents[:, instance.pair_agents[:, 0]] & agents[:, instance.pair_agents[:, 1]]


def regimen_sums(instance: Instance, options: NDArray[np.int16], single: Floats, pair: Floats) -> Floats:
    """(R, C) sum of an option's numbers `single` (O, C) and of a pair's `pair` (P, C) over each regimen."""
    total = np.zeros((len(options), single.shape[1]))
    for place in range(options.shape[1]):
        given = np.flatnonzero(options[:, place] >= 0)
        total[given] += single[options[given, place]]
    used = np.flatnonzero(pair.any(axis=1))
    if len(used):
        both = given_pairs(instance, given_agents(instance, options))
        for p in used.tolist():
            total[both[:, p]] += pair[p]
    return total


@dataclass(frozen=True)
class _LimitColumns:
    """The (subgroup, category) pairs of one epoch that have a limit."""

    subgroup: Ints
    single: Floats
    pair: Floats
    room: Floats

    def mask(self, instance: Instance, options: NDArray[np.int16]) -> Ints:
        """(R,) subgroups whose limits the regimens keep, with the inputs as given."""
        total = regimen_sums(instance, options, self.single, self.pair)
        broken = total > self.room + SLACK
        groups = len(instance.subgroups)
        bad = np.zeros(len(options), dtype=np.int64)
        for g in range(groups):
            mine = self.subgroup == g
            if mine.any():
                bad |= broken[:, mine].any(axis=1).astype(np.int64) << g
        return ((1 << groups) - 1) & ~bad


def _limit_columns(c: Coefficients, epoch: int) -> _LimitColumns:
    subgroup, category = np.nonzero(np.isfinite(c.room[:, epoch]))
    return _LimitColumns(
        subgroup, c.tau[subgroup, epoch, category].T, c.pair_tau[:, category], c.room[subgroup, epoch, category]
    )


class Filter(Protocol):
    """What more is asked of the regimens of an epoch than coefficients say: limits that hold in enough truths.

    Both raise `Stopped` when asked to stop.
    """

    def mask(self, epoch: int, options: NDArray[np.int16]) -> Ints:
        """(R,) subgroups whose limits regimens keep; one that is broken stays so whatever is added."""

    def covering(self, epoch: int, regimens: Regimens) -> Ints:
        """(R,) subgroups whose requirements whole regimens meet."""


def enumerate_regimens(
    instance: Instance,
    c: Coefficients,
    epoch: int,
    stop: Callable[[], bool] = never,
    more: Filter | None = None,
) -> Regimens:
    """All regimens of `epoch` allowed in at least one subgroup, `more` of them asked by a filter.

    Raises `TooLarge` beyond `MOST` and `Stopped` when asked to stop.
    """
    i = instance
    single = single_masks(i)[epoch]
    pair = pair_masks(i, epoch)
    columns = _limit_columns(c, epoch)

    def within(some: NDArray[np.int16]) -> Ints:
        found = np.empty(len(some), dtype=np.int64)
        for rows in pieces(len(some), stop):  # children of one block may be millions
            found[rows] = columns.mask(i, some[rows])
            if more is not None:
                found[rows] &= more.mask(epoch, some[rows])
        return found

    most = int(i.max_agents[epoch])
    width = max(1, most)
    order = np.arange(len(single))

    options = np.full((1, width), -1, dtype=np.int16)
    mask = within(options)
    allowed = mask[:, None] & single[None, :]  # (n, O) subgroups in which each option may still be added
    found: list[Regimens] = [Regimens(options, mask)]
    total = 1
    for size in range(1, most + 1):
        grown: list[tuple[NDArray[np.int16], Ints, Ints]] = []
        for begin in range(0, len(options), BLOCK):
            if stop():
                raise Stopped
            rows = slice(begin, begin + BLOCK)
            parent, option = np.nonzero(allowed[rows])
            if not len(parent):
                continue
            child = options[rows][parent].copy()
            child[:, size - 1] = option
            child_mask = allowed[rows][parent, option] & within(child)
            keep = np.flatnonzero(child_mask)
            parent, option, child, child_mask = parent[keep], option[keep], child[keep], child_mask[keep]
            room = len(order) if size < most else 0  # the last size grows no further
            after = np.where(order[:room] > option[:, None], allowed[rows][parent, :room] & pair[option, :room], 0)
            grown.append((child, child_mask, after & child_mask[:, None]))
            total += len(child)
            if total > MOST:
                raise TooLarge(f"epoch {i.epochs[epoch]} has more than {MOST:,} regimens within rules and limits")
        if not grown:
            break
        options = np.concatenate([g[0] for g in grown])
        mask = np.concatenate([g[1] for g in grown])
        allowed = np.concatenate([g[2] for g in grown])
        found.append(Regimens(options, mask))
    every = Regimens(np.concatenate([f.options for f in found]), np.concatenate([f.mask for f in found]))
    finished = _finished(i, c, epoch, every, stop)
    if more is None:
        return finished
    mask = finished.mask.copy()
    for rows in pieces(len(mask), stop):
        mask[rows] &= more.covering(epoch, Regimens(finished.options[rows], finished.mask[rows]))
    return Regimens(finished.options, mask).pick(mask > 0)


def pieces(count: int, stop: Callable[[], bool], most: int | None = None) -> Iterator[slice]:
    """Rows a piece at a time, which bounds memory and the time between two looks at whether to stop.

    Raises `Stopped` between two of them.
    """
    step = PIECE if most is None else most
    for begin in range(0, count, step):
        if begin and stop():
            raise Stopped
        yield slice(begin, min(begin + step, count))


def _finished(instance: Instance, c: Coefficients, epoch: int, every: Regimens, stop: Callable[[], bool]) -> Regimens:
    """Those that meet the rules on whole regimens: on their agents and classes, and on coverage."""
    count = (every.options >= 0).sum(axis=1)
    every = every.pick(count >= instance.min_agents[epoch])
    kept = []
    for rows in pieces(len(every), stop):
        block = Regimens(every.options[rows], every.mask[rows])
        agents = given_agents(instance, block.options)
        good = meets_rules(instance, epoch, given_options(instance, block.options))
        block = Regimens(block.options, np.where(good, block.mask, 0))
        mask = block.mask & _covering(instance, c, epoch, block, agents)
        kept.append(Regimens(block.options, mask).pick(mask > 0))
    if not kept:
        return every
    return Regimens(np.concatenate([k.options for k in kept]), np.concatenate([k.mask for k in kept]))


def _covering(instance: Instance, c: Coefficients, epoch: int, block: Regimens, agents: Bools) -> Ints:
    """(R,) subgroups whose coverage requirements (model section 5) the regimens meet."""
    good = np.full(len(block), (1 << len(instance.subgroups)) - 1, dtype=np.int64)
    for g in range(len(instance.subgroups)):
        bad = np.zeros(len(block), dtype=bool)
        asked = np.flatnonzero(np.isfinite(c.required_activity[g, epoch]))
        if len(asked):
            activity = regimen_sums(instance, block.options, c.activity[g, epoch, asked].T, c.pair_activity[g, asked].T)
            bad |= (activity < c.required_activity[g, epoch, asked] - SLACK).any(axis=1)
        asked = np.flatnonzero(c.required_active[g, epoch] > 0)
        if len(asked):
            active = agents.astype(np.int64) @ c.counts_as_active[g, epoch, asked].T.astype(np.int64)
            bad |= (active < c.required_active[g, epoch, asked]).any(axis=1)
        good &= ~(bad.astype(np.int64) << g)
    return good
