"""Per epoch, the regimens worth looking at and their numbers, ready for matrix products.

Columns j are the (subgroup, mechanism) pairs that occur at all. A regimen is dropped when another one of the same
epoch, in the same group of cross-epoch bits, is allowed wherever it is, leaves no more disease of any mechanism in
any subgroup, and adds no more cumulative toxicity or burden: whatever comes before and after, replacing it loses
nothing. (Emergence and carry multiply what is left by factors that do not depend on which of the two was given.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import TOLERANCE, Bools, Floats, Instance, Ints
from trialopt.engine.assured import Assured
from trialopt.engine.mixed import TRUTHS, Mixed, mixed_columns
from trialopt.engine.plans import falls
from trialopt.engine.regimen_numbers import Bits, Numbers, RegimenNumbers, control_residuals, numbers_of
from trialopt.engine.regimens import Regimens, Stopped, TooLarge, enumerate_regimens, given_agents, given_options, never
from trialopt.engine.rules import Containing, CrossBits, TooManyRules, cross_bits, sets_allowed
from trialopt.engine.truth_limits import SequenceTests, TruthLimits, truth_numbers, without_limits


@dataclass(frozen=True)
class EpochTable:
    """One epoch's R regimens. J columns as in `Tables`, C cumulative limits, G subgroups."""

    regimens: Regimens
    survive: Floats
    """(R, J) exp(-Lambda): the share of disease a regimen leaves."""
    survive_least: Floats
    """(J,) its least over the regimens."""
    alone: Floats
    """(R, G) loss of the epoch by itself: nothing emerged, nothing carried over, no burden."""
    bits: Bits
    cumulative: Floats
    """(R, C) what the regimen adds to each cumulative sum."""
    burden: Floats
    """(R, G) weighted burden: what it costs the objective."""
    burdened: bool
    """Whether burden costs anything at all."""
    weight: Floats
    """(J,) w * v * reach * prevalence (seeds included, before emergence)."""
    cost: Floats
    """(R,) money per patient (zero where no budget asks for it)."""
    theta: Floats
    """(R, G) log hazard ratio gained (zero unless the trial is sized for progression-free survival)."""
    strain: Floats
    """(R, G) share-weighted burden, whatever it costs the objective (zero unless it is to be tracked)."""

    def __len__(self) -> int:
        return len(self.regimens)


@dataclass(frozen=True)
class Tables:
    """All epochs' tables and what ties them together."""

    epochs: tuple[EpochTable, ...]
    subgroup: Ints
    """(J,) subgroup of a column."""
    multiplier: Floats
    """(B, J) log factor on prevalence once the agents of emergence bit b were given."""
    cumulative_subgroup: Ints
    """(C,)"""
    cumulative_room: Floats
    """(C,)"""
    constant: Floats
    """(G,) value of a subgroup with nothing left uncovered: the sum of w * v * reach."""
    include: Ints
    """(G,) `include` bits required of an arm that serves the subgroup."""
    carry: float
    strained: bool
    """Whether burden is tracked."""
    harm_weight: Floats | None
    """(S, J) v * reach * prevalence, to measure what no_harm compares; `None` without the rule."""
    harm_most: Floats | None
    """(G,) most weighted residual that does no harm."""
    allowed: Bools
    """(2**G,) sets of subgroups that one arm may serve; index = mask."""
    tests: SequenceTests | None
    """What whole sequences have to keep in enough truths; `None` where that is nothing."""
    mixed: Mixed | None
    """What the columns are under many truths."""
    limited_as_given: bool
    """Whether limits hold with the inputs as given."""
    judged: bool
    """Whether the objective is that of `evaluate`, to be compared with it."""
    enumerated: tuple[int, ...]
    """Regimens of each epoch before dominated ones were dropped."""
    falls: bool = True
    """Whether the better of two regimens never needs more patients; else none was dropped."""


