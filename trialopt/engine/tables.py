"""Per epoch, the regimens worth looking at and their numbers, ready for matrix products.

Columns j are the (subgroup, mechanism) pairs that occur at all. A regimen is dropped when another one of the same
epoch, in the same group of cross-epoch bits, is allowed wherever it is, leaves no more disease of any mechanism in
any subgroup, and adds no more cumulative toxicity or burden: whatever comes before and after, replacing it loses
nothing. (Emergence and carry multiply what is left by factors that do not depend on which of the two was given.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import TOLERANCE, Floats, Instance, Ints
from trialopt.engine.control import control_residuals
from trialopt.engine.regimens import Regimens, Stopped, TooLarge, enumerate_regimens, given_agents, never, regimen_sums
from trialopt.engine.rules import Containing, CrossBits, TooManyRules, cross_bits
from trialopt.engine.skyline import rows_by_group, skyline

CELLS = 60_000_000
"""Most numbers (regimens times columns) one epoch's table may hold: about half a gigabyte."""

AT_ONCE = 2_000_000
"""Tables of at most so many numbers are compared as a whole, larger ones group by group."""


@dataclass(frozen=True)
class Bits:
    """Cross-epoch bits of R regimens (or prefixes): emergence keys given, and the rules of `CrossBits`."""

    emerge: Ints
    once: Ints
    after: Ints
    blocks: Ints
    include: Ints

    def pick(self, rows: NDArray[np.intp]) -> Bits:
        """The given rows only."""
        return Bits(*(getattr(self, name)[rows] for name in ("emerge", "once", "after", "blocks", "include")))


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
    enumerated: tuple[int, ...]
    """Regimens of each epoch before dominated ones were dropped."""


def _cost(instance: Instance, epoch: int) -> Floats:
    """(O,) money per patient of an option in one epoch, where a budget asks for it."""
    i = instance
    if not i.trial.sized or i.trial.budget is None:
        return np.zeros(len(i.option_agent))
    return np.asarray((i.cycles[epoch] * i.cost_per_cycle + i.cost_per_course)[i.option_agent])


def _theta(instance: Instance, epoch: int) -> Floats:
    """(O, G) what an option adds to the log hazard ratio (model section 7), in a trial sized for it."""
    i = instance
    if not i.trial.sized or i.trial.endpoint != "pfs":
        return np.zeros((len(i.option_agent), len(i.subgroups)))
    effect = -np.log(i.hazard_ratio)[:, None] * i.sensitivity.T * (i.retained @ i.prevalence.T)
    return np.asarray(i.pfs_weight[epoch] * effect[i.option_agent])


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
    agents = given_agents(instance, regimens.options)

    def join(bit: Ints) -> Ints:
        result = np.zeros(len(regimens), dtype=np.int64)
        for d in np.flatnonzero(bit):
            result[agents[:, d]] |= bit[d]
        return result

    return Bits(join(emerge), join(cross.once), join(cross.after), join(cross.blocks), join(cross.include))


