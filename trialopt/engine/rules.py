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


def _pairs_matching(first: Bools, second: Bools) -> Bools:
    """(D, D) ordered pairs of distinct agents, one matching each side."""
    pairs = np.outer(first, second)
    np.fill_diagonal(pairs, False)
    return pairs


def single_masks(instance: Instance) -> Ints:
    """(S, O) subgroups in which an option may be given in an epoch (usable, not excluded, not contraindicated)."""
    i = instance
    allowed = np.full((len(i.epochs), len(i.agents)), all_subgroups(i), dtype=np.int64)
    allowed[~i.usable.T] = 0
    for item in i.rules.exclude:
        allowed[:, i.agents_matching(item)] = 0
    for bar in i.rules.contraindicated:
        if bar.partner is None:
            allowed[:, i.agents_matching(bar.key)] &= ~(1 << i.subgroups.index(bar.subgroup))
    return allowed[:, i.option_agent]


def pair_masks(instance: Instance) -> Ints:
    """(O, O) subgroups in which two options may be given together; 0 for two options of one agent."""
    i = instance
    barred = np.eye(len(i.agents), dtype=bool)
    for name in i.rules.one_per_class:
        members = i.agents_matching(name)
        barred |= np.outer(members, members)
    for a, b in i.rules.not_together:
        pairs = _pairs_matching(i.agents_matching(a), i.agents_matching(b))
        barred |= pairs | pairs.T
    for item in i.rules.alone:
        members = i.agents_matching(item)
        barred |= members[:, None] | members[None, :]
    if i.rules.precedent:
        given = np.zeros_like(barred)
        for pair in i.rules.precedents:
            first, second = (i.agents.index(agent) for agent in pair)
            given[first, second] = given[second, first] = True
        barred |= ~given
    masks = np.where(barred, 0, all_subgroups(i)).astype(np.int64)
    for bar in i.rules.contraindicated:
        if bar.partner is not None:
            pairs = _pairs_matching(i.agents_matching(bar.key), i.agents_matching(bar.partner))
            masks[pairs | pairs.T] &= ~(1 << i.subgroups.index(bar.subgroup))
    return masks[np.ix_(i.option_agent, i.option_agent)]


def meets_requires(instance: Instance, given: Bools) -> Bools:
    """(n,) whether `requires` holds, for regimens `given` (n, D) as agents."""
    i = instance
    good = np.ones(len(given), dtype=bool)
    for item, any_of in i.rules.requires:
        partner = np.logical_or.reduce([i.agents_matching(other) for other in any_of])
        partners = given @ partner.astype(np.int64)
        for d in np.flatnonzero(i.agents_matching(item)):
            good &= ~given[:, d] | (partners - partner[d] >= 1)
    return good


def meets_rules(instance: Instance, epoch: int, given: Bools) -> Bools:
    """(n,) whether the rules on whole regimens hold, for regimens `given` (n, D) as agents of an epoch."""
    return meets_requires(instance, given) & meets_max_classes(instance, epoch, given)


def meets_max_classes(instance: Instance, epoch: int, given: Bools) -> Bools:
    """(n,) whether `max_classes` of the epoch holds, for regimens `given` (n, D) as agents."""
    of_class = np.eye(len(instance.classes), dtype=bool)[instance.agent_class]
    good: Bools = (given.astype(np.int64) @ of_class > 0).sum(axis=1) <= instance.max_classes[epoch]
    return good


@dataclass(frozen=True)
class CrossBits:
    """Bits an agent sets for the rules that tie epochs together; (D,) each, OR-ed over a regimen.

    A sequence is allowed when no two epochs share a `once` bit, no epoch `blocks` an agent bit `after` of an earlier
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
    """Bits of every agent. Raises `TooManyRules` beyond 62 items of one kind."""
    i = instance
    included = tuple(dict.fromkeys([*i.rules.include, *(item for items in containing.values() for item in items)]))
    wanted = [{*i.rules.include, *containing.get(g, ())} for g in i.subgroups]
    agents = len(i.agents)
    later = np.zeros((agents, agents), dtype=bool)  # [d, d']: d may not come after d'
    for item, after in i.rules.not_after:
        later |= _pairs_matching(i.agents_matching(item), i.agents_matching(after))
    sources = np.flatnonzero(later.any(axis=0))
    if max(len(sources), len(i.rules.once), len(included)) > 62:
        raise TooManyRules
    after_bit = np.zeros(agents, dtype=np.int64)
    after_bit[sources] = 1 << np.arange(len(sources), dtype=np.int64)

    def item_bits(items: tuple[str, ...]) -> NDArray[np.int64]:
        bits = np.zeros(agents, dtype=np.int64)
        for n, item in enumerate(items):
            bits[i.agents_matching(item)] |= 1 << n
        return bits

    return CrossBits(
        once=item_bits(i.rules.once),
        after=after_bit,
        blocks=np.array([np.bitwise_or.reduce(after_bit[row], initial=0) for row in later], dtype=np.int64),
        include=item_bits(included),
        required=np.array([sum(1 << n for n, x in enumerate(included) if x in of) for of in wanted], dtype=np.int64),
    )
