"""Every rule on the regimens of one arm (model section 6), in the order of the model text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trialopt.evaluation import rules_arm, rules_epoch
from trialopt.evaluation.given import Given
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.evaluation.result import Violation
from trialopt.instance import Instance

RULES: tuple[Callable[[Given], Iterator[Violation]], ...] = (
    rules_epoch.one_level_per_agent,
    rules_epoch.number_of_agents,
    rules_epoch.usable_epochs,
    rules_epoch.one_per_class,
    rules_epoch.not_together,
    rules_epoch.requires,
    rules_epoch.precedent,
    rules_epoch.alone,
    rules_arm.once,
    rules_arm.not_after,
    rules_arm.contraindicated,
    rules_arm.include,
    rules_arm.exclude,
)


def broken_rules(instance: Instance, resolved: ResolvedArm) -> Iterator[Violation]:
    """Every rule the arm breaks. `no_harm` needs numbers and stands apart."""
    given = Given.of(instance, resolved)
    for rule in RULES:
        yield from rule(given)
