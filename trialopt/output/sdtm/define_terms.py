"""What define.xml says beyond the datasets: controlled terms by variable, origins, and how records are told apart.

Codelists are those of CDISC SDTM Controlled Terminology (see `terms.VERSION`), with their codes in the NCI Thesaurus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trialopt.output.sdtm.domains import DOMAINS
from trialopt.output.sdtm.terms import CATEGORIES, CODES, EPOCHS, NULL_FLAVORS, PARAMETERS


@dataclass(frozen=True)
class Terms:
    """One codelist: its name, its code in the NCI Thesaurus (none where it is not of CDISC), and its terms."""

    name: str
    code: str
    terms: Mapping[str, str]
    """Term -> what it stands for; empty where the term says it itself."""
    codes: Mapping[str, str]
    """Term -> its code, where we know it."""


def _plain(name: str, code: str, terms: Mapping[str, str] | frozenset[str] | tuple[str, ...]) -> Terms:
    told = terms if isinstance(terms, Mapping) else dict.fromkeys(sorted(terms), "")
    return Terms(name, code, told, {})


VARIABLES: dict[str, Terms] = {
    "DOMAIN": _plain("SDTM Domain Abbreviation", "C66734", {k: d.label for k, d in sorted(DOMAINS.items())}),
    "EPOCH": _plain("Epoch", "C99079", EPOCHS),
    "IECAT": _plain("Category of Inclusion/Exclusion", "C66797", CATEGORIES),
    "TSPARMCD": _plain("Trial Summary Parameter Test Code", "C66738", PARAMETERS),
    "TSPARM": _plain("Trial Summary Parameter Test Name", "C67152", frozenset(PARAMETERS.values())),
    "TSVALNF": _plain("Null flavor (ISO 21090)", "", NULL_FLAVORS),
}
"""Variable -> its codelist."""

_OF_PARAMETER = {
    "ADAPT": ("No Yes Response", "C66742"),
    "HLTSUBJI": ("No Yes Response", "C66742"),
    "INTMODEL": ("Intervention Model Response", "C99076"),
    "INTTYPE": ("Intervention Type Response", "C99078"),
    "ONGOSIND": ("No Yes Response", "C66742"),
    "RANDOM": ("No Yes Response", "C66742"),
    "SEXPOP": ("Sex of Participants Response", "C66732"),
    "STYPE": ("Study Type Response", "C99077"),
    "TBLIND": ("Trial Blinding Schema Response", "C66735"),
    "TCNTRL": ("Control Type Response", "C66785"),
    "TINDTP": ("Trial Indication Type Response", "C66736"),
    "TPHASE": ("Trial Phase Response", "C66737"),
    "TTYPE": ("Trial Type Response", "C66739"),
}
"""Parameter of the summary -> name and code of the codelist of its values."""


def of_parameter(parameter: str) -> Terms | None:
    """Codelist of the values of a parameter of the summary; `None` where they are free text."""
    if parameter not in _OF_PARAMETER:
        return None
    name, code = _OF_PARAMETER[parameter]
    mine = {p for p, entry in _OF_PARAMETER.items() if entry == (name, code)}
    codes = {term: nci for (p, term), nci in CODES.items() if p in mine}
    return Terms(name, code, dict.fromkeys(sorted(codes), ""), codes)


STRUCTURE = {
    "TA": "One record per planned Element per Arm",
    "TE": "One record per planned Element",
    "TI": "One record per I/E criterion",
    "TS": "One record per trial summary parameter value",
    "TV": "One record per planned Visit per Arm",
}
"""Domain -> what a record is (SDTMIG 3.4, structure of each dataset)."""

ASSIGNED = frozenset({"STUDYID", "DOMAIN", "ETCD", "ARMCD", "IETESTCD", "TAETORD", "VISITNUM", "TSSEQ", "TSVALNF"})
"""Variables whose values a sponsor assigns; all others come from the protocol."""

DURATIONS = frozenset({"TEDUR"})
"""Character variables that hold durations of ISO 8601."""
