"""The smallest things to give up where nothing fits: each alone enough, each solved again to verify.

A change of one limit that is enough breaks every conflict, so it is a change of a member of any one of them: the
members of one conflict are all there is to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.limit_families import FAMILIES
from trialopt.core.run import Monitor
from trialopt.evaluation import evaluate
from trialopt.limits.conflict import Conflict
from trialopt.limits.least_change import Change, least_change
from trialopt.limits.named import NamedLimit, limits_of, named_limits, power_limit, trial_limits, without
from trialopt.limits.questions import Questions

EACH = 20.0
"""Most seconds of one question whether anything fits."""

SOLVED_TO = 0.01
"""Gap to which the repaired instance is solved."""

SOLVED_IN = 10.0
"""Most seconds of that."""

Solve = Callable[[Instance, Monitor], Design | None]
"""Finds the best design of an instance within what a monitor allows; `None` when it finds none."""


@dataclass(frozen=True)
class Repair:
    """Changes after which a design exists; one change, except where no single one is enough.

    `design` keeps every limit and rule of the repaired instance and is worth `value`, within one percent of the best
    unless time ran out. `least` says that none of the changes can be smaller, the others as they are.
    """

    changes: tuple[Change, ...]
    design: Design
    value: float

    @property
    def least(self) -> bool:
        """Whether it is proven that less is not enough."""
        return all(change.least for change in self.changes)

    @property
    def size(self) -> float:
        """Largest of its changes beside the limits' values; infinite where something is dropped."""
        return max(change.size for change in self.changes)

    @property
    def words(self) -> str:
        """What to change: `max_patients 900 -> 1012`."""
        return " and ".join(change_words(change) for change in self.changes)

    def apply(self, instance: Instance) -> Instance:
        """The instance repaired."""
        for change in self.changes:
            instance = change.apply(instance)
        return instance


@dataclass(frozen=True)
class Repairs:
    """What repairs an instance: changes that are each enough `alone`, the smallest first, or else some `together`.

    `complete` when every question was answered: no other limit of the conflict is enough alone.
    """

    alone: tuple[Repair, ...]
    together: Repair | None
    complete: bool


def repairs(instance: Instance, conflict: Conflict, monitor: Monitor, solve: Solve) -> Repairs:
    """The least change of every limit that is enough by itself; of several together where none is.

    Parameters
    ----------
    instance
        A question without any design.
    conflict
        Its conflict (`find_conflict`).
    monitor
        Limits and the wish to stop; what was found until then is kept.
    solve
        What finds the designs of the repaired instances.
    """
    questions = Questions(monitor, EACH)
    changes: list[Change] = []
    for limit in conflict.members:
        questions.report(f"looking for the least change of {limit.name}")
        changes += _enough(instance, limit, questions)
    if conflict.of_trial:
        for limit in _regimen_limits(instance, questions):
            questions.report(f"looking for the least change of {limit.name}")
            changes += _enough(instance, limit, questions)
    together = None
    if not changes and conflict.members and not questions.open:
        questions.report("looking for changes that are enough together")
        limits = trial_limits(instance) if conflict.of_trial else named_limits(instance)
        sizes = [power_limit(instance)] if instance.trial.sized else []
        together = _together(instance, [*sizes, *limits], questions)
    alone = [_verified(instance, (change,), monitor, solve) for change in changes]
    return Repairs(
        tuple(sorted(alone, key=lambda repair: repair.size)),
        None if together is None else _verified(instance, together, monitor, solve),
        not questions.open,
    )


def _regimen_limits(instance: Instance, questions: Questions) -> list[NamedLimit]:
    """Limits and rules on regimens of a sized trial that could be enough alone: those of families that are."""
    families = [list(limits_of(instance, family)) for family in FAMILIES.values() if not family.of_trial]

    def some(group: Sequence[NamedLimit]) -> Iterator[NamedLimit]:
        """Where nothing fits without all of the group, none of it is enough alone."""
        questions.report(f"asking whether anything fits without {group[0].name}{' and others' if group[1:] else ''}")
        if questions.ask(without(instance, group)).design is None:
            return
        if len(group) == 1:
            yield group[0]
            return
        half = len(group) // 2
        yield from some(group[:half])
        yield from some(group[half:])

    return [limit for group in families if group for limit in some(group)]


