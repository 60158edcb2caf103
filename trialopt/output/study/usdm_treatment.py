"""Interventions, arms, epochs, elements and cells of a USDM document."""

from __future__ import annotations

from typing import Any

from trialopt.output.study import usdm_terms as terms
from trialopt.output.study.plan import Given, Study, StudyArm
from trialopt.output.study.usdm_maker import Maker, chained

Json = dict[str, Any]
Doses = tuple[Given, ...] | None


def interventions(m: Maker, study: Study) -> dict[str, Json]:
    """Agent -> its intervention, with an administration for each dose it is given at."""
    experimental = {
        one.agent for arm in study.arms if not arm.control for doses in arm.given.values() for one in doses or ()
    }
    made = {}
    for agent, first in study.agents.items():
        doses = {
            one.words: one
            for arm in study.arms
            for part in arm.given.values()
            for one in part or ()
            if one.agent == agent
        }
        made[agent] = m.make(
            "StudyIntervention",
            name=agent,
            label=agent,
            description=first.group or agent,
            role=m.code(terms.ROLES[agent in experimental]),
            type=m.code(terms.TYPES[first.kind]),
            codes=[],
            administrations=[_administration(m, number, one) for number, one in enumerate(doses.values(), start=1)],
        )
    return made


def _administration(m: Maker, number: int, one: Given) -> Json:
    """Dose and route stay in words: coded, they call for a product with its dose form, which no design knows."""
    often = terms.frequency(one.days, one.cycle_days)
    return m.make(
        "Administration",
        name=f"{one.agent} {number}",
        label=one.words,
        description=" ".join(filter(None, (one.agent, one.how))),
        dose=None,
        route=None,
        frequency=None if often is None else m.alias(often),
        administrableProductId=None,
        duration=m.make(
            "Duration",
            text="For the planned cycles of the epoch, or until progression or unacceptable toxicity",
            durationWillVary=True,
            reasonDurationWillVary="Ends early at progression or unacceptable toxicity",
        ),
    )


def arms_and_cells(
    m: Maker, study: Study, given: dict[str, Json], population: Json
) -> tuple[list[Json], list[Json], list[Json], list[Json]]:
    """Arms, cells, elements and epochs, each a list of objects."""
    epochs = _epochs(m, study)
    cohorts = {cohort["name"]: cohort["id"] for cohort in population["cohorts"]}
    arms = [_arm(m, arm, [cohorts[g] for g in arm.cohorts]) for arm in study.arms]
    elements: dict[tuple[str, Any], Json] = {}
    cells = []
    for arm, made in zip(study.arms, arms, strict=True):
        path: list[tuple[str, Doses]] = [("", ()), *arm.given.items(), ("-", ())]
        for (epoch, doses), place in zip(path, epochs, strict=True):
            key = (epoch, None if doses is None else tuple(one.words for one in doses))
            if key not in elements:
                elements[key] = _element(m, study, epoch, doses, given, len(elements) + 1)
            cells.append(m.make("StudyCell", armId=made["id"], epochId=place["id"], elementIds=[elements[key]["id"]]))
    return arms, cells, list(elements.values()), epochs


def _epochs(m: Maker, study: Study) -> list[Json]:
    """Screening, the epochs of the design, follow-up, in order."""
    planned = [("Screening", terms.SCREENING), *((name, terms.TREATMENT) for name in study.epochs.values())]
    made = [
        m.make("StudyEpoch", name=name, label=name, description=name, type=m.code(term))
        for name, term in (*planned, ("Follow-up", terms.FOLLOW_UP))
    ]
    chained(made)
    return made


def _arm(m: Maker, arm: StudyArm, cohorts: list[str]) -> Json:
    return m.make(
        "StudyArm",
        name=arm.code,
        label=arm.title,
        description=arm.title,
        type=m.code(terms.NO_INTERVENTION if arm.untreated else terms.ARMS[arm.control]),
        dataOriginDescription="Patients of this study",
        dataOriginType=m.code(terms.DATA_ORIGIN),
        populationIds=cohorts,
    )


def _element(m: Maker, study: Study, epoch: str, doses: Doses, given: dict[str, Json], number: int) -> Json:
    if not epoch:
        name, start, end = "Screening", "Informed consent", "Screening assessments are complete"
    elif epoch == "-":
        name, start, end = "Follow-up", "End of the last treatment element", "End of study participation"
    else:
        cycles = study.cycles.get(epoch)
        told = "control treatment" if doses is None else " + ".join(one.words for one in doses) or "no treatment"
        name = f"{study.epochs[epoch]} {number}"
        start = f"First dose of {told}" if doses else f"Start of {study.epochs[epoch]}"
        end = (
            f"End of {cycles:g} cycles, progression or unacceptable toxicity" if cycles else "End of the planned cycles"
        )
        return m.make(
            "StudyElement", name=name, label=told, description=told, **_rules(m, name, start, end),
            studyInterventionIds=[given[one.agent]["id"] for one in doses or ()],
        )  # fmt: skip
    return m.make(
        "StudyElement", name=name, label=name, description=name, **_rules(m, name, start, end), studyInterventionIds=[]
    )


def _rules(m: Maker, name: str, start: str, end: str) -> Json:
    return {
        "transitionStartRule": m.make("TransitionRule", name=f"Start of {name}", text=start),
        "transitionEndRule": m.make("TransitionRule", name=f"End of {name}", text=end),
    }
