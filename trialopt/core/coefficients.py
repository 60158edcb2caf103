"""The linear forms of the model, computed once from an `Instance` for whatever searches for designs.

`evaluation` does not use this module: what judges a design shares no code with what finds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats, Instance

CLIP = 0.95
"""Event probabilities are clipped here before the logarithm (model section 4)."""


@dataclass(frozen=True)
class Coefficients:
    """Coefficients of the binary choices. Axes as in `Instance`, options O in the place of agents."""

    activity: Floats
    """(G, S, M, O) log-activity lambda of an option."""
    pair_activity: Floats
    """(G, M, P) log-activity gained by a pair given together."""
    start: Floats
    """(G, S, M) prevalence (from the second epoch on at least the seed), before emergence."""
    tau: Floats
    """(G, S, E, O) attributable severe events of an option, log scale."""
    base: Floats
    """(G, S, E) background events, log scale."""
    pair_tau: Floats
    """(P, E) tau of a pair given together."""
    burden_weight: Floats
    """(G, S) w * v * reach * toxicity_weight."""
    value_weight: Floats
    """(G, S) w * v * reach."""
    room: Floats
    """(G, S, E) most attributable events in an epoch, log scale: what its limit leaves after the background, and what
    `not_worse_than_control` allows; inf where there is neither."""
    limit_room: Floats
    """(G, S, E) what the limit alone leaves."""
    cumulative_room: Floats
    """(G, E) the same over all epochs."""
    required_activity: Floats
    """(G, S, M) log-activity a required mechanism coverage asks for; -inf where none is required."""
    required_active: Floats
    """(G, S, M) active agents required, 0 where none are."""
    counts_as_active: Bools
    """(G, S, M, D) agents that count towards `min_active`."""


def _room(limit: Floats, base: Floats) -> Floats:
    """Log-scale room under a limit on probability that holds when missed by at most 1e-9."""
    with np.errstate(divide="ignore"):
        room = -np.log1p(-np.minimum(1.0, limit + 1e-9)) - base
    return np.where(limit >= 1.0, np.inf, room)


def room_beside(control: Floats, allowed: Floats) -> Floats:
    """Most attributable events, log scale, where the control regimen's are `control` (..., E) of that kind.

    `allowed` (E,) is `not_worse_than_control`; inf where it asks nothing.
    """
    most = -np.expm1(-control) + allowed
    return np.where(allowed < 1, _room(most, np.zeros_like(most)), np.inf)


def _room_beside_control(i: Instance, tau: Floats) -> Floats:
    """(G, S, E) most attributable events that `not_worse_than_control` allows."""
    room = np.full(tau.shape[:3], np.inf)
    for g in range(len(i.subgroups)):
        for s, options in enumerate(i.control_of(g) or ()):
            given = np.zeros(len(i.agents), dtype=bool)
            given[i.option_agent[list(options)]] = True
            pairs = given[i.pair_agents].all(axis=1)
            events = tau[g, s][:, list(options)].sum(axis=1) + i.pair_toxicity[pairs].sum(axis=0)
            room[g, s] = room_beside(events, i.not_worse_than_control)
    return room


def coefficients(instance: Instance) -> Coefficients:
    """All coefficients of an instance (model sections 2 to 5 and 8)."""
    i = instance
    agent = i.option_agent
    share = i.sensitivity[:, :, None] * i.retained[None]  # G D M
    activity = np.einsum("ds,gdm->gsmd", i.beta, share)[..., agent] * i.activity_factor
    first, second = i.pair_agents[:, 0], i.pair_agents[:, 1]
    pair_activity = np.moveaxis(share[:, first] * share[:, second] * i.pair_activity[None, :, None], 1, 2)

    groups, epochs = len(i.subgroups), len(i.epochs)
    start = np.repeat(i.prevalence[:, None, :], epochs, axis=1)
    start[:, 1:] = np.maximum(start[:, 1:], i.seed)

    rate = i.event_rate[agent] * i.toxicity_factor[:, None, None]  # O E S
    probability = np.minimum(CLIP, rate[None] * i.susceptibility[:, None, :, None])  # G O E S
    tau = np.moveaxis(-np.log1p(-probability) * i.exposure, (1, 3), (3, 1))  # G S E O
    background = -np.log1p(-np.minimum(CLIP, i.background * i.susceptibility))  # G E
    base = i.exposure[None, :, None] * background[:, None, :]
    limit_room = _room(i.limit.transpose(0, 2, 1), base)

    binds = (start > 0) & (start >= i.prevalence_floor) & i.require_epochs.T[None]
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = -np.log1p(-(i.min_coverage - 1e-9))
    asked = binds & ~np.isnan(i.min_coverage)
    value_weight = i.share[:, None] * i.weight[None, :] * i.reach
    return Coefficients(
        activity=activity,
        pair_activity=pair_activity,
        start=start,
        tau=tau,
        base=base,
        pair_tau=i.pair_toxicity,
        burden_weight=value_weight * i.trial.toxicity_weight,
        value_weight=value_weight,
        room=np.minimum(limit_room, _room_beside_control(i, tau)),
        limit_room=limit_room,
        cumulative_room=_room(np.broadcast_to(i.cumulative_limit, (groups, len(i.categories))), base.sum(axis=1)),
        required_activity=np.where(asked, needed, -np.inf),
        required_active=np.where(binds, i.min_active, 0).astype(float),
        counts_as_active=(i.beta.T[None, :, None, :] > 0) & (np.moveaxis(share, 1, 2)[:, None] >= 0.5 - 1e-9),
    )
