"""The trial that is played: families of randomised groups, their comparisons, and what may be true of them.

A *family* is what one arm of a design and its controls are: groups randomised to each other within strata, with a rule
for when the data are looked at. Families share no patients. Nothing here knows how trials are played or counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from trialopt.core.instance import Floats
from trialopt.evaluation.intake import Inflow

EFFECTS = ("none", "sized", "predicted", "draws")
"""What may be true: no effect, the effect sized for, the effect predicted, or draws of all that is uncertain."""

RATE_TESTS = ("mantel_haenszel", "mantel_haenszel_pooled", "z_unpooled", "z_pooled", "fisher", "boschloo")
SURVIVAL_TESTS = ("stratified_logrank", "logrank")
EXACT = ("fisher", "boschloo")
"""Tests that have a decision and no statistic: for trials without interim looks."""

TESTS = {
    "mantel_haenszel": "Mantel-Haenszel difference, unpooled variance",
    "mantel_haenszel_pooled": "Mantel-Haenszel difference, pooled variance",
    "z_unpooled": "difference of two rates, unpooled variance",
    "z_pooled": "difference of two rates, pooled variance",
    "fisher": "Fisher's exact test",
    "boschloo": "Boschloo's exact test",
    "stratified_logrank": "stratified log-rank test",
    "logrank": "log-rank test",
}
"""Test -> its name in words."""


@dataclass(frozen=True, eq=False)
class Group:
    """Patients randomised to one treatment."""

    name: str
    patients: tuple[int, ...]
    """By stratum."""
    cost: tuple[float, ...] = ()
    """Of one patient, by stratum; empty where costs are not known."""


@dataclass(frozen=True)
class Comparison:
    """One group against another, one-sided: larger rates, or longer survival, of `treatment`."""

    name: str
    treatment: int
    control: int
    alpha: float
    efficacy: tuple[float, ...]
    """Bound on z at each analysis, the last one final."""
    futility: tuple[float, ...] | None = None
    """At or below this the trial stops for futility; the last one is not used."""
    power: float | None = None
    """What the design claims for the effect it is sized for."""
    events: tuple[int, ...] = ()
    """Events of the two groups at each analysis, where they are not those of the family."""
    test: str = ""
    """Its own test; empty: the family's."""


@dataclass(frozen=True, eq=False)
class Truth:
    """What is true of a family, in n truths that trials go through in turn.

    Attributes
    ----------
    outcome : (n, groups, strata)
        Response rate of all randomised, or hazard of an event per month.
    risk : (n, groups, strata, categories)
        Chance of at least one severe event of a category over the whole treatment.
    """

    outcome: Floats
    risk: Floats

    def __len__(self) -> int:
        return len(self.outcome)


@dataclass(frozen=True, eq=False)
class Family:
    """Groups randomised to each other, and when they are compared."""

    name: str
    strata: tuple[str, ...]
    groups: tuple[Group, ...]
    comparisons: tuple[Comparison, ...]
    truths: Mapping[str, Truth]
    """Effect (`EFFECTS`) -> truth."""
    test: str
    weights: tuple[float, ...]
    """Parts of the accrual by stratum: what an effect over the strata is weighted by."""
    fractions: tuple[float, ...] = (1.0,)
    """Share of the patients read, or of the events, at each analysis."""
    events: tuple[int, ...] = ()
    """Events at each analysis, of the first comparison and those without events of their own: an analysis waits until
    every comparison has them. Empty for a response endpoint."""
    per_month: float | None = None
    """Patients of all groups a month; `None` where it is not known."""
    inflows: tuple[Inflow, ...] = ()
    """How the strata's patients come in, where not evenly at the rate."""
    study_months: float | None = None
    """Planned months to the final analysis."""
    dropout: float = 0.0
    """Hazard of dropping out of follow-up, per month."""
    not_evaluable: float = 0.0
    reach: tuple[float, ...] = ()
    """Share still on protocol when a response is read, by stratum; empty: all."""
    adds: Mapping[str, int] = field(default_factory=dict)
    """Agent whose contribution is to be shown -> the group that goes without it."""

    @property
    def total(self) -> int:
        """Patients of all groups."""
        return sum(sum(group.patients) for group in self.groups)

    @property
    def survival(self) -> bool:
        """Whether times are compared, not rates."""
        return self.test in SURVIVAL_TESTS


@dataclass(frozen=True, eq=False)
class Trial:
    """All families of a design, under one name."""

    name: str
    title: str
    sha256: str
    """Digest of the question it answers."""
    endpoint: str
    families: tuple[Family, ...]
    categories: tuple[str, ...] = ()
    """Of severe events."""
    labels: Mapping[str, str] = field(default_factory=dict)
    alpha: float = 0.025
    """Of the whole trial, one-sided."""

    @property
    def looks(self) -> int:
        """Most analyses of a family."""
        return max(len(family.fractions) for family in self.families)

    @property
    def effects(self) -> tuple[str, ...]:
        """Effects that every family can be played under."""
        return tuple(effect for effect in EFFECTS if all(effect in family.truths for family in self.families))

    @property
    def added(self) -> tuple[str, ...]:
        """Agents whose contribution some family has to show."""
        return tuple(dict.fromkeys(agent for family in self.families for agent in family.adds))

    def tested_by(self, test: str) -> Trial:
        """The same trial, decided by another test."""
        return replace(self, families=tuple(_tested(family, test) for family in self.families))

    def standard_of_care(self) -> Trial:
        """The same trial with nothing but the control given: what it costs, and finds, if its arms add nothing."""
        return replace(self, families=tuple(_of_controls(family) for family in self.families))


def _tested(family: Family, test: str) -> Family:
    return replace(family, test=test, comparisons=tuple(replace(one, test="") for one in family.comparisons))


def _of_controls(family: Family) -> Family:
    control = family.comparisons[0].control
    every = [control] * len(family.groups)
    cost = family.groups[control].cost
    return replace(
        family,
        groups=tuple(replace(group, cost=cost) for group in family.groups),
        truths={name: Truth(truth.outcome[:, every], truth.risk[:, every]) for name, truth in family.truths.items()},
    )
