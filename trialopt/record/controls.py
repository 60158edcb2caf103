"""Who gets which control: subgroups may have one of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trialopt.core.design import Dose
from trialopt.record.parts import Question

Sequence = Mapping[str, tuple[Dose, ...]]


def controls(question: Question, subgroups: Iterable[str] = ()) -> list[tuple[tuple[str, ...], Sequence]]:
    """Each different control with those of the subgroups (default all) whose patients get it, in the order given.

    Empty where the question has no control.
    """
    found: list[tuple[tuple[str, ...], Sequence]] = []
    for g in tuple(subgroups) or tuple(question.shares):
        control = question.own_control.get(g, question.control)
        if control is None:
            continue
        known = [k for k, (_, other) in enumerate(found) if other == control]
        if known:
            found[known[0]] = ((*found[known[0]][0], g), control)
        else:
            found.append(((g,), control))
    return found
