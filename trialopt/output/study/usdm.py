"""A study as the Unified Study Definitions Model 4.0 has it: one JSON document of plain dictionaries.

One arm for each arm of the design and each control, with its cohorts; a cell for each arm and epoch; elements with
transition rules and interventions; a cohort for each subgroup with its criterion and planned number; one primary
objective with an endpoint for each comparison; one main timeline. Identifiers are unique and every one referred to
exists: `usdm_check` sees to that, because validators do not.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from trialopt import __version__
from trialopt.output.formats import ExportError
from trialopt.output.study import usdm_terms as terms
from trialopt.output.study.plan import CRITERIA, ENDPOINTS, Study, missing, planned
from trialopt.output.study.registers import register
from trialopt.output.study.usdm_check import problems
from trialopt.output.study.usdm_maker import Maker, chained
from trialopt.output.study.usdm_schedule import encounters_and_timeline
from trialopt.output.study.usdm_treatment import arms_and_cells, interventions
from trialopt.record.solution import Solution

Json = dict[str, Any]

USDM = "4.0.0"

OLDEST = 120
"""Upper end of the planned ages where no limit is given: the model asks for a range."""

NEEDED = {
    "sponsor": "the organisation of the sponsor's role",
    "sponsor_type": "its kind",
    "sponsor_address": "its address",
    "protocol_id": "the sponsor's identifier of the study",
    "phase": "the phase",
    "blinding": "the blinding schema",
    "minimum_age": "the planned age",
    "sex": "the planned sex",
    "indication": "the disease",
    "indication_code": "its code",
    "rare_disease": "whether it is a rare one",
    "approval_date": "the date of approval",
}
"""Facts a document cannot do without, and what they are for."""


def files(solution: Solution) -> dict[str, bytes]:
    """One document, `usdm.json`. Raises `ExportError` where it would break the model."""
    data = document(planned(solution))
    if found := problems(data):
        raise ExportError("the study definition breaks its model: " + "; ".join(found))
    text = json.dumps(data, indent=1, ensure_ascii=False)
    return {"usdm.json": text.encode() + b"\n"}


def lacking(study: Study) -> list[str]:
    """What the model asks for and nobody has given."""
    return missing(study, NEEDED)


def document(study: Study) -> Json:
    """The whole document."""
    m = Maker()
    facts = study.facts
    given = interventions(m, study)
    items, criteria, population = _population(m, study)
    arms, cells, elements, epochs = arms_and_cells(m, study, given, population)
    encounters, activities, timeline = encounters_and_timeline(m, study, epochs, list(given.values()))
    design = m.make(
        "InterventionalStudyDesign",
        name=study.id,
        label=study.title,
        description=study.title,
        studyType=m.code(terms.INTERVENTIONAL),
        studyPhase=m.alias(terms.PHASES[facts["phase"]]) if facts.get("phase") else None,
        therapeuticAreas=[],
        characteristics=[m.code(terms.STRATIFIED if len(study.cohorts) > 1 else terms.RANDOMISED)]
        if study.randomised
        else [],
        encounters=encounters,
        activities=activities,
        arms=arms,
        studyCells=cells,
        rationale="Chosen among all designs that keep the rules and limits of the instance.",
        epochs=epochs,
        elements=elements,
        estimands=[],
        indications=[_indication(m, study)],
        studyInterventionIds=[one["id"] for one in given.values()],
        objectives=[_objective(m, study)],
        population=population,
        scheduleTimelines=[timeline],
        biospecimenRetentions=[],
        documentVersionIds=[],
        eligibilityCriteria=criteria,
        analysisPopulations=[],
        notes=[],
        subTypes=[m.code(terms.EFFICACY)],
        model=m.code(terms.PARALLEL if len(study.arms) > 1 else terms.SINGLE_GROUP),
        intentTypes=[m.code(terms.TREATMENT_INTENT)],
        blindingSchema=m.alias(terms.BLINDING[facts["blinding"]]) if facts.get("blinding") else None,
    )
    organizations, identifiers = _organizations(m, study)
    version = m.make(
        "StudyVersion",
        versionIdentifier="1",
        rationale="First version, as designed.",
        documentVersionIds=[],
        dateValues=_dates(m, study),
        amendments=[],
        businessTherapeuticAreas=[],
        studyIdentifiers=identifiers,
        referenceIdentifiers=[],
        studyDesigns=[design],
        titles=[m.make("StudyTitle", text=study.title, type=m.code(terms.OFFICIAL_TITLE))],
        eligibilityCriterionItems=items,
        narrativeContentItems=[],
        abbreviations=[],
        organizations=organizations,
        studyInterventions=list(given.values()),
        administrableProducts=[],
    )
    version["roles"] = _roles(m, study, organizations[0]["id"], version["id"], design["id"])
    whole = m.make("Study", name=study.id, label=study.title, description=study.title, versions=[version])
    whole["documentedBy"] = []
    return {"study": whole, "usdmVersion": USDM, "systemName": "trialopt", "systemVersion": __version__}


def html(text: str) -> str:
    """A text as the templates of the model have it."""
    return f"<p>{escape(text, quote=False)}</p>"


def _population(m: Maker, study: Study) -> tuple[list[Json], list[Json], Json]:
    """Criterion items, criteria, and the population with a cohort for each subgroup."""
    items, criteria, cohorts = [], [], []
    sexes, age = study.facts.get("sex"), study.facts.get("minimum_age")
    for number, cohort in enumerate(study.cohorts, start=1):
        text = html(cohort.definition or f"Belongs to the cohort {cohort.name}")
        name = f"INCL{number:02d}"
        item = m.make("EligibilityCriterionItem", name=name, label=cohort.name, description=cohort.name, text=text)
        items.append(item)
        criterion = m.make(
            "EligibilityCriterion", name=name, label=cohort.name, description=cohort.name,
            category=m.code(terms.INCLUSION), identifier=name, criterionItemId=item["id"],
        )  # fmt: skip
        criteria.append(criterion)
        cohorts.append(
            m.make(
                "StudyCohort",
                name=cohort.id,
                label=cohort.name,
                description=cohort.definition or cohort.name,
                includesHealthySubjects=False,
                plannedEnrollmentNumber=None if cohort.patients is None else m.quantity(cohort.patients),
                plannedSex=[],
                criterionIds=[criterion["id"]],
                characteristics=[],
                indicationIds=[],
            )
        )
    chained(criteria)
    oldest = study.facts.get("maximum_age") or OLDEST
    population = m.make(
        "StudyDesignPopulation",
        name="Patients",
        label="All patients",
        description="; ".join(cohort.name for cohort in study.cohorts),
        includesHealthySubjects=False,
        plannedSex=[m.code(term) for term in terms.SEXES[sexes]] if sexes else [],
        criterionIds=[],
        plannedAge=None
        if age is None
        else m.make(
            "Range",
            minValue=m.quantity(age, terms.YEAR),
            maxValue=m.quantity(oldest, terms.YEAR),
            isApproximate=False,
        ),
        cohorts=cohorts,
    )
    return items, criteria, population


def _objective(m: Maker, study: Study) -> Json:
    measure = ENDPOINTS.get(study.endpoint, study.endpoint)
    endpoints = [
        m.make(
            "Endpoint",
            name=f"Primary endpoint of {arm.code}",
            label=measure,
            description=measure,
            text=html(f"{CRITERIA.get(study.endpoint, measure)}: {arm.comparison}, {', '.join(study.names_of(arm))}"),
            purpose="Efficacy",
            level=m.code(terms.PRIMARY_ENDPOINT),
        )
        for arm in study.arms
        if not arm.control
    ]
    return m.make(
        "Objective",
        name="Primary objective",
        label="Primary objective",
        description=f"{measure} of each experimental arm",
        text=html(
            f"To compare {measure.lower()} between each experimental arm and its concurrent control"
            if study.randomised
            else f"To estimate {measure.lower()} in each arm"
        ),
        level=m.code(terms.PRIMARY_OBJECTIVE),
        endpoints=endpoints,
    )


def _indication(m: Maker, study: Study) -> Json:
    facts, codes = study.facts, []
    name = str(facts.get("indication") or "Multiple myeloma")
    if number := facts.get("indication_code"):
        system = str(facts.get("indication_system") or "SNOMED")
        codes = [m.code((str(number), name), system, "1")]
    rare = {"yes": True, "no": False}.get(str(facts.get("rare_disease")))
    return m.make("Indication", name="Indication", label=name, description=name, codes=codes, isRareDisease=rare)


def _organizations(m: Maker, study: Study) -> tuple[list[Json], list[Json]]:
    """The sponsor and, with a registry's number, the registry; and the identifier that each has given."""
    facts = study.facts
    address = facts.get("sponsor_address")
    sponsor = m.make(
        "Organization",
        name=str(facts.get("sponsor") or "Sponsor to be named"),
        label=str(facts.get("sponsor") or "Sponsor to be named"),
        type=m.code(terms.SPONSOR_KINDS[facts["sponsor_type"]]) if facts.get("sponsor_type") else None,
        identifierScheme="name",
        identifier=str(facts.get("sponsor") or "to be named"),
        managedSites=[],
    )
    if address:  # an address that is there and `null` is a blank one to the rules of CDISC
        sponsor["legalAddress"] = m.make("Address", text=str(address), lines=[str(address)])
    organizations = [sponsor]
    identifiers = [
        m.make("StudyIdentifier", text=str(facts.get("protocol_id") or study.id), scopeId=sponsor["id"]),
    ]
    if number := facts.get("identifier"):
        name = register(str(number)) or "Register of trials, not named"
        registry = m.make(
            "Organization", name=name, label=name, type=m.code(terms.REGISTRY_KIND),
            identifierScheme="name", identifier=name, managedSites=[],
        )  # fmt: skip
        organizations.append(registry)
        identifiers.append(m.make("StudyIdentifier", text=str(number), scopeId=registry["id"]))
    return organizations, identifiers


