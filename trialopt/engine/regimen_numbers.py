"""Numbers of regimens, added up from those of options and pairs, and which regimens are worth keeping.

The control regimen is one of them: what it leaves uncovered is what rules and effects compare with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import Floats, Instance, Ints
from trialopt.engine.mixed import Mixed
from trialopt.engine.regimens import Regimens, Stopped, TooLarge, regimen_sums
from trialopt.engine.skyline import rows_by_group, skyline
from trialopt.engine.truths import TruthNumbers

CELLS = 60_000_000
"""Most numbers (regimens times columns) one epoch's table may hold: about half a gigabyte."""

WIDE = 5_000
"""Columns from which on regimens that another one replaces are kept, where memory allows."""

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


Numbers = tuple[Floats, Floats, Floats, Floats, Floats, Floats]
"""Activity (R, J), cumulative toxicity (R, C), burden (R, G), cost (R, 1), theta and strain (R, G) of regimens."""


@dataclass(frozen=True)
class RegimenNumbers:
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
    mechanism: Ints
    cumulative_subgroup: Ints
    instead: Callable[[Regimens], Floats] | None = None
    """Activity (R, J) of regimens where it is no sum over options: effective ones, over many truths."""

    def numbers(self, regimens: Regimens) -> Numbers:
        """Activity (R, J), cumulative toxicity (R, C), burden (R, G), cost (R, 1), theta and strain (R, G).

        Raises `TooLarge`.
        """
        if len(regimens) * len(self.subgroup) > CELLS:
            raise TooLarge(f"{len(regimens):,} regimens in one epoch with {len(self.subgroup)} columns each")
        i, options = self.instance, regimens.options
        return (
            regimen_sums(i, options, self.activity, self.pair_activity)
            if self.instead is None
            else self.instead(regimens),
            regimen_sums(i, options, self.cumulative, self.pair_cumulative),
            self.burdens(regimens),
            regimen_sums(i, options, self.cost, np.zeros((len(self.pair_burden), 1))),
            regimen_sums(i, options, self.theta, np.zeros_like(self.pair_burden)),
            regimen_sums(i, options, self.strain, self.pair_strain),
        )

    def wide(self, count: int) -> bool:
        """Whether so many regimens are better kept than compared: in thousands of columns few are never the best."""
        return len(self.subgroup) > WIDE and count * len(self.subgroup) <= CELLS // 2

    def burdens(self, regimens: Regimens) -> Floats:
        """(R, G) weighted burden of regimens."""
        return regimen_sums(self.instance, regimens.options, self.burden, self.pair_burden)

    def kept(self, every: Regimens, bits: Bits, *, first: bool, last: bool) -> tuple[NDArray[np.intp], Numbers | None]:
        """Rows worth keeping, and their numbers where those were computed for all rows at once."""
        if len(every) * len(self.subgroup) > AT_ONCE:
            return self.worth_keeping(every, bits, first=first, last=last), None
        known = self.numbers(every)
        rows = self.worth_keeping(every, bits, first=first, last=last, known=known)
        activity, cumulative, burden, cost, theta, strain = (array[rows] for array in known)
        return rows, (activity, cumulative, burden, cost, theta, strain)

    def worth_keeping(
        self, every: Regimens, bits: Bits, *, first: bool, last: bool, known: Numbers | None = None
    ) -> NDArray[np.intp]:
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
        if len(every) * len(self.subgroup) <= AT_ONCE:
            better, where = self._better(every, known)
            count = (every.options >= 0).sum(axis=1)
            kept = [r[skyline(better[r], count[r], where, self.stop)] if len(r) > 1 else r for r in groups]
        else:
            kept = [rows[self._skyline(every.pick(rows))] if len(rows) > 1 else rows for rows in groups]
        return np.sort(np.concatenate(kept)) if kept else np.empty(0, dtype=np.intp)

    def _skyline(self, regimens: Regimens) -> NDArray[np.intp]:
        better, where = self._better(regimens)
        return skyline(better, (regimens.options >= 0).sum(axis=1), where, self.stop)

    def _better(self, regimens: Regimens, known: Numbers | None = None) -> tuple[Floats, Ints]:
        """All that a regimen is compared by, larger is better, `-inf` where it is barred; and who a column is about."""
        if self.stop():
            raise Stopped
        activity, cumulative, burden, cost, theta, strain = self.numbers(regimens) if known is None else known
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


