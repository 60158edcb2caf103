"""What the control regimen would break if it were an arm: limits that bar the standard of care are mostly a mistake."""

from __future__ import annotations

from collections.abc import Iterator

from trialopt.core.design import Arm, Dose
from trialopt.core.instance import Instance
from trialopt.evaluation.limits import broken_limits
from trialopt.evaluation.numbers import resolved_numbers
from trialopt.evaluation.resolve import resolve_arm
from trialopt.evaluation.result import Violation, listed
from trialopt.evaluation.rules import broken_rules

NAME = "the control regimen"


def broken_by_control(instance: Instance) -> tuple[Violation, ...]:
    """Every limit and rule of model sections 4 to 6 that the control regimen breaks in some subgroup; each once.

    The control is exempt from them. Nothing without `[control]`.
    """
    found: dict[str, Violation] = {}
    for violation in _broken(instance):
        found.setdefault(violation.sentence, violation)
    return tuple(found.values())


def _broken(i: Instance) -> Iterator[Violation]:
    for g, subgroup in enumerate(i.subgroups):
        if (control := i.control_of(g)) is None:
            continue
        sequence = {
            epoch: tuple(Dose(i.agents[i.option_agent[o]], i.option_level[o]) for o in options)
            for epoch, options in zip(i.epochs, control, strict=True)
        }
        arm = resolve_arm(i, Arm(NAME, (subgroup,), sequence))
        yield from broken_rules(i, arm)
        yield from broken_limits(i, arm, resolved_numbers(i, arm))


def control_sentences(instance: Instance) -> tuple[str, ...]:
    """The same in words, one sentence for each limit or rule and all the subgroups it is broken in alike."""
    merged: dict[str, list[str]] = {}
    for violation in broken_by_control(instance):
        sentence, subgroup = violation.sentence.removesuffix(f" ({NAME})"), violation.subgroup
        alone = subgroup is not None and f" {sentence} ".count(f" {subgroup} ") == 1
        who = merged.setdefault(f" {sentence} ".replace(f" {subgroup} ", " {} ") if alone else sentence, [])
        who += [subgroup] if alone and subgroup else []
    return tuple(said.strip().replace("{}", listed(who)) for said, who in merged.items())


def control_cautions(instance: Instance) -> tuple[str, ...]:
    """What reading warns of: limits and rules that the control regimen breaks."""
    return tuple(f"Arms must keep what {NAME} breaks: {sentence}." for sentence in control_sentences(instance))
