"""Numbers of regimens, added up from those of options and pairs, and which regimens are worth keeping.

The control regimen is one of them: what it leaves uncovered is what rules and effects compare with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import Floats, Instance, Ints
from trialopt.engine.regimens import Regimens, Stopped, TooLarge, regimen_sums
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


def numbers_of(
    instance: Instance,
    c: Coefficients,
    epoch: int,
    subgroup: Ints,
    mechanism: Ints,
    strained: bool,
    stop: Callable[[], bool],
) -> RegimenNumbers:
    """Numbers of one epoch; `subgroup` and `mechanism` (J,) say what a column is, `strained` tracks burden."""
    i, s = instance, epoch
    c_subgroup, c_category = np.nonzero(np.isfinite(c.cumulative_room))
    return RegimenNumbers(
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


def control_residuals(instance: Instance, c: Coefficients) -> Floats:
    """(G, S) residual of the control regimen by the end of each epoch. Needs `instance.control`."""
    i = instance
    if i.control is None:
        raise ValueError("the instance has no control regimen")
    emerged = np.zeros(len(i.emergence_multiplier), dtype=bool)
    earlier = np.zeros_like(c.start[:, 0])
    residual = np.zeros((len(i.subgroups), len(i.epochs)))
    for s, options in enumerate(i.control):
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
