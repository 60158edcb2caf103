"""Controlled terms of the trial design domains, with their codes in the NCI Thesaurus.

Source: CDISC SDTM Controlled Terminology, package 2025-09-26: codelists EPOCH (C99079), TSPARMCD (C66738), TSPARM
(C67152), IECAT (C66797) and those of the summary parameters; null flavours of ISO 21090.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

VERSION = "2025-09-26"
TERMINOLOGY = "CDISC CT"

SCREENING = "SCREENING"
FOLLOW_UP = "FOLLOW-UP"
TREATMENT = "TREATMENT"

EPOCHS = frozenset(
    {
        "BASELINE",
        "BLINDED TREATMENT",
        "CONTINUATION TREATMENT",
        "FOLLOW-UP",
        "INDUCTION TREATMENT",
        "LONG-TERM FOLLOW-UP",
        "OBSERVATION",
        "OPEN LABEL TREATMENT",
        "RUN-IN",
        "SCREENING",
        "TREATMENT",
        "WASHOUT",
    }
)

_EPOCH_WORDS = (("induction", "INDUCTION TREATMENT"), ("maintenance|continuation", "CONTINUATION TREATMENT"))

NULL_FLAVORS = frozenset(
    ["NI", "INV", "DER", "OTH", "NINF", "PINF", "UNC", "MSK", "NA", "UNK", "ASKU", "NAV", "NASK", "QS", "TRC", "NP"],
)
"""Codes of ISO 21090 that may stand in TSVALNF."""

CATEGORIES = ("INCLUSION", "EXCLUSION")


def epoch_terms(epochs: Mapping[str, str]) -> dict[str, str]:
    """Controlled term of each epoch, from `{id: name}` in order; terms that repeat are numbered.

    An epoch whose id or name speaks of induction, or of maintenance or continuation, gets the term for it; every other
    is a `TREATMENT`.
    """
    plain = {key: _epoch_term(f"{key} {name}".lower()) for key, name in epochs.items()}
    repeated, number = Counter(plain.values()), Counter[str]()
    terms = {}
    for key, term in plain.items():
        number[term] += 1
        terms[key] = f"{term} {number[term]}" if repeated[term] > 1 else term
    return terms


def _epoch_term(words: str) -> str:
    return next((term for pattern, term in _EPOCH_WORDS if re.search(pattern, words)), TREATMENT)


PARAMETERS: dict[str, str] = {
    "ACTSUB": "Actual Number of Subjects",
    "ADAPT": "Adaptive Design",
    "ADDON": "Added on to Existing Treatments",
    "AGEMAX": "Planned Maximum Age of Subjects",
    "AGEMIN": "Planned Minimum Age of Subjects",
    "COMPTRT": "Comparative Treatment Name",
    "DCUTDESC": "Data Cutoff Description",
    "DCUTDTC": "Data Cutoff Date",
    "EXTTIND": "Extension Trial Indicator",
    "FCNTRY": "Planned Country of Investigational Sites",
    "HLTSUBJI": "Healthy Subject Indicator",
    "INDIC": "Trial Disease/Condition Indication",
    "INTMODEL": "Intervention Model",
    "INTTYPE": "Intervention Type",
    "LENGTH": "Trial Length",
    "NARMS": "Planned Number of Arms",
    "NCOHORT": "Number of Groups/Cohorts",
    "OBJPRIM": "Trial Primary Objective",
    "OBJSEC": "Trial Secondary Objective",
    "ONGOSIND": "Ongoing Study Indicator",
    "OUTMSPRI": "Primary Outcome Measure",
    "PCLAS": "Pharmacologic Class",
    "PDPSTIND": "Pediatric Postmarket Study Indicator",
    "PDSTIND": "Pediatric Study Indicator",
    "PIPIND": "Pediatric Investigation Plan Indicator",
    "PLANSUB": "Planned Number of Subjects",
    "RANDOM": "Trial is Randomized",
    "RANDQT": "Randomization Quotient",
    "RDIND": "Rare Disease Indicator",
    "REGID": "Registry Identifier",
    "SDTIGVER": "SDTM IG Version",
    "SDTMVER": "SDTM Version",
    "SENDTC": "Study End Date",
    "SEXPOP": "Sex of Participants",
    "SPONSOR": "Clinical Study Sponsor",
    "SSTDTC": "Study Start Date",
    "STOPRULE": "Study Stop Rules",
    "STRATFCT": "Stratification Factor",
    "STYPE": "Study Type",
    "TBLIND": "Trial Blinding Schema",
    "TCNTRL": "Control Type",
    "TDIGRP": "Diagnosis Group",
    "THERAREA": "Therapeutic Area",
    "TINDTP": "Trial Intent Type",
    "TITLE": "Trial Title",
    "TPHASE": "Trial Phase Classification",
    "TRT": "Investigational Therapy or Treatment",
    "TTYPE": "Trial Type",
}
"""TSPARMCD -> TSPARM, the parameters that are written."""

REQUIRED = frozenset(PARAMETERS) - {"COMPTRT", "RANDQT", "SSTDTC", "STRATFCT"}
"""Parameters that every design states, by value or by null flavour; the others have a condition.

That of `SSTDTC`, the date on which the study started, is that it has: its value must be a date, never missing (CG0285).
"""

CODES: dict[tuple[str, str], str] = {
    ("ADAPT", "N"): "C49487",
    ("ADAPT", "Y"): "C49488",
    ("HLTSUBJI", "N"): "C49487",
    ("INTMODEL", "PARALLEL"): "C82639",
    ("INTMODEL", "SINGLE GROUP"): "C82640",
    ("INTTYPE", "DRUG"): "C1909",
    ("ONGOSIND", "N"): "C49487",
    ("RANDOM", "N"): "C49487",
    ("RANDOM", "Y"): "C49488",
    ("STYPE", "INTERVENTIONAL"): "C98388",
    ("TCNTRL", "ACTIVE"): "C49649",
    ("TCNTRL", "NONE"): "C41132",
    ("TINDTP", "TREATMENT"): "C49656",
    ("TTYPE", "EFFICACY"): "C49666",
}
"""Parameter and value -> code of the term in the codelist of the parameter."""
