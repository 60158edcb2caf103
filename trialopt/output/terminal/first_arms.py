"""Arms on the first screen: whom they serve, what is given in which epoch, what they promise; fuller or shorter."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from trialopt.core.design import Dose
from trialopt.output.terminal.first_words import control_in_words, limits_in_words, size_in_words
from trialopt.output.views import TIE
from trialopt.record.solution import Question, Solution, SolvedArm
from trialopt.record.words import amount, name, whole_percent

Lines = list[str]

_UNIT = re.compile(r"(?<=\d) (?=(?:m?g|ml|million)\b)")
"""The space between a dose's number and its unit."""


@dataclass(frozen=True)
class Layout:
    """How much is said of an arm, and where."""

    inline: bool = False
    """Doses stand beside the agents; else in one list below all arms."""
    rows: bool = False
    """A row for each epoch; else epochs follow each other where that takes fewer lines."""
    limits: bool = False
    """A limit that an arm is close to is named; else they are counted."""
    then: bool = False
    """Regimens follow each other without the names of their epochs."""
    whole: bool = False
    """All of an arm in one paragraph."""


LAYOUTS = (
    Layout(inline=True, rows=True, limits=True),
    Layout(rows=True, limits=True),
    Layout(limits=True),
    Layout(rows=True),
    Layout(limits=True, then=True),
    Layout(then=True),
    Layout(whole=True),
)
"""The fullest first."""


def arm_lines(solution: Solution, arm: SolvedArm, width: int, layout: Layout) -> Lines:
    """An arm in lines of at most `width` characters."""
    limits = limits_in_words(solution, arm) if layout.limits else limits_in_words(solution, arm, 0)
    told = [control_in_words(solution, arm), size_in_words(arm), limits]
    promised = "; ".join(part for part in told if part)
    stretches = _stretches(solution.question, arm, layout.inline)
    served = _served(solution, arm)
    given = ", then ".join(given for _, given in stretches)
    if layout.whole:
        return wrapped(f"{served}: {given}; {promised}", width, "    ", f"{arm.name:<4}")
    margin = 4 + max(len(label) for label, _ in stretches) + 2
    rows = [
        line
        for label, given in stretches
        for line in wrapped(given, width, " " * margin, f"{'':4}{label:<{margin - 4}}")
    ]
    flow = wrapped("; ".join(f"{label}: {given}" for label, given in stretches), width, "    ", "    ")
    if layout.then:
        rows = flow = wrapped(given, width, "    ", "    ")
    return [
        *wrapped(served, width, "    ", f"{arm.name:<4}"),
        *(rows if layout.rows or len(rows) <= len(flow) else flow),
        *wrapped(promised, width, "    ", "    "),
    ]


def _served(solution: Solution, arm: SolvedArm) -> str:
    q = solution.question
    share = whole_percent(sum(q.shares[g] for g in arm.subgroups))
    names = [name(q, g) for g in arm.subgroups]
    between = "; " if any("," in one for one in names) else ", "
    return f"{between.join(names)} ({share}{TIE}% of patients)"


def _stretches(q: Question, arm: SolvedArm, doses: bool) -> list[tuple[str, str]]:
    """Epochs in turn with what is given, those with one regimen together."""
    found: list[tuple[list[str], tuple[Dose, ...]]] = []
    for epoch in q.epochs:
        given = arm.sequence.get(epoch, ())
        if found and found[-1][1] == given:
            found[-1][0].append(epoch)
        else:
            found.append(([epoch], given))
    before: tuple[Dose, ...] = ()
    told = []
    for epochs, given in found:
        told.append((", ".join(name(q, s) for s in epochs), _after(q, before, given, doses)))
        before = given
    return told


def _after(q: Question, before: tuple[Dose, ...], given: tuple[Dose, ...], doses: bool) -> str:
    """A regimen in words; of one that adds to the regimen before it only what it adds."""
    added = [dose for dose in given if dose not in before]
    if len(before) > 1 and added and set(before) < set(given):
        return f"the same and {_regimen(q, added, doses)}"
    return _regimen(q, given, doses)


def _regimen(q: Question, given: Iterable[Dose], doses: bool) -> str:
    parts = [" ".join(f"{name(q, d.agent)} {amount(q, d) if doses else ''}".split()) for d in given]
    return ("; " if any(", " in part for part in parts) else ", ").join(parts) or "nothing"


# -- Doses that do not stand beside the agents: each once, and where it is given if an agent has several. ---------


def doses_in_words(solution: Solution) -> str:
    """Every agent of the arms with its dose; empty where the tables give none."""
    q = solution.question
    places: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for arm in solution.arms:
        for epoch, given in arm.sequence.items():
            for dose in given:
                places.setdefault(dose.agent, {}).setdefault(amount(q, dose), []).append((arm.name, epoch))
    told = []
    for agent, by_dose in places.items():
        said = [
            " ".join(f"{text} {_where(q, at, list(by_dose.values())) if len(by_dose) > 1 else ''}".split())
            for text, at in by_dose.items()
            if text
        ]
        if said:
            told.append(f"{name(q, agent)} {', '.join(said)}")
    return "; ".join(told)


def _where(q: Question, at: list[tuple[str, str]], every: list[list[tuple[str, str]]]) -> str:
    """Arms, else epochs, that have this dose alone; else both."""
    others = [place for places in every if places is not at for place in places]
    for part in (0, 1):
        own = list(dict.fromkeys(place[part] for place in at))
        if not set(own) & {place[part] for place in others}:
            return f"({', '.join(own if part == 0 else (name(q, s) for s in own))})"
    by_arm: dict[str, list[str]] = {}
    for arm, epoch in at:
        by_arm.setdefault(arm, []).append(name(q, epoch))
    return f"({', '.join(f'{arm} ' + '/'.join(epochs) for arm, epochs in by_arm.items())})"


def wrapped(text: str, width: int, indent: str = "", first: str = "") -> Lines:
    """Lines of a text, broken at spaces only, not between number and unit; a word longer than a line stands alone."""
    lines = textwrap.wrap(
        _UNIT.sub(TIE, text), max(20, width), initial_indent=first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [line.replace(TIE, " ") for line in lines]
