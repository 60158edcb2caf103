"""Rules on regimens: what an arm breaks of model section 6."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from trialopt.core.instance import Instance
from trialopt.evaluation.given import Given
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.result import Violation, counted, listed


def one_level_per_agent(given: Given) -> Iterator[Violation]:
    """At most one level of an agent in an epoch, and no agent listed twice."""
    for epoch in given.instance.epochs:
        doses = given.arm.sequence.get(epoch, ())
        for agent in dict.fromkeys(dose.agent for dose in doses):
            levels = [dose.level for dose in doses if dose.agent == agent]
            if len(levels) > 1:
                sentence = (
                    f"gives {agent} {len(levels)} times in {epoch} (at {listed(levels)}): "
                    "at most one level of an agent per epoch"
                )
                yield given.violation("one_level_per_agent", sentence, epoch)


def number_of_agents(given: Given) -> Iterator[Violation]:
    """`min_agents` and `max_agents` of the epoch."""
    for s, epoch, agents in given.epochs:
        least, most = int(given.instance.min_agents[s]), int(given.instance.max_agents[s])
        count = counted(len(agents), "agent")
        if len(agents) < least:
            yield given.violation("min_agents", f"gives {count} in {epoch}, fewer than the {least} required", epoch)
        if len(agents) > most:
            yield given.violation("max_agents", f"gives {count} in {epoch}, more than the {most} allowed", epoch)


def number_of_classes(given: Given) -> Iterator[Violation]:
    """`max_classes` of the epoch."""
    i = given.instance
    for s, epoch, agents in given.epochs:
        found = dict.fromkeys(i.classes[i.agent_class[i.agents.index(agent)]] for agent in agents)
        if len(found) > i.max_classes[s]:
            allowed = f"more than the {int(i.max_classes[s])} allowed"
            sentence = f"gives agents of {len(found)} classes in {epoch} ({listed(found)}), {allowed}"
            yield given.violation("max_classes", sentence, epoch)


def usable_epochs(given: Given) -> Iterator[Violation]:
    """An agent is given only in epochs in which it may be used."""
    i = given.instance
    for s, epoch, agents in given.epochs:
        for agent in agents:
            usable = i.usable[i.agents.index(agent)]
            if not usable[s]:
                allowed = listed(e for e, yes in zip(i.epochs, usable, strict=True) if yes)
                sentence = (
                    f"gives {agent} in {epoch}, where it may not be used "
                    f"({f'only in {allowed}' if allowed else 'it has no epoch'})"
                )
                yield given.violation("epochs", sentence, epoch)


def one_per_class(given: Given) -> Iterator[Violation]:
    """At most one agent of each listed class."""
    for item in given.instance.rules.one_per_class:
        for s, epoch, _ in given.epochs:
            found = given.matching(s, item)
            if len(found) > 1:
                sentence = f"gives {listed(found)} together in {epoch}: at most one {item} per epoch"
                yield given.violation("one_per_class", sentence, epoch)


def not_together(given: Given) -> Iterator[Violation]:
    """Pairs of items never in one epoch."""
    for first, second in given.instance.rules.not_together:
        for s, epoch, _ in given.epochs:
            for a, b in given.pairs(s, first, second):
                sentence = (
                    f"gives {a} and {b} together in {epoch}: {first} and {second} may not be given in the same epoch"
                )
                yield given.violation("not_together", sentence, epoch)


def requires(given: Given) -> Iterator[Violation]:
    """An agent that needs another one beside it, in any epoch or in one."""
    rules = given.instance.rules
    for item, any_of in rules.requires:
        for s, epoch, _ in given.epochs:
            yield from _lacking(given, "requires", (item, any_of), s, epoch)
    for item, any_of, where in rules.requires_in:
        for s, epoch, _ in given.epochs:
            if epoch == where:
                yield from _lacking(given, "requires_in", (item, any_of), s, epoch)


def _lacking(given: Given, rule: str, asked: tuple[str, tuple[str, ...]], s: int, epoch: str) -> Iterator[Violation]:
    item, any_of = asked
    for agent in given.matching(s, item):
        others = (other for other in given.epochs[s][2] if other != agent)
        if not any(given.matches(s, other, wanted) for other in others for wanted in any_of):
            sentence = (
                f"gives {agent} in {epoch} without another agent it requires: "
                f"{item} needs {listed(any_of, 'or')} in the same epoch"
            )
            yield given.violation(rule, sentence, epoch)


def precedent(given: Given) -> Iterator[Violation]:
    """Any two agents of an epoch have been given together in people before."""
    rules = given.instance.rules
    if not rules.precedent:
        return
    for _, epoch, agents in given.epochs:
        for a, b in combinations(agents, 2):
            if frozenset((a, b)) not in rules.precedents:
                sentence = f"gives {a} and {b} together in {epoch}: no precedent of the two given together"
                yield given.violation("precedent", sentence, epoch)


def alone(given: Given) -> Iterator[Violation]:
    """Items that are the only agent of their epoch."""
    for item in given.instance.rules.alone:
        for s, epoch, agents in given.epochs:
            if len(agents) > 1 and given.matching(s, item):
                sentence = f"gives {listed(agents)} together in {epoch}: {item} must be the only agent of its epoch"
                yield given.violation("alone", sentence, epoch)


def once(given: Given) -> Iterator[Violation]:
    """Items used in at most one epoch; of a class, all its agents together."""
    for item in given.instance.rules.once:
        matched = {epoch: given.matching(s, item) for s, epoch, _ in given.epochs}
        used = {epoch: found for epoch, found in matched.items() if found}
        if len(used) > 1:
            where = listed(f"{listed(found)} in {epoch}" for epoch, found in used.items())
            yield given.violation("once", f"gives {where}: {item} may be used in one epoch only")


def not_after(given: Given) -> Iterator[Violation]:
    """An item not in an epoch later than one that has another agent matching `after`."""
    for item, after in given.instance.rules.not_after:
        earlier: dict[str, str] = {}  # agent matching `after` -> first epoch that has it
        for s, epoch, _ in given.epochs:
            for agent in given.matching(s, item):
                before = [f"{other} in {when}" for other, when in earlier.items() if other != agent]
                if before:
                    sentence = f"gives {agent} in {epoch} after {listed(before)}: {item} may not follow {after}"
                    yield given.violation("not_after", sentence, epoch)
            for agent in given.matching(s, after):
                earlier.setdefault(agent, epoch)


def contraindicated(given: Given) -> Iterator[Violation]:
    """What a subgroup must not be given, or not together, in the epochs the row names."""
    for row in given.instance.rules.contraindicated:
        if row.subgroup not in given.arm.subgroups:
            continue
        for s, epoch, _ in given.epochs:
            if row.epochs and epoch not in row.epochs:
                continue
            if row.partner is None:
                for agent in given.matching(s, row.key):
                    dose = given.named(agent, row.key)
                    sentence = f"gives {dose} in {epoch}: {row.key} is contraindicated in {row.subgroup}"
                    yield given.violation("contraindicated", sentence, epoch, row.subgroup)
                continue
            for a, b in given.pairs(s, row.key, row.partner):
                sentence = (
                    f"gives {a} and {b} together in {epoch}: "
                    f"{row.key} with {row.partner} is contraindicated in {row.subgroup}"
                )
                yield given.violation("contraindicated", sentence, epoch, row.subgroup)


def include(given: Given) -> Iterator[Violation]:
    """Items every arm contains, in some epoch or in one."""
    rules = given.instance.rules
    for item in rules.include:
        if not any(given.matching(s, item) for s, _, _ in given.epochs):
            yield given.violation("include", f"gives no {item}: every arm must include it in some epoch")
    for item, where in rules.include_in:
        for s, epoch, _ in given.epochs:
            if epoch == where and not given.matching(s, item):
                yield given.violation(
                    "include_in", f"gives no {item} in {epoch}: every arm must include it there", epoch
                )


def exclude(given: Given) -> Iterator[Violation]:
    """Items no arm contains, in any epoch or in one."""
    rules = given.instance.rules
    for item in rules.exclude:
        for s, epoch, _ in given.epochs:
            for agent in given.matching(s, item):
                sentence = f"gives {given.named(agent, item)} in {epoch}: {item} is excluded from every arm"
                yield given.violation("exclude", sentence, epoch)
    for item, where in rules.exclude_in:
        for s, epoch, _ in given.epochs:
            for agent in given.matching(s, item) if epoch == where else ():
                sentence = f"gives {given.named(agent, item)} in {epoch}: {item} is excluded there from every arm"
                yield given.violation("exclude_in", sentence, epoch)


def mixed_cycles(given: Given) -> Iterator[Violation]:
    """Levels of one regimen have one cycle length; those without one go with any."""
    i = given.instance
    if i.rules.mixed_cycles:
        return
    length = {
        f"{i.agents[d]}@{level}": days
        for d, level, days in zip(i.option_agent.tolist(), i.option_level, i.cycle_days.tolist(), strict=True)
    }
    for s, epoch, agents in given.epochs:
        days = {
            dose: length[dose] for agent in agents for dose in sorted(given.doses[s]) if dose.startswith(f"{agent}@")
        }
        days = {dose: d for dose, d in days.items() if d > 0}
        if len(set(days.values())) > 1:
            told = listed(f"{dose} of {d} days" for dose, d in days.items())
            sentence = f"mixes cycles in {epoch} ({told}): levels of one regimen have one cycle length"
            yield given.violation("mixed_cycles", sentence, epoch)


RULES: tuple[Callable[[Given], Iterator[Violation]], ...] = (
    one_level_per_agent,
    number_of_agents,
    number_of_classes,
    usable_epochs,
    one_per_class,
    not_together,
    requires,
    precedent,
    alone,
    once,
    not_after,
    contraindicated,
    include,
    exclude,
    mixed_cycles,
)


def broken_rules(instance: Instance, resolved: ResolvedArm) -> Iterator[Violation]:
    """Every rule the arm breaks. `no_harm` needs numbers and stands apart."""
    given = Given.of(instance, resolved)
    for rule in RULES:
        yield from rule(given)
