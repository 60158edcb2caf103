"""Rules on visits and eligibility: TV and TI."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialopt.output.sdtm.domains import Study, records_of
from trialopt.output.sdtm.rules import filled, many_to_one, repeated, text
from trialopt.output.sdtm.terms import CATEGORIES, EPOCHS


def visit_arms_are_in_ta(study: Study) -> Iterator[str]:
    """CG0293 and CG0294, 7.3.1: ARMCD and ARM of TV, where populated, are those of TA."""
    for name in ("ARMCD", "ARM"):
        known = {text(record, name) for record in records_of(study, "TA")} | {""}
        for value in sorted({text(record, name) for record in records_of(study, "TV")} - known):
            yield f"{name} {value!r} of TV is not in TA"


def visits_are_by_arm_for_all_or_none(study: Study) -> Iterator[str]:
    """CG0295, CG0296, 7.3.1: ARMCD is null for all visits, or "populated for all records"; then all arms have some."""
    arms = {text(record, "ARMCD") for record in records_of(study, "TV")}
    if "" in arms and len(arms) > 1:
        yield "ARMCD of TV is populated for some visits only"
    elif "" not in arms and arms:
        for armcd in sorted({text(record, "ARMCD") for record in records_of(study, "TA")} - arms):
            yield f"arm {armcd} of TA has no visit"


def one_number_one_visit(study: Study) -> Iterator[str]:
    """CG0035, 4.4.5: "There should be a one-to-one relationship between values of VISIT and VISITNUM"."""
    yield from many_to_one(records_of(study, "TV"), "VISITNUM", "VISIT")


def visits_are_in_planned_epochs(study: Study) -> Iterator[str]:
    """7.3.1: rules of visits are "in relation to the sequence of Elements": an EPOCH they name is one of TA."""
    known = {text(record, "EPOCH") for record in records_of(study, "TA")}
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(EPOCHS, key=len, reverse=True))})(?: \d+)?(?= Epoch\b)")
    for record in records_of(study, "TV"):
        for name in ("TVSTRL", "TVENRL"):
            for epoch in pattern.findall(text(record, name)):
                if epoch not in known:
                    yield f"{name} of visit {text(record, 'VISIT')!r} names the EPOCH {epoch!r}, which TA does not have"


def criteria_are_named(study: Study) -> Iterator[str]:
    """CG0372, 4.2.1: IETESTCD has at most 8 letters, digits or underscores, and does not start with a digit."""
    for record in records_of(study, "TI"):
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,7}", text(record, "IETESTCD")):
            yield f"IETESTCD {text(record, 'IETESTCD')!r} is no name"


def criteria_are_unique_within_a_version(study: Study) -> Iterator[str]:
    """CG0255 and CG0256, 7.4.1: IETESTCD is unique within TIVERS, and within the dataset where there is no TIVERS."""
    for criterion, version in repeated(records_of(study, "TI"), ("IETESTCD", "TIVERS")):
        yield f"IETESTCD {criterion!r} is there more than once" + (f" in version {version}" if version else "")


def one_code_one_criterion(study: Study) -> Iterator[str]:
    """7.4.1 assumption 3: "If a criterion changes, it should be treated as a new criterion"."""
    yield from many_to_one(records_of(study, "TI"), "IETESTCD", "IETEST")


def categories_are_controlled_terms(study: Study) -> Iterator[str]:
    """7.4.1: IECAT is INCLUSION or EXCLUSION (codelist C66797)."""
    for record in records_of(study, "TI"):
        if text(record, "IECAT") not in CATEGORIES:
            yield f"IECAT {text(record, 'IECAT')!r} of {text(record, 'IETESTCD')} is no controlled term"


def subcategories_have_a_category(study: Study) -> Iterator[str]:
    """CORE-000785 and CORE-000237: IECAT is populated where IESCAT is, and the two differ."""
    for record in records_of(study, "TI"):
        if filled(record.get("IESCAT")) and text(record, "IECAT") in ("", text(record, "IESCAT")):
            yield f"IESCAT of {text(record, 'IETESTCD')} has no IECAT of its own"


RULES = (
    visit_arms_are_in_ta,
    visits_are_by_arm_for_all_or_none,
    one_number_one_visit,
    visits_are_in_planned_epochs,
    criteria_are_named,
    criteria_are_unique_within_a_version,
    one_code_one_criterion,
    categories_are_controlled_terms,
    subcategories_have_a_category,
)