def _emergence(instance: Instance) -> tuple[Ints, Floats]:
    """Bit per agent (D,), and log factors per bit and mechanism (B, M): rows with one set of agents share a bit."""
    i = instance
    keys, index = np.unique(i.emergence_agents, axis=0, return_inverse=True)
    used = [b for b in range(len(keys)) if keys[b].any()]
    if len(used) > 62:
        raise TooLarge(f"emergence.csv has {len(used)} distinct keys, the engine takes 62")
    bit = np.zeros(len(i.agents), dtype=np.int64)
    factor = np.zeros((len(used), len(i.mechanisms)))
    for n, b in enumerate(used):
        bit[keys[b]] |= 1 << n
        for row in np.flatnonzero(index.ravel() == b):
            factor[n, i.emergence_mechanism[row]] += np.log(i.emergence_multiplier[row])
    return bit, factor


def _bits(instance: Instance, regimens: Regimens, emerge: Ints, cross: CrossBits) -> Bits:
    agents, options = given_agents(instance, regimens.options), given_options(instance, regimens.options)

    def join(bit: Ints, given: Bools = options) -> Ints:
        result = np.zeros(len(regimens), dtype=np.int64)
        for n in np.flatnonzero(bit):
            result[given[:, n]] |= bit[n]
        return result

    return Bits(join(emerge, agents), join(cross.once), join(cross.after), join(cross.blocks), join(cross.include))


def _tabulated(
    c: Coefficients,
    epoch: int,
    regimens: Regimens,
    bits: Bits,
    raw: RegimenNumbers,
    mixed: Mixed | None,
    known: Numbers | None = None,
) -> EpochTable:
    """Numbers of an epoch's regimens, as they count; `known` are those computed before."""
    activity, cumulative, burden, cost, theta, strain = raw.numbers(regimens) if known is None else known
    subgroup, mechanism = raw.subgroup, raw.mechanism
    weight = c.value_weight[subgroup, epoch] * c.start[subgroup, epoch, mechanism]
    if mixed is not None:
        weight = weight * mixed.in_objective
    survive = np.exp(-activity)
    alone = survive @ (weight[:, None] * (subgroup[:, None] == np.arange(len(c.start))))
    return EpochTable(
        regimens,
        survive,
        survive.min(axis=0, initial=np.inf),
        alone,
        bits,
        cumulative,
        burden,
        bool(burden.any()),
        weight,
        cost[:, 0],
        theta,
        strain,
    )


def _weighted(c: Coefficients, epoch: int, table: EpochTable, raw: RegimenNumbers, mixed: Mixed) -> EpochTable:
    """An epoch's table at other weights, where every truth has columns of its own: what is left does not change."""
    weight = c.value_weight[raw.subgroup, epoch] * c.start[raw.subgroup, epoch, raw.mechanism] * mixed.in_objective
    used = np.flatnonzero(weight)
    of_group = raw.subgroup[used, None] == np.arange(len(c.start))
    alone = table.survive[:, used] @ (weight[used, None] * of_group)
    burden = raw.burdens(table.regimens)
    return replace(table, alone=alone, weight=weight, burden=burden, burdened=bool(burden.any()))


def reweighted(instance: Instance, c: Coefficients, tables: Tables, weights: Floats) -> Tables:
    """The same regimens with other weights (N,) of the truths in the objective.

    Raises `Stopped` when what the tables were built with asks to stop.
    """
    assert tables.mixed is not None
    mixed = replace(tables.mixed, weights=weights)
    subgroup, mechanism = mixed.subgroup, mixed.mechanism
    c = c if tables.limited_as_given else without_limits(c)
    epochs = []
    for s, table in enumerate(tables.epochs):
        raw = numbers_of(instance, c, s, subgroup, mechanism, tables.strained, never, mixed)
        if TRUTHS in mixed.blocks:
            epochs.append(_weighted(c, s, table, raw, mixed))
        else:
            epochs.append(_tabulated(c, s, table.regimens, table.bits, raw, mixed))
    return replace(tables, epochs=tuple(epochs), mixed=mixed, judged=False)


