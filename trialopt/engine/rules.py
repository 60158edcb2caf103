"""The rules of model section 6 as bit masks over options, so that whole blocks of regimens are checked at once.

Three kinds. *Local* rules look at one option or one pair of an epoch: they become masks of the subgroups in which
the option, or the pair, is allowed. *Whole-regimen* rules (`requires`, `min_agents`, section 5) are checked on the
finished regimen. *Cross-epoch* rules (`once`, `not_after`, `include`) become bits a regimen sets or blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from trialopt.core.instance import Bools, Instance, Ints


def all_subgroups(instance: Instance) -> int:
    """Mask with the bit of every subgroup set (bit g is subgroup g)."""
    return (1 << len(instance.subgroups)) - 1


def _pairs_matching(instance: Instance, first: str, second: str) -> Bools:
    """(O, O) pairs of options of two distinct agents that meet the two items, in either order."""
    pairs = np.outer(instance.options_matching(first), instance.options_matching(second))
    pairs &= instance.option_agent[:, None] != instance.option_agent[None, :]
    return np.asarray(pairs | pairs.T)


def single_masks(instance: Instance) -> Ints:
    """(S, O) subgroups in which an option may be given in an epoch (usable, not excluded, not contraindicated)."""
    i = instance
    allowed = np.full((len(i.epochs), len(i.option_agent)), all_subgroups(i), dtype=np.int64)
    allowed[~i.usable[i.option_agent].T] = 0
    for item in i.rules.exclude:
        allowed[:, i.options_matching(item)] = 0
    for item, epoch in i.rules.exclude_in:
        allowed[np.ix_(np.array(i.epochs) == epoch, i.options_matching(item))] = 0
    for bar in i.rules.contraindicated:
        if bar.partner is None:
            binds = np.array([_binds(bar.epochs, s) for s in i.epochs])
            where = np.ix_(binds, i.options_matching(bar.key))
            allowed[where] &= ~(1 << i.subgroups.index(bar.subgroup))
    return allowed


def _binds(epochs: tuple[str, ...], epoch: str) -> bool:
    """Whether a rule of some epochs (all, where none is named) binds in one."""
    return not epochs or epoch in epochs


def pair_masks(instance: Instance, epoch: int) -> Ints:
    """(O, O) subgroups in which two options may be given together; 0 for two options of one agent."""
    i = instance
    barred = i.option_agent[:, None] == i.option_agent[None, :]
    for name in i.rules.one_per_class:
        barred |= _pairs_matching(i, name, name)
    for a, b in i.rules.not_together:
        barred |= _pairs_matching(i, a, b)
    for item in i.rules.alone:
        members = i.options_matching(item)
        barred |= members[:, None] | members[None, :]
    if i.rules.precedent:
        given = np.zeros((len(i.agents), len(i.agents)), dtype=bool)
        for pair in i.rules.precedents:
            first, second = (i.agents.index(agent) for agent in pair)
            given[first, second] = given[second, first] = True
        barred |= ~given[np.ix_(i.option_agent, i.option_agent)]
    if not i.rules.mixed_cycles:
        days = i.cycle_days
        barred |= (days[:, None] != days[None, :]) & (days[:, None] > 0) & (days[None, :] > 0)
    masks = np.where(barred, 0, all_subgroups(i)).astype(np.int64)
    for bar in i.rules.contraindicated:
        if bar.partner is not None and _binds(bar.epochs, i.epochs[epoch]):
            masks[_pairs_matching(i, bar.key, bar.partner)] &= ~(1 << i.subgroups.index(bar.subgroup))
    return masks


def meets_requires(instance: Instance, epoch: int, given: Bools) -> Bools:
    """(n,) whether `requires` holds in an epoch, for regimens `given` (n, O) as options, one of an agent at most."""
    i = instance
    good = np.ones(len(given), dtype=bool)
    in_epoch = ((item, any_of) for item, any_of, where in i.rules.requires_in if where == i.epochs[epoch])
    for item, any_of in (*i.rules.requires, *in_epoch):
        partner = np.logical_or.reduce([i.options_matching(other) for other in any_of])
        partners = given @ partner.astype(np.int64)
        for o in np.flatnonzero(i.options_matching(item)):
            good &= ~given[:, o] | (partners - partner[o] >= 1)
    return good


def meets_rules(instance: Instance, epoch: int, given: Bools) -> Bools:
    """(n,) whether the rules on whole regimens hold, for regimens `given` (n, O) as options of an epoch."""
    included = [item for item, where in instance.rules.include_in if where == instance.epochs[epoch]]
    good = meets_requires(instance, epoch, given) & meets_max_classes(instance, epoch, given)
    for item in included:
        good &= given[:, instance.options_matching(item)].any(axis=1)
    return good


def meets_max_classes(instance: Instance, epoch: int, given: Bools) -> Bools:
    """(n,) whether `max_classes` of the epoch holds, for regimens `given` (n, O) as options of an epoch."""
    of_class = np.eye(len(instance.classes), dtype=bool)[instance.agent_class[instance.option_agent]]
    good: Bools = (given.astype(np.int64) @ of_class > 0).sum(axis=1) <= instance.max_classes[epoch]
    return good


def sets_allowed(instance: Instance) -> Bools:
    """(2**G,) sets of subgroups that one arm may serve, by `same_arm` and `apart`; index = mask."""
    i = instance
    masks = np.arange(1 << len(i.subgroups), dtype=np.int64)
    good = np.ones(len(masks), dtype=bool)
    for kind, lists in (("same", i.rules.same_arm), ("apart", i.rules.apart)):
        for subgroups in lists:
            members = [i.subgroups.index(g) for g in subgroups if g in i.subgroups]
            shared = ((masks[:, None] >> np.array(members, dtype=np.int64)) & 1).sum(axis=1)
            good &= (shared == 0) | (shared == len(members)) if kind == "same" else shared <= 1
    return good


@dataclass(frozen=True)
class CrossBits:
    """Bits an option sets for the rules that tie epochs together; (O,) each, OR-ed over a regimen.

    A sequence is allowed when no two epochs share a `once` bit, no epoch `blocks` a bit `after` of an earlier
    one, and the `include` bits of all epochs together have all that are `required` of the subgroups it is given to.
    """

    once: NDArray[np.int64]
    after: NDArray[np.int64]
    blocks: NDArray[np.int64]
    include: NDArray[np.int64]
    required: NDArray[np.int64]
    """(G,) include bits asked of an arm that serves the subgroup."""


class TooManyRules(ValueError):
    """More cross-epoch items than bits of a machine word."""


Containing = Mapping[str, tuple[str, ...]]
"""Subgroup id -> agents or classes that the arm serving it must contain in some epoch."""


def cross_bits(instance: Instance, containing: Containing = MappingProxyType({})) -> CrossBits:
    """Bits of every option. Raises `TooManyRules` beyond 62 items of one kind."""
    i = instance
    included = tuple(dict.fromkeys([*i.rules.include, *(item for items in containing.values() for item in items)]))
    wanted = [{*i.rules.include, *containing.get(g, ())} for g in i.subgroups]
    options = len(i.option_agent)
    later = np.zeros((options, options), dtype=bool)  # [o, o']: o may not come after o'
    for item, after in i.rules.not_after:
        later |= np.outer(i.options_matching(item), i.options_matching(after))
    later &= i.option_agent[:, None] != i.option_agent[None, :]
    columns, place = np.unique(later, axis=1, return_inverse=True)
    blocking = np.flatnonzero(columns.any(axis=0))
    if max(len(blocking), len(i.rules.once), len(included)) > 62:
        raise TooManyRules
    bit = np.zeros(columns.shape[1], dtype=np.int64)
    bit[blocking] = 1 << np.arange(len(blocking), dtype=np.int64)
    after_bit = bit[place.ravel()]

    def item_bits(items: tuple[str, ...]) -> NDArray[np.int64]:
        bits = np.zeros(options, dtype=np.int64)
        for n, item in enumerate(items):
            bits[i.options_matching(item)] |= 1 << n
        return bits

    return CrossBits(
        once=item_bits(i.rules.once),
        after=after_bit,
        blocks=np.array([np.bitwise_or.reduce(after_bit[row], initial=0) for row in later], dtype=np.int64),
        include=item_bits(included),
        required=np.array([sum(1 << n for n, x in enumerate(included) if x in of) for of in wanted], dtype=np.int64),
    )
