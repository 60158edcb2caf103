"""Limits one unit looser, alone and in groups, and words for such a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trialopt.core.instance import TOLERANCE, Instance
from trialopt.core.limit_families import FAMILIES, LimitFamily
from trialopt.evaluation import Evaluation
from trialopt.evaluation.result import listed
from trialopt.limits.named import NamedLimit, limits_of

CLOSE_TO = 0.9
"""A design is close to a limit when it uses at least this share of it."""


@dataclass(frozen=True)
class Relaxation:
    """One limit and the value it is loosened to; `None` for a rule, which is left out."""

    limit: NamedLimit
    to: float | None

    @property
    def leaves(self) -> tuple[Relaxation, ...]:
        """The limit itself: a group of one."""
        return (self,)

    def relax(self, instance: Instance) -> Instance:
        """The instance with the limit one unit looser."""
        if self.to is None or self.limit.scale is None:
            return self.limit.drop(instance)
        return self.limit.scale.set(instance, self.to)

    @property
    def words(self) -> str:
        """`neutropenia limit of frail in induction`, `bortezomib requires corticosteroid (requires)`."""
        return self.limit.name if self.limit.scale is not None else self.limit.words

    def used(self, evaluation: Evaluation) -> float | None:
        """What a design takes of the limit, in its own unit; `None` where that is no number, or an effect aimed at."""
        if self.limit.of.target or self.limit.scale is None or self.limit.scale.takes is None:
            return None
        taken = self.limit.scale.takes(evaluation)
        return taken if abs(taken) < float("inf") else None

    def close(self, evaluation: Evaluation) -> bool:
        """Whether nearly all of the limit is used: of a risk, or of the disease that may be left uncovered."""
        taken, scale = self.used(evaluation), self.limit.scale
        if taken is None or scale is None:
            return False
        if self.limit.of.looser < 0:
            return 1 - taken >= CLOSE_TO * (1 - scale.value)
        return taken >= CLOSE_TO * scale.value

    def broken(self, evaluation: Evaluation) -> bool | None:
        """Whether a design needs more than the limit as it is; `None` where its numbers alone do not tell."""
        scale = self.limit.scale
        if scale is None or scale.takes is None:
            return None
        return bool(scale.sign * (scale.takes(evaluation) - scale.value) > TOLERANCE)


@dataclass(frozen=True)
class Group:
    """Limits of one kind that can be loosened at once; a part is a limit or a group itself."""

    parts: tuple[Relaxation | Group, ...]

    @property
    def leaves(self) -> tuple[Relaxation, ...]:
        """All its limits."""
        return tuple(leaf for part in self.parts for leaf in part.leaves)

    def without(self, leaf: Relaxation) -> Group:
        """The group but for one limit."""
        kept = (part.without(leaf) if isinstance(part, Group) else part for part in self.parts if part is not leaf)
        return Group(tuple(part for part in kept if part.leaves))


def relaxations(instance: Instance) -> list[Relaxation | Group]:
    """Every limit and rule that could bind, in groups that may be loosened at once, the trial's own numbers first.

    Toxicity limits are grouped by category.
    """
    groups: list[Relaxation | Group] = []
    for family in sorted(FAMILIES.values(), key=_turn):
        limits = ((limit, _looser(limit)) for limit in limits_of(instance, family))
        found = [Relaxation(limit, to) for limit, to in limits if limit.scale is None or to is not None]
        if not family.in_groups or len(found) < 2:
            groups += found
        elif family.toxicity and len(family.scope) > 1:
            by_category = ([one for one in found if category in one.limit.about] for category in instance.categories)
            groups.append(Group(tuple(Group(tuple(some)) for some in by_category if some)))
        else:
            groups.append(Group(tuple(found)))
    return groups


def _turn(family: LimitFamily) -> tuple[bool, bool, bool]:
    """When a family has its turn: numbers before rules, and what is looked into one by one first."""
    return not family.is_number, not (family.is_number and family.of_trial), family.in_groups


def relaxed(instance: Instance, group: Sequence[Relaxation]) -> Instance:
    """The instance with several limits loosened at once."""
    for relaxation in group:
        instance = relaxation.relax(instance)
    return instance


def needed(
    instance: Instance, group: Sequence[Relaxation], evaluation: Evaluation, again: Callable[[Instance], Evaluation]
) -> list[Relaxation]:
    """Those of a group that a design, found with all of them loosened, would break as they are.

    `again` evaluates the design against another instance.
    """

    def breaks(one: Relaxation) -> bool:
        known = one.broken(evaluation)
        if known is not None:
            return known
        return not again(relaxed(instance, [other for other in group if other is not one])).feasible

    return [one for one in group if breaks(one)]


def _looser(limit: NamedLimit) -> float | None:
    """The limit one unit looser, as far as it goes; `None` where there is no such value."""
    scale, family = limit.scale, limit.of
    if scale is None:
        return None
    unit = family.step * (scale.value if family.unit == "money" else 1.0)
    to = round(scale.value + scale.sign * unit, 12)
    if scale.sign * (to - scale.end) >= 0:
        return None if family.target or scale.value == scale.end else scale.end
    return to


FEW = 3
"""More rules than this are counted instead of spelled out."""


def set_words(group: Sequence[Relaxation]) -> str:
    """`infection limits of frail and high_risk in induction`, `9 requires rules`."""
    family = group[0].limit.of
    if len(group) == 1:
        return group[0].words
    if family.toxicity and len(family.scope) > 1:
        return _toxicity_words(group)
    if len(group) <= FEW:
        return listed([one.words for one in group])
    return f"{len(group)} {family.several}"


def _toxicity_words(group: Sequence[Relaxation]) -> str:
    """Limits by category, subgroup and epoch; those of one category and epoch together."""
    places: dict[tuple[str, str], list[str]] = {}
    for one in group:
        subgroup, category, epoch = one.limit.about
        places.setdefault((category, epoch), []).append(subgroup)
    if len(places) > FEW:
        return f"{len(group)} {group[0].limit.of.several}"
    return listed([f"{category} limits of {listed(who)} in {epoch}" for (category, epoch), who in places.items()])
