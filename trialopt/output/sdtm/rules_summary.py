"""Rules on visits, eligibility and the trial summary: TV, TI and TS, and what they say of the other domains."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialopt.output.sdtm.domains import Records, Study, records_of
from trialopt.output.sdtm.rules import filled, many_to_one, repeated, text
from trialopt.output.sdtm.term_codes import CATEGORIES, EPOCHS
from trialopt.output.sdtm.terms import CODES, NULL_FLAVORS, PARAMETERS, REQUIRED

# -- Rules on visits and eligibility: TV and TI. ------------------------------------------------------------------


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


# -- Rules on the trial summary: TS, and what it says of the other domains. ---------------------------------------


_DATES = ("SSTDTC", "SENDTC", "DCUTDTC")
_DURATIONS = ("LENGTH", "AGEMIN", "AGEMAX")
_WORDS_FOR_MISSING = re.compile(
    r"NI|No information|INV|Invalid|OTH|Other|PINF|Positive infinity|NINF|Negative infinity|UNC|Unencoded|DER|Derived|"
    r"UNK|Unknown|ASKU|Asked but unknown|NAV|Temporarily unavailable|NASK|Not asked|TRC|Trace|MSK|Masked|QS|"
    r"Sufficient Quantity",
    re.IGNORECASE,
)


def a_value_or_a_null_flavor(study: Study) -> Iterator[str]:
    """CG0259 and CG0260, 7.4.2: "TSVAL can only be null when TSVALNF is populated", TSVALNF only then."""
    for record in records_of(study, "TS"):
        value, flavor = filled(record.get("TSVAL")), filled(record.get("TSVALNF"))
        if value == flavor:
            yield f"{text(record, 'TSPARMCD')} has {'both' if value else 'neither'} TSVAL and TSVALNF"


def null_flavors_are_of_iso_21090(study: Study) -> Iterator[str]:
    """7.4.2: TSVALNF is a null flavour of ISO 21090."""
    for record in records_of(study, "TS"):
        if filled(record.get("TSVALNF")) and text(record, "TSVALNF") not in NULL_FLAVORS:
            yield f"TSVALNF {text(record, 'TSVALNF')!r} of {text(record, 'TSPARMCD')} is no null flavour"


def values_are_no_null_flavors(study: Study) -> Iterator[str]:
    """CG0291, 7.4.2.1: what is missing is said in TSVALNF, not in words in TSVAL."""
    for record in records_of(study, "TS"):
        if _WORDS_FOR_MISSING.fullmatch(text(record, "TSVAL")):
            yield f"TSVAL of {text(record, 'TSPARMCD')} is the null flavour {text(record, 'TSVAL')!r}"


def long_values_go_on_in_order(study: Study) -> Iterator[str]:
    """CG0261 and CG0262, 7.4.2: text over 200 characters goes on in TSVAL1 to TSVALn, none of them skipped."""
    for record in records_of(study, "TS"):
        parts = [filled(record.get(name)) for name in record if re.fullmatch(r"TSVAL\d*", name)]
        if parts != sorted(parts, reverse=True):
            yield f"TSVAL of {text(record, 'TSPARMCD')} goes on after a gap"


def sequence_is_unique_within_a_parameter(study: Study) -> Iterator[str]:
    """CG0268, 7.4.2: TSSEQ is unique within TSPARMCD."""
    for parameter, number in repeated(records_of(study, "TS"), ("TSPARMCD", "TSSEQ")):
        yield f"TSSEQ {number} of {parameter} is there more than once"


def one_code_one_parameter(study: Study) -> Iterator[str]:
    """CG0307, 7.4.2: TSPARMCD and TSPARM have a one-to-one relationship."""
    yield from many_to_one(records_of(study, "TS"), "TSPARMCD", "TSPARM")


def parameters_are_controlled_terms(study: Study) -> Iterator[str]:
    """7.4.2: TSPARMCD and TSPARM are a pair of codelists C66738 and C67152."""
    for record in records_of(study, "TS"):
        if PARAMETERS.get(text(record, "TSPARMCD")) != text(record, "TSPARM"):
            yield f"{text(record, 'TSPARMCD')!r} is no parameter named {text(record, 'TSPARM')!r}"


def required_parameters_are_there(study: Study) -> Iterator[str]:
    """7.4.2 assumption 3: the parameters that a trial summary must state are there, by value or null flavour."""
    missing = REQUIRED - {text(record, "TSPARMCD") for record in records_of(study, "TS")}
    yield from (f"TS lacks the parameter {parameter}" for parameter in sorted(missing))


def one_code_one_value(study: Study) -> Iterator[str]:
    """CG0265, 7.4.2: TSVALCD "is the code of the term in TSVAL", one to one."""
    yield from many_to_one(records_of(study, "TS"), "TSVALCD", "TSVAL")


def codes_are_those_of_the_terms(study: Study) -> Iterator[str]:
    """CG0288, 7.4.2: TSVALCD is the code of TSVAL in the terminology named; a coded parameter has one for its value."""
    coded = {parameter for parameter, _ in CODES}
    for record in records_of(study, "TS"):
        parameter, value = text(record, "TSPARMCD"), text(record, "TSVAL")
        if value and parameter in coded and CODES.get((parameter, value)) != text(record, "TSVALCD"):
            yield f"TSVALCD {text(record, 'TSVALCD')!r} is not the code of {parameter} {value!r}"


def references_are_complete(study: Study) -> Iterator[str]:
    """CG0266 and CG0267, 7.4.2: a code names its terminology, and a version belongs to one."""
    for record in records_of(study, "TS"):
        code, reference, version = (filled(record.get(name)) for name in ("TSVALCD", "TSVCDREF", "TSVCDVER"))
        if (code or version) and not reference:
            yield f"{text(record, 'TSPARMCD')} has no TSVCDREF for its {'code' if code else 'version'}"
        if code and text(record, "TSVCDREF").startswith("CDISC") and not version:
            yield f"{text(record, 'TSPARMCD')} has no TSVCDVER for its code"


def dates_and_durations_are_iso_8601(study: Study) -> Iterator[str]:
    """CG0270 and CG0285, 7.4.2.1: dates are YYYY-MM-DD, ages and lengths are durations such as P43Y."""
    for record in records_of(study, "TS"):
        parameter, value = text(record, "TSPARMCD"), text(record, "TSVAL")
        if not value:
            continue
        if parameter in _DATES and not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", value):
            yield f"{parameter} is no date: {value!r}"
        if parameter in _DURATIONS and not re.fullmatch(r"P(?=\d)(\d+Y)?(\d+M)?(\d+D)?|P\d+W", value):
            yield f"{parameter} is no duration: {value!r}"


def the_number_of_arms_is_that_of_ta(study: Study) -> Iterator[str]:
    """7.4.2: NARMS is the planned number of arms, and TA describes each planned arm."""
    arms = len({text(record, "ARMCD") for record in records_of(study, "TA")})
    for value in _values(records_of(study, "TS"), "NARMS"):
        if value != str(arms):
            yield f"NARMS is {value}, and TA has {arms} arms"


def randomisation_is_that_of_ta(study: Study) -> Iterator[str]:
    """7.4.2 and 7.2.1: RANDOM is Y where TA has a branch by randomisation, else N; RANDQT goes with it."""
    branch = any("randomized" in text(record, "TABRANCH").lower() for record in records_of(study, "TA"))
    for value in _values(records_of(study, "TS"), "RANDOM"):
        if value != ("Y" if branch else "N"):
            yield f"RANDOM is {value}, and TA has {'a' if branch else 'no'} branch by randomization"
    for value in _values(records_of(study, "TS"), "RANDQT"):
        if not branch or not re.fullmatch(r"0?\.\d+|1|0", value):
            yield f"RANDQT is {value}: a share of 1, for a randomised trial only"


def _values(records: Records, parameter: str) -> list[str]:
    return [text(r, "TSVAL") for r in records if text(r, "TSPARMCD") == parameter and filled(r.get("TSVAL"))]
