"""Our own check of a record for ClinicalTrials.gov: what its registration system would refuse."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from trialopt.output.study.registry_words import (
    LONGEST_BRIEF,
    LONGEST_FRAME,
    LONGEST_LABEL,
    LONGEST_MEASURE,
    LONGEST_OFFICIAL,
    MASKED,
    MAY_BE_EMPTY,
    WORDS,
)

NEVER_MISSING = (
    *("org_name", "org_study_id", "study_type", "phase", "allocation", "brief_title", "official_title"),
    *("criteria", "condition", "arm_group", "intervention", "eligibility", "minimum_age", "maximum_age", "gender"),
)
LONGEST = {
    "brief_title": LONGEST_BRIEF,
    "official_title": LONGEST_OFFICIAL,
    "arm_group_label": LONGEST_LABEL,
    "outcome_measure": LONGEST_MEASURE,
    "outcome_time_frame": LONGEST_FRAME,
}
"""Element -> most characters of its text."""

ORDER = (
    *("id_info", "brief_title", "official_title", "sponsors", "brief_summary", "start_date", "start_date_type"),
    *("study_design", "primary_outcome", "enrollment", "enrollment_type", "condition", "arm_group", "intervention"),
    "eligibility",
)
"""Parts of a record as the schema orders them."""

_AGE = re.compile(r"(\d+ (Years|Months|Weeks|Days)|N/A|)")


def problems(collection: Element) -> list[str]:
    """Unknown words, missing or empty elements, parts out of order, and arms that nobody describes or refers to."""
    return [*_texts(collection), *_arms(collection), *_outcomes(collection), *_numbers(collection)]


def _texts(collection: Element) -> Iterator[str]:
    yield from (f"{tag} is missing" for tag in NEVER_MISSING if collection.find(f".//{tag}") is None)
    for element in collection.iter():
        tag, text = element.tag, (element.text or "").strip()
        if not len(element) and not text and tag not in MAY_BE_EMPTY:
            yield f"{tag} is empty"
        if tag in WORDS and text not in WORDS[tag] and (text or tag not in MAY_BE_EMPTY):
            yield f"{tag} {text!r} is no word of PRS"
        if len(text) > LONGEST.get(tag, len(text)):
            yield f"{tag} has {len(text)} characters, and PRS takes {LONGEST[tag]}"
    for record in collection.iter("clinical_study"):
        places = [ORDER.index(part.tag) if part.tag in ORDER else -1 for part in record]
        if places != sorted(places) or -1 in places:
            yield f"parts of the record are unknown or out of order: {', '.join(part.tag for part in record)}"


def _arms(collection: Element) -> Iterator[str]:
    groups = list(collection.iter("arm_group"))
    arms = [group.findtext("arm_group_label") for group in groups]
    yield from (f"two arms are called {label!r}" for label, count in Counter(arms).items() if count > 1)
    used = {e.text for one in collection.iter("intervention") for e in one.iter("arm_group_label")}
    yield from (
        f"an intervention names the arm {label!r}, which is none" for label in sorted(used - set(arms), key=str)
    )
    for group in groups:
        label, kind = group.findtext("arm_group_label"), group.findtext("arm_type")
        if label not in used and kind in ("Experimental", "Active Comparator"):
            yield f"the arm {label!r} has no intervention"
    for one in collection.iter("intervention"):
        if one.find("arm_group_label") is None:
            yield f"{one.findtext('intervention_name')} is given in no arm"
    names = Counter(one.findtext("intervention_name") for one in collection.iter("intervention"))
    yield from (f"two interventions are called {name!r}" for name, count in names.items() if count > 1)
    count = collection.findtext(".//number_of_arms")
    if count != str(len(arms)):
        yield f"number_of_arms is {count}, and {len(arms)} arms are described"


def _outcomes(collection: Element) -> Iterator[str]:
    outcomes = list(collection.iter("primary_outcome"))
    randomised = collection.findtext(".//allocation") == "Randomized"
    if randomised and not outcomes:
        yield "a randomised trial has no primary outcome"
    for one in outcomes:
        if not (one.findtext("outcome_time_frame") or "").strip():
            yield f"{one.findtext('outcome_measure')} has no time frame"
    measures = Counter(one.findtext("outcome_measure") for one in outcomes)
    yield from (f"two primary outcomes are called {name!r}" for name, count in measures.items() if count > 1)


def _numbers(collection: Element) -> Iterator[str]:
    for element in collection.iter("enrollment"):
        if not (element.text or "").isdigit() or not int(element.text or 0):
            yield f"enrollment is {element.text!r}, not a number of patients"
    for tag in ("minimum_age", "maximum_age"):
        for element in collection.iter(tag):
            if not _AGE.fullmatch(element.text or ""):
                yield f"{tag} is {element.text!r}, not as `18 Years`"
    for design in collection.iter("interventional_design"):
        masked = [who for who in MASKED if design.findtext(who) == "yes"]
        if design.find("no_masking") is not None and (design.findtext("no_masking") == "yes") is bool(masked):
            yield f"no_masking is {design.findtext('no_masking')}, and {len(masked)} are masked"
        arms = design.findtext("number_of_arms")
        if (arms == "1") is not (design.findtext("assignment") == "Single Group Assignment"):
            yield f"{design.findtext('assignment')} with {arms} arms"
