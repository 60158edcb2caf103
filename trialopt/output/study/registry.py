"""A study as ClinicalTrials.gov's protocol registration system (PRS) takes it: XML for a partial upload.

Elements and words are those of the PRS upload schema (ProtocolRecordSchema.xsd, `study_collection`) and of the
ClinicalTrials.gov Protocol Registration Data Element Definitions. What the design does not know is left out, and
`lacking` says what that is: a partial upload is completed in PRS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from trialopt.output.study.plan import CRITERIA, ENDPOINTS, Given, Study, StudyArm, missing, planned
from trialopt.record.solution import Solution

PHASES = {
    "1": "Phase 1", "1/2": "Phase 1/Phase 2", "2": "Phase 2", "2/3": "Phase 2/Phase 3", "3": "Phase 3", "4": "Phase 4",
}  # fmt: skip
MASKED = ("masked_subject", "masked_investigator", "masked_assessor", "masked_caregiver")
BLIND = {"open": 0, "single": 1, "double": 2, "triple": 3, "quadruple": 4}
"""How many of the four, in that order, do not know the treatment."""
SEXES = {"all": "All", "female": "Female", "male": "Male"}
TYPES = {
    "small_molecule": "Drug", "biologic": "Biological/Vaccine", "cell_therapy": "Biological/Vaccine",
    "procedure": "Procedure/Surgery",
}  # fmt: skip
NAMESPACE = "http://clinicaltrials.gov/prs"
UNKNOWN = "N/A"
"""Stands where the schema wants a word and nobody has given one; `lacking` names it."""

NEEDED = {
    "protocol_id": "the sponsor's unique protocol id",
    "sponsor": "the responsible organisation",
    "phase": "the phase of the study",
    "blinding": "the masking",
    "minimum_age": "the youngest patient",
    "sex": "whom the trial takes",
}
"""Facts a record cannot do without, and what they are for."""

LONGEST_LABEL = 100
"""Most characters of an arm's label in PRS."""


def files(solution: Solution) -> dict[str, bytes]:
    """One document, `design.xml`."""
    root = record(planned(solution))
    indent(root, " ")
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return {"design.xml": text + b"\n"}


def lacking(study: Study) -> list[str]:
    """What PRS asks for and nobody has given."""
    return missing(study, NEEDED)


WORDS: Mapping[str, frozenset[str]] = {
    "phase": frozenset((*PHASES.values(), "Early Phase 1", UNKNOWN)),
    "assignment": frozenset(("Parallel Assignment", "Single Group Assignment")),
    "allocation": frozenset(("Randomized", "Non-randomized", UNKNOWN)),
    "arm_type": frozenset(("Experimental", "Active Comparator", "No Intervention", "Other")),
    "intervention_type": frozenset(TYPES.values()),
    "gender": frozenset(SEXES.values()),
    "enrollment_type": frozenset(("Anticipated", "Actual")),
}
"""Words that PRS takes in an element, as its data element definitions list them."""

NEVER_MISSING = ("org_name", "org_study_id", "study_type", "brief_title", "official_title", "criteria", "condition")


def problems(collection: Element) -> list[str]:
    """What PRS would refuse in an upload: unknown words, missing elements, arms that nobody describes or refers to."""
    found = [f"{tag} is missing" for tag in NEVER_MISSING if collection.find(f".//{tag}") is None]
    for tag, words in WORDS.items():
        found += [f"{tag} {e.text!r} is no word of PRS" for e in collection.iter(tag) if e.text not in words]
    arms = [e.findtext("arm_group_label") for e in collection.iter("arm_group")]
    found += [f"two arms are called {label!r}" for label in {a for a in arms if arms.count(a) > 1}]
    used = {e.text for one in collection.iter("intervention") for e in one.iter("arm_group_label")}
    found += [f"an intervention names the arm {label!r}, which is none" for label in sorted(used - set(arms), key=str)]
    count = collection.findtext(".//number_of_arms")
    if count != str(len(arms)):
        found.append(f"number_of_arms is {count}, and {len(arms)} arms are described")
    return found


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
    _text(ids, "org_name", str(study.facts.get("sponsor") or UNKNOWN))
    _text(ids, "org_study_id", str(study.facts.get("protocol_id") or study.id))
    if number := study.facts.get("identifier"):
        second = SubElement(ids, "secondary_id")
        _text(second, "id", str(number))
        _text(second, "id_type", "Registry Identifier")


