"""A design as planned arms and their elements: what the TA, TE, TV and TS records are written from.

A design's arm serves several subgroups; here each subgroup and sequence is an arm of its own, because patients come to
it by another branch, and a sized design has a control arm beside each. Every arm begins with a screening element, at
whose end the subgroup is known and patients are randomised, and ends with a follow-up element; between them stands one
element per treatment epoch. An element is one regimen in one epoch, so arms that give the same share it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trialopt.core.design import Dose
from trialopt.output.sdtm.terms import FOLLOW_UP, LONGEST, SCREENING, code, distinct, epoch_terms
from trialopt.record.solution import Question, Solution

LONGEST_ETCD = 8
LONGEST_ARMCD = 20


@dataclass(frozen=True)
class Element:
    """One building block: its code and name, when it starts and when it ends."""

    etcd: str
    element: str
    start: str
    end: str
    epoch: str
    """Controlled term of the epoch it belongs to."""


@dataclass(frozen=True)
class PlannedArm:
    """One arm: a subgroup, and the elements it goes through in order."""

    armcd: str
    arm: str
    branch: str
    """What puts a subject on this arm at the end of screening."""
    subgroup: str
    elements: tuple[Element, ...]
    control: bool


@dataclass(frozen=True)
class Plan:
    """All arms of a design, and its treatment epochs with their terms, in order."""

    arms: tuple[PlannedArm, ...]
    epochs: Mapping[str, str]

    @property
    def elements(self) -> tuple[Element, ...]:
        """Every element once, in the order of the arms' paths, epoch by epoch."""
        order = [SCREENING, *self.epochs.values(), FOLLOW_UP]
        found = dict.fromkeys(element for arm in self.arms for element in arm.elements)
        return tuple(sorted(found, key=lambda element: order.index(element.epoch)))


_Regimen = tuple[Dose, ...] | None
"""Doses of an epoch; `None` where a control is sized but its regimen is not given."""


def plan(solution: Solution) -> Plan:
    """The planned arms of a run's design, in the order of its arms, each before its control."""
    q = solution.question
    drafts: list[tuple[str, str, str, Mapping[str, _Regimen], bool]] = []
    for arm in solution.arms:
        given = {s: arm.sequence.get(s, ()) for s in q.epochs}
        for subgroup in arm.subgroups:
            drafts.append((arm.name, subgroup, "experimental", given, False))
            for part in arm.component_arms:
                rest = {s: part.sequence.get(s, ()) for s in q.epochs}
                drafts.append((part.arm, subgroup, "experimental", rest, False))
            if arm.size is not None:
                control = {s: None if q.control is None else q.control.get(s, ()) for s in q.epochs}
                drafts.append((arm.name, subgroup, "control", control, True))
    elements = _elements(q, [regimens for *_, regimens, _ in drafts])
    codes: list[str] = []
    for name, subgroup, _, _, is_control in drafts:
        codes.append(code(f"{name}{'C' if is_control else ''}-{subgroup}", LONGEST_ARMCD, codes))
    names = distinct(
        (f"{name} {kind}, {named(q, subgroup)}", armcd)
        for (name, subgroup, kind, _, _), armcd in zip(drafts, codes, strict=True)
    )
    randomised = any(is_control for *_, is_control in drafts)
    return Plan(
        tuple(
            PlannedArm(armcd, arm, _branch(armcd, arm, randomised), subgroup, elements[k], is_control)
            for k, (armcd, arm, (_, subgroup, _, _, is_control)) in enumerate(zip(codes, names, drafts, strict=True))
        ),
        epoch_terms({s: q.labels.get(s, "") for s in q.epochs}),
    )


def regimen_text(question: Question, doses: _Regimen) -> str:
    """A regimen in words: `Carfilzomib 56 mg/m2 + Dexamethasone`."""
    if doses is None:
        return "Control treatment, regimen not specified"
    return " + ".join(_dose_text(question, dose) for dose in doses) or "No study treatment"


def _dose_text(question: Question, dose: Dose) -> str:
    level = "" if dose.level == "standard" else f" {question.labels.get(str(dose), dose.level)}"
    return f"{named(question, dose.agent)}{level}"


def named(question: Question, identifier: str) -> str:
    """Display name of an id, and the id in words where there is none or it is blank."""
    return question.labels.get(identifier, "").strip() or identifier.replace("_", " ").capitalize()


def _branch(armcd: str, arm: str, randomised: bool) -> str:
    words = f"{'Randomized' if randomised else 'Assigned'} to "
    return words + (arm if len(words + arm) <= LONGEST else armcd)


def _elements(q: Question, paths: list[Mapping[str, _Regimen]]) -> list[tuple[Element, ...]]:
    """The elements of each path, with one element for one regimen in one epoch."""
    terms = epoch_terms({s: q.labels.get(s, "") for s in q.epochs})
    blocks = list(dict.fromkeys((s, path[s]) for s in q.epochs for path in paths))
    codes: list[str] = []
    for s, _ in blocks:
        codes.append(_element_code(s, codes))
    names = distinct(
        (f"{regimen_text(q, doses)}, {named(q, s)}", c) for (s, doses), c in zip(blocks, codes, strict=True)
    )
    starts = distinct((_start(q, s, doses), c) for (s, doses), c in zip(blocks, codes, strict=True))
    made = {
        (s, doses): Element(etcd, name, start, _end(q, s), terms[s])
        for (s, doses), etcd, name, start in zip(blocks, codes, names, starts, strict=True)
    }
    first = Element("SCREEN", "Screening", "Informed consent", "Screening assessments are complete", SCREENING)
    last = Element("FU", "Follow-up", "End of the last treatment Element", "End of study participation", FOLLOW_UP)
    return [(first, *(made[s, path[s]] for s in q.epochs), last) for path in paths]


def _element_code(epoch: str, taken: list[str]) -> str:
    """`INDUC1`, `INDUC2`, ...: five letters of the epoch and a number."""
    stem = re.sub(r"[^A-Z0-9]", "", code(epoch, 40))[:5] or "EPOCH"
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def _start(q: Question, epoch: str, doses: _Regimen) -> str:
    if doses == ():
        return f"Start of {named(q, epoch)} without study treatment"
    return f"First dose of {named(q, epoch)}: {regimen_text(q, doses)}"


def _end(q: Question, epoch: str) -> str:
    cycles = q.cycles.get(epoch)
    if cycles is None:
        return "End of the planned cycles"
    return f"End of {cycles:g} cycle{'' if cycles == 1 else 's'} after the start of the Element"
