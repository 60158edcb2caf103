"""Rules on regimens, arms and whom they serve, read from the model text (section 6) over arrays of options.

A regimen is a row of (n, O) booleans. Answers are exact: the same functions judge one design and every regimen that a
bound is about.
"""

from __future__ import annotations

import numpy as np

from trialopt.core.instance import Bools, Instance, Ints
from trialopt.verify.facts import Facts, agents_of
from trialopt.verify.limits import Limits


def single_allowed(instance: Instance, epoch: int) -> Bools:
    """(O, G) whether an arm that serves a subgroup may give an option in the epoch."""
    i, name = instance, instance.epochs[epoch]
    allowed = np.repeat(i.usable[i.option_agent, epoch][:, None], len(i.subgroups), axis=1)
    barred = [*i.rules.exclude, *(item for item, where in i.rules.exclude_in if where == name)]
    for item in barred:
        allowed[i.options_matching(item)] = False
    for row in i.rules.contraindicated:
        if row.partner is None and (not row.epochs or name in row.epochs):
            allowed[i.options_matching(row.key), i.subgroups.index(row.subgroup)] = False
    return np.asarray(allowed)


def _pair(instance: Instance, first: str, second: str) -> Bools:
    """(O, O) options of two agents of which one meets each item."""
    met = np.outer(instance.options_matching(first), instance.options_matching(second))
    distinct = instance.option_agent[:, None] != instance.option_agent
    return np.asarray((met | met.T) & distinct)


def pair_allowed(instance: Instance, epoch: int) -> Bools:
    """(O, O, G) whether an arm that serves a subgroup may give two options together in the epoch."""
    i, rules, name = instance, instance.rules, instance.epochs[epoch]
    barred = i.option_agent[:, None] == i.option_agent
    for pair in (*((c, c) for c in rules.one_per_class), *rules.not_together):
        barred = barred | _pair(i, *pair)
    for item in rules.alone:
        met = i.options_matching(item)
        barred = barred | met[:, None] | met
    if rules.precedent:
        known = [[frozenset((a, b)) in rules.precedents for b in i.agents] for a in i.agents]
        barred = barred | ~np.array(known, dtype=bool)[np.ix_(i.option_agent, i.option_agent)]
    if not rules.mixed_cycles:
        days = i.cycle_days
        barred = barred | ((days[:, None] != days) & (days[:, None] > 0) & (days > 0))
    allowed = np.repeat(~barred[:, :, None], len(i.subgroups), axis=2)
    for row in rules.contraindicated:
        if row.partner is not None and (not row.epochs or name in row.epochs):
            allowed[_pair(i, row.key, row.partner), i.subgroups.index(row.subgroup)] = False
    return np.asarray(allowed)


def allowed_in(limits: Limits, facts: Facts, epoch: int, given: Bools) -> Bools:
    """(n, G) whether an arm that serves a subgroup may give regimens: every rule and limit of one epoch."""
    i, name = facts.instance, facts.instance.epochs[epoch]
    allowed = rules_allow(facts, epoch, given)
    allowed &= (agents_of(i, given).sum(axis=1) >= i.min_agents[epoch])[:, None]
    for item, any_of in (*i.rules.requires, *((a, b) for a, b, where in i.rules.requires_in if where == name)):
        allowed &= _has_partner(i, given, item, any_of)[:, None]
    return np.asarray(allowed & limits.within(epoch, given) & limits.covers(epoch, given))


def rules_allow(facts: Facts, epoch: int, given: Bools) -> Bools:
    """(n, G) the rules of one epoch that component arms keep as well (model section 12)."""
    i, name = facts.instance, facts.instance.epochs[epoch]
    agents = agents_of(i, given)
    good = agents.sum(axis=1) <= i.max_agents[epoch]
    classes = np.zeros((len(given), len(i.classes)), dtype=bool)
    for d, c in enumerate(i.agent_class.tolist()):
        classes[:, c] |= agents[:, d]
    good &= classes.sum(axis=1) <= i.max_classes[epoch]
    for item, where in i.rules.include_in:
        if where == name:
            good &= given[:, i.options_matching(item)].any(axis=1)
    allowed = np.repeat(good[:, None], facts.groups, axis=1)
    single, pair = single_allowed(i, epoch), pair_allowed(i, epoch)
    for g in range(facts.groups):
        allowed[:, g] &= ~given[:, ~single[:, g]].any(axis=1)
        bad = (~pair[:, :, g] & ~np.eye(len(pair), dtype=bool)).astype(float)
        allowed[:, g] &= ((given @ bad) * given).sum(axis=1) == 0
    return np.asarray(allowed)


def _has_partner(instance: Instance, given: Bools, item: str, any_of: tuple[str, ...]) -> Bools:
    """(n,) whether every agent that meets `item` has another agent beside it that meets one of `any_of`."""
    wanted = np.any([instance.options_matching(other) for other in any_of], axis=0)
    good = np.ones(len(given), dtype=bool)
    for o in np.flatnonzero(instance.options_matching(item)).tolist():
        others = wanted & (instance.option_agent != instance.option_agent[o])
        good &= ~given[:, o] | given[:, others].any(axis=1)
    return good


def follows(instance: Instance, earlier: list[Bools], given: Bools) -> Bools:
    """(n,) whether regimens may be given after `earlier` ones, each (n, O): `once` and `not_after`."""
    i = instance
    good = np.ones(len(given), dtype=bool)
    for item in i.rules.once:
        met = i.options_matching(item)
        now = given[:, met].any(axis=1)
        for before in earlier:
            good &= ~(now & before[:, met].any(axis=1))
    for item, after in i.rules.not_after:
        late, early = i.options_matching(item), i.options_matching(after)
        for before in earlier:
            agents = agents_of(i, before & early)
            count = agents.sum(axis=1)
            for o in np.flatnonzero(late).tolist():
                good &= ~(given[:, o] & (count - agents[:, i.option_agent[o]] > 0))
    return good


def includes(instance: Instance, sequence: list[Bools]) -> Bools:
    """(n,) whether sequences, an (n, O) for each epoch, contain what every arm has to."""
    good = np.ones(len(sequence[0]), dtype=bool)
    for item in instance.rules.include:
        met = instance.options_matching(item)
        good &= np.any([given[:, met].any(axis=1) for given in sequence], axis=0)
    return good


def may_share(instance: Instance, member: Bools) -> Bools:
    """(n,) whether one arm may serve sets of subgroups (n, G)."""
    i = instance
    good = np.ones(len(member), dtype=bool)
    for lists, apart in ((i.rules.same_arm, False), (i.rules.apart, True)):
        for names in lists:
            inside = member[:, [i.subgroups.index(g) for g in names if g in i.subgroups]]
            count = inside.sum(axis=1)
            good &= (count <= 1) if apart else ((count == 0) | (count == inside.shape[1]))
    return good


def all_sets(groups: int) -> tuple[Ints, Bools]:
    """Every non-empty set of subgroups: its mask, and (n, G) its members."""
    masks = np.arange(1, 1 << groups, dtype=np.int64)
    return masks, ((masks[:, None] >> np.arange(groups)) & 1).astype(bool)
