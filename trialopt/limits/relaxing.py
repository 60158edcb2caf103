"""Limits one unit looser, alone and in groups, and words for such a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trialopt.core.instance import TOLERANCE, Instance
from trialopt.evaluation import Evaluation
from trialopt.limits.all import named_limits
from trialopt.limits.named import NamedLimit

# -- Limits and rules one unit looser: a number moves by the unit a committee would ask about, a rule is left out.

POINTS = 0.05

UNITS = {
    "max_arms": 1.0,
    "max_patients": 50.0,
    "max_accrual_months": 6.0,
    "budget": 0.1,
    "target_difference": 0.01,
    "target_hazard_ratio": 0.01,
    "max_agents": 1.0,
    "min_agents": 1.0,
    "limit": POINTS,
    "cumulative_limit": POINTS,
    "min_coverage": POINTS,
    "min_active": 1.0,
}
"""Family of a limit that is a number -> what it is loosened by, in its own unit (points are 0.05); the budget by a
tenth of itself."""

OF_THE_TRIAL = ("max_arms", "max_patients", "max_accrual_months", "budget", "target_difference", "target_hazard_ratio")

ALONE = frozenset({*OF_THE_TRIAL, "max_agents", "min_agents", "no_harm", "precedent"})
"""Families of which each limit is loosened by itself: they are few, and several at once take longer to search."""

TIGHT = 0.95
"""A limit of which at least this share is used is tight."""

WITH_USE = ("limit", "cumulative_limit", "min_coverage", "max_patients", "max_accrual_months", "budget")
"""Families of which it is said how much of them is used up; counts of arms and agents mostly are."""


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
        """What a design takes of the limit, in its own unit; `None` where that is no number."""
        if self.limit.family not in WITH_USE or self.limit.scale is None or self.limit.scale.takes is None:
            return None
        taken = self.limit.scale.takes(evaluation)
        return taken if abs(taken) < float("inf") else None

    def tight(self, evaluation: Evaluation) -> bool:
        """Whether nearly all of the limit is used: of a risk, or of the disease that may be left uncovered."""
        taken, scale = self.used(evaluation), self.limit.scale
        if taken is None or scale is None:
            return False
        if self.limit.family == "min_coverage":
            return 1 - taken >= TIGHT * (1 - scale.value)
        return taken >= TIGHT * scale.value

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
    """Every limit and rule that could bind, in groups that may be loosened at once, the trial's own first.

    Toxicity limits are grouped by category.
    """
    families: dict[str, list[Relaxation]] = {family: [] for family in UNITS}
    for limit in named_limits(instance):
        to = _looser(limit)
        if limit.scale is None or to is not None:
            families.setdefault(limit.family, []).append(Relaxation(limit, to))
    groups: list[Relaxation | Group] = []
    for family, found in families.items():
        if family in ALONE or len(found) == 1:
            groups += found
        elif family == "limit" and found:
            by_category = {
                category: [one for one in found if category in one.limit.about] for category in instance.categories
            }
            groups.append(Group(tuple(Group(tuple(some)) for some in by_category.values() if some)))
        elif found:
            groups.append(Group(tuple(found)))
    return groups


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
    scale = limit.scale
    if scale is None:
        return None
    unit = UNITS[limit.family] * (scale.value if limit.family == "budget" else 1.0)
    to = round(scale.value + scale.sign * unit, 12)
    if scale.sign * (to - scale.end) >= 0:
        reaches_end = limit.family not in ("target_difference", "target_hazard_ratio")
        return scale.end if reaches_end and scale.value != scale.end else None
    return to


# -- Several limits named at once, shorter than one by one. -------------------------------------------------------

FEW = 3
"""More rules than this are counted instead of spelled out."""

FAMILIES = {"limit": "toxicity limits", "cumulative_limit": "cumulative limits", "contraindicated": "contraindications"}
"""Family -> what several of it are called."""


def set_words(group: Sequence[Relaxation]) -> str:
    """`infection limits of frail and high_risk in induction`, `9 requires rules`."""
    first = group[0].limit
    if len(group) == 1:
        return group[0].words
    if first.family == "limit":
        return _toxicity_words([one.limit.about for one in group])
    if len(group) <= FEW:
        return listed([one.words for one in group])
    return f"{len(group)} {FAMILIES.get(first.family, f'{first.family} rules')}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _toxicity_words(about: list[tuple[str, ...]]) -> str:
    """Limits by category, subgroup and epoch; those of one category and epoch together."""
    places: dict[tuple[str, str], list[str]] = {}
    for category, subgroup, epoch in about:
        places.setdefault((category, epoch), []).append(subgroup)
    if len(places) > FEW:
        return f"{len(about)} toxicity limits"
    return listed([f"{category} limits of {listed(who)} in {epoch}" for (category, epoch), who in places.items()])
