"""The instance cut down to one subgroup, or one epoch: where that has no design, the whole has none either.

What no arm can give to one subgroup alone is in no design, and neither is what fails in a single epoch.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trialopt.instance import Instance


def only(instance: Instance, subgroup: str) -> Instance:
    """The instance of a single subgroup, without sizes: what one arm may give to it."""
    i, g = instance, instance.subgroups.index(subgroup)
    at = slice(g, g + 1)
    bars = tuple(bar for bar in i.rules.contraindicated if bar.subgroup == subgroup)
    return replace(
        i,
        subgroups=(subgroup,),
        trial=replace(i.trial, power=None, max_arms=1),
        rules=replace(i.rules, contraindicated=bars),
        share=np.ones(1),
        accrual=i.accrual[at],
        control_rate=i.control_rate[at],
        reach=i.reach[at],
        sensitivity=i.sensitivity[at],
        susceptibility=i.susceptibility[at],
        prevalence=i.prevalence[at],
        limit=i.limit[at],
    )


def only_epoch(instance: Instance, s: int) -> Instance:
    """The instance of a single epoch, without sizes, cumulative limits and `no_harm`: what its regimen has to keep.

    Seeds count as what is there at the start, from the second epoch on, so that the same requirements bind.
    """
    i, at = instance, slice(s, s + 1)
    listed = i.prevalence[:, 1:] if s == 0 else np.maximum(i.prevalence[:, 1:], i.seed[1:])
    return replace(
        i,
        epochs=(i.epochs[s],),
        trial=replace(i.trial, power=None, no_harm=False, endpoint_epoch=0),
        usable=i.usable[:, at],
        beta=i.beta[:, at],
        cycles=i.cycles[at],
        weight=np.ones(1),
        pfs_weight=np.ones(1),
        exposure=i.exposure[at],
        min_agents=i.min_agents[at],
        max_agents=i.max_agents[at],
        reach=i.reach[:, at],
        prevalence=np.hstack([i.prevalence[:, :1], listed]),
        require_epochs=i.require_epochs[:, at],
        event_rate=i.event_rate[:, :, at],
        limit=i.limit[:, :, at],
        cumulative_limit=np.ones_like(i.cumulative_limit),
        control=None if i.control is None else i.control[at],
    )
