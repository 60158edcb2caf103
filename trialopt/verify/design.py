"""The design of a run: its value, every rule and limit, its sizes and every number shown of it, computed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialopt.core import WrongInput
from trialopt.core.instance import Bools, Floats, Instance, Ints
from trialopt.verify.facts import (
    MISS,
    Facts,
    control_coverage,
    coverage_along,
    events,
    log_activity,
)
from trialopt.verify.limits import Limits
from trialopt.verify.rules import allowed_in, follows, includes, may_share

SLACK = 1e-12
"""Two ways of computing one number may differ by this where it is held against a limit."""


@dataclass(frozen=True)
class PlainArm:
    """One arm by place: the subgroups it serves, in the order of the tables, and what it gives."""

    name: str
    members: Ints
    given: Bools
    """(S, O)"""
    listed: tuple[str, ...] = ()
    """The subgroups in the order in which the record has them."""

    @property
    def by_epoch(self) -> list[Bools]:
        """What is given in each epoch, as one regimen."""
        return [given[None] for given in self.given]


@dataclass(frozen=True)
class Numbers:
    """What an arm comes to; G subgroups, M mechanisms, E categories."""

    coverage: Floats
    """(G, S)"""
    mechanism_coverage: Floats
    """(G, S, M)"""
    prevalence: Floats
    """(G, S, M)"""
    risk: Floats
    """(G, S, E)"""
    cumulative_risk: Floats
    """(G, E)"""
    burden: Floats
    """(G, S)"""
    control: Floats
    """(G, S) coverage of the control regimens."""


def arms_of(instance: Instance, data: Mapping[str, Any]) -> list[PlainArm]:
    """The arms of a record. Raises `WrongInput` for a name that the instance does not have."""
    found = []
    for arm in data["arms"]:
        given = np.zeros((len(instance.epochs), len(instance.option_agent)), dtype=bool)
        try:
            for epoch, doses in arm["sequence"].items():
                for dose in doses:
                    option = instance.option(dose["agent"], dose["level"])
                    if given[instance.epochs.index(epoch), option]:
                        raise ValueError(f"{dose['agent']} twice in {epoch}")
                    given[instance.epochs.index(epoch), option] = True
            members = np.array(sorted(instance.subgroups.index(g) for g in arm["subgroups"]), dtype=np.int64)
        except (KeyError, ValueError) as error:
            raise WrongInput(f"the design does not fit its instance: {error} is not in it") from None
        found.append(PlainArm(arm["arm"], members, given, tuple(arm["subgroups"])))
    return found


def numbers_of(facts: Facts, arm: PlainArm) -> Numbers:
    """All numbers of an arm; `facts` of every column."""
    i = facts.instance
    shape = len(i.epochs), facts.groups, len(i.mechanisms)
    coverage, prevalence = coverage_along(facts, arm.given[None])
    active = np.array([log_activity(facts, s, arm.given[s][None])[0] for s in range(len(i.epochs))])
    caused = np.array([events(facts, s, arm.given[s][None])[0] for s in range(len(i.epochs))])  # S G E
    total = caused + facts.background
    return Numbers(
        coverage=coverage[0].T,
        mechanism_coverage=-np.expm1(-active.reshape(shape)).transpose(1, 0, 2),
        prevalence=prevalence[0].reshape(shape).transpose(1, 0, 2),
        risk=-np.expm1(-total).transpose(1, 0, 2),
        cumulative_risk=-np.expm1(-total.sum(axis=0)),
        burden=caused.sum(axis=2).T,
        control=control_coverage(facts),
    )


def value_of(facts: Facts, arms: list[PlainArm], numbers: list[Numbers]) -> float:
    """The objective (model section 8)."""
    total = 0.0
    for arm, own in zip(arms, numbers, strict=True):
        gain = (facts.counts.T * (own.coverage - facts.weight * own.burden)).sum(axis=1)
        total += float((facts.instance.share * gain)[arm.members].sum())
    return total


def broken(facts: Facts, arms: list[PlainArm], numbers: list[Numbers]) -> Iterator[str]:
    """Every rule and limit that a design breaks, sizes aside, in words; limits with the inputs as given."""
    i = facts.instance
    yield from _assignment(i, arms)
    control, limits = control_coverage(facts), Limits(facts)
    for arm, own in zip(arms, numbers, strict=True):
        for g in arm.members.tolist():
            yield from (f"{arm.name}: {sentence}" for sentence in _limits(facts, own, g))
        for s, epoch in enumerate(i.epochs):
            allowed = allowed_in(limits, facts, s, arm.given[s][None])[0]
            for g in arm.members[~allowed[arm.members]].tolist():
                yield f"{arm.name}: a rule or limit of {epoch} does not allow its regimen in {i.subgroups[g]}"
            if not follows(i, arm.by_epoch[:s], arm.given[s][None])[0]:
                yield f"{arm.name}: its regimen of {epoch} may not follow those before it"
        if not includes(i, arm.by_epoch)[0]:
            yield f"{arm.name}: something that every arm includes is missing"
        if i.trial.no_harm:
            weighted = (facts.counts.T * own.coverage).sum(axis=1), (facts.counts.T * control).sum(axis=1)
            for g in arm.members[weighted[0][arm.members] < weighted[1][arm.members] - MISS - SLACK].tolist():
                yield f"{arm.name}: weighted coverage of {i.subgroups[g]} is below the control's"


def _assignment(i: Instance, arms: list[PlainArm]) -> Iterator[str]:
    if len(arms) > i.trial.max_arms:
        yield f"{len(arms)} arms, more than the {i.trial.max_arms} allowed"
    served = np.zeros(len(i.subgroups), dtype=int)
    for arm in arms:
        served[arm.members] += 1
        member = np.zeros((1, len(i.subgroups)), dtype=bool)
        member[0, arm.members] = True
        if not len(arm.members):
            yield f"{arm.name} serves nobody"
        if not may_share(i, member)[0]:
            yield f"{arm.name}: its subgroups may not share an arm, or lack one that has to"
    for g in np.flatnonzero(served != 1).tolist():
        yield f"{i.subgroups[g]} is served by {served[g]} arms"


def _limits(facts: Facts, own: Numbers, g: int) -> Iterator[str]:
    """Toxicity limits of one subgroup, told with their numbers."""
    i = facts.instance
    for s, e in np.argwhere(own.risk[g] > i.limit[g].T + MISS + SLACK).tolist():
        where = f"{i.categories[e]} of {i.subgroups[g]} in {i.epochs[s]}"
        yield f"{where} is {own.risk[g, s, e]:.9g}, above the limit {i.limit[g, e, s]:.9g}"
    for e in np.flatnonzero(own.cumulative_risk[g] > i.cumulative_limit + MISS + SLACK).tolist():
        where = f"{i.categories[e]} of {i.subgroups[g]} over all epochs"
        yield f"{where} is {own.cumulative_risk[g, e]:.9g}, above the limit {i.cumulative_limit[e]:.9g}"