def _summary(study: Study) -> str:
    arms = [arm for arm in study.arms if not arm.control]
    parts = [f"{arm.code}: {arm.title}, in {'; '.join(_names(study, arm))}." for arm in arms]
    against = " Each is compared with a concurrent control of the same cohorts." if study.randomised else ""
    return f"{study.title}.{against} {' '.join(parts)}"


def _names(study: Study, arm: StudyArm) -> list[str]:
    return [cohort.name for cohort in study.cohorts if cohort.id in arm.cohorts]


def _design(root: Element, study: Study) -> None:
    design = SubElement(root, "study_design")
    _text(design, "study_type", "Interventional")
    inner = SubElement(design, "interventional_design")
    _text(inner, "interventional_subtype", "Treatment")
    _text(inner, "phase", PHASES.get(study.facts.get("phase", ""), UNKNOWN))
    _text(inner, "assignment", "Parallel Assignment" if len(study.arms) > 1 else "Single Group Assignment")
    _text(
        inner, "allocation", "Randomized" if study.randomised else "Non-randomized" if len(study.arms) > 1 else UNKNOWN
    )
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
    _block(outcome, "outcome_description", CRITERIA.get(study.endpoint, study.endpoint))
    _text(outcome, "outcome_time_frame", _frame(study))
    return outcome


def _frame(study: Study) -> str:
    """When the outcome is read, as far as cycles and their lengths say."""
    if study.endpoint == "pfs":
        return "From randomisation to progression or death, up to the final analysis"
    lengths = {one.cycle_days for one in study.agents.values() if one.cycle_days}
    first = next(iter(study.cycles.values()), None)
    if first and len(lengths) == 1:
        return f"About {round(first * lengths.pop() / 30.4)} months (end of {next(iter(study.epochs.values()))})"
    return f"End of {next(iter(study.epochs.values()))}"


def _arm(study: Study, arm: StudyArm) -> Element:
    group = Element("arm_group")
    _text(group, "arm_group_label", _label(arm))
    _text(group, "arm_type", "Active Comparator" if arm.control else "Experimental")
    lines = [f"Cohorts: {'; '.join(_names(study, arm))}."]
    for epoch, given in arm.given.items():
        told = "not specified" if given is None else "; ".join(one.words for one in given) or "no treatment"
        lines.append(f"{study.epochs[epoch]}: {told}.")
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
        for text in [_dose(each)]
    )  # fmt: skip
    _block(made, "intervention_description", "; ".join(doses))
    for arm in study.arms:
        if any(each.agent == one.agent for given in arm.given.values() for each in given or ()):
            _text(made, "arm_group_label", _label(arm))
    return made


def _dose(one: Given) -> str:
    route = "" if not one.route or one.route in one.dose else f" {one.route}"
    return f"{one.dose or one.agent}{route}"


def _eligibility(study: Study) -> Element:
    made = Element("eligibility")
    _block(made, "criteria", "\n".join(_criteria(study)))
    _text(made, "gender", SEXES[study.facts.get("sex", "all")])
    for key in ("minimum_age", "maximum_age"):
        age = study.facts.get(key)
        _text(made, key, f"{age} Years" if age else UNKNOWN)
    return made


def _criteria(study: Study) -> Iterator[str]:
    yield "Inclusion criteria:"
    for cohort in study.cohorts:
        yield f" * For cohort {cohort.name}: {cohort.definition or 'belongs to the cohort'}"


def _text(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _block(parent: Element, tag: str, text: str) -> None:
    _text(SubElement(parent, tag), "textblock", text)
