"""Every regimen of an epoch that some subgroup's arm may give, enumerated anew.

Regimens grow by one option at a time. What is broken for good by an option (it may not be given, not together with
another, or a toxicity limit is passed, as events only add up) ends a branch; everything else is checked on the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Bools, Floats, Ints
from trialopt.verify.facts import Facts, events, log_activity, triggered
from trialopt.verify.limits import Limits
from trialopt.verify.rules import allowed_in, pair_allowed, single_allowed

MOST = 300_000
"""Regimens of one epoch beyond which nothing is reproduced."""

AT_ONCE = 20_000


class TooMany(Exception):
    """More to look at than a check takes on; the text says what."""


@dataclass(frozen=True)
class Regimens:
    """Regimens of one epoch; n of them."""

    given: Bools
    """(n, O)"""
    serves: Bools
    """(n, G) whether an arm that serves the subgroup may give it."""
    left: Floats
    """(n, J) exp(-Lambda)."""
    burden: Floats
    """(n, G) attributable events, log scale."""
    events: Floats
    """(n, C) events of the subgroups and categories with a cumulative limit."""
    emerges: Bools
    """(n, R)"""
    cost: Floats
    """(n,) money per patient."""
    theta: Floats
    """(n, G) log hazard ratio gained."""
    end_left: Floats | None = None
    """(n, J) what is left where the response is read, if that is not `left`: under many truths."""

    def __len__(self) -> int:
        return len(self.given)


def cumulative_columns(facts: Facts) -> tuple[np.ndarray, np.ndarray]:
    """Subgroup and category of each cumulative limit."""
    categories = np.flatnonzero(facts.instance.cumulative_limit < 1)
    group = np.repeat(np.arange(facts.groups), len(categories))
    return group, np.tile(categories, facts.groups)


def regimens_of(facts: Facts, epoch: int, limits: Limits | None = None) -> Regimens:
    """All of an epoch; `limits` are those of the inputs as given unless told. Raises `TooMany`."""
    i, limits = facts.instance, limits or Limits(facts)
    grown = _grown(facts, epoch, limits)
    serves = np.concatenate([allowed_in(limits, facts, epoch, part) for part in parts_of(grown)])
    keep = np.flatnonzero(serves.any(axis=1))
    given, serves = grown[keep], serves[keep]
    group, category = cumulative_columns(facts)
    every = [events(facts, epoch, part) for part in parts_of(given)]
    agent = i.option_agent
    money = i.cycles[epoch] * i.cost_per_cycle[agent] + i.cost_per_course[agent]
    return Regimens(
        given=given,
        serves=serves,
        left=np.exp(-np.concatenate([log_activity(facts, epoch, part) for part in parts_of(given)])),
        burden=np.concatenate([part.sum(axis=2) for part in every]),
        events=np.concatenate([part[:, group, category] for part in every]),
        emerges=triggered(i, given),
        cost=given @ money,
        theta=given @ hazard_removed(facts, epoch),
    )


def hazard_removed(facts: Facts, epoch: int) -> Floats:
    """(O, G) what an option adds to theta in an epoch (model section 7); zero unless survival is sized."""
    i = facts.instance
    if not i.trial.sized or i.trial.endpoint != "pfs":
        return np.zeros((len(i.option_agent), facts.groups))
    reached = i.sensitivity * (i.prevalence @ i.retained.T)  # G D
    ratio = np.where(np.isnan(i.hazard_ratio), 1.0, i.hazard_ratio)
    return np.asarray((i.pfs_weight[epoch] * -np.log(ratio) * reached).T[i.option_agent])


def parts_of(given: Bools) -> list[Bools]:
    """Regimens (n, O) in parts that are looked at together."""
    return [given[k : k + AT_ONCE] for k in range(0, max(1, len(given)), AT_ONCE)]


def _grown(facts: Facts, epoch: int, limits: Limits) -> Bools:
    """(n, O) every set of options that breaks nothing for good."""
    i = facts.instance
    single, pair = single_allowed(i, epoch), pair_allowed(i, epoch)
    options = len(single)
    given: Bools = np.zeros((1, options), dtype=bool)
    open_to: Bools = limits.within(epoch, given)  # n G
    last: Ints = np.array([-1])
    found, total = [given], 1
    for _ in range(int(i.max_agents[epoch])):
        fresh: list[tuple[Bools, Bools, Ints]] = []
        for o in range(options):
            may = np.flatnonzero((last < o) & (open_to & single[o]).any(axis=1))
            if not len(may):
                continue
            served: Bools = open_to[may] & single[o]
            for other in range(o):
                served &= pair[o, other] | np.logical_not(given[may, other])[:, None]
            may, served = may[served.any(axis=1)], served[served.any(axis=1)]
            more = given[may].copy()
            more[:, o] = True
            fresh.append((more, served, np.full(len(may), o)))
            if sum(len(part[0]) for part in fresh) > 4 * MOST:
                raise TooMany(f"{i.epochs[epoch]} has more than {MOST:,} regimens")
        if not sum(len(part[0]) for part in fresh):
            break
        given, open_to, last = (np.concatenate([part[k] for part in fresh]) for k in range(3))
        open_to = open_to & np.concatenate([limits.within(epoch, part) for part in parts_of(given)])
        kept = np.flatnonzero(open_to.any(axis=1))
        given, open_to, last = given[kept], open_to[kept], last[kept]
        found.append(given)
        total += len(given)
        if total > MOST:
            raise TooMany(f"{i.epochs[epoch]} has more than {MOST:,} regimens")
    return np.concatenate(found)
