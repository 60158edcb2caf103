"""A study as ClinicalTrials.gov's protocol registration system (PRS) takes it: XML for a partial upload.

Elements and words are those of the PRS upload schema (ProtocolRecordSchema.xsd, `study_collection`) and of the
ClinicalTrials.gov Protocol Registration Data Element Definitions. What the design does not know is left out, and
`lacking` says what that is: a partial upload is completed in PRS. An element that the schema wants and nobody has given
is there and empty, since every word that could stand in it, as `N/A`, means something.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from trialopt.output.formats import ExportError
from trialopt.output.study.plan import CRITERIA, ENDPOINTS, Given, Study, StudyArm, missing, planned
from trialopt.output.study.registers import register
from trialopt.output.study.registry_check import problems
from trialopt.output.study.registry_words import (
    BLIND,
    LONGEST_LABEL,
    MASKED,
    NAMESPACE,
    NO_LIMIT,
    PHASES,
    SEXES,
    TYPES,
)
from trialopt.record.solution import Solution

NEEDED = {
    "protocol_id": "the sponsor's unique protocol id",
    "sponsor": "the responsible organisation",
    "phase": "the phase of the study",
    "blinding": "the masking",
    "minimum_age": "the youngest patient",
    "sex": "whom the trial takes",
}
"""Facts a record cannot do without, and what they are for."""

DAYS_OF_MONTH = 365.25 / 12


def files(solution: Solution) -> dict[str, bytes]:
    """One document, `design.xml`. Raises `ExportError` where the registry would refuse the record."""
    root = record(planned(solution))
    if found := problems(root):
        raise ExportError("the registry would refuse the record: " + "; ".join(found))
    indent(root, " ")
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return {"design.xml": text + b"\n"}


def lacking(study: Study) -> list[str]:
    """What PRS asks for and nobody has given."""
    return missing(study, NEEDED)


def record(study: Study) -> Element:
    """The upload as a tree."""
    collection = Element("prs:study_collection", {"xmlns:prs": NAMESPACE})
    root = SubElement(collection, "clinical_study", partial_upload="true")
    _identity(root, study)
    _text(root, "brief_title", study.title[:300])
    _text(root, "official_title", str(study.facts.get("official_title") or study.title)[:600])
    if sponsor := study.facts.get("sponsor"):
        _text(SubElement(SubElement(root, "sponsors"), "lead_sponsor"), "agency", str(sponsor))
    _block(root, "brief_summary", _summary(study))
    if start := study.facts.get("start_date"):
        _text(root, "start_date", str(start)[:7])
        _text(root, "start_date_type", "Anticipated")
    _design(root, study)
    for arm in study.arms if study.randomised else ():
        outcome = _outcome(study, arm)
        if outcome is not None:
            root.append(outcome)
    if study.patients is not None:
        _text(root, "enrollment", str(study.patients))
        _text(root, "enrollment_type", "Anticipated")
    _text(root, "condition", str(study.facts.get("indication") or "Multiple Myeloma"))
    for arm in study.arms:
        root.append(_arm(study, arm))
    for one in study.agents.values():
        root.append(_intervention(study, one))
    root.append(_eligibility(study))
    return collection


def _identity(root: Element, study: Study) -> None:
    ids = SubElement(root, "id_info")
    _text(ids, "org_name", str(study.facts.get("sponsor") or ""))
    _text(ids, "org_study_id", str(study.facts.get("protocol_id") or study.id))
    number = str(study.facts.get("identifier") or "")
    named = register(number)
    if number and named != "ClinicalTrials.gov":  # its own number is no second one
        second = SubElement(ids, "secondary_id")
        _text(second, "id", number)
        if named == "EudraCT":
            _text(second, "id_type", "EudraCT Number")
        else:
            _text(second, "id_type", "Registry Identifier" if named else "Other Identifier")
            _text(second, "id_domain", named or "Number in a register of trials")


def _summary(study: Study) -> str:
    """What is compared, an arm a sentence: what is given, to whom, against what."""
    told = []
    for arm in study.arms:
        if arm.control:
            continue
        others = [one for one in study.arms if one.control and one.against == arm.code and not arm.without]
        against = f", against {others[0].code}, {others[0].title}" if others else ""
        without = f" (as {arm.against}, without {arm.without})" if arm.without else ""
        told.append(f"{arm.code}{without} is {arm.title}{against}, in cohorts {'; '.join(study.names_of(arm))}.")
    how = "Patients of each cohort are randomised between an experimental arm and its concurrent control."
    return " ".join([f"{study.title.rstrip('.')}.", *([how] if study.randomised else []), *told])


def _design(root: Element, study: Study) -> None:
    design = SubElement(root, "study_design")
    _text(design, "study_type", "Interventional")
    inner = SubElement(design, "interventional_design")
    _text(inner, "interventional_subtype", "Treatment")
    _text(inner, "phase", PHASES.get(study.facts.get("phase", ""), ""))
    _text(inner, "assignment", "Parallel Assignment" if len(study.arms) > 1 else "Single Group Assignment")
    one_arm = len(study.arms) == 1
    _text(inner, "allocation", "Randomized" if study.randomised else NO_LIMIT if one_arm else "Non-randomized")
    if blinding := study.facts.get("blinding"):
        _text(inner, "no_masking", "yes" if blinding == "open" else "no")
        for k, who in enumerate(MASKED):
            _text(inner, who, "yes" if k < BLIND[blinding] else "no")
    _text(inner, "number_of_arms", str(len(study.arms)))


def _outcome(study: Study, arm: StudyArm) -> Element | None:
    """The primary outcome of an arm; its control has none of its own."""
    if arm.control:
        return None
    outcome, measure = Element("primary_outcome"), ENDPOINTS.get(study.endpoint, study.endpoint)
    _text(outcome, "outcome_measure", f"{measure}, {arm.comparison}")
    whom = f"in cohorts {'; '.join(study.names_of(arm))}"
    _block(outcome, "outcome_description", f"{CRITERIA.get(study.endpoint, study.endpoint)}; {whom}")
    _text(outcome, "outcome_time_frame", _frame(study, arm))
    return outcome


def _frame(study: Study, arm: StudyArm) -> str:
    """When the outcome is read, as far as months, cycles and their lengths say."""
    if study.endpoint == "pfs":
        until = f"up to about {math.ceil(arm.months)} months" if arm.months else "up to the final analysis"
        return f"From randomisation to progression or death, {until}"
    last = arm.read_in or next(iter(study.epochs))
    days = 0.0
    for epoch in list(study.epochs)[: list(study.epochs).index(last) + 1]:
        lengths = [one.cycle_days for one in arm.given.get(epoch) or () if one.cycle_days]
        days += study.cycles.get(epoch, 0.0) * max(lengths, default=0) if lengths else math.nan
    about = "" if not days or math.isnan(days) else f", about {round(days / DAYS_OF_MONTH)} months from its start"
    return f"At the end of {study.epochs[last].lower()}{_cycles(study, last)}{about}"


def _cycles(study: Study, epoch: str) -> str:
    cycles = study.cycles.get(epoch)
    return "" if cycles is None else f" ({cycles:g} cycle{'' if cycles == 1 else 's'})"


def _arm(study: Study, arm: StudyArm) -> Element:
    group = Element("arm_group")
    _text(group, "arm_group_label", _label(arm))
    unknown = None in arm.given.values()
    kind = "Other" if unknown else "Active Comparator" if arm.control else "Experimental"
    _text(group, "arm_type", "No Intervention" if arm.untreated else kind)
    lines = [f"Cohorts: {'; '.join(study.names_of(arm))}."]
    for epoch, given in arm.given.items():
        told = "not specified" if given is None else "; ".join(one.words for one in given) or "no treatment"
        lines.append(f"{study.epochs[epoch]}{_cycles(study, epoch)}: {told}.")
    _block(group, "arm_group_description", " ".join(lines))
    return group


def _label(arm: StudyArm) -> str:
    text = f"{arm.code}: {arm.title}"
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 3].rstrip()}..."


def _intervention(study: Study, one: Given) -> Element:
    made = Element("intervention")
    _text(made, "intervention_type", TYPES[one.kind])
    _text(made, "intervention_name", one.agent)
    doses = dict.fromkeys(
        text for arm in study.arms for given in arm.given.values() for each in given or () if each.agent == one.agent
        for text in [each.how or each.agent]
    )  # fmt: skip
    _block(made, "intervention_description", "; or ".join(doses))
    for arm in study.arms:
        if any(each.agent == one.agent for given in arm.given.values() for each in given or ()):
            _text(made, "arm_group_label", _label(arm))
    return made


def _eligibility(study: Study) -> Element:
    made = Element("eligibility")
    _block(made, "criteria", "\n".join(_criteria(study)))
    _text(made, "healthy_volunteers", "no")
    _text(made, "gender", SEXES.get(study.facts.get("sex", ""), ""))
    for key, otherwise in (("minimum_age", ""), ("maximum_age", NO_LIMIT)):
        age = study.facts.get(key)
        _text(made, key, f"{age} Years" if age else otherwise)
    return made


def _criteria(study: Study) -> Iterator[str]:
    yield "Inclusion Criteria:"
    yield ""
    for cohort in study.cohorts:
        yield f" * For cohort {cohort.name}: {cohort.definition or 'belongs to the cohort'}"


def _text(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _block(parent: Element, tag: str, text: str) -> None:
    _text(SubElement(parent, tag), "textblock", text)
