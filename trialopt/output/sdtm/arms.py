"""A planned study as arms and their elements: what the TA, TE and TV records are written from.

The arms are those that are compared; subgroups are cohorts, strata of the randomisation, and no arms of their own.
Every arm begins with a screening element, at whose end patients are randomised, and ends with a follow-up element;
between them stands one element per treatment epoch. An element is one regimen for a number of days or cycles, so arms
and epochs that give the same share it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from trialopt.output.sdtm.terms import FOLLOW_UP, LONGEST, SCREENING, ascii_text, code, distinct, epoch_terms, fitted
from trialopt.output.study.plan import Given, Study, StudyArm

LONGEST_ELEMENT = 40
"""Names of elements and arms that fit a label (SDTMIG 3.4, 7.2.2: ELEMENT up to 40 characters)."""

Regimen = tuple[Given, ...] | None
"""What is given in an epoch; `None` where a control is sized but its regimen is not given."""


@dataclass(frozen=True)
class Element:
    """One building block: its code and name, when it starts and ends, and how many days it lasts if that is known."""

    etcd: str
    element: str
    start: str
    end: str
    days: int | None = None


@dataclass(frozen=True)
class Stage:
    """An element where an arm meets it."""

    element: Element
    epoch: str
    """Controlled term of the epoch."""


@dataclass(frozen=True)
class PlannedArm:
    """One arm and the stages it goes through in order."""

    armcd: str
    arm: str
    branch: str
    """What puts a subject on this arm at the end of screening."""
    stages: tuple[Stage, ...]
    visits: tuple[tuple[str, str, int | None], ...]
    """Name of each visit, when it is, and on which day of the study; `None` where cycles have no length."""


@dataclass(frozen=True)
class Plan:
    """All arms of a study, in order."""

    arms: tuple[PlannedArm, ...]

    @property
    def elements(self) -> tuple[Element, ...]:
        """Every element once: screening, treatments in the order in which arms meet them, follow-up."""
        length = max(len(arm.stages) for arm in self.arms)
        met = (arm.stages[k].element for k in range(length) for arm in self.arms if k < len(arm.stages))
        return tuple(dict.fromkeys(met))


def plan(study: Study) -> Plan:
    """The arms of a study, in its order, each with its elements and visits."""
    terms = epoch_terms(study.epochs)
    elements = _elements(study)
    codes: list[str] = []
    for arm in study.arms:
        codes.append(code(arm.code, 20, codes))
    names = distinct((_arm_name(arm), armcd) for arm, armcd in zip(study.arms, codes, strict=True))
    return Plan(
        tuple(
            PlannedArm(
                armcd=armcd,
                arm=name,
                branch=_branch(armcd, name, study.randomised),
                stages=(
                    Stage(_SCREEN, SCREENING),
                    *(Stage(elements[_block(study, s, arm.given[s])], terms[s]) for s in study.epochs),
                    Stage(_LAST, FOLLOW_UP),
                ),
                visits=tuple(_visits(study, arm, terms)),
            )
            for arm, armcd, name in zip(study.arms, codes, names, strict=True)
        )
    )


# -- Arms. --------------------------------------------------------------------------------------------------------


def _arm_name(arm: StudyArm) -> str:
    """`A1: Carfilzomib, then lenalidomide`; with its code, so that no element has the name of an arm."""
    return f"{arm.code}{', control' if arm.control else ''}: {arm.title}"


def _branch(armcd: str, arm: str, randomised: bool) -> str:
    words = f"{'Randomized' if randomised else 'Assigned'} to "
    return words + (arm if len(words + arm) <= LONGEST else armcd)


# -- Elements. ----------------------------------------------------------------------------------------------------

_SCREEN = Element("SCREEN", "Screening", "Informed consent", "Screening assessments are complete")
_LAST = Element("FU", "Follow-up", "End of the last treatment Element", "End of study participation")

_Block = tuple[Regimen, float | None]
"""A regimen and its number of cycles."""


def _block(study: Study, epoch: str, regimen: Regimen) -> _Block:
    return regimen, study.cycles.get(epoch)


def _elements(study: Study) -> dict[_Block, Element]:
    """The element of each regimen with its number of cycles, in the order in which arms meet them."""
    blocks = list(dict.fromkeys(_block(study, s, arm.given[s]) for s in study.epochs for arm in study.arms))
    codes = [f"TRT{number}" for number in range(1, len(blocks) + 1)]
    names = _element_names(blocks, codes)
    starts = distinct((_start(regimen, cycles), c) for (regimen, cycles), c in zip(blocks, codes, strict=True))
    return {
        block: Element(etcd, name, start, _end(*block), _days(*block))
        for block, etcd, name, start in zip(blocks, codes, names, starts, strict=True)
    }


def _element_names(blocks: list[_Block], codes: list[str]) -> list[str]:
    """Agents of the regimen, and how often, where it takes that to tell elements apart; at most 40 characters."""
    plain = [_agents(regimen) for regimen, _ in blocks]
    repeated = Counter(plain)
    told = [
        f"{text}, {cycles:g} cycles" if repeated[text] > 1 and cycles is not None else text
        for text, (_, cycles) in zip(plain, blocks, strict=True)
    ]
    again = Counter(told)
    return [
        ascii_text(text)
        if again[text] == 1 and len(ascii_text(text)) <= LONGEST_ELEMENT
        else fitted(text, "", LONGEST_ELEMENT - len(etcd) - 3) + f" [{etcd}]"
        for text, etcd in zip(told, codes, strict=True)
    ]


def _agents(regimen: Regimen) -> str:
    """`Carfilzomib + Dexamethasone`."""
    if regimen is None:
        return "Control treatment"
    if any(one.only for one in regimen):
        return "Control treatment by cohort"
    return " + ".join(one.agent for one in regimen) or "No study treatment"


def regimen_text(regimen: Regimen) -> str:
    """A regimen with its doses: `Carfilzomib 20/56 mg/m2 + Dexamethasone 40 mg weekly`."""
    if regimen is None:
        return "Control treatment, regimen not specified"
    return " + ".join(one.words for one in regimen) or "No study treatment"


def _start(regimen: Regimen, cycles: float | None) -> str:
    if regimen == ():
        return "End of the Element before, without study treatment" + _times(cycles)
    return f"First dose of {regimen_text(regimen)}" + _times(cycles)


def _times(cycles: float | None) -> str:
    return "" if cycles is None else f", {cycles:g} cycle{'' if cycles == 1 else 's'}"


def _end(regimen: Regimen, cycles: float | None) -> str:
    if cycles is None:
        return "End of the planned cycles"
    length = cycle_length(regimen)
    of = "" if length is None else f" of {length} days"
    return f"End of {cycles:g} cycle{'' if cycles == 1 else 's'}{of} after the start of the Element"


def cycle_length(regimen: Regimen) -> int | None:
    """Days of a cycle, if the agents of the regimen that have one agree on it."""
    lengths = {one.cycle_days for one in regimen or () if one.cycle_days}
    return lengths.pop() if len(lengths) == 1 else None


def _days(regimen: Regimen, cycles: float | None) -> int | None:
    length = cycle_length(regimen)
    return None if cycles is None or length is None else round(cycles * length)


# -- Visits. ------------------------------------------------------------------------------------------------------


def _visits(study: Study, arm: StudyArm, terms: Mapping[str, str]) -> list[tuple[str, str, int | None]]:
    """Screening, the first day of every cycle, and follow-up; day 1 is that of the first dose."""
    visits: list[tuple[str, str, int | None]] = [(SCREENING, "Informed consent", None)]
    day: int | None = 1
    for epoch, name in study.epochs.items():
        cycles, length = study.cycles.get(epoch, 1.0), cycle_length(arm.given[epoch])
        for cycle in range(1, max(math.ceil(cycles), 1) + 1):
            then = None if day is None or (length is None and cycle > 1) else day + (cycle - 1) * (length or 0)
            visits.append(
                (f"{name.upper()} CYCLE {cycle} DAY 1", f"Start of cycle {cycle} of the {terms[epoch]} Epoch", then)
            )
        day = None if day is None or length is None else day + round(cycles * length)
    visits.append((FOLLOW_UP, f"Start of the {FOLLOW_UP} Epoch", day))
    return visits