def build_tables(
    instance: Instance,
    c: Coefficients,
    stop: Callable[[], bool] = never,
    containing: Containing = MappingProxyType({}),
    *,
    every: bool = False,
    strained: bool = False,
    weights: Floats | None = None,
) -> Tables:
    """Enumerate, drop dominated regimens (unless `every` one is asked for), and tabulate.

    `containing` asks more of the arms of single subgroups than the instance does; with `strained` burden is tracked.
    `weights` (N,) are those of the truths in the objective, where it is not that of the inputs as given; alike if not
    said.

    Raises `TooLarge` outside the engine's memory, and `Stopped` when asked to stop.
    """
    i = instance
    try:
        cross = cross_bits(i, containing)
    except TooManyRules as error:
        raise TooLarge("more than 62 items in one of the rules once, not_after, include") from error
    if len(i.subgroups) > 62:
        raise TooLarge("more than 62 subgroups")
    emerge, factor = _emergence(i)
    mixed, more, given = mixed_columns(i, c, weights), None, c
    if mixed is not None:
        mixed.numbers.stop = stop
    numbers_of_truths = truth_numbers(i, stop)
    if numbers_of_truths is not None and i.uncertainty is not None and i.uncertainty.confidence is not None:
        more, c = TruthLimits(numbers_of_truths, c), without_limits(c)
    whole = SequenceTests.needed(i)
    every = every or whole or Assured.wanted(i)  # what one sequence loses to another it may keep in more truths
    every = every or i.trial.contributes  # a better regimen may bring component arms that a worse one does not
    occurs = (c.start > 0).any(axis=1)
    subgroup, mechanism = np.nonzero(occurs)
    if mixed is not None:
        subgroup, mechanism = mixed.subgroup, mixed.mechanism
    c_subgroup, c_category = np.nonzero(np.isfinite(c.cumulative_room))
    falling = falls(i, c)
    tables, counts = [], []
    for s in range(len(i.epochs)):
        regimens = enumerate_regimens(i, c, s, stop, more)
        counts.append(len(regimens))
        bits = _bits(i, regimens, emerge, cross)
        if stop():
            raise Stopped
        raw = numbers_of(i, c, s, subgroup, mechanism, strained, stop, mixed)
        numbers = None
        if not every and falling and not raw.wide(len(regimens)):
            rows, numbers = raw.kept(regimens, bits, first=s == 0, last=s == len(i.epochs) - 1)
            regimens, bits = regimens.pick(rows), bits.pick(rows)
        tables.append(_tabulated(c, s, regimens, bits, raw, mixed, numbers))
    harm_weight = harm_most = None
    if i.trial.no_harm and more is None:
        per_epoch = (i.weight[None, :] * i.reach)[:, :, None] * c.start
        harm_weight = per_epoch[subgroup, :, mechanism].T
        if mixed is not None:
            harm_weight = harm_weight * mixed.as_given
        harm_most = (i.weight * i.reach * control_residuals(i, c)).sum(axis=1) + TOLERANCE
    return Tables(
        epochs=tuple(tables),
        subgroup=subgroup,
        multiplier=factor[:, mechanism],
        cumulative_subgroup=c_subgroup,
        cumulative_room=c.cumulative_room[c_subgroup, c_category],
        constant=c.value_weight.sum(axis=1),
        include=cross.required,
        carry=i.trial.carry,
        strained=strained,
        harm_weight=harm_weight,
        harm_most=harm_most,
        allowed=sets_allowed(i),
        tests=SequenceTests(numbers_of_truths, given, [t.regimens for t in tables])
        if whole and numbers_of_truths is not None
        else None,
        mixed=mixed,
        limited_as_given=more is None,
        judged=weights is None,
        enumerated=tuple(counts),
        falls=falling,
    )


def renaming(fewer: Tables, more: Tables) -> Callable[[tuple[int, ...]], tuple[int, ...]]:
    """What turns rows of the epochs of tables into those of tables of the same question with more regimens."""
    rows = []
    for few, many in zip(fewer.epochs, more.epochs, strict=True):
        place = {tuple(options): row for row, options in enumerate(many.regimens.options.tolist())}
        rows.append([place[tuple(options)] for options in few.regimens.options.tolist()])
    return lambda path: tuple(epoch[row] for epoch, row in zip(rows, path, strict=True))
