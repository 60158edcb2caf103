"""Rules on the whole sequence of an arm and on the subgroups it serves (model section 6)."""

from __future__ import annotations

from collections.abc import Iterator

from trialopt.evaluation.given import Given
from trialopt.evaluation.result import Violation
from trialopt.evaluation.words import listed


def once(given: Given) -> Iterator[Violation]:
    """Items used in at most one epoch; of a class, all its agents together."""
    for item in given.instance.rules.once:
        matched = {epoch: given.matching(agents, item) for _, epoch, agents in given.epochs}
        used = {epoch: found for epoch, found in matched.items() if found}
        if len(used) > 1:
            where = listed(f"{listed(found)} in {epoch}" for epoch, found in used.items())
            yield given.violation("once", f"gives {where}: {item} may be used in one epoch only")


def not_after(given: Given) -> Iterator[Violation]:
    """An item not in an epoch later than one that has another agent matching `after`."""
    for item, after in given.instance.rules.not_after:
        earlier: dict[str, str] = {}  # agent matching `after` -> first epoch that has it
        for _, epoch, agents in given.epochs:
            for agent in given.matching(agents, item):
                before = [f"{other} in {when}" for other, when in earlier.items() if other != agent]
                if before:
                    yield given.violation(
                        "not_after",
                        f"gives {agent} in {epoch} after {listed(before)}: {item} may not follow {after}",
                        epoch,
                    )
            for agent in given.matching(agents, after):
                earlier.setdefault(agent, epoch)


def contraindicated(given: Given) -> Iterator[Violation]:
    """What a subgroup must not be given, or not together."""
    for row in given.instance.rules.contraindicated:
        if row.subgroup not in given.arm.subgroups:
            continue
        for _, epoch, agents in given.epochs:
            if row.partner is None:
                for agent in given.matching(agents, row.key):
                    yield given.violation(
                        "contraindicated",
                        f"gives {agent} in {epoch}: {row.key} is contraindicated in {row.subgroup}",
                        epoch,
                        row.subgroup,
                    )
                continue
            for a, b in given.pairs(agents, row.key, row.partner):
                yield given.violation(
                    "contraindicated",
                    f"gives {a} and {b} together in {epoch}: "
                    f"{row.key} with {row.partner} is contraindicated in {row.subgroup}",
                    epoch,
                    row.subgroup,
                )


def include(given: Given) -> Iterator[Violation]:
    """Items every arm contains in some epoch."""
    for item in given.instance.rules.include:
        if not any(given.matches(agent, item) for agent in given.class_of):
            yield given.violation("include", f"gives no {item}: every arm must include it in some epoch")


def exclude(given: Given) -> Iterator[Violation]:
    """Items no arm contains."""
    for item in given.instance.rules.exclude:
        for _, epoch, agents in given.epochs:
            for agent in given.matching(agents, item):
                yield given.violation("exclude", f"gives {agent} in {epoch}: {item} is excluded from every arm", epoch)