def _enough(instance: Instance, limit: NamedLimit, questions: Questions) -> list[Change]:
    """The least change of a limit, and the parts of it that could be dropped in its place, if it is enough at all."""
    change = least_change(instance, limit, questions)
    if change is None:
        return []
    parts = []
    for part in limit.parts:
        answer = questions.ask(part.drop(instance))
        if answer.design is not None:
            parts.append(Change(part, None, answer.design, True))
    return parts if parts and change.to is None else [change, *parts]


def _verified(instance: Instance, changes: tuple[Change, ...], monitor: Monitor, solve: Solve) -> Repair:
    """Solve the repaired instance, and judge the design. Raises `RuntimeError` when it breaks a rule."""
    monitor.report(doing="solving the repaired instance")
    repair = Repair(changes, changes[-1].design, 0.0)
    repaired = repair.apply(instance)
    found_best = solve(repaired, monitor.part(SOLVED_TO, SOLVED_IN)) if monitor.stop() is None else None
    design = found_best or repair.design
    found = evaluate(repaired, design)
    if found.violations:
        broken = "; ".join(violation.sentence for violation in found.violations)
        raise RuntimeError(f"{repair.words} is not enough: {broken}")
    return Repair(changes, design, found.value)


def _together(instance: Instance, limits: Sequence[NamedLimit], questions: Questions) -> tuple[Change, ...] | None:
    """Changes that are enough together, none of them to spare, each the least with the others as they are."""
    dropped = _given_up(instance, sorted(limits, key=_worth_keeping), questions)
    changes: list[Change] = []
    for n, limit in enumerate(dropped):
        base = without(instance, dropped[n + 1 :])
        for change in changes:
            base = change.apply(base)
        least = least_change(base, limit, questions)
        if least is None:
            return None
        changes.append(least)
    return tuple(changes) or None


def _worth_keeping(limit: NamedLimit) -> int:
    """Rank of a limit where some have to go: sizes and safety are kept first, numbers given up first."""
    if limit.of.safety:
        return 0
    return 1 if limit.scale is None else 2


def _given_up(instance: Instance, limits: Sequence[NamedLimit], questions: Questions) -> list[NamedLimit]:
    """Limits without which something fits: all are left out, and taken back, in their order, wherever one can be."""

    def take_back(group: Sequence[NamedLimit], dropped: list[NamedLimit]) -> list[NamedLimit]:
        rest = [limit for limit in dropped if limit not in group]
        if questions.ask(without(instance, rest)).design is not None:
            return rest
        if len(group) == 1:
            return dropped
        half = len(group) // 2
        return take_back(group[half:], take_back(group[:half], dropped))

    return take_back(limits, list(limits))


def change_words(change: Change) -> str:
    """One change: `raise the infection limit of frail in induction from 20 % to 24.1 %`, `drop precedent`."""
    limit, scale, family = change.limit, change.limit.scale, change.limit.of
    if change.to is None or scale is None:
        then = ", so that each arm is sized for its predicted effect" if family.target else ""
        return f"drop {family.article}{limit.name}{then}"
    before, after = scale.show(scale.value), scale.show(change.to)
    if family.unit == "probability":
        return f"{'raise' if family.looser > 0 else 'lower'} {family.article}{limit.name} from {before} to {after}"
    bolder = family.target and scale.sign * (change.to - scale.value) < 0
    then = ", a larger effect that takes fewer patients" if bolder else ""
    return f"{limit.name}{':' if ' ' in limit.name else ''} {before} -> {after}{then}"
