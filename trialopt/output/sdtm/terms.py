"""Words of the trial design domains: controlled terms with their codes, and text as SAS transport files hold it.

ASCII, at most 200 bytes a value, and short codes that stay distinct. Terms are those of CDISC SDTM Controlled
Terminology, package 2025-09-26, codelists EPOCH (C99079), TSPARMCD (C66738), TSPARM (C67152), IECAT (C66797) and those
of the summary parameters, with their codes in the NCI Thesaurus; null flavours of ISO 21090.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

# -- Text as SAS transport files hold it: ASCII, at most 200 bytes a value, and short codes that stay distinct. ---


LONGEST = 200
"""Most bytes of a character value (SDTMIG 3.4, section 4.5.3: values of at most 200 characters)."""

_PLAIN = {
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "±": "+/-", "×": "x", "÷": "/", "·": ".", "⁄": "/", "→": "->",
    "←": "<-", "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "‘": "'", "’": "'", "“": '"', "”": '"',
    "„": '"', "«": '"', "»": '"', "…": "...", "°": " deg", "µ": "u", "μ": "u", "‰": " per mille", "€": "EUR",
    "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "α": "alpha",
    "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "λ": "lambda",
}  # fmt: skip
"""Signs without a decomposition into ASCII -> how they are written instead."""


def ascii_text(text: str) -> str:
    """The text in printable ASCII on one line; a letter of another script is written as its code point, `[U+4E2D]`.

    Never starts with a space, and is never a single `.`, which SAS reads as a missing number.
    """
    plain = " ".join("".join(map(_ascii, text)).split())
    return "(.)" if plain == "." else plain


def _ascii(sign: str) -> str:
    if sign in _PLAIN:
        return _PLAIN[sign]
    if " " <= sign <= "~":
        return sign
    if unicodedata.category(sign)[0] in "CZ":
        return " "
    parts = (part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
    base = "".join(_PLAIN.get(part, part) for part in parts)
    return base if base and all(" " <= part <= "~" for part in base) else f"[U+{ord(sign):04X}]"


def fitted(text: str, mark: str = "", longest: int = LONGEST) -> str:
    """ASCII text of at most `longest` bytes; what is cut ends in `...` and the mark that tells it from its like."""
    plain = ascii_text(text)
    if len(plain) <= longest:
        return plain
    end = f"... [{mark}]" if mark else "..."
    return plain[: longest - len(end)].rstrip() + end


def pieces(text: str) -> list[str]:
    """ASCII text cut into parts of at most 200 bytes, between words where there are any."""
    rest, parts = ascii_text(text), []
    while len(rest) > LONGEST:
        cut = rest.rfind(" ", 0, LONGEST + 1)
        cut = cut if cut > 0 else LONGEST
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]


def code(text: str, longest: int, taken: Iterable[str] = ()) -> str:
    """An upper-case code of letters, digits, `_` and `-`, at most `longest` long and none of `taken`."""
    used = set(taken)
    whole = re.sub(r"[^A-Z0-9_-]+", "_", ascii_text(text).upper()).strip("_-") or "X"
    candidate, number = whole[:longest], 1
    while candidate in used:
        number += 1
        candidate = f"{whole[: longest - len(str(number)) - 1]}_{number}"
    return candidate


def distinct(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Fitted texts of `(text, code)`: those that come out alike, or were cut, carry their code."""
    given = [(fitted(text, mark), mark) for text, mark in texts]
    seen: dict[str, set[str]] = {}
    for text, mark in given:
        seen.setdefault(text, set()).add(mark)
    return [text if len(seen[text]) == 1 else _marked(text, mark) for text, mark in given]


def _marked(text: str, mark: str) -> str:
    end = f" [{mark}]"
    return text[: LONGEST - len(end)].rstrip() + end


# -- Controlled terms of the trial design domains, with their codes in the NCI Thesaurus. -------------------------


VERSION = "2025-09-26"
TERMINOLOGY = "CDISC CT"

SCREENING = "SCREENING"
FOLLOW_UP = "FOLLOW-UP"
TREATMENT = "TREATMENT"

_EPOCH_WORDS = (("induction", "INDUCTION TREATMENT"), ("maintenance|continuation", "CONTINUATION TREATMENT"))

NULL_FLAVORS = frozenset(
    ["NI", "INV", "DER", "OTH", "NINF", "PINF", "UNC", "MSK", "NA", "UNK", "ASKU", "NAV", "NASK", "QS", "TRC", "NP"],
)
"""Codes of ISO 21090 that may stand in TSVALNF."""


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

DISEASE = "Multiple myeloma"
"""Where `[registration]` names no indication."""

INTERVENTION_TYPES = {
    "small_molecule": "DRUG", "biologic": "BIOLOGIC", "cell_therapy": "GENETIC", "procedure": "PROCEDURE",
}  # fmt: skip
"""Kind of an agent -> term of codelist C99078."""

SEXES = {"all": "BOTH", "female": "F", "male": "M"}
BLINDING = {
    "open": "OPEN LABEL", "single": "SINGLE BLIND", "double": "DOUBLE BLIND", "triple": "DOUBLE BLIND",
    "quadruple": "DOUBLE BLIND",
}  # fmt: skip
TRIAL_PHASES = {
    "1": "PHASE I TRIAL", "1/2": "PHASE I/II TRIAL", "2": "PHASE II TRIAL", "2/3": "PHASE II/III TRIAL",
    "3": "PHASE III TRIAL", "4": "PHASE IV TRIAL",
}  # fmt: skip
"""Words of `[registration]` -> terms of codelists C66732, C66735 and C66737."""

CODES: dict[tuple[str, str], str] = {
    ("ADAPT", "N"): "C49487",
    ("ADAPT", "Y"): "C49488",
    ("HLTSUBJI", "N"): "C49487",
    ("INTMODEL", "PARALLEL"): "C82639",
    ("INTMODEL", "SINGLE GROUP"): "C82640",
    ("INTTYPE", "BIOLOGIC"): "C307",
    ("INTTYPE", "DRUG"): "C1909",
    ("INTTYPE", "GENETIC"): "C15238",
    ("INTTYPE", "PROCEDURE"): "C98769",
    ("ONGOSIND", "N"): "C49487",
    ("RANDOM", "N"): "C49487",
    ("RDIND", "N"): "C49487",
    ("RDIND", "Y"): "C49488",
    ("RANDOM", "Y"): "C49488",
    ("SEXPOP", "BOTH"): "C49636",
    ("SEXPOP", "F"): "C16576",
    ("SEXPOP", "M"): "C20197",
    ("STYPE", "INTERVENTIONAL"): "C98388",
    ("TBLIND", "DOUBLE BLIND"): "C15228",
    ("TBLIND", "OPEN LABEL"): "C49659",
    ("TBLIND", "SINGLE BLIND"): "C28233",
    ("TCNTRL", "ACTIVE"): "C49649",
    ("TCNTRL", "NONE"): "C41132",
    ("TINDTP", "TREATMENT"): "C49656",
    ("TPHASE", "PHASE I TRIAL"): "C15600",
    ("TPHASE", "PHASE I/II TRIAL"): "C15693",
    ("TPHASE", "PHASE II TRIAL"): "C15601",
    ("TPHASE", "PHASE II/III TRIAL"): "C15694",
    ("TPHASE", "PHASE III TRIAL"): "C15602",
    ("TPHASE", "PHASE IV TRIAL"): "C15603",
    ("TTYPE", "EFFICACY"): "C49666",
}
"""Parameter and value -> code of the term in the codelist of the parameter."""
