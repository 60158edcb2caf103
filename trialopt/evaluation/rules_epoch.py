"""Rules on the regimen of one epoch (model section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from trialopt.evaluation.given import Given
from trialopt.evaluation.result import Violation
from trialopt.evaluation.words import counted, listed


def one_level_per_agent(given: Given) -> Iterator[Violation]:
    """At most one level of an agent in an epoch, and no agent listed twice."""
    for epoch in given.instance.epochs:
        doses = given.arm.sequence.get(epoch, ())
        for agent in dict.fromkeys(dose.agent for dose in doses):
            levels = [dose.level for dose in doses if dose.agent == agent]
            if len(levels) > 1:
                yield given.violation(
                    "one_level_per_agent",
                    f"gives {agent} {len(levels)} times in {epoch} (at {listed(levels)}): "
                    "at most one level of an agent per epoch",
                    epoch,
                )


def number_of_agents(given: Given) -> Iterator[Violation]:
    """`min_agents` and `max_agents` of the epoch."""
    for s, epoch, agents in given.epochs:
        least, most = int(given.instance.min_agents[s]), int(given.instance.max_agents[s])
        count = counted(len(agents), "agent")
        if len(agents) < least:
            yield given.violation("min_agents", f"gives {count} in {epoch}, fewer than the {least} required", epoch)
        if len(agents) > most:
            yield given.violation("max_agents", f"gives {count} in {epoch}, more than the {most} allowed", epoch)


def usable_epochs(given: Given) -> Iterator[Violation]:
    """An agent is given only in epochs in which it may be used."""
    i = given.instance
    for s, epoch, agents in given.epochs:
        for agent in agents:
            usable = i.usable[i.agents.index(agent)]
            if not usable[s]:
                allowed = listed(e for e, yes in zip(i.epochs, usable, strict=True) if yes)
                yield given.violation(
                    "epochs",
                    f"gives {agent} in {epoch}, where it may not be used "
                    f"({f'only in {allowed}' if allowed else 'it has no epoch'})",
                    epoch,
                )


def one_per_class(given: Given) -> Iterator[Violation]:
    """At most one agent of each listed class."""
    for item in given.instance.rules.one_per_class:
        for _, epoch, agents in given.epochs:
            found = given.matching(agents, item)
            if len(found) > 1:
                yield given.violation(
                    "one_per_class",
                    f"gives {listed(found)} together in {epoch}: at most one {item} per epoch",
                    epoch,
                )


def not_together(given: Given) -> Iterator[Violation]:
    """Pairs of items never in one epoch."""
    for first, second in given.instance.rules.not_together:
        for _, epoch, agents in given.epochs:
            for a, b in given.pairs(agents, first, second):
                yield given.violation(
                    "not_together",
                    f"gives {a} and {b} together in {epoch}: {first} and {second} may not be given in the same epoch",
                    epoch,
                )


def requires(given: Given) -> Iterator[Violation]:
    """An agent that needs another one beside it."""
    for item, any_of in given.instance.rules.requires:
        for _, epoch, agents in given.epochs:
            for agent in given.matching(agents, item):
                if not any(other != agent and given.matches(other, wanted) for other in agents for wanted in any_of):
                    yield given.violation(
                        "requires",
                        f"gives {agent} in {epoch} without another agent it requires: "
                        f"{item} needs {listed(any_of, 'or')} in the same epoch",
                        epoch,
                    )


def precedent(given: Given) -> Iterator[Violation]:
    """Any two agents of an epoch have been given together in people before."""
    rules = given.instance.rules
    if not rules.precedent:
        return
    for _, epoch, agents in given.epochs:
        for a, b in combinations(agents, 2):
            if frozenset((a, b)) not in rules.precedents:
                yield given.violation(
                    "precedent",
                    f"gives {a} and {b} together in {epoch}: no precedent of the two given together",
                    epoch,
                )


def alone(given: Given) -> Iterator[Violation]:
    """Items that are the only agent of their epoch."""
    for item in given.instance.rules.alone:
        for _, epoch, agents in given.epochs:
            if len(agents) > 1 and given.matching(agents, item):
                yield given.violation(
                    "alone",
                    f"gives {listed(agents)} together in {epoch}: {item} must be the only agent of its epoch",
                    epoch,
                )