def numbers_of(
    instance: Instance,
    c: Coefficients,
    epoch: int,
    subgroup: Ints,
    mechanism: Ints,
    strained: bool,
    stop: Callable[[], bool],
    mixed: Mixed | None = None,
) -> RegimenNumbers:
    """Numbers of one epoch; `subgroup` and `mechanism` (J,) say what a column is, `strained` tracks burden.

    `mixed` says what columns are under many truths.
    """
    i, s = instance, epoch
    c_subgroup, c_category = np.nonzero(np.isfinite(c.cumulative_room))
    burden = np.einsum("geo->og", c.tau[:, s])
    pair_burden = c.pair_tau.sum(axis=1)
    if mixed is not None:
        burden, pair_burden = mixed.burden(s, burden, pair_burden)
    return RegimenNumbers(
        instance=i,
        stop=stop,
        activity=c.activity[subgroup, s, mechanism].T,
        pair_activity=c.pair_activity[subgroup, mechanism].T,
        cumulative=c.tau[c_subgroup, s, c_category].T,
        pair_cumulative=c.pair_tau[:, c_category],
        burden=burden * c.burden_weight[:, s],
        pair_burden=pair_burden[:, None] * c.burden_weight[:, s][None, :],
        cost=_cost(i, s)[:, None],
        theta=theta_of(i, s),
        strain=np.einsum("geo->og", c.tau[:, s]) * (c.value_weight[:, s] * strained),
        pair_strain=c.pair_tau.sum(axis=1)[:, None] * (c.value_weight[:, s] * strained)[None, :],
        subgroup=subgroup,
        mechanism=mechanism,
        cumulative_subgroup=c_subgroup,
        instead=None if mixed is None else partial(mixed.activity, s),
    )


def _cost(instance: Instance, epoch: int) -> Floats:
    """(O,) money per patient of an option in one epoch, where a budget asks for it."""
    i = instance
    if not i.trial.sized or i.trial.budget is None:
        return np.zeros(len(i.option_agent))
    return np.asarray((i.cycles[epoch] * i.cost_per_cycle + i.cost_per_course)[i.option_agent])


def theta_of(instance: Instance, epoch: int) -> Floats:
    """(O, G) what an option adds to the log hazard ratio (model section 7), in a trial sized for it."""
    i = instance
    if not i.trial.sized or i.trial.endpoint != "pfs":
        return np.zeros((len(i.option_agent), len(i.subgroups)))
    return np.asarray(i.pfs_weight[epoch] * hazard_effect(i)[i.option_agent])


def hazard_effect(instance: Instance) -> Floats:
    """(D, G) log hazard that an agent given throughout takes away: its mean over the truths, where there are some."""
    i = instance
    if i.truths is not None:
        return TruthNumbers(i, i.truths).hazard_effect
    return np.asarray(-np.log(i.hazard_ratio)[:, None] * i.sensitivity.T * (i.retained @ i.prevalence.T))


def control_residuals(instance: Instance, c: Coefficients) -> Floats:
    """(G, S) residual of each subgroup's control regimen by the end of each epoch. Needs `instance.control`."""
    if instance.control is None:
        raise ValueError("the instance has no control regimen")
    residual = residuals_of(instance, c, instance.control)
    for subgroup, own in instance.own_control.items():
        g = instance.subgroups.index(subgroup)
        residual[g] = residuals_of(instance, c, own)[g]
    return residual


def residuals_of(instance: Instance, c: Coefficients, sequence: Sequence[Sequence[int]]) -> Floats:
    """(G, S) residual of a sequence, or of its first epochs, in every subgroup; 0 in epochs it leaves out."""
    i = instance
    emerged = np.zeros(len(i.emergence_multiplier), dtype=bool)
    earlier = np.zeros_like(c.start[:, 0])
    residual = np.zeros((len(i.subgroups), len(i.epochs)))
    for s, options in enumerate(sequence):
        agents = np.zeros(len(i.agents), dtype=bool)
        agents[i.option_agent[list(options)]] = True
        pairs = agents[i.pair_agents[:, 0]] & agents[i.pair_agents[:, 1]]
        activity = c.activity[:, s][:, :, list(options)].sum(axis=2) + c.pair_activity[:, :, pairs].sum(axis=2)
        factor = np.zeros(len(i.mechanisms))
        np.add.at(factor, i.emergence_mechanism[emerged], np.log(i.emergence_multiplier[emerged]))
        residual[:, s] = (c.start[:, s] * np.exp(factor - i.trial.carry * earlier - activity)).sum(axis=1)
        emerged |= i.emergence_agents[:, agents].any(axis=1)
        earlier = earlier + activity
    return residual