def build_tables(
    instance: Instance,
    c: Coefficients,
    stop: Callable[[], bool] = never,
    containing: Containing = MappingProxyType({}),
    *,
    every: bool = False,
    strained: bool = False,
) -> Tables:
    """Enumerate, drop dominated regimens (unless `every` one is asked for), and tabulate.

    `containing` asks more of the arms of single subgroups than the instance does; with `strained` burden is tracked.

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
    occurs = (c.start > 0).any(axis=1)
    subgroup, mechanism = np.nonzero(occurs)
    c_subgroup, c_category = np.nonzero(np.isfinite(c.cumulative_room))
    tables, counts = [], []
    for s in range(len(i.epochs)):
        regimens = enumerate_regimens(i, c, s, stop)
        counts.append(len(regimens))
        bits = _bits(i, regimens, emerge, cross)
        raw = _Raw(
            instance=i,
            stop=stop,
            activity=c.activity[subgroup, s, mechanism].T,
            pair_activity=c.pair_activity[subgroup, mechanism].T,
            cumulative=c.tau[c_subgroup, s, c_category].T,
            pair_cumulative=c.pair_tau[:, c_category],
            burden=np.einsum("geo->og", c.tau[:, s]) * c.burden_weight[:, s],
            pair_burden=c.pair_tau.sum(axis=1)[:, None] * c.burden_weight[:, s][None, :],
            cost=_cost(i, s)[:, None],
            theta=_theta(i, s),
            strain=np.einsum("geo->og", c.tau[:, s]) * (c.value_weight[:, s] * strained),
            pair_strain=c.pair_tau.sum(axis=1)[:, None] * (c.value_weight[:, s] * strained)[None, :],
            subgroup=subgroup,
            cumulative_subgroup=c_subgroup,
        )
        if not every:
            rows = raw.worth_keeping(regimens, bits, first=s == 0, last=s == len(i.epochs) - 1)
            regimens, bits = regimens.pick(rows), bits.pick(rows)
        activity, cumulative, burden, cost, theta, strain = raw.numbers(regimens)
        weight = c.value_weight[subgroup, s] * c.start[subgroup, s, mechanism]
        survive = np.exp(-activity)
        least = survive.min(axis=0, initial=np.inf)
        alone = survive @ (weight[:, None] * (subgroup[:, None] == np.arange(len(i.subgroups))))
        tables.append(
            EpochTable(
                regimens,
                survive,
                least,
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
        )
    harm_weight = harm_most = None
    if i.trial.no_harm:
        per_epoch = (i.weight[None, :] * i.reach)[:, :, None] * c.start
        harm_weight = per_epoch[subgroup, :, mechanism].T
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
        enumerated=tuple(counts),
    )


@dataclass(frozen=True)
class _Raw:
    """Coefficients of one epoch, per option and per pair, from which regimens' numbers are added up."""

    instance: Instance
    stop: Callable[[], bool]
    activity: Floats
    pair_activity: Floats
    cumulative: Floats
    pair_cumulative: Floats
    burden: Floats
    pair_burden: Floats
    cost: Floats
    theta: Floats
    strain: Floats
    pair_strain: Floats
    subgroup: Ints
    cumulative_subgroup: Ints

    def numbers(self, regimens: Regimens) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        """Activity (R, J), cumulative toxicity (R, C), burden (R, G), cost (R, 1), theta and strain (R, G).

        Raises `TooLarge`.
        """
        if len(regimens) * self.activity.shape[1] > CELLS:
            raise TooLarge(f"{len(regimens):,} regimens in one epoch with {self.activity.shape[1]} columns each")
        i, options = self.instance, regimens.options
        return (
            regimen_sums(i, options, self.activity, self.pair_activity),
            regimen_sums(i, options, self.cumulative, self.pair_cumulative),
            regimen_sums(i, options, self.burden, self.pair_burden),
            regimen_sums(i, options, self.cost, np.zeros((len(self.pair_burden), 1))),
            regimen_sums(i, options, self.theta, np.zeros_like(self.pair_burden)),
            regimen_sums(i, options, self.strain, self.pair_strain),
        )

    def worth_keeping(self, every: Regimens, bits: Bits, *, first: bool, last: bool) -> NDArray[np.intp]:
        """Rows that no other row of their group dominates; large tables group by group, so that memory is bounded."""
        zero = np.zeros(len(every), dtype=np.int64)
        key = np.stack(
            [
                zero if last else bits.emerge,
                bits.once,
                zero if last else bits.after,
                zero if first else bits.blocks,
                bits.include,
            ],
            axis=1,
        )
        groups = rows_by_group(key)
        if len(every) * self.activity.shape[1] <= AT_ONCE:
            better, where = self._better(every)
            count = (every.options >= 0).sum(axis=1)
            kept = [r[skyline(better[r], count[r], where)] if len(r) > 1 else r for r in groups]
        else:
            kept = [rows[self._skyline(every.pick(rows))] if len(rows) > 1 else rows for rows in groups]
        return np.sort(np.concatenate(kept)) if kept else np.empty(0, dtype=np.intp)

    def _skyline(self, regimens: Regimens) -> NDArray[np.intp]:
        better, where = self._better(regimens)
        return skyline(better, (regimens.options >= 0).sum(axis=1), where)

    def _better(self, regimens: Regimens) -> tuple[Floats, Ints]:
        """All that a regimen is compared by, larger is better, `-inf` where it is barred; and who a column is about."""
        if self.stop():
            raise Stopped
        activity, cumulative, burden, cost, theta, strain = self.numbers(regimens)
        groups = np.arange(burden.shape[1])
        where = np.concatenate([self.subgroup, self.cumulative_subgroup, groups, groups])
        better = np.concatenate([activity, -cumulative, -burden, theta], axis=1)
        if self.strain.any():
            better, where = np.hstack([better, -strain]), np.append(where, groups)
        barred = (regimens.mask[:, None] >> where[None, :]) & 1 == 0
        better[barred] = -np.inf
        if self.cost.any():
            better, where = np.hstack([better, -cost]), np.append(where, groups[-1] + 1)
        return better, where