def _roles(m: Maker, study: Study, sponsor: str, version: str, design: str) -> list[Json]:
    """The sponsor, and who does not know the treatment in a blinded study."""
    roles = [
        m.make(
            "StudyRole", name="Sponsor", label="Sponsor", description="Sponsor", code=m.code(terms.SPONSOR),
            appliesToIds=[version], assignedPersons=[], organizationIds=[sponsor],
        )
    ]  # fmt: skip
    masked = {"single": 1, "double": 2, "triple": 2, "quadruple": 2}.get(study.facts.get("blinding", "open"), 0)
    for name, term in (("Study subject", terms.SUBJECT), ("Investigator", terms.INVESTIGATOR))[:masked]:
        masking = m.make("Masking", text="Does not know the treatment", isMasked=True)
        roles.append(
            m.make(
                "StudyRole", name=name, label=name, description=name, code=m.code(term), appliesToIds=[design],
                assignedPersons=[], organizationIds=[], masking=masking,
            )
        )  # fmt: skip
    return roles


def _dates(m: Maker, study: Study) -> list[Json]:
    if not (day := study.facts.get("approval_date")):
        return []
    scope = m.make("GeographicScope", type=m.code(terms.GLOBAL))
    return [
        m.make(
            "GovernanceDate", name="Approval", label="Approval", description="Approval of the protocol",
            type=m.code(terms.APPROVAL), dateValue=str(day), geographicScopes=[scope],
        )
    ]  # fmt: skip
